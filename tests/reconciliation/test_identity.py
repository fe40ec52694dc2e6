from datetime import date
from decimal import Decimal

import pytest

from formats.statement import References
from reconciliation.agreement import money_agrees
from reconciliation.candidates import Candidates, Sighting
from reconciliation.engine import reconcile
from tests.reconciliation.factories import came_back, charge, entry, names, paid, payment, read, transaction


def run(booked, *payments, **more):
    return reconcile(booked, Candidates(payments=payments, **more))


def kinds(outcome):
    return [each.kind for each in outcome.breaks]


def test_a_debit_with_our_references_and_amount_reconciles_its_payment():
    outcome = run(read(paid(1)), payment(1))
    assert [each.payment_id for each in outcome.reconciliations] == ["p1"]
    assert outcome.standings == {("S1/1", 0): "matched"}
    assert outcome.breaks == ()


def test_an_advice_settles_and_only_a_statement_reconciles():
    outcome = run(read(paid(1), kind="notification"), payment(1))
    assert [each.payment_id for each in outcome.settlements] == ["p1"]
    assert outcome.reconciliations == ()


def test_a_statement_settles_and_reconciles_what_no_advice_told():
    outcome = run(read(paid(1)), payment(1))
    assert len(outcome.settlements) == len(outcome.reconciliations) == 1


def test_a_settled_payment_is_only_reconciled():
    outcome = run(read(paid(1)), payment(1, state="settled"))
    assert outcome.settlements == ()
    assert len(outcome.reconciliations) == 1


def test_another_amount_is_a_break_linked_to_the_payment_and_moves_nothing():
    outcome = run(read(paid(1, "99.99")), payment(1))
    (found,) = outcome.breaks
    assert (found.kind, found.payment_ids, found.difference) == ("amount_differs", ("p1",), Decimal("-0.01"))
    assert outcome.settlements == outcome.reconciliations == outcome.matches == ()


def test_the_amount_alone_never_matches():
    outcome = run(read(entry("100.00", "debit")), payment(1))
    assert kinds(outcome) == ["unknown_entry"]
    assert outcome.matches == ()


@pytest.mark.parametrize("word", ["NOTPROVIDED", "NONREF", "notprovided"])
def test_a_placeholder_is_not_a_reference(word):
    booked = read(entry("100.00", "debit", transaction(references=References(end_to_end_id=word))))
    outcome = run(booked, payment(1, end_to_end_id=word))
    assert kinds(outcome) == ["unknown_entry"]


@pytest.mark.parametrize("theirs", ["INV-7", "00inv-7", "0INV-7", "00INV-7 "])
def test_leading_zeros_case_and_blanks_of_a_reference_are_significant(theirs):
    booked = read(entry("100.00", "debit", transaction(references=References(end_to_end_id=theirs))))
    assert kinds(run(booked, payment(1, end_to_end_id="00INV-7"))) == ["unknown_entry"]


def test_a_payment_of_another_account_of_ours_is_not_touched():
    outcome = run(read(paid(1)), payment(1, account="DE89370400440532013000"))
    assert kinds(outcome) == ["unknown_entry"]


def test_another_currency_is_another_amount():
    assert kinds(run(read(paid(1)), payment(1, currency="USD"))) == ["amount_differs"]


def test_a_credit_with_our_end_to_end_id_books_nothing():
    booked = read(entry("100.00", "credit", transaction("100.00", "credit", References(end_to_end_id="E-1"))))
    outcome = run(booked, payment(1))
    assert outcome.settlements == outcome.returns == ()
    assert len(outcome.suggestions) == 1


@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
def test_what_is_not_booked_is_forecast(status):
    outcome = run(read(paid(1, status=status)), payment(1))
    assert list(outcome.standings.values()) == ["forecast"]
    assert outcome.settlements == ()


def test_a_pending_entry_does_not_make_its_booking_a_repeat():
    booked = read(
        entry("5.00", "debit", status="PDNG", bank_reference="B1"), kind="notification", statement="N1"
    ) + read(entry("5.00", "debit", bank_reference="B1"), kind="report", statement="R1")
    outcome = run(booked)
    assert list(outcome.standings.values()) == ["forecast", "open"]


def test_two_payments_with_the_same_end_to_end_id_and_amount_are_ambiguous():
    booked = read(entry("100.00", "debit", transaction(references=References(end_to_end_id="E"))))
    outcome = run(booked, payment(1, end_to_end_id="E"), payment(2, end_to_end_id="E"))
    assert kinds(outcome) == ["ambiguous"]
    assert outcome.breaks[0].payment_ids == ("p1", "p2")


