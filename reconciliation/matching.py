"""What the engine says: matches with their claims and evidence, and the sums that prove that nothing was lost."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from formats.statement import Direction, Kind
from reconciliation.booked import Booked, Part
from reconciliation.breaks import Break

Confidence = Literal["proven", "suggested"]
"""Proven matches claim by themselves; a suggestion waits for a person."""
Purpose = Literal["booking", "return"]
"""Why a payment is claimed: the money left, or it came back."""
Standing = Literal["matched", "suggested", "open", "repeated", "forecast", "quarantined"]
"""Where a part ended. Repeated, forecast and quarantined parts are delivered, but not imported: they move nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One piece of an entry goes to one payment or open item. The gateway stores claims uniquely on both sides:
    (entry_id, part, slice) and (target, purpose, kind).

    ``slice`` counts from 0 within the part, so that two matches of one part collide. ``kind`` is in the target's key
    because one movement may be told by a notification, a report and a statement, and is claimed once by each.
    """

    entry_id: str
    part: int
    slice: int
    amount: Decimal
    currency: str
    purpose: Purpose
    kind: Kind
    payment_id: str | None = None
    open_item_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule's verdict on one part. ``evidence`` is a sentence a person can check against the statement."""

    rule: str
    version: int
    evidence: str
    confidence: Confidence
    claims: tuple[Claim, ...]
    alternative: int = 0
    """0 for the only or first reading; suggestions with alternatives count on."""
    certain: bool = False
    """Nothing but these payments can have made the movement: it proves that the bank has their file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A payment's money left the account: told by an advice (``settled``) or proved by a statement
    (``reconciled``).
    """

    payment_id: str
    entry_id: str
    amount: Decimal
    currency: str
    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A payment's money came back. ``short`` is what is missing of the original amount; ``booking_known`` tells
    whether its debit was seen before.
    """

    payment_id: str
    entry_id: str
    amount: Decimal
    currency: str
    day: date | None
    reason: str | None
    short: Decimal
    booking_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How many parts, and what they come to without signs."""

    count: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(count=self.count + other.count, amount=self.amount + other.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """The figures of one currency and direction: matched + suggested + open = imported, always (promise P8)."""

    currency: str
    direction: Direction
    delivered: Figure
    repeated: Figure
    forecast: Figure
    quarantined: Figure
    matched: Figure
    suggested: Figure
    open: Figure

    @property
    def imported(self) -> Figure:
        """What was delivered less what was told before, is only a forecast, or stands on an unproven statement."""
        held = self.repeated + self.forecast + self.quarantined
        return Figure(count=self.delivered.count - held.count, amount=self.delivered.amount - held.amount)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing counted twice."""
        return self.matched + self.suggested + self.open == self.imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything the gateway has to store and move after one call of the engine."""

    settlements: tuple[Settlement, ...] = ()
    reconciliations: tuple[Settlement, ...] = ()
    returns: tuple[Returned, ...] = ()
    matches: tuple[Match, ...] = ()
    suggestions: tuple[Match, ...] = ()
    breaks: tuple[Break, ...] = ()
    resolved: tuple[str, ...] = ()
    """Keys of the open breaks, of those the candidates named, that this call explains away."""
    standings: dict[tuple[str, int], Standing] = field(default_factory=dict)
    """Where each part ended, by (entry_id, part)."""
    conservation: tuple[Conservation, ...] = ()

    @property
    def open_entries(self) -> tuple[str, ...]:
        """Ids of the entries with a part that is open or only suggested, in the order given."""
        return tuple(dict.fromkeys(entry for (entry, _), at in self.standings.items() if at in ("open", "suggested")))


def conserve(booked: Iterable[Booked], standings: dict[tuple[str, int], Standing]) -> tuple[Conservation, ...]:
    """Counts every delivered part once, where it stands, by currency and direction. Linear in parts."""
    figures: dict[tuple[str, Direction], dict[str, Figure]] = {}
    names = ("delivered", "repeated", "forecast", "quarantined", "matched", "suggested", "open")
    counts: dict[tuple[str, Direction, str], int] = {}
    amounts: dict[tuple[str, Direction, str], Decimal] = {}
    for entry in booked:
        for part in entry.parts:
            side = (part.currency, direction_of(part))
            figures.setdefault(side, {})
            for name in ("delivered", standings.get(part.key)):
                if name is not None:
                    counts[*side, name] = counts.get((*side, name), 0) + 1
                    amounts[*side, name] = amounts.get((*side, name), Decimal(0)) + part.amount
    return tuple(
        Conservation(
            currency=currency,
            direction=direction,
            **{
                name: Figure(
                    count=counts.get((currency, direction, name), 0),
                    amount=amounts.get((currency, direction, name), Decimal(0)),
                )
                for name in names
            },
        )
        for currency, direction in sorted(figures)
    )


def direction_of(part: Part) -> Direction:
    """The part's side, seen from the account."""
    return "debit" if part.signed < 0 else "credit"
