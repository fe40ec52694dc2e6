from decimal import Decimal

import pytest

from formats.statement import References
from reconciliation.candidates import Candidates, PriorClaim, Sighting
from reconciliation.engine import reconcile
from tests.reconciliation.factories import batch_block, entry, names, paid, payment, read, transaction

THREE = (payment(1, "10.00"), payment(2, "20.00"), payment(3, "30.00"))


def run(booked, payments=THREE, **more):
    return reconcile(booked, Candidates(payments=tuple(payments), **more))


def kinds(outcome):
    return [each.kind for each in outcome.breaks]


def reconciled(outcome):
    return {each.payment_id for each in outcome.reconciliations}


def test_one_entry_that_names_our_batch_and_has_its_sum_reconciles_every_payment():
    outcome = run(read(entry("60.00", "debit", batches=(batch_block(count="3"),))))
    assert reconciled(outcome) == {"p1", "p2", "p3"}
    assert [claim.slice for claim in outcome.matches[0].claims] == [0, 1, 2]
    assert outcome.conservation[0].matched.count == 1


def test_refused_payments_are_left_out_of_the_sum_and_the_count():
    payments = (*THREE, payment(4, "40.00", state="rejected"))
    outcome = run(read(entry("60.00", "debit", batches=(batch_block(count="3"),))), payments)
    assert reconciled(outcome) == {"p1", "p2", "p3"}


def test_a_batch_with_another_sum_is_one_break_and_settles_nobody():
    outcome = run(read(entry("59.00", "debit", batches=(batch_block(),))))
    (found,) = outcome.breaks
    assert (found.kind, found.expected, found.booked) == ("amount_differs", Decimal("60.00"), Decimal("59.00"))
    assert reconciled(outcome) == set()


def test_a_batch_with_the_right_sum_and_another_count_is_not_matched():
    assert kinds(run(read(entry("60.00", "debit", batches=(batch_block(count="2"),))))) == ["amount_differs"]


def test_a_batch_is_known_by_the_entry_reference_of_a_bank_without_a_batch_block():
    assert reconciled(run(read(entry("60.00", "debit", reference="BATCH-1")))) == {"p1", "p2", "p3"}


def test_a_batch_is_known_by_our_message_where_only_that_is_given():
    block = batch_block(batch=None, message_id="FILE-1")
    assert reconciled(run(read(entry("60.00", "debit", batches=(block,))))) == {"p1", "p2", "p3"}


def test_a_batch_with_details_books_each_payment_by_its_own_reference():
    details = [transaction(f"{n}0.00", "debit", names(n)) for n in (1, 2, 3)]
    outcome = run(read(entry("60.00", "debit", *details, batches=(batch_block(count="3"),))))
    assert reconciled(outcome) == {"p1", "p2", "p3"}
    assert len(outcome.standings) == 3


def test_a_batch_whose_details_carry_amounts_but_no_names_is_matched_amount_by_amount():
    details = [transaction(f"{n}0.00", "debit") for n in (3, 1, 2)]
    outcome = run(read(entry("60.00", "debit", *details, batches=(batch_block(),))))
    assert {(m.claims[0].part, m.claims[0].payment_id) for m in outcome.matches} == {(1, "p3"), (2, "p1"), (3, "p2")}


def test_details_without_amounts_name_what_the_entry_stands_for():
    details = [transaction(None, "debit", names(n)) for n in (1, 2)]
    outcome = run(read(entry("30.00", "debit", *details, batches=(batch_block(count="2"),))))
    assert reconciled(outcome) == {"p1", "p2"}


def test_details_of_payments_we_do_not_know_are_not_taken_for_the_whole_batch():
    details = [transaction("60.00", "debit", References(end_to_end_id="X", payment_information_id="BATCH-1"))]
    assert kinds(run(read(entry("60.00", "debit", *details)))) == ["unknown_entry"]


def advice_details():
    details = [transaction(f"{n}0.00", "debit", names(n)) for n in (1, 2, 3)]
    return read(
        entry("60.00", "debit", *details, bank_reference="B", batches=(batch_block(),)),
        kind="notification",
        statement="N1",
    )


def batch_entry():
    return read(entry("60.00", "debit", bank_reference="B", batches=(batch_block(),)))


