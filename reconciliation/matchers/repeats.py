"""What is left and was told before: an advice of a known movement, or the same statement read again."""

from collections.abc import Iterator

from reconciliation.booked import Booked
from reconciliation.candidates import Sighting
from reconciliation.workspace import Repeat, Rung, Verdict, Workspace


def read(desk: Workspace) -> Iterator[Verdict]:
    """Statements first: a statement's entry is never a repeat of an advice, an advice is one of the statement's."""
    told: dict[str, list[Sighting]] = {key: list(rows) for key, rows in desk.sightings.items()}
    for entry in desk.ranked():
        if not entry.settles:
            continue
        repeated = any(_tells_the_same(entry, sighting) for sighting in told.get(entry.event_key, ()))
        told.setdefault(entry.event_key, []).append(
            Sighting(
                entry_id=entry.entry_id,
                statement_id=entry.statement_id,
                kind=entry.kind,
                event_key=entry.event_key,
            )
        )
        if repeated:
            for part in entry.parts:
                if desk.is_open(part):
                    yield Repeat(part=part)


def _tells_the_same(entry: Booked, sighting: Sighting) -> bool:
    if sighting.entry_id == entry.entry_id:
        return False
    if entry.kind == "statement":
        return sighting.kind == "statement" and sighting.statement_id == entry.statement_id
    return True


RUNG = Rung(name="repeats", version=1, read=read)
