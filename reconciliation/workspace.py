"""The desk the rungs work at: what is still open, who holds what, and one door through which every verdict goes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from formats.statement import Kind
from reconciliation.booked import WHOLE, Booked, Part
from reconciliation.breaks import EXPLAINED_BY_A_MATCH, UNKNOWN, Break, BreakKind, entry_key
from reconciliation.candidates import Candidates, PriorClaim, Sighting
from reconciliation.expected import AWAITING_BOOKING, ExpectedPayment, OpenItem
from reconciliation.index import Index, index
from reconciliation.matching import Claim, Match, Outcome, Purpose, Returned, Settlement, Standing, conserve

AUTHORITY: dict[Kind, int] = {"statement": 0, "notification": 1, "report": 2}
"""Who is believed first when several messages tell one movement."""


class Holder(NamedTuple):
    """The entry that holds a payment."""

    entry_id: str
    statement_id: str
    event_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """This part tells a movement that was told before."""

    part: Part


Verdict = Match | Break | Repeat
Held = Literal["same", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rule of the ladder: a generator of verdicts over the open parts. A verdict is taken before the generator
    goes on, so it sees what it has claimed itself.
    """

    name: str
    version: int
    read: Callable[["Workspace"], Iterator[Verdict]]


class Workspace:
    """Holds the state of one call of the engine; nothing outlives it."""

    def __init__(self, booked: Iterable[Booked], candidates: Candidates) -> None:
        self.entries = {entry.entry_id: entry for entry in booked}
        self.payments = {payment.payment_id: payment for payment in candidates.payments}
        self.open_items: tuple[OpenItem, ...] = candidates.open_items
        self.index: Index = index(self.payments.values())
        self.standings: dict[tuple[str, int], Standing] = {}
        self._parts = {part.key: (entry, part) for entry in self.entries.values() for part in entry.parts}
        self._held: dict[tuple[str, Purpose, Kind], Holder] = {}
        self._events: dict[str, dict[Kind, list[PriorClaim]]] = {}
        for claim in candidates.claims:
            holder = Holder(claim.entry_id, claim.statement_id, claim.event_key)
            self._held[_target(claim.payment_id, claim.open_item_id), claim.purpose, claim.kind] = holder
            self._events.setdefault(claim.event_key, {}).setdefault(claim.kind, []).append(claim)
        self.sightings: dict[str, list[Sighting]] = {}
        for sighting in candidates.sightings:
            self.sightings.setdefault(sighting.event_key, []).append(sighting)
        self._state = {payment.payment_id: payment.state for payment in self.payments.values()}
        self._matches: list[Match] = []
        self._suggestions: list[Match] = []
        self._breaks: dict[str, Break] = {}
        self._open_breaks = candidates.open_breaks
        self._resolved: list[str] = []
        self._settlements: list[Settlement] = []
        self._reconciliations: list[Settlement] = []
        self._returns: list[Returned] = []

    def open_parts(self) -> list[tuple[Booked, Part]]:
        """What no rung has explained yet: statements, then notifications, then reports, each in the order given."""
        rest = [pair for key, pair in self._parts.items() if key not in self.standings]
        return sorted(rest, key=lambda pair: AUTHORITY[pair[0].kind])

    def ranked(self) -> list[Booked]:
        """All entries that were given, in the order of :meth:`open_parts`."""
        return sorted(self.entries.values(), key=lambda entry: AUTHORITY[entry.kind])

    def is_open(self, part: Part) -> bool:
        """Whether no rung has explained the part yet."""
        return part.key not in self.standings

    def holder(self, target: str, purpose: Purpose, kind: Kind) -> Holder | None:
        """Who holds this payment or open item for this purpose, told by this kind of message."""
        return self._held.get((target, purpose, kind))

    def held(self, entry: Booked, target: str, purpose: Purpose) -> Held | None:
        """Whether the same movement already holds the target, another one does, or (None) it is free.

        On proven statements each entry is a movement of its own: there only the same statement, read again,
        repeats itself.
        """
        holder = self.holder(target, purpose, entry.kind)
        if holder is None:
            return None
        same = holder.event_key == entry.event_key
        if entry.kind == "statement":
            same = same and holder.statement_id == entry.statement_id
        return "same" if same else "other"

    def claims_of(self, event_key: str) -> dict[Kind, list[PriorClaim]]:
        """What the movement has claimed so far, by the kind of message that told it."""
        return self._events.get(event_key, {})

    def unclaimed(self, target: str) -> bool:
        """Whether no message has booked the payment or open item."""
        return all(self.holder(target, "booking", kind) is None for kind in AUTHORITY)

    def told_by(self, payment: ExpectedPayment, purpose: Purpose) -> list[Holder]:
        """Everyone who holds the payment for the purpose, whichever message told it."""
        holders = (self.holder(payment.payment_id, purpose, kind) for kind in AUTHORITY)
        return [holder for holder in holders if holder is not None]

    def stand(self, part: Part, standing: Standing) -> None:
        """Sets aside what moves nothing: a forecast, or an entry of an unproven statement."""
        assert part.key not in self.standings, f"{part.key} was already explained"
        self.standings[part.key] = standing

    def take(self, verdict: Verdict) -> None:
        """Records one verdict and moves nothing that is already claimed."""
        if isinstance(verdict, Match):
            self._take_match(verdict)
        elif isinstance(verdict, Repeat):
            self.stand(verdict.part, "repeated")
        else:
            self._take_break(verdict)

    def _take_break(self, found: Break) -> None:
        """One break a part: a named reason replaces "unknown", and "unknown" says nothing beside a named reason."""
        if found.part is not None:
            self.standings.setdefault(found.part, "open")
        if found.event_key is not None and found.part is not None:
            others = {entry_key(kind, found.event_key, found.part[1]) for kind in EXPLAINED_BY_A_MATCH} - {found.key}
            if found.kind in UNKNOWN and not others.isdisjoint(self._open_breaks | self._breaks.keys()):
                return
            for key in sorted(others):
                self._resolve(key)
        self._breaks.setdefault(found.key, found)

    def _take_match(self, match: Match) -> None:
        keys = {(claim.entry_id, claim.part) for claim in match.claims}
        if match.confidence == "suggested":
            for key in keys:
                assert self.standings.setdefault(key, "suggested") == "suggested", f"{key} was already explained"
            self._suggestions.append(match)
            return
        for key in keys:
            entry, part = self._parts[key]
            self.stand(part, "matched")
            if self._open_breaks:
                for kind in EXPLAINED_BY_A_MATCH:
                    for index_told in (part.index, WHOLE):
                        self._resolve(entry_key(kind, entry.event_key, index_told))
        for claim in match.claims:
            self._claim(claim)
        self._matches.append(match)

    def _resolve(self, key: str) -> None:
        if key in self._open_breaks:
            self._resolved.append(key)

    def _claim(self, claim: Claim) -> None:
        entry, part = self._parts[claim.entry_id, claim.part]
        key = (_target(claim.payment_id, claim.open_item_id), claim.purpose, claim.kind)
        assert key not in self._held, f"{key} is already claimed"
        assert claim.amount > 0, "a claim takes something"
        self._held[key] = Holder(entry.entry_id, entry.statement_id, entry.event_key)
        self._events.setdefault(entry.event_key, {}).setdefault(entry.kind, []).append(
            PriorClaim(
                entry_id=entry.entry_id,
                statement_id=entry.statement_id,
                kind=entry.kind,
                event_key=entry.event_key,
                purpose=claim.purpose,
                amount=claim.amount,
                payment_id=claim.payment_id,
                open_item_id=claim.open_item_id,
            )
        )
        if claim.payment_id is not None:
            payment = self.payments[claim.payment_id]
            if claim.purpose == "booking":
                self._book(payment, entry, claim)
            else:
                self._bring_back(payment, entry, part, claim)

    def _book(self, payment: ExpectedPayment, entry: Booked, claim: Claim) -> None:
        state = self._state[payment.payment_id]
        row = Settlement(
            payment_id=payment.payment_id,
            entry_id=entry.entry_id,
            amount=claim.amount,
            currency=claim.currency,
            day=entry.day,
        )
        if state in AWAITING_BOOKING:
            self._settlements.append(row)
            self._resolve(f"{BreakKind.MISSING_BOOKING}:{payment.payment_id}")
            state = "settled"
        if state == "settled" and entry.kind == "statement":
            self._reconciliations.append(row)
            state = "reconciled"
        self._state[payment.payment_id] = state

    def _bring_back(self, payment: ExpectedPayment, entry: Booked, part: Part, claim: Claim) -> None:
        self._resolve(f"{BreakKind.LATE_REJECTION}:{payment.payment_id}")
        self._breaks.pop(f"{BreakKind.LATE_REJECTION}:{payment.payment_id}", None)
        if self._state[payment.payment_id] not in AWAITING_BOOKING | {"settled", "reconciled"}:
            return
        short = payment.amount - claim.amount if claim.currency == payment.currency else payment.amount * 0
        self._returns.append(
            Returned(
                payment_id=payment.payment_id,
                entry_id=entry.entry_id,
                amount=claim.amount,
                currency=claim.currency,
                day=entry.day,
                reason=(part.returned.reason or part.returned.reason_proprietary) if part.returned else None,
                short=short,
                booking_known=bool(self.told_by(payment, "booking")),
            )
        )
        self._state[payment.payment_id] = "returned"

    def outcome(self) -> Outcome:
        """Everything that was decided, with the figures that prove that nothing was lost."""
        missing = [key for key in self._parts if key not in self.standings]
        assert not missing, f"the ladder left {missing[:3]} unexplained"
        conservation = conserve(self.entries.values(), self.standings)
        assert all(figures.holds for figures in conservation), "matched + suggested + open = imported"
        return Outcome(
            settlements=tuple(self._settlements),
            reconciliations=tuple(self._reconciliations),
            returns=tuple(self._returns),
            matches=tuple(self._matches),
            suggestions=tuple(self._suggestions),
            breaks=tuple(self._breaks.values()),
            resolved=tuple(dict.fromkeys(self._resolved)),
            standings={key: self.standings[key] for key in self._parts},
            conservation=conservation,
        )


def _target(payment_id: str | None, open_item_id: str | None) -> str:
    """Payments and open items have ids of their own; a prefix keeps them apart."""
    assert (payment_id is None) != (open_item_id is None), "a claim has exactly one target"
    return payment_id if payment_id is not None else f"open-item:{open_item_id}"
