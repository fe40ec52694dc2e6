"""The JSON contract beyond what the golden pairs show: the other side, days, what was said, and errors."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from formats import render
from formats.errors import NotSupported, TooLarge, Unreadable
from formats.initiation import (
    Account,
    CreditTransfer,
    Initiation,
    Party,
    PaymentInformation,
    ReferredDocument,
    StructuredRemittance,
)
from formats.statement import Return, Transaction
from formats.status_report import BatchStatus, PaymentStatus, Reason, StatusReport
from formats.values import Money

OURS = Account(iban="DE02120300000000202051")
THEIRS = Account(iban="FR1420041010050500013M02606")
WE, THEY = Party(name="We"), Party(name="They")
EURO = Money(Decimal(5), "EUR")


def transaction(direction="debit", **sides) -> Transaction:
    return Transaction(amount=EURO, direction=direction, **sides)


@pytest.mark.parametrize(
    ("one", "back", "expected"),
    [
        (transaction("debit", creditor=THEY, creditor_account=THEIRS, debtor=WE), False, ("They", THEIRS.iban)),
        (transaction("credit", debtor=THEY, debtor_account=THEIRS, creditor=WE), False, ("They", THEIRS.iban)),
        (transaction("credit", debtor=WE, debtor_account=OURS, creditor=THEY), True, ("They", None)),
        (transaction("credit", debtor=WE, debtor_account=OURS, creditor=THEY), False, ("They", None)),
        (transaction("credit", creditor=THEY), True, ("They", None)),
        (transaction("credit", creditor=WE), False, (None, None)),
        (transaction("debit", creditor=WE, creditor_account=OURS), False, ("We", OURS.iban)),
        (transaction("debit"), True, (None, None)),
    ],
)
def test_the_other_side_is_never_our_own_account(one, back, expected):
    assert render.counterparty(one, OURS, back=back) == expected


def test_what_was_said_is_a_text_each_reference_documents_and_additions_in_order():
    block = StructuredRemittance(
        reference="RF18539007547034", documents=(ReferredDocument(number="INV-1"),), additional=("thanks",)
    )
    one = transaction(remittance=("free",), structured_remittance=(block,), returned=Return(reason_proprietary="X9"))
    shown = render.transaction(one, OURS, reversal=False)
    assert shown["remittance"] == ["free", "RF18539007547034", "INV-1", "thanks"]
    assert shown["return_reason"] == "X9"


def test_a_transaction_of_unknown_worth_says_null():
    shown = render.transaction(Transaction(amount=None, direction=None), OURS, reversal=False)
    assert (shown["amount"], shown["currency"], shown["direction"], shown["end_to_end_id"]) == (None, None, None, None)


def test_a_status_report_keeps_the_contract():
    reason = Reason(code="AC04", text=("closed",))
    report = StatusReport(
        message="pain.002.001.10",
        message_id="S",
        created_at=None,
        original_message_id="M",
        original_message_name="pain.001.001.09",
        group_status="PART",
        batches=(BatchStatus(payment_information_id="B", status="RJCT", reasons=(reason,)),),
        payments=(PaymentStatus(end_to_end_id="E", status="RJCT", status_level="payment_information"),),
    )
    shown = render.document(report, "s.xml")
    assert shown["kind"] == "status_report"
    assert shown["batches"] == [
        {
            "payment_information_id": "B",
            "status": "RJCT",
            "reasons": [{"code": "AC04", "proprietary": None, "text": ["closed"]}],
        }
    ]
    assert set(shown["payments"][0]) == {
        "payment_information_id", "instruction_id", "end_to_end_id", "uetr", "status", "status_level", "reasons",
    }  # fmt: skip
    assert json.loads(json.dumps(shown)) == shown


def test_an_initiation_keeps_the_contract():
    payment = CreditTransfer(end_to_end_id="E", amount=EURO, creditor=THEY, creditor_account=THEIRS)
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    batch = PaymentInformation(id="B", execution_date=at, debtor_account=OURS, payments=(payment,))
    message = Initiation(message_id="M", created_at=None, batches=(batch,), number_of_transactions="1", control_sum="5")
    shown = render.document(message, "p.xml")
    assert (shown["kind"], shown["number_of_transactions"], shown["control_sum"]) == ("initiation", "1", "5")
    (batch,) = shown["batches"]
    assert (batch["id"], batch["debtor_account"], batch["execution_date"]) == ("B", OURS.iban, str(date(2026, 3, 2)))
    assert batch["payments"][0]["counterparty"] == {"name": "They", "account": THEIRS.iban}


@pytest.mark.parametrize(
    ("err", "expected"),
    [
        (
            Unreadable("cut", code="xml.not_well_formed", line=7),
            {"code": "xml.not_well_formed", "message": "cut", "line": 7},
        ),
        (NotSupported("a PDF", "No."), {"code": "format.not_supported", "message": "This is a PDF. No."}),
        (
            FileNotFoundError(2, "No such file or directory"),
            {"code": "file.unreadable", "message": "No such file or directory"},
        ),
    ],
)
def test_an_error_stands_in_the_place_of_a_document(err, expected):
    assert render.error(err, "f.xml") == {"file": "f.xml", "error": expected}


def test_an_error_of_size_names_its_limit():
    assert "8 bytes" in render.error(TooLarge("It", limit=8, unit="bytes"), "f")["error"]["message"]
