"""Entries and payments with only the facts that matter to a test."""

from datetime import date
from decimal import Decimal

from formats.initiation import Account
from formats.statement import (
    Balance,
    BatchBlock,
    Charge,
    Entry,
    Kind,
    References,
    Return,
    Statement,
    Transaction,
)
from formats.values import Money
from reconciliation.booked import Booked, EntryReader
from reconciliation.expected import ExpectedPayment

OURS = "DE02120300000000202051"
DAY = date(2026, 3, 2)


def euro(text, currency="EUR"):
    return Money(Decimal(text), currency)


def payment(number=1, amount="100.00", **changes):
    facts = {
        "payment_id": f"p{number}",
        "account": OURS,
        "amount": Decimal(amount),
        "currency": "EUR",
        "state": "acknowledged",
        "message_id": "FILE-1",
        "payment_information_id": "BATCH-1",
        "instruction_id": f"I-{number}",
        "end_to_end_id": f"E-{number}",
        "value_date": DAY,
    }
    return ExpectedPayment(**(facts | changes))


def names(number=1, **changes):
    facts = {
        "message_id": "FILE-1",
        "payment_information_id": "BATCH-1",
        "instruction_id": f"I-{number}",
        "end_to_end_id": f"E-{number}",
    }
    return References(**(facts | changes))


def transaction(amount="100.00", direction="debit", references=None, **more):
    return Transaction(
        amount=euro(amount) if amount is not None else None,
        direction=direction,
        references=references or References(),
        **more,
    )


def entry(amount="100.00", direction="debit", *details, **more):
    facts = {"status": "BOOK", "booking_date": DAY, "value_date": DAY, "transactions": tuple(details)}
    return Entry(amount=euro(amount), direction=direction, **(facts | more))


def paid(number=1, amount="100.00", **more):
    """A debit that names payment ``number`` in full."""
    return entry(amount, "debit", transaction(amount, "debit", names(number)), **more)


def came_back(number=1, amount="100.00", reason="AC04", **more):
    """A credit that returns payment ``number``."""
    detail = transaction(amount, "credit", names(number), returned=Return(reason=reason))
    return entry(amount, "credit", detail, **more)


def batch_block(batch="BATCH-1", count=None, **more):
    return BatchBlock(payment_information_id=batch, number_of_transactions=count, **more)


def read(*entries, kind: Kind = "statement", statement="S1", account=OURS, prefix=None) -> list[Booked]:
    """The entries of one message, with ids ``S1/1``, ``S1/2`` …"""
    reader = EntryReader(statement_id=statement, kind=kind, account=account, currency="EUR")
    return [reader.read(e, entry_id=f"{prefix or statement}/{n}") for n, e in enumerate(entries, 1)]


def statement(*entries, opening="0.00", closing=None, **more):
    """A camt.053 whose closing balance adds up unless ``closing`` says otherwise."""
    total = sum((e.signed for e in entries if e.booked), Decimal(opening))
    facts = {"id": "S1", "account": Account(iban=OURS), "currency": "EUR", "entries": tuple(entries)}
    return Statement(
        opening=Balance(code="OPBD", amount=euro(opening), as_of=DAY),
        closing=Balance(code="CLBD", amount=euro(closing if closing is not None else str(total)), as_of=DAY),
        **(facts | more),
    )


def charge(amount, *, included):
    return Charge(amount=euro(amount), direction="debit", included=included)