def test_the_amount_tells_apart_what_shares_a_reference():
    booked = read(entry("70.00", "debit", transaction("70.00", references=References(end_to_end_id="E"))))
    outcome = run(booked, payment(1, end_to_end_id="E"), payment(2, "70.00", end_to_end_id="E"))
    assert [each.payment_id for each in outcome.reconciliations] == ["p2"]


def test_a_retry_takes_the_booking_and_not_the_refused_first_try():
    booked = read(entry("100.00", "debit", transaction(references=References(end_to_end_id="E"))))
    outcome = run(booked, payment(1, state="rejected", end_to_end_id="E"), payment(2, end_to_end_id="E"))
    assert [each.payment_id for each in outcome.reconciliations] == ["p2"]
    assert outcome.breaks == ()


def test_a_sure_name_goes_before_a_vague_one_in_any_order():
    vague = entry("100.00", "debit", transaction(references=References(end_to_end_id="E")), bank_reference="V")
    sure = entry("100.00", "debit", transaction(references=names(1, end_to_end_id="E")), bank_reference="S")
    payments = payment(1, end_to_end_id="E"), payment(2, end_to_end_id="E")
    for order in ([vague, sure], [sure, vague]):
        outcome = run(read(*order), *payments)
        assert {each.payment_id for each in outcome.reconciliations} == {"p1", "p2"}


def test_another_tracking_id_proves_another_payment():
    booked = read(entry("100.00", "debit", transaction(references=names(1, uetr="u-9"))))
    assert kinds(run(booked, payment(1, uetr="u-1"))) == ["unknown_entry"]


def test_the_tracking_id_alone_is_enough():
    booked = read(entry("100.00", "debit", transaction(references=References(uetr="u-1", end_to_end_id="NOTPROVIDED"))))
    assert len(run(booked, payment(1, uetr="u-1")).reconciliations) == 1


def test_a_name_from_somebody_elses_file_is_only_a_suggestion():
    references = References(end_to_end_id="E-1", message_id="NOT-OURS")
    outcome = run(read(entry("100.00", "debit", transaction(references=references))), payment(1))
    assert outcome.matches == ()
    assert len(outcome.suggestions) == 1


def test_an_instruction_id_of_the_banks_own_does_not_hide_our_other_references():
    outcome = run(read(entry("100.00", "debit", transaction(references=names(1, instruction_id="BANK-9")))), payment(1))
    assert len(outcome.reconciliations) == 1


def test_the_customer_reference_of_an_mt940_line_names_the_payment():
    outcome = run(read(entry("100.00", "debit", reference="E-1")), payment(1))
    assert len(outcome.reconciliations) == 1


def test_a_second_booking_of_one_payment_is_a_duplicate():
    outcome = run(read(paid(1, bank_reference="A"), paid(1, bank_reference="B")), payment(1))
    assert len(outcome.reconciliations) == 1
    assert kinds(outcome) == ["duplicate_booking"]


def test_a_charge_the_bank_includes_is_split_off():
    detail = transaction("105.00", references=names(1), charges=(charge("5.00", included=True),))
    outcome = run(read(entry("105.00", "debit", detail)), payment(1))
    assert outcome.matches[0].claims[0].amount == Decimal("100.00")
    assert kinds(outcome) == ["fee"]


def test_a_charge_of_which_the_bank_does_not_say_whether_it_is_included_explains_nothing():
    detail = transaction("105.00", references=names(1), charges=(charge("5.00", included=None),))
    assert kinds(run(read(entry("105.00", "debit", detail)), payment(1))) == ["amount_differs"]


def test_a_booking_resolves_a_doubt_about_the_sending():
    outcome = run(read(paid(1)), payment(1, state="in_doubt"))
    assert len(outcome.settlements) == len(outcome.reconciliations) == 1


def test_a_booked_payment_that_was_refused_is_claimed_but_not_moved():
    outcome = run(read(paid(1)), payment(1, state="rejected"))
    assert kinds(outcome) == ["late_rejection"]
    assert outcome.settlements == outcome.reconciliations == ()
    assert len(outcome.matches) == 1


def test_a_booked_payment_that_was_never_sent_is_a_break():
    assert kinds(run(read(paid(1)), payment(1, state="approved"))) == ["unexpected_booking"]


def test_details_that_do_not_add_up_to_their_entry_are_not_posted():
    booked = read(entry("100.00", "debit", transaction("60.00", references=names(1)), transaction("30.00")))
    outcome = run(booked, payment(1, "60.00"))
    assert kinds(outcome) == ["details_differ"]
    assert outcome.matches == ()


