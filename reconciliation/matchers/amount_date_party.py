"""Rung 5: the same amount, about the same day, the same party: a suggestion, never more."""

from collections.abc import Iterator
from decimal import Decimal

from formats.statement import Direction
from reconciliation.booked import CHARGE, Booked, Part
from reconciliation.matching import Match, direction_of
from reconciliation.targets import Target, claim, plain, same_party, targets
from reconciliation.workspace import Rung, Verdict, Workspace

DAYS_APART_MAX = 5
"""Calendar days between the day we expected and the day of the entry."""
ALTERNATIVES_MAX = 5
"""Suggestions shown for one part; more would be no help to anybody."""
LOOKED_AT_MAX = 50
"""Targets of one party and amount that are looked at for one part."""

Alike = tuple[str, str, Direction, Decimal, str]


def read(desk: Workspace) -> Iterator[Verdict]:
    """All fitting targets as alternatives, in the order of their ids, so that no order of delivery prefers one."""
    by_party: dict[Alike, list[Target]] = {}
    parts = desk.open_parts()
    if not parts:
        return
    for target in targets(desk):
        for party in sorted({target.party_account or "", plain(target.party)} - {""}):
            key = (target.account, target.currency, target.direction, target.amount, party)
            by_party.setdefault(key, []).append(target)
    for entry, part in parts:
        if part.index == CHARGE or part.marked_as_return:
            continue
        fits = [target for target in _alike(by_party, entry, part) if same_party(part, target) and _near(entry, target)]
        for number, target in enumerate(sorted(fits, key=lambda each: each.name)[:ALTERNATIVES_MAX]):
            yield Match(
                rule=RUNG.name,
                version=RUNG.version,
                evidence=f"{_evidence(part, target)} One of {len(fits)} that fit.",
                confidence="suggested",
                claims=(claim(entry, part, target),),
                alternative=number,
            )


def _alike(by_party: dict[Alike, list[Target]], entry: Booked, part: Part) -> list[Target]:
    found: dict[str, Target] = {}
    for party in (part.counterparty_account, plain(part.counterparty_name)):
        key = (entry.account, part.currency, direction_of(part), part.amount, party or "")
        for target in by_party.get(key, [])[:LOOKED_AT_MAX]:
            found[f"{target.payment_id}/{target.open_item_id}"] = target
    return list(found.values())


def _near(entry: Booked, target: Target) -> bool:
    return entry.day is not None and target.day is not None and abs((entry.day - target.day).days) <= DAYS_APART_MAX


def _evidence(part: Part, target: Target) -> str:
    due = f"{target.day:%Y-%m-%d}" if target.day else "no date"
    return f"{part.amount} {part.currency} for {target.party or target.party_account}, expected {due} as {target.name}."


RUNG = Rung(name="amount_date_party", version=1, read=read)
