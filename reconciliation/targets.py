"""What the suggesting rungs look through: payments that wait for a booking and open items, as one kind of thing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from formats.statement import Direction
from reconciliation.booked import Booked, Part
from reconciliation.expected import AWAITING_BOOKING
from reconciliation.matching import Claim
from reconciliation.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A payment or an open item, with what a suggestion looks at."""

    name: str
    account: str
    amount: Decimal
    currency: str
    direction: Direction
    party: str | None
    party_account: str | None
    day: date | None
    payment_id: str | None = None
    open_item_id: str | None = None


def targets(desk: Workspace) -> Iterator[Target]:
    """Everything that waits for money and is not claimed by anybody."""
    for payment in desk.payments.values():
        if payment.state in AWAITING_BOOKING and not desk.told_by(payment, "booking"):
            yield Target(
                name=payment.end_to_end_id or payment.payment_id,
                account=payment.account,
                amount=payment.amount,
                currency=payment.currency,
                direction=payment.direction,
                party=payment.creditor_name,
                party_account=payment.creditor_account,
                day=payment.value_date,
                payment_id=payment.payment_id,
            )
    for item in desk.open_items:
        if desk.unclaimed(f"open-item:{item.open_item_id}"):
            yield Target(
                name=item.references[0] if item.references else item.open_item_id,
                account=item.account,
                amount=item.amount,
                currency=item.currency,
                direction="credit",
                party=item.debtor_name,
                party_account=item.debtor_account,
                day=item.due_date,
                open_item_id=item.open_item_id,
            )


def claim(entry: Booked, part: Part, target: Target, number: int = 0) -> Claim:
    """The claim a suggestion would make."""
    return Claim(
        entry_id=entry.entry_id,
        part=part.index,
        slice=number,
        amount=target.amount,
        currency=part.currency,
        purpose="booking",
        kind=entry.kind,
        payment_id=target.payment_id,
        open_item_id=target.open_item_id,
    )


def plain(name: str | None) -> str:
    """A name as two systems would both write it: letters and digits, without case."""
    return "".join(character for character in (name or "").casefold() if character.isalnum())


def same_party(part: Part, target: Target) -> bool:
    """The same account, or where one side has none, the same name."""
    if part.counterparty_account is not None and target.party_account is not None:
        return part.counterparty_account == target.party_account
    return bool(plain(part.counterparty_name)) and plain(part.counterparty_name) == plain(target.party)