def test_an_unproven_statement_moves_nothing_and_is_counted():
    booked = read(paid(1))
    outcome = reconcile(booked, Candidates(payments=(payment(1),)), unproven=frozenset({"S1"}))
    assert list(outcome.standings.values()) == ["quarantined"]
    assert outcome.conservation[0].quarantined.count == 1
    assert outcome.settlements == ()


def test_a_return_is_not_taken_for_a_booking():
    assert run(read(came_back(1)), payment(1, state="reconciled")).reconciliations == ()


def test_the_case_of_a_second_reference_is_significant_too():
    references = References(end_to_end_id="E-1", message_id="file-1")
    assert run(read(entry("100.00", "debit", transaction(references=references))), payment(1)).matches == ()


def test_a_credit_never_agrees_with_a_payment_that_is_a_debit():
    (booked,) = read(entry("100.00", "credit"))
    assert money_agrees(booked.parts[0], payment(1)) is None


def test_an_open_entry_finds_its_payment_when_it_is_tried_again_and_its_break_is_resolved():
    booked = read(paid(1))
    first = run(booked)
    (found,) = first.breaks
    sightings = tuple(
        Sighting(entry_id=e.entry_id, statement_id=e.statement_id, kind=e.kind, event_key=e.event_key) for e in booked
    )
    again = run(booked, payment(1), sightings=sightings, open_breaks=frozenset({found.key}))
    assert len(again.reconciliations) == 1
    assert again.resolved == (found.key,)


def test_the_statement_explains_what_the_advice_could_not_name():
    advice = read(entry("100.00", "debit", bank_reference="B1"), kind="notification", statement="N1")
    (found,) = run(advice, payment(1)).breaks
    stated = run(read(paid(1, bank_reference="B1")), payment(1), open_breaks=frozenset({found.key}))
    assert found.key.startswith("unknown_entry:")
    assert stated.resolved == (found.key,)


def test_a_payment_found_missing_is_missing_no_more_once_booked():
    outcome = run(read(paid(1)), payment(1), open_breaks=frozenset({"missing_booking:p1"}))
    assert outcome.resolved == ("missing_booking:p1",)


def test_of_two_payments_alike_the_one_whose_movement_was_advised_is_meant():
    references = References(end_to_end_id="E")
    advice = entry("100.00", "debit", transaction(references=names(2, end_to_end_id="E")), bank_reference="B1")
    stated = entry("100.00", "debit", transaction(references=references), bank_reference="B1")
    booked = read(advice, kind="notification", statement="N1") + read(stated)
    outcome = run(booked, payment(1, end_to_end_id="E"), payment(2, end_to_end_id="E"))
    assert [each.payment_id for each in outcome.reconciliations] == ["p2"]


def seen(booked):
    return tuple(
        Sighting(entry_id=e.entry_id, statement_id=e.statement_id, kind=e.kind, event_key=e.event_key) for e in booked
    )


def test_an_entry_of_a_statement_is_not_a_repeat_of_the_advice_that_told_it():
    advice = read(entry("5.00", "debit", bank_reference="B1"), kind="notification", statement="N1")
    outcome = run(read(entry("5.00", "debit", bank_reference="B1")), sightings=seen(advice))
    assert list(outcome.standings.values()) == ["open"]


def test_an_entry_of_another_statement_is_a_movement_of_its_own_whatever_the_bank_calls_it():
    monday = read(entry("5.00", "debit", bank_reference="FEE"), statement="S1")
    tuesday = read(entry("5.00", "debit", bank_reference="FEE"), statement="S2")
    outcome = run(tuesday, sightings=seen(monday))
    assert list(outcome.standings.values()) == ["open"]


def test_a_statement_or_an_advice_read_again_is_a_repeat():
    for kind in ("statement", "notification"):
        once = read(entry("5.00", "debit"), kind=kind, statement="M", prefix="first")
        again = read(entry("5.00", "debit"), kind=kind, statement="M", prefix="again")
        assert list(run(again, sightings=seen(once)).standings.values()) == ["repeated"]


def test_an_open_entry_that_is_tried_again_in_vain_stays_open():
    booked = read(entry("5.00", "debit"), kind="notification", statement="N1")
    assert list(run(booked, sightings=seen(booked)).standings.values()) == ["open"]


def test_a_reference_that_the_bank_writes_every_month_names_another_movement_each_month():
    march, april = (
        read(entry("5.00", "debit", bank_reference="FEE", booking_date=day), kind="notification", statement=f"N{day}")
        for day in (date(2026, 3, 31), date(2026, 4, 30))
    )
    assert list(run(april, sightings=seen(march)).standings.values()) == ["open"]
