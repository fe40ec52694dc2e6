from decimal import Decimal

import pytest

from formats.statement import BankTransactionCode, References, Return
from reconciliation.candidates import Candidates
from reconciliation.engine import reconcile
from tests.reconciliation.factories import (
    batch_block,
    came_back,
    charge,
    entry,
    names,
    paid,
    payment,
    read,
    transaction,
)


def run(booked, *payments):
    return reconcile(booked, Candidates(payments=payments))


def kinds(outcome):
    return [each.kind for each in outcome.breaks]


def test_money_that_comes_back_days_later_returns_the_reconciled_payment():
    outcome = run(read(came_back(1)), payment(1, state="reconciled"))
    (found,) = outcome.returns
    assert (found.payment_id, found.reason, found.short, found.booking_known) == ("p1", "AC04", 0, False)
    assert kinds(outcome) == ["return"]
    assert list(outcome.standings.values()) == ["matched"]


def test_a_debit_and_its_return_on_one_statement_settle_and_return_in_any_order():
    for order in ([paid(1), came_back(1)], [came_back(1), paid(1)]):
        outcome = run(read(*order), payment(1))
        assert len(outcome.reconciliations) == len(outcome.returns) == 1
        assert outcome.returns[0].booking_known


def test_a_return_less_a_fee_proposes_the_difference_as_a_charge():
    outcome = run(read(came_back(1, "95.00")), payment(1, state="reconciled"))
    assert outcome.returns[0].short == Decimal("5.00")
    fee = next(each for each in outcome.breaks if each.kind == "fee")
    assert fee.difference == Decimal("-5.00")


def test_a_return_less_a_stated_charge_is_whole():
    detail = transaction(
        "95.00", "credit", names(1), returned=Return(reason="AC04"), charges=(charge("5.00", included=True),)
    )
    outcome = run(read(entry("95.00", "credit", detail)), payment(1, state="reconciled"))
    assert len(outcome.returns) == 1
    assert sorted(kinds(outcome)) == ["fee", "return"]


def test_a_small_part_of_the_payment_is_not_called_a_fee():
    outcome = run(read(came_back(1, "20.00")), payment(1, state="reconciled"))
    assert sorted(kinds(outcome)) == ["amount_differs", "return"]


def test_more_than_was_paid_is_not_a_return():
    outcome = run(read(came_back(1, "120.00")), payment(1, state="reconciled"))
    assert kinds(outcome) == ["amount_differs"]
    assert outcome.returns == ()


def test_the_return_of_an_unknown_payment_is_a_break():
    assert kinds(run(read(came_back(9)), payment(1, state="reconciled"))) == ["unknown_return"]


@pytest.mark.parametrize(
    "mark", [{"reversal": True}, {"code": BankTransactionCode(domain="PMNT", family="ICDT", sub_family="RRTN")}]
)
def test_a_reversal_flag_or_a_return_code_marks_a_return_as_well_as_a_reason_does(mark):
    booked = read(entry("100.00", "credit", transaction("100.00", "credit", References(end_to_end_id="E-1")), **mark))
    assert len(run(booked, payment(1, state="reconciled")).returns) == 1


def test_an_equal_credit_with_all_our_references_needs_no_mark():
    booked = read(entry("100.00", "credit", transaction("100.00", "credit", names(1))))
    assert len(run(booked, payment(1, state="reconciled")).returns) == 1


def test_a_second_return_of_one_payment_is_a_duplicate():
    outcome = run(
        read(came_back(1, bank_reference="A"), came_back(1, bank_reference="B")), payment(1, state="reconciled")
    )
    assert len(outcome.returns) == 1
    assert sorted(kinds(outcome)) == ["duplicate_booking", "return"]


def test_a_return_told_by_advice_and_statement_returns_once():
    booked = read(came_back(1), kind="notification", statement="N1") + read(came_back(1))
    outcome = run(booked, payment(1, state="reconciled"))
    assert len(outcome.returns) == 1
    assert kinds(outcome) == ["return"]


def test_a_refused_payment_that_was_debited_and_credited_needs_nobody():
    for order in ([paid(1), came_back(1)], [came_back(1), paid(1)]):
        outcome = run(read(*order), payment(1, state="rejected"))
        assert outcome.breaks == ()
        assert outcome.returns == outcome.settlements == ()
        assert set(outcome.standings.values()) == {"matched"}


def test_the_credit_of_a_late_rejection_resolves_its_break():
    candidates = Candidates(payments=(payment(1, state="rejected"),), open_breaks=frozenset({"late_rejection:p1"}))
    assert reconcile(read(came_back(1)), candidates).resolved == ("late_rejection:p1",)


def test_a_reversed_batch_booking_returns_every_payment():
    payments = [payment(n, f"{n}0.00", state="reconciled") for n in (1, 2, 3)]
    outcome = run(read(entry("60.00", "credit", reversal=True, batches=(batch_block(),))), *payments)
    assert {each.payment_id for each in outcome.returns} == {"p1", "p2", "p3"}


def test_a_reversal_in_the_direction_of_the_original_is_left_to_a_person():
    booked = read(entry("100.00", "debit", transaction("100.00", "debit", names(1)), reversal=True))
    outcome = run(booked, payment(1, state="reconciled"))
    assert kinds(outcome) == ["unknown_return"]
    assert outcome.returns == ()
