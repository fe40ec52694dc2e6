"""What we expect to see: payments we sent, and receivables the ERP waits for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from formats.statement import Direction

AWAITING_BOOKING = frozenset({"submitted", "acknowledged", "in_doubt"})
"""States in which a booking is what we wait for; it also resolves a doubt about the sending."""
UNPROVEN = frozenset({"generated", "in_doubt"})
"""States of payments in a file of which nothing proves yet that the bank has it."""
BOOKED = frozenset({"settled", "reconciled", "returned"})
"""States that a booking led to."""
NOT_COMING = frozenset({"rejected", "cancelled", "invalid", "declined", "expired"})
"""States of payments that a batch booking leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPayment:
    """A payment of ours as the bank would name it. ``amount`` is positive; texts are exactly what we sent, for leading
    zeros and case are significant (rulebook ERP-E4). ``account`` is ours, compact (the debtor's, or the creditor's
    in a collection, whose ``direction`` is then credit).
    """

    payment_id: str
    account: str
    amount: Decimal
    currency: str
    state: str
    file_id: str | None = None
    batch_id: str | None = None
    message_id: str | None = None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    creditor_name: str | None = None
    creditor_account: str | None = None
    value_date: date | None = None
    direction: Direction = "debit"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A receivable of the ERP: an invoice and what is still open of it, positive. ``references`` are the texts a payer
    may quote: the invoice number, an RF or QR reference.
    """

    open_item_id: str
    account: str
    amount: Decimal
    currency: str
    references: tuple[str, ...] = ()
    debtor_name: str | None = None
    debtor_account: str | None = None
    due_date: date | None = None
