from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from gateway.domain.errors import IllegalMove
from gateway.domain.hold import HoldKind, HoldPolicy
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.persistence.tables import audit, events, payment_moves, payments
from tests.gateway.stores import AT, of


def statements(engine, act):
    """What ``act`` asks of the database, as statements and not as rows."""
    heard = []

    def hear(_connection, _cursor, statement, _parameters, _context, _many):
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    return heard


def counted(store, table):
    with store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def validate(store, batch_id):
    with store.unit() as work:
        moved = work.payments.move(of(batch_id), State.RECEIVED, State.VALIDATED, step="validate", reason="every rule")
        work.commit()
    return moved


def test_a_move_is_one_row_of_history_and_one_event_a_payment_and_one_audit_row(store):
    batch_id = store.batch(["10.00", "20.00", "30.00"])
    audited = counted(store, audit)
    assert validate(store, batch_id) == 3
    assert counted(store, payment_moves) == counted(store, events) == 6  # taken in, then validated
    assert counted(store, audit) == audited + 1
    with store.unit() as work:
        first = next(work.payments.find(of(batch_id)))
        assert (first.state, first.version) == (State.VALIDATED, 2)
        assert [(move.source, move.target) for move in work.payments.history(first.id)] == [
            ("", "received"), ("received", "validated"),
        ]  # fmt: skip


def test_five_thousand_payments_move_in_as_many_statements_as_five(store):
    few, many = store.batch(["1.00"] * 5), store.batch(["1.00"] * 5_000)
    asked = [len(statements(store.engine, lambda one=one: validate(store, one))) for one in (few, many)]
    assert asked[0] == asked[1]


def test_what_is_not_in_the_expected_state_is_not_touched(store):
    batch_id = store.batch(["10.00"])
    assert validate(store, batch_id) == 1
    assert validate(store, batch_id) == 0
    assert counted(store, payment_moves) == 2


def test_a_move_the_table_does_not_know_changes_nothing(store):
    batch_id = store.batch(["10.00"])
    with store.unit() as work, pytest.raises(IllegalMove):
        work.payments.move(of(batch_id), State.RECEIVED, State.SETTLED, step="reconcile", reason="wishful")


def test_leaving_without_a_commit_leaves_nothing(store):
    batch_id = store.batch(["10.00"])
    before = [counted(store, table) for table in (payment_moves, events, audit)]
    with store.unit() as work:
        work.payments.move(of(batch_id), State.RECEIVED, State.VALIDATED, step="validate", reason="every rule")
    assert [counted(store, table) for table in (payment_moves, events, audit)] == before
    with store.unit() as work:
        assert next(work.payments.find(of(batch_id))).state is State.RECEIVED


def test_a_selection_narrows_and_one_without_batch_or_file_is_refused(store):
    batch_id, other = store.batch(["10.00", "20.00"]), store.batch(["30.00"])
    with store.unit() as work:
        assert len(list(work.payments.find(of(batch_id, positions=(1, 2))))) == 1
        assert len(list(work.payments.find(of(other)))) == 1
        with pytest.raises(AssertionError):
            next(work.payments.find(Selection()))


def test_totals_are_exact_to_the_last_cent_of_large_sums(store):
    batch_id = store.batch(["99999999999999.99", "0.01", "0.10", "0.20"])
    with store.unit() as work:
        (tally,) = work.payments.tally(of(batch_id))
    assert (tally.count, tally.amount) == (4, Decimal("100000000000000.30"))


def test_amounts_come_back_as_they_went_in(store):
    amounts = ["0.01", "1234567890123.45", "100", "0.10"]
    batch_id = store.batch(amounts)
    with store.unit() as work:
        assert [one.amount for one in work.payments.find(of(batch_id))] == [Decimal(text) for text in amounts]


def test_a_repeat_is_held_with_the_name_of_the_first_and_can_be_let_go(store):
    first, second = store.batch(["10.00"]), store.batch(["10.00", "11.00"])
    for batch_id in (first, second):
        validate(store, batch_id)
    with store.unit() as work:
        assert work.payments.hold_repeats(second, since=AT - timedelta(days=30), owner="treasury") == 1
        (held,) = work.payments.find(of(second, held=True))
        assert held.hold == "duplicate"
        assert f"{first}-0000000" in held.hold_reason
        here, one = of(second, held=True), HoldPolicy(persons={HoldKind.DUPLICATE: 1})
        assert work.holds.lift(here, one, reason="meant") == 0, "nobody has said so"
        assert work.holds.say(here, person_id="anna", person_name="Anna", reason="meant") == 1
        assert work.holds.say(here, person_id="anna", person_name="Anna", reason="meant") == 0
        assert work.holds.lift(here, one, reason="meant") == 1
        assert work.holds.lift(here, one, reason="meant") == 0
        work.commit()


def test_what_was_refused_is_no_first_of_a_repeat(store):
    first, second = store.batch(["10.00"]), store.batch(["10.00"])
    with store.unit() as work:
        work.payments.move(of(first), State.RECEIVED, State.INVALID, step="validate", reason="a rule")
        work.payments.move(of(second), State.RECEIVED, State.VALIDATED, step="validate", reason="every rule")
        assert work.payments.hold_repeats(second, since=AT - timedelta(days=30), owner="treasury") == 0


def test_more_payments_than_one_read_come_in_order(store):
    batch_id = store.batch(["1.00"] * 4_500)
    with store.unit() as work:
        assert [one.position for one in work.payments.find(of(batch_id))] == list(range(4_500))
    assert counted(store, payments) == 4_500