@pytest.mark.parametrize("order", ["advice first", "statement first", "together"])
def test_details_that_come_apart_from_their_batch_entry_never_book_twice(order):
    first, then = (advice_details(), batch_entry()) if order == "advice first" else (batch_entry(), advice_details())
    if order == "together":
        outcomes = [run(first + then)]
    else:
        earlier = run(first)
        claims = prior(earlier, first)
        state = "settled" if order == "advice first" else "reconciled"
        payments = [payment(n, f"{n}0.00", state=state) for n in (1, 2, 3)]
        sightings = tuple(
            Sighting(entry_id=e.entry_id, statement_id=e.statement_id, kind=e.kind, event_key=e.event_key)
            for e in first
        )
        outcomes = [earlier, run(then, payments, claims=claims, sightings=sightings)]
    assert sum(len(outcome.settlements) for outcome in outcomes) == 3
    assert sum(len(outcome.reconciliations) for outcome in outcomes) == 3
    assert [kinds(outcome) for outcome in outcomes] == [[] for _ in outcomes]


def prior(outcome, booked):
    by_id = {e.entry_id: e for e in booked}
    return tuple(
        PriorClaim(
            entry_id=claim.entry_id,
            statement_id=by_id[claim.entry_id].statement_id,
            kind=claim.kind,
            event_key=by_id[claim.entry_id].event_key,
            purpose=claim.purpose,
            amount=claim.amount,
            payment_id=claim.payment_id,
        )
        for match in outcome.matches
        for claim in match.claims
    )


def test_a_batch_booked_again_after_its_payments_were_booked_one_by_one_is_a_duplicate():
    first = read(*(paid(n, f"{n}0.00") for n in (1, 2, 3)))
    outcome = run(first + read(entry("60.00", "debit", batches=(batch_block(),)), statement="S2"))
    assert kinds(outcome) == ["duplicate_booking"]
    assert len(outcome.reconciliations) == 3


def test_a_batch_entry_less_a_payment_that_the_advice_left_out_takes_what_was_advised():
    advised = read(*(paid(n, f"{n}0.00") for n in (1, 2)), kind="notification", statement="N1")
    outcome = run(advised + read(entry("30.00", "debit", batches=(batch_block(),))))
    assert reconciled(outcome) == {"p1", "p2"}


@pytest.mark.parametrize("bare_first", [True, False])
def test_a_bare_sum_on_the_statement_is_explained_by_the_advice_that_has_the_same_bank_reference(bare_first):
    bare = read(entry("60.00", "debit", bank_reference="B"))
    booked = bare + advice_details() if bare_first else advice_details() + bare
    outcome = run(booked)
    assert reconciled(outcome) == {"p1", "p2", "p3"}
    assert kinds(outcome) == []


def test_a_bare_sum_of_another_amount_or_reference_is_not_explained_by_an_advice():
    for bare in (entry("61.00", "debit", bank_reference="B"), entry("60.00", "debit", bank_reference="C")):
        assert reconciled(run(read(bare) + advice_details())) == set()


def test_an_advice_that_named_only_some_of_a_sum_does_not_explain_it():
    details = [transaction("10.00", "debit", names(1)), transaction("50.00", "debit", names(9))]
    advice = read(entry("60.00", "debit", *details, bank_reference="B"), kind="notification", statement="N1")
    outcome = run(read(entry("60.00", "debit", bank_reference="B")) + advice)
    assert reconciled(outcome) == set()
    assert len(outcome.settlements) == 1


def test_entries_that_only_look_alike_do_not_explain_each_other():
    (bare,) = read(entry("10.00", "debit"))
    claim = PriorClaim(
        entry_id="N1/1",
        statement_id="N1",
        kind="notification",
        event_key=bare.event_key,
        purpose="booking",
        amount=Decimal("10.00"),
        payment_id="p1",
    )
    assert reconciled(run([bare], claims=(claim,))) == set()


def test_details_resolve_the_break_of_the_bare_sum_that_came_before_them():
    bare = read(entry("60.00", "debit", bank_reference="B"), kind="notification", statement="N1")
    (found,) = run(bare).breaks
    details = [transaction(f"{n}0.00", "debit", names(n)) for n in (1, 2, 3)]
    told = run(read(entry("60.00", "debit", *details, bank_reference="B")), open_breaks=frozenset({found.key}))
    assert told.resolved == (found.key,)


def test_a_named_reason_is_not_joined_by_an_unknown_one():
    details = entry("70.00", "debit", transaction("70.00", "debit", names(1)), bank_reference="B")
    (found,) = run(read(details, kind="notification", statement="N1")).breaks
    bare = run(read(entry("70.00", "debit", bank_reference="B")), open_breaks=frozenset({found.key}))
    assert found.kind == "amount_differs"
    assert bare.breaks == ()
    assert bare.open_entries == ("S1/1",)
