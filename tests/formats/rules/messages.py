"""A message every profile of the general rules likes, to be spoilt one fact at a time."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from formats.initiation import Account, Address, CreditTransfer, Initiation, Party, PaymentInformation
from formats.rules import History
from formats.values import Money

TODAY = date(2026, 11, 2)
EXECUTION = date(2026, 11, 4)
GERMAN_IBAN = "DE89370400440532013000"
SWISS_IBAN = "CH9300762011623852957"
HOME = Address(street="Am Markt", building_number="1", post_code="53111", town="Bonn", country="DE")


def payment(amount="100.00", currency="EUR", **facts):
    given = {
        "end_to_end_id": "INVOICE-1",
        "amount": Money(Decimal("NaN"), currency, "?") if amount is None else Money.parse(amount, currency),
        "creditor": Party(name="Baeckerei Muster", address=HOME),
        "creditor_account": Account(iban=GERMAN_IBAN),
        "remittance": ("Invoice 1",),
        "line": 20,
    }
    return CreditTransfer(**(given | facts))


def batch(*payments, **facts):
    given = {
        "id": "BATCH-1",
        "execution_date": EXECUTION,
        "debtor": Party(name="Payer AG", address=HOME),
        "debtor_account": Account(iban="DE75512108001245126199"),
        "batch_booking": False,
        "payments": payments or (payment(),),
        "line": 10,
    }
    return PaymentInformation(**(given | facts))


def message(*batches, **facts):
    given = {
        "message_id": "MESSAGE-1",
        "created_at": None,
        "initiating_party": Party(name="Payer AG"),
        "batches": batches or (batch(),),
        "message": "pain.001.001.09",
    }
    return Initiation(**(given | facts))


def paying(**facts):
    """A message with one payment of these facts."""
    return message(batch(payment(**facts)))


def paid_to(**address):
    """A message whose payee has this address."""
    return paying(creditor=Party(name="Baeckerei Muster", address=Address(**address)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rule, a message it finds something in (at ``path``), and one it finds nothing in."""

    rule: str
    broken: Initiation
    fine: Initiation = field(default_factory=message)
    path: str | None = None
    text: str = ""
    """Words its message holds."""
    severity: str | None = None
    says: str = ""
    profile: str = "iso"
    overrides: dict = field(default_factory=dict)
    kept_overrides: dict | None = None
    """Those for the message it is silent about, where they differ."""
    history: History = field(default_factory=History)
    as_of: date = TODAY

    def __str__(self):
        return f"{self.rule} {self.says}".strip()
