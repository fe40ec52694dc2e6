"""Breaks: what does not match, why, in words for the person who has to act."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from reconciliation.booked import Part
from reconciliation.expected import AWAITING_BOOKING, ExpectedPayment

LINKED_PAYMENTS_MAX = 100
"""Payments a single break names; a batch of 100,000 is named by its reference instead."""


class BreakKind(StrEnum):
    """Kinds of break; the value is what the API and the console say."""

    AMOUNT_DIFFERS = "amount_differs"
    """Our reference, another amount."""
    UNKNOWN_ENTRY = "unknown_entry"
    """Nothing we know of explains the entry."""
    MISSING_BOOKING = "missing_booking"
    """The bank should have booked a payment by now."""
    DUPLICATE_BOOKING = "duplicate_booking"
    """The bank booked a payment, or its return, twice."""
    RETURN = "return"
    """Money came back; the vendor is unpaid again."""
    UNKNOWN_RETURN = "unknown_return"
    """The bank says money came back, but not of which payment of ours."""
    AMBIGUOUS = "ambiguous"
    """Several candidates fit equally; nobody guesses."""
    STATEMENT_UNPROVEN = "statement_unproven"
    """The statement does not add up or does not follow on the last one."""
    DETAILS_DIFFER = "details_differ"
    """The details of an entry do not add up to it."""
    LATE_REJECTION = "late_rejection"
    """Refused by the bank and yet booked, or booked and then refused."""
    UNEXPECTED_BOOKING = "unexpected_booking"
    """Booked although we do not think it was sent."""
    FEE = "fee"
    """A charge the bank took with a payment or a return."""


WHO_ACTS = {
    BreakKind.AMOUNT_DIFFERS: "treasury",
    BreakKind.UNKNOWN_ENTRY: "treasury",
    BreakKind.MISSING_BOOKING: "operator",
    BreakKind.DUPLICATE_BOOKING: "bank",
    BreakKind.RETURN: "erp",
    BreakKind.UNKNOWN_RETURN: "treasury",
    BreakKind.AMBIGUOUS: "treasury",
    BreakKind.STATEMENT_UNPROVEN: "operator",
    BreakKind.DETAILS_DIFFER: "bank",
    BreakKind.LATE_REJECTION: "bank",
    BreakKind.UNEXPECTED_BOOKING: "operator",
    BreakKind.FEE: "erp",
}
"""Who has to do something: treasury looks, an operator mends the line, the bank is called, the ERP posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One thing that does not match. ``key`` is the same for the same fact told twice (by a camt.054 and then by the
    camt.053, or by a delivery repeated), so storing it uniquely keeps one break per fact.
    """

    key: str
    kind: BreakKind
    reason: str
    who_acts: str
    part: tuple[str, int] | None = None
    event_key: str | None = None
    """The movement the break is about, for breaks about entries."""
    payment_ids: tuple[str, ...] = ()
    open_item_ids: tuple[str, ...] = ()
    currency: str | None = None
    expected: Decimal | None = None
    booked: Decimal | None = None

    @property
    def difference(self) -> Decimal | None:
        """Booked less expected, both without sign; None where one of them is not known."""
        if self.expected is None or self.booked is None:
            return None
        return self.booked - self.expected


UNKNOWN = (BreakKind.UNKNOWN_ENTRY, BreakKind.UNKNOWN_RETURN)
EXPLAINED_BY_A_MATCH = (
    *UNKNOWN,
    BreakKind.AMBIGUOUS,
    BreakKind.AMOUNT_DIFFERS,
)
"""Breaks of a part that end when the movement finds its match after all, in a later message or a later run."""


def entry_key(kind: BreakKind, event_key: str, index: int) -> str:
    """The key of a break about a part of a movement."""
    return f"{kind}:{event_key}:{index}"


def entry_break(
    kind: BreakKind,
    reason: str,
    *,
    part: Part,
    event_key: str,
    payments: Iterable[ExpectedPayment] = (),
    open_item_ids: tuple[str, ...] = (),
    expected: Decimal | None = None,
) -> Break:
    """A break about a part of an entry."""
    linked = tuple(sorted(payment.payment_id for payment in payments)[:LINKED_PAYMENTS_MAX])
    return Break(
        key=entry_key(kind, event_key, part.index),
        kind=kind,
        event_key=event_key,
        reason=reason,
        who_acts=WHO_ACTS[kind],
        part=part.key,
        payment_ids=linked,
        open_item_ids=open_item_ids,
        currency=part.currency,
        expected=expected,
        booked=part.amount,
    )


def undecided(part: Part, payment: ExpectedPayment, *, event_key: str) -> Break:
    """Whether it is this payment depends on whether the bank has its file; a guess would end that doubt."""
    return entry_break(
        BreakKind.AMBIGUOUS,
        f"{part.amount} {part.currency} may be a payment of which nothing proves yet that the bank has its file, but "
        "other payments carry the same reference. Find out first what became of the file.",
        part=part,
        event_key=event_key,
        payments=[payment],
    )


def payment_break(
    kind: BreakKind,
    reason: str,
    *,
    payment: ExpectedPayment,
    part: Part | None = None,
    event_key: str | None = None,
    about: str = "",
) -> Break:
    """A break about a payment, whichever message told it; ``about`` tells apart two breaks of one kind."""
    return Break(
        key=f"{kind}:{payment.payment_id}{about and ':'}{about}",
        kind=kind,
        reason=reason,
        who_acts=WHO_ACTS[kind],
        part=part.key if part else None,
        event_key=event_key,
        payment_ids=(payment.payment_id,),
        currency=part.currency if part else payment.currency,
        expected=payment.amount,
        booked=part.amount if part else None,
    )


def missing_bookings(payments: Iterable[ExpectedPayment], *, today: date, grace_days: int) -> Iterator[Break]:
    """Payments that no entry has booked although their value date passed ``grace_days`` calendar days ago."""
    for payment in payments:
        if payment.value_date is None or payment.state not in AWAITING_BOOKING:
            continue
        due = payment.value_date + timedelta(days=grace_days)
        if today > due:
            yield payment_break(
                BreakKind.MISSING_BOOKING,
                f"The payment was due on {payment.value_date:%Y-%m-%d} and no entry has booked it by {today:%Y-%m-%d}. "
                "Ask the bank where it is; do not pay again.",
                payment=payment,
            )


def late_rejection(payment: ExpectedPayment, *, reason_code: str | None) -> Break:
    """The bank refuses what it has already booked: an exception to watch, not a change of state (rulebook B.3)."""
    code = f" ({reason_code})" if reason_code else ""
    return payment_break(
        BreakKind.LATE_REJECTION,
        f"The bank refused this payment{code} after it had booked it. Wait for the credit, or call the bank; "
        "do not pay again before the money is back.",
        payment=payment,
    )
