from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Boolean, Integer, insert, inspect, select, text

from gateway.domain.hold import HoldPolicy
from gateway.domain.roles import Role
from gateway.persistence import bulk, migrations
from gateway.persistence import engine as plain
from gateway.persistence.columns import Day, Exact, Moment
from gateway.persistence.grants import Grants
from gateway.persistence.migrations import _config, is_current, upgrade
from gateway.persistence.sealing import ColumnCipher, NoCipher, Sealed, SealedJson
from gateway.persistence.tables import audit_head, counters, deliveries, events, findings, metadata
from tests import dumps
from tests.databases import open_engine
from tests.gateway.stores import Store, of


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request, tmp_path):
    """A database nobody has set up."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        yield engine
        engine.dispose()
        return
    server = request.getfixturevalue("postgres_server")
    with server.database(template="template0") as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


def test_an_empty_database_comes_up_to_the_present_schema(empty):
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)
    assert set(metadata.tables) <= set(inspect(empty).get_table_names())


def test_the_migrations_end_where_the_tables_of_the_code_are(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(empty):
    assert upgrade(empty) == upgrade(empty)
    with empty.connect() as connection:
        assert [row.name for row in connection.execute(select(counters.c.name))] == ["events"]
        assert len(connection.execute(select(audit_head.c.id)).all()) == 1


def test_the_intake_of_documents_can_be_taken_back_and_laid_again(empty):
    upgrade(empty)
    with empty.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
        names = {one["name"] for one in inspect(connection).get_columns("documents")}
        assert "parent_id" not in names
        assert "listings" not in inspect(connection).get_table_names()
    upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_old_roles_become_grants_that_allow_what_their_holders_could_do(empty):
    upgrade(empty)
    with empty.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
        connection.execute(
            text(
                "INSERT INTO people (id, name, display_name, password, roles, failures, created_at) "
                "VALUES ('P1', 'anna', 'Anna', 'x', '[\"approver\"]', 0, '2026-01-01T00:00:00.000000+00:00')"
            )
        )
    upgrade(empty)
    with empty.connect() as connection:
        held = Grants(connection).held("P1", datetime(2026, 2, 1, tzinfo=UTC))
        assert {(one.role, one.entity) for one in held} == {
            (Role.MAKER, "*"), (Role.APPROVER, "*"), (Role.OPERATOR, "*"),
        }  # fmt: skip
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_hold_of_before_is_lifted_like_any_other(empty):
    upgrade(empty)
    store = Store(empty)
    batch = store.batch(["1.00", "2.00"])
    with empty.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0011")
        connection.execute(
            text(
                "UPDATE payments SET state = 'validated', hold = 'duplicate', hold_reason = 'Same', "
                "hold_owner = 'payhub' WHERE position = 0"
            )
        )
    upgrade(empty)
    with store.unit() as work:
        held, free = work.payments.find(of(batch))
        assert (held.hold_owner, held.hold_by, held.hold_at) == ("approver", "payhub", held.updated_at)
        assert (free.hold_id, free.hold_owner) == (None, None)
        for person in ("anna", "ben"):
            assert work.holds.say(of(batch), person_id=person, person_name=person, reason="meant") == 1
        assert work.holds.lift(of(batch), HoldPolicy(), reason="meant") == 1


PERSONAL = ("Payee", "FR1420041010050500013M02606", "Erika wants it", "spoken of Erika")


def _texts(connection, *tables):
    return "\n".join(
        str(value) for name in tables for row in connection.execute(text(f"SELECT * FROM {name}")) for value in row
    )


def test_rows_of_before_are_encrypted_in_place_and_can_be_read_as_before(empty):
    upgrade(empty)
    store = Store(empty)
    batch = store.batch(["1.00"] * 3)
    with store.unit() as work:
        finding = {"batch_id": batch, "rule": "R", "severity": "error", "message": "Erika wants it", "advice": ""}
        work.connection.execute(insert(findings).values(finding))
        tried = {"webhook_id": "W", "sequence": 1, "attempt": 1, "at": work.at, "outcome": "failed"}
        work.connection.execute(insert(deliveries), [tried | {"detail": said} for said in ("Erika?", "", None)])
        work.outbox.add(
            "told", subject_kind="batch", subject=batch, number=0, act="A", client_id=None,
            data={"note": "spoken of Erika"},
        )  # fmt: skip
        work.commit()
    tables = ("payments", "findings", "events", "deliveries")
    with empty.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0019")
        before = _texts(connection, *tables)
        assert [one for one in PERSONAL if one not in before] == []
        assert "s1.1." not in before
    upgrade(empty)
    with empty.connect() as connection:
        after = _texts(connection, *tables)
        assert [one for one in PERSONAL if one in after] == []
        assert connection.execute(select(findings.c.message, findings.c.advice)).all() == [("Erika wants it", "")]
        said = connection.execute(select(deliveries.c.detail).order_by(deliveries.c.id)).scalars()
        assert list(said) == ["Erika?", "", None]
        told = connection.execute(select(events.c.data).where(events.c.type == "told")).scalar_one()
        assert told == {"note": "spoken of Erika"}
        assert {row.data == {} for row in connection.execute(select(events.c.data).where(events.c.type != "told"))} == {
            True
        }
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    empty.dispose()  # the last one to leave folds SQLite's log into its file
    assert dumps.places_of(empty, PERSONAL) == []
    with store.unit() as work:
        found = list(work.payments.find(of(batch)))
        assert {(one.creditor_name, one.creditor_account, one.content) for one in found} == {(*PERSONAL[:2], "{}")}


def test_rows_are_encrypted_in_portions(empty, monkeypatch):
    upgrade(empty)
    store = Store(empty)
    batch = store.batch(["1.00"] * 5)
    for portion in (1, 2, 5):
        with empty.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            monkeypatch.setattr(bulk, "ROWS_PER_WRITE", portion)
            command.downgrade(config, "0019")
        upgrade(empty)
        with store.unit() as work:
            assert [one.creditor_name for one in work.payments.find(of(batch))] == ["Payee"] * 5


def _anything(column, number):
    """A value that the column takes; rows of one table differ in every part of their key."""
    if isinstance(column.type, SealedJson):
        return {"said": f"Erika {number}"}
    if isinstance(column.type, Sealed):
        return f"Erika {number}"
    return {
        Moment: datetime(2026, 11, 20, tzinfo=UTC), Day: date(2026, 11, 20), Exact: Decimal(number), Boolean: False,
        JSON: [],
    }.get(type(column.type), number if isinstance(column.type, Integer) else f"{number:03}")  # fmt: skip


def test_every_encrypted_column_of_every_table_is_encrypted_whatever_its_key(empty, monkeypatch):
    upgrade(empty)
    sealed = {one.table for table in metadata.sorted_tables for one in table.c if isinstance(one.type, Sealed)}
    values = {
        table: [{one.name: _anything(one, number) for one in table.c} for number in range(1, 6)] for table in sealed
    }
    with empty.begin() as connection:
        for table, rows in values.items():
            connection.execute(insert(table), rows)
    names = [table.name for table in sealed]
    monkeypatch.setattr(bulk, "ROWS_PER_WRITE", 2)
    with empty.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0019")
        assert _texts(connection, *names).count("Erika") == 5 * len([1 for t in sealed for c in t.c if _is_sealed(c)])
    upgrade(empty)
    with empty.connect() as connection:
        assert "Erika" not in _texts(connection, *names)
        for table, rows in values.items():
            found = connection.execute(select(table).order_by(*table.primary_key)).mappings()
            assert [{c.name: row[c.name] for c in table.c if _is_sealed(c)} for row in found] == [
                {c.name: row[c.name] for c in table.c if _is_sealed(c)} for row in rows
            ]


def _is_sealed(column):
    return isinstance(column.type, Sealed)


def test_an_encryption_that_is_cut_off_half_way_changes_nothing_and_can_be_run_again(empty, monkeypatch):
    upgrade(empty)
    store = Store(empty)
    batch = store.batch(["1.00"] * 5)
    with empty.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0019")
        before = _texts(connection, "payments")
    seal, left = ColumnCipher.seal, iter(range(8))
    monkeypatch.setattr(bulk, "ROWS_PER_WRITE", 1)
    with monkeypatch.context() as patched:
        patched.setattr(ColumnCipher, "seal", lambda *given: (next(left), seal(*given))[1])
        with pytest.raises(StopIteration):
            upgrade(empty)
    with empty.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0019"
        assert _texts(connection, "payments") == before
    upgrade(empty)
    with store.unit() as work:
        assert [one.creditor_name for one in work.payments.find(of(batch))] == ["Payee"] * 5


def test_a_migration_may_take_longer_than_any_other_statement(postgres_url, monkeypatch):
    def limit(connection):
        return connection.exec_driver_sql("SHOW statement_timeout").scalar()

    told = []
    monkeypatch.setattr(migrations, "_seed", lambda connection: told.append(limit(connection)))
    engine = open_engine(postgres_url)
    upgrade(engine)
    with engine.connect() as connection:
        assert (told, limit(connection)) == (["0"], "10min")
    engine.dispose()


def test_rows_of_before_are_not_encrypted_without_a_key_ring(empty):
    upgrade(empty)
    Store(empty).batch(["1.00"])
    with empty.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0019")
    blind = plain.open_engine(empty.url.render_as_string(hide_password=False))
    try:
        with pytest.raises(NoCipher, match="payhub migrate"):
            upgrade(blind)
        assert not is_current(blind)
    finally:
        blind.dispose()
    upgrade(empty)
    assert is_current(empty)


def test_an_empty_database_is_set_up_without_a_key_ring(empty):
    blind = plain.open_engine(empty.url.render_as_string(hide_password=False))
    try:
        upgrade(blind)
        assert is_current(blind)
    finally:
        blind.dispose()
