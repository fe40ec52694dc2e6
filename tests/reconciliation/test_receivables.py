from datetime import timedelta
from decimal import Decimal

import pytest

from formats.initiation import Account, Party, StructuredRemittance
from reconciliation.candidates import Candidates, PriorClaim
from reconciliation.engine import reconcile
from reconciliation.expected import OpenItem
from reconciliation.matchers.subset_sum import TARGETS_MAX
from tests.reconciliation.factories import DAY, OURS, entry, payment, read, transaction

RF = "RF18539007547034"
PAYER = "FR7630006000011234567890189"


def item(number=1, amount="100.00", **changes):
    facts = {
        "open_item_id": f"i{number}",
        "account": OURS,
        "amount": Decimal(amount),
        "currency": "EUR",
        "references": (f"INV-00{number}",),
        "debtor_name": "Dupont SARL",
        "debtor_account": PAYER,
        "due_date": DAY,
    }
    return OpenItem(**(facts | changes))


def received(amount, *lines, account=PAYER, name="DUPONT S.A.R.L.", **more):
    facts = {
        "remittance": lines,
        "debtor": Party(name=name),
        "debtor_account": Account(iban=account) if account else None,
    }
    return entry(amount, "credit", transaction(amount, "credit", **(facts | more)))


def run(booked, *items, **more):
    return reconcile(booked, Candidates(open_items=items, **more))


def kinds(outcome):
    return [each.kind for each in outcome.breaks]


def claimed(matches):
    return [[claim.open_item_id for claim in match.claims] for match in matches]


def test_a_structured_reference_of_one_open_item_and_its_amount_is_proven():
    paid = received("100.00", structured_remittance=(StructuredRemittance(reference=RF),))
    outcome = run(read(paid), item(references=(RF,)))
    assert (claimed(outcome.matches), outcome.breaks) == ([["i1"]], ())


@pytest.mark.parametrize("text", ["Invoice INV-001, thank you", "(INV-001)", "INV-001"])
def test_an_invoice_number_in_free_text_is_found_as_a_word_of_its_own(text):
    assert claimed(run(read(received("100.00", text)), item()).matches) == [["i1"]]


@pytest.mark.parametrize("text", ["INV-0011", "XINV-001", "inv-001", "INV-01"])
def test_a_longer_or_different_word_is_not_the_invoice(text):
    stranger = received("100.00", text, account=None, name=None)
    assert kinds(run(read(stranger), item())) == ["unknown_entry"]


def test_an_invoice_paid_with_another_amount_is_a_suggestion():
    outcome = run(read(received("90.00", "INV-001")), item())
    assert (outcome.matches, claimed(outcome.suggestions)) == ((), [["i1"]])
    assert outcome.open_entries == ("S1/1",)


def test_two_quoted_invoices_that_come_to_the_amount_are_both_paid():
    outcome = run(read(received("150.00", "INV-001 INV-002")), item(1), item(2, "50.00"))
    assert claimed(outcome.matches) == [["i1", "i2"]]
    assert [claim.amount for claim in outcome.matches[0].claims] == [100, 50]


def test_two_quoted_invoices_that_do_not_come_to_the_amount_are_ambiguous():
    assert kinds(run(read(received("149.00", "INV-001 INV-002")), item(1), item(2, "50.00"))) == ["ambiguous"]


def test_an_open_item_is_claimed_once():
    outcome = run(read(received("100.00", "INV-001"), received("100.00", "INV-001")), item())
    assert claimed(outcome.matches) == [["i1"]]
    assert kinds(outcome) == ["unknown_entry"]


def test_the_same_party_amount_and_day_are_a_suggestion_with_all_alternatives():
    outcome = run(read(received("100.00", "thanks")), item(1), item(2))
    assert (outcome.matches, claimed(outcome.suggestions)) == ((), [["i1"], ["i2"]])
    assert [match.alternative for match in outcome.suggestions] == [0, 1]
    assert outcome.conservation[0].suggested.count == 1


def test_the_same_amount_of_another_party_suggests_nothing():
    stranger = received("100.00", account="DE89370400440532013000", name="Dupont SARL")
    assert kinds(run(read(stranger), item())) == ["unknown_entry"]


def test_the_same_amount_weeks_apart_suggests_nothing():
    assert kinds(run(read(received("100.00")), item(due_date=DAY - timedelta(days=30)))) == ["unknown_entry"]


def test_a_payment_without_references_is_suggested_by_party_amount_and_day():
    detail = transaction("100.00", "debit", creditor_account=Account(iban=PAYER))
    outcome = reconcile(
        read(entry("100.00", "debit", detail)), Candidates(payments=(payment(1, creditor_account=PAYER),))
    )
    assert [match.claims[0].payment_id for match in outcome.suggestions] == ["p1"]
    assert outcome.settlements == outcome.reconciliations == ()


def test_every_sum_of_open_items_of_the_payer_that_fits_is_suggested():
    items = item(1, "60.00"), item(2, "40.00"), item(3, "70.00"), item(4, "30.00")
    outcome = run(read(received("100.00")), *items)
    assert claimed(outcome.suggestions) == [["i1", "i2"], ["i3", "i4"]]


def test_too_many_open_items_are_not_added_up():
    items = [item(number, "10.00") for number in range(TARGETS_MAX + 1)]
    assert kinds(run(read(received("20.00")), *items)) == ["unknown_entry"]


def test_a_claimed_open_item_is_suggested_to_nobody():
    prior = PriorClaim(
        entry_id="S0/1",
        statement_id="S0",
        kind="statement",
        event_key="k",
        purpose="booking",
        amount=Decimal(100),
        open_item_id="i1",
    )
    assert kinds(run(read(received("100.00")), item(), claims=(prior,))) == ["unknown_entry"]
