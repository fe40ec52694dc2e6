"""Climbs the ladder over a chunk of entries, and proves that every part of every entry ended somewhere."""

from collections.abc import Sequence

from reconciliation.booked import CHARGE, Booked, Part
from reconciliation.breaks import Break, BreakKind, entry_break
from reconciliation.candidates import Candidates
from reconciliation.matchers import LADDER
from reconciliation.matching import Outcome
from reconciliation.workspace import Rung, Workspace


def reconcile(
    booked: Sequence[Booked],
    candidates: Candidates,
    *,
    unproven: frozenset[str] = frozenset(),
    ladder: tuple[Rung, ...] = LADDER,
) -> Outcome:
    """Matches entries to candidates: linear in entries, pure, the same for any order of the same input.

    ``unproven`` are ids of statements that are quarantined: their entries are counted and move nothing. Entries that
    were left open may be given again later with the candidates of that day. Raises AssertionError when a rung breaks
    a promise (an exclusive claim, or the conservation of what was imported): that is a bug, and nothing is stored.
    """
    desk = Workspace(booked, candidates)
    for entry in desk.entries.values():
        _set_aside(desk, entry, unproven)
    for rung in ladder:
        for verdict in rung.read(desk):
            desk.take(verdict)
    for entry, part in desk.open_parts():
        desk.take(_unexplained(entry, part))
    return desk.outcome()


def _set_aside(desk: Workspace, entry: Booked, unproven: frozenset[str]) -> None:
    """What the ladder must not see: unproven statements, forecasts, and entries that contradict their details."""
    if entry.statement_id in unproven or not entry.settles:
        for part in entry.parts:
            desk.stand(part, "quarantined" if entry.statement_id in unproven else "forecast")
    elif entry.contradiction:
        details = abs(entry.signed + entry.contradiction)
        desk.take(
            entry_break(
                BreakKind.DETAILS_DIFFER,
                f"The entry is {abs(entry.signed)} {entry.currency}, its details add up to {details}. Not posted.",
                part=entry.parts[0],
                event_key=entry.event_key,
                expected=details,
            )
        )


def _unexplained(entry: Booked, part: Part) -> Break:
    side = "left" if part.signed < 0 else "reached"
    amount = f"{part.amount} {part.currency}"
    if part.index == CHARGE:
        kind, reason = BreakKind.FEE, f"The bank took a charge of {amount} together with the entry."
    elif part.marked_as_return:
        kind = BreakKind.UNKNOWN_RETURN
        reason = f"The bank says that {amount} came back, but names no payment of ours. Ask it for the original."
    else:
        kind, reason = BreakKind.UNKNOWN_ENTRY, f"{amount} {side} the account, and nothing we know of explains it."
    return entry_break(kind, reason, part=part, event_key=entry.event_key)
