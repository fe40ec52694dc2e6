from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from gateway.domain.hold import HoldPolicy
from gateway.domain.roles import Role
from gateway.persistence.grants import Grants
from gateway.persistence.migrations import _config, is_current, upgrade
from gateway.persistence.tables import audit_head, counters, metadata
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
