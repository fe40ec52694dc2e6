"""Personal data in columns: what lies in the database, who can read it, and what SQL can still do with it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Text, delete, func, insert, select, text, type_coerce, update
from sqlalchemy.exc import IntegrityError

from gateway.persistence import engine as plain
from gateway.persistence.column_keys import Locksmith
from gateway.persistence.key_ring import KeyRing, Tampered
from gateway.persistence.sealing import ColumnCipher, NoCipher, Sealed, SealedEqual, SealedJson
from gateway.persistence.tables import column_keys as rows
from gateway.persistence.tables import events, findings, metadata, payments
from gateway.persistence.vault_examination import examine_columns
from tests.databases import open_engine
from tests.gateway.stores import Store, of

FRENCH = "FR1420041010050500013M02606"
OTHER = "AT611904300234573201"
SHARED = {"bank.reason_text": {"answers.reason_text", "payments.reason_text"}}


def raw(connection, column):
    return connection.execute(select(type_coerce(column, Text)).order_by(column.table.c.id)).scalars().all()


def columns():
    return [one for table in metadata.sorted_tables for one in table.c if isinstance(one.type, Sealed)]


def sealed(keys=None):
    return ColumnCipher(keys or {"1": b"d" * 32}, lambda size: b"n" * size)


def test_names_and_accounts_lie_encrypted_and_are_read_clear(engine):
    store = Store(engine)
    batch = store.batch(["1.00"])
    with engine.connect() as connection:
        for column, clear in (
            (payments.c.content, "{}"), (payments.c.creditor_name, "Payee"), (payments.c.creditor_account, FRENCH),
        ):  # fmt: skip
            (stored,) = raw(connection, column)
            assert stored.startswith("s1.1.")
            assert clear not in stored
    with store.unit() as work:
        (payment,) = work.payments.find(of(batch))
        assert (payment.content, payment.creditor_name, payment.creditor_account) == ("{}", "Payee", FRENCH)


def test_equal_values_are_found_grouped_and_counted_as_if_they_were_clear(engine):
    store = Store(engine)
    store.batch(["1.00", "2.00"])
    store.batch(["4.00"], creditor=OTHER)
    account = payments.c.creditor_account
    with engine.connect() as connection:
        count = select(func.count()).select_from(payments)
        assert connection.execute(count.where(account == FRENCH)).scalar_one() == 2
        assert connection.execute(count.where(account.in_([FRENCH, OTHER]))).scalar_one() == 3
        assert connection.execute(count.where(account != FRENCH)).scalar_one() == 1
        grouped = connection.execute(select(account, func.count()).group_by(account)).all()
        assert {tuple(one) for one in grouped} == {(FRENCH, 2), (OTHER, 1)}
        assert set(connection.execute(select(account).distinct()).scalars()) == {FRENCH, OTHER}
        assert set(connection.execute(select(func.min(account)).group_by(account)).scalars()) == {FRENCH, OTHER}


def test_the_same_text_never_looks_the_same_where_nothing_compares_it(engine):
    Store(engine).batch(["1.00", "2.00"])
    with engine.connect() as connection:
        assert len(set(raw(connection, payments.c.content))) == 2
        assert len(set(raw(connection, payments.c.creditor_account))) == 1


@pytest.mark.parametrize(
    "comparing",
    [
        lambda: payments.c.content == "{}",
        lambda: payments.c.content.in_(["{}"]),
        lambda: payments.c.content.like("%"),
        lambda: payments.c.creditor_name.like("Pay%"),
        lambda: payments.c.creditor_name < "Q",
        lambda: events.c.data == {},
    ],
)
def test_a_comparison_that_would_silently_find_nothing_is_refused(comparing):
    with pytest.raises(TypeError, match="is encrypted"):
        comparing()


def test_nothing_and_empty_stay_what_they_are():
    assert sealed().seal("", "t.c", "gcm") == ""
    assert sealed().open("", "t.c", "siv") == ""
    with_facts = SealedJson("events.data")
    dialect = type("d", (), {"payhub_cipher": sealed()})
    assert with_facts.bind_processor(dialect)({}) == ""
    assert with_facts.result_processor(dialect, None)("") == {}


def test_facts_with_half_a_character_in_them_are_kept():
    dialect, kind = type("d", (), {"payhub_cipher": sealed()}), SealedJson("events.data")
    facts = {"note": "Grüße \ud83d"}
    assert kind.result_processor(dialect, None)(kind.bind_processor(dialect)(facts)) == facts


@pytest.mark.parametrize("way", ["gcm", "siv"])
def test_a_value_that_was_changed_is_refused_by_the_name_of_its_column(way):
    stored = sealed().seal("Erika Mustermann", "payments.creditor_name", way)
    for place in range(len(stored)):
        other = stored[:place] + ("A" if stored[place] != "A" else "B") + stored[place + 1 :]
        with pytest.raises(Tampered, match=r"payments\.creditor_name"):
            sealed().open(other, "payments.creditor_name", way)
    for clear in ("Erika Mustermann", "s1", "s1.1", "s1.1.", "s1.1.é", stored[:-4], stored + "AAAA"):
        with pytest.raises(Tampered):
            sealed().open(clear, "payments.creditor_name", way)


@pytest.mark.parametrize("way", ["gcm", "siv"])
def test_a_value_is_worth_nothing_in_another_column(way):
    stored = sealed().seal("Erika Mustermann", "payments.creditor_name", way)
    with pytest.raises(Tampered, match="belongs somewhere else"):
        sealed().open(stored, "entries.counterparty", way)


def test_a_later_key_seals_and_the_earlier_one_still_opens():
    before = sealed().seal("Erika", "t.c", "gcm")
    both = sealed({"1": b"d" * 32, "2": b"e" * 32})
    assert both.seal("Erika", "t.c", "gcm").startswith("s1.2.")
    assert both.open(before, "t.c", "gcm") == "Erika"


def test_an_engine_without_a_key_says_so_on_writing_and_on_reading(engine, database_url):
    Store(engine).batch(["1.00"])
    blind = plain.open_engine(database_url)
    try:
        with blind.begin() as connection:
            assert connection.execute(select(func.count()).select_from(payments)).scalar_one() == 1
            with pytest.raises(NoCipher, match="has no key"):
                connection.execute(select(payments.c.creditor_name)).all()
            with pytest.raises(NoCipher, match="has no key"):
                connection.execute(update(payments).values(creditor_name="Eve"))
    finally:
        blind.dispose()


@pytest.mark.parametrize(
    ("ring", "says"),
    [(KeyRing("k1", {"k1": b"2" * 32}), "was changed"), (KeyRing("k2", {"k2": b"1" * 32}), "not on the key ring")],
)
def test_another_ring_does_not_open_the_database(engine, database_url, ring, says):
    Store(engine).batch(["1.00"])
    stranger = open_engine(database_url, ring)
    try:
        with pytest.raises(Tampered, match=says):
            stranger.connect()
    finally:
        stranger.dispose()


def test_of_many_processes_that_come_first_one_makes_the_key(database_url):
    engines = [open_engine(database_url) for _ in range(6)]
    together = Barrier(len(engines))

    def write(number):
        together.wait()
        with engines[number].begin() as connection:
            connection.execute(insert(findings).values(_finding(f"said by {number}")))

    try:
        with ThreadPoolExecutor(len(engines)) as pool:
            list(pool.map(write, range(len(engines))))
        for engine in engines:
            with engine.connect() as connection:
                assert len(connection.execute(select(rows.c.id)).all()) == 1
                assert len(connection.execute(select(findings.c.message)).all()) == len(engines)
    finally:
        for engine in engines:
            engine.dispose()


def _finding(message):
    return {"batch_id": "B", "rule": "R", "severity": "error", "message": message, "advice": "ask them"}


def test_the_rings_key_is_changed_while_everybody_goes_on(engine, database_url):
    store = Store(engine)
    store.batch(["1.00"])
    both = KeyRing("k2", {"k1": b"1" * 32, "k2": b"2" * 32})
    with engine.begin() as connection:
        before = raw(connection, payments.c.creditor_name)
        assert Locksmith(both, store.ids.secret).rewrap(connection) == 1
        assert Locksmith(both, store.ids.secret).rewrap(connection) == 0
    store.batch(["2.00"])  # a process that still runs with the old ring
    new = open_engine(database_url, KeyRing("k2", {"k2": b"2" * 32}))
    try:
        with new.connect() as connection:
            assert set(connection.execute(select(payments.c.creditor_name)).scalars()) == {"Payee"}
            assert raw(connection, payments.c.creditor_name) == before * 2
    finally:
        new.dispose()


def test_an_error_of_the_database_does_not_show_what_was_to_be_written(engine):
    Store(engine).batch(["1.00"])
    with engine.begin() as connection, pytest.raises(IntegrityError) as told:
        connection.execute(update(payments).values(state=None, hold_reason="Erika Mustermann called"))
    assert "hidden" in str(told.value)
    assert "[parameters:" not in str(told.value)


def test_every_sealed_column_is_named_by_its_own_label_unless_sql_copies_between_them():
    labels = {}
    for one in columns():
        labels.setdefault(one.type.label, set()).add(f"{one.table.name}.{one.name}")
    assert {label: names for label, names in labels.items() if names != {label}} == SHARED


def test_only_what_sets_compare_is_deterministic():
    assert {one.type.label for one in columns() if isinstance(one.type, SealedEqual)} == {
        "payments.creditor_account", "payments.creditor_name", "payments.fingerprint",
    }  # fmt: skip


def test_a_changed_or_moved_value_is_named_by_table_column_and_row(engine):
    store = Store(engine)
    store.batch(["1.00", "2.00"])
    with engine.begin() as connection:
        assert list(examine_columns(connection)) == []
        first, second = connection.execute(select(payments.c.id).order_by(payments.c.id)).scalars()
        name, _ = raw(connection, payments.c.creditor_name)
        for row, column, value in (
            (first, "creditor_account", name), (second, "content", "s1.1.AAAA"), (second, "reason_text", "in clear"),
        ):  # fmt: skip
            change = f"UPDATE payments SET {column} = :value WHERE id = :row"
            connection.execute(text(change), {"value": value, "row": row})
        told = [(one.table, one.row, one.column) for one in examine_columns(connection)]
    assert told == [
        ("payments", first, "creditor_account"), ("payments", second, "content"), ("payments", second, "reason_text"),
    ]  # fmt: skip


def test_a_key_that_is_gone_is_not_replaced_by_another_one(engine, database_url):
    store = Store(engine)
    store.batch(["1.00"])
    with engine.begin() as connection:
        kept = connection.execute(select(rows)).mappings().one()
        connection.execute(delete(rows))
    later = open_engine(database_url)
    try:
        for _ in range(2):
            with pytest.raises(Tampered, match="Put its row back"):
                later.connect()
        with engine.begin() as connection:
            assert connection.execute(select(rows)).all() == []
            connection.execute(insert(rows).values(**kept))
        with later.connect() as connection:
            assert connection.execute(select(payments.c.creditor_name)).scalar_one() == "Payee"
    finally:
        later.dispose()
