"""Anchors as rows, how far the sink has them, and the whole examination of the trail."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, cast, insert, select, update

from gateway.anchors import Anchor, Signer, fault
from gateway.audit import Breach, moment_text
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.tables import anchors, audit, counters
from gateway.persistence.unit_of_work import UnitOfWork

ANCHORED = "audit.anchored"
_EXPORTED, _FAILING = "anchors exported", "anchors failing"


class Anchors:
    """The anchors of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, *, after: int = 0) -> list[Anchor]:
        """Anchors in order after a row of the trail, as they lie there."""
        at, texts = anchors.c.at, [anchors.c.hash, anchors.c.key_id, anchors.c.signature]
        if self._connection.dialect.name == "sqlite":  # bytes that are no text any more are shown, not raised
            rows = self._connection.execute(
                select(anchors.c.sequence, *(cast(one, LargeBinary).label(one.name) for one in (at, *texts)))
                .where(anchors.c.sequence > after)
                .order_by(anchors.c.sequence)
            ).mappings()
            return [Anchor(**{name: _told(value) for name, value in row.items()}) for row in rows]
        found = self._connection.execute(
            select(anchors).where(anchors.c.sequence > after).order_by(anchors.c.sequence)
        ).mappings()
        return [Anchor(**{**row, "at": moment_text(row["at"])}) for row in found]

    def last(self) -> tuple[int, datetime] | None:
        """Row and moment of the newest anchor."""
        newest = select(anchors.c.sequence, anchors.c.at).order_by(anchors.c.sequence.desc()).limit(1)
        row = self._connection.execute(newest).one_or_none()
        return None if row is None else (row.sequence, row.at)

    def exported(self) -> int:
        """Up to which row of the trail the sink has its anchors."""
        return self._counter(_EXPORTED)

    def is_failing(self) -> bool:
        """Whether people were told that the sink cannot be reached."""
        return self._counter(_FAILING) == 1

    def note_export(self, sequence: int) -> None:
        """The sink has the anchors up to here, and works."""
        self._count(_EXPORTED, sequence)
        self._count(_FAILING, 0)

    def note_failure(self) -> None:
        """People were told that the sink cannot be reached."""
        self._count(_FAILING, 1)

    def breaches(self, keys: Mapping[str, str]) -> Iterator[Breach]:
        """Stored anchors that do not hold by themselves, and those that the trail names and nobody finds any more."""
        known = {one.sequence: one for one in self.all(after=-1)}
        for one in known.values():
            wrong = fault(one, keys)
            if wrong is not None:
                yield Breach(one.sequence, f"the stored anchor of this row is not what was signed: {wrong}")
        for row in AuditTrail(self._connection).stored(audit.c.action == ANCHORED):
            try:
                facts = json.loads(row.data)
                number, signature = facts["sequence"], facts["signature"]
            except (ValueError, KeyError, TypeError):
                continue  # a row that was damaged; the walk over the chain names it
            anchor = known.pop(number, None)
            if anchor is None or anchor.signature != signature:
                yield Breach(row.sequence, f"the anchor of row {number} that it names is not there")
        yield from (Breach(number, "its stored anchor is not on the trail") for number in known)

    def _counter(self, name: str) -> int:
        found = self._connection.execute(select(counters.c.value).where(counters.c.name == name)).scalar_one_or_none()
        return found or 0

    def _count(self, name: str, value: int) -> None:
        if not self._connection.execute(update(counters).where(counters.c.name == name).values(value=value)).rowcount:
            self._connection.execute(insert(counters).values(name=name, value=value))


def make(work: UnitOfWork, signer: Signer, *, before: datetime | None = None) -> Anchor | None:
    """Signs the head as it is now, unless the newest anchor is younger than ``before`` or nothing was written since.

    Holds the head's lock, so that of two who come at once one finds it done.
    """
    desk = Anchors(work.connection)
    sequence, digest = work.trail.head(lock=True)
    last = desk.last()
    fresh = last is not None and before is not None and last[1] > before
    if sequence == 0 or fresh or (last is not None and sequence <= last[0] + 1):
        return None  # the row after an anchor says that it was made; that alone needs no other anchor
    anchor = signer.anchor(sequence, digest, work.at)
    work.connection.execute(
        insert(anchors).values(
            sequence=sequence, hash=digest, at=work.at, key_id=anchor.key_id, signature=anchor.signature
        )
    )
    facts = {"sequence": sequence, "hash": digest, "key_id": anchor.key_id, "signature": anchor.signature}
    work.note(action=ANCHORED, subject="audit", data=facts)
    return anchor


def examine(connection: Connection, keys: Mapping[str, str], outside: Sequence[Anchor] = ()) -> Iterator[Breach]:
    """Everything that does not hold: the chain, the stored anchors, and those that were kept outside."""
    anchored: dict[int, str] = {}
    desk = Anchors(connection)
    for one in (*desk.all(after=-1), *outside):
        if fault(one, keys) is None:
            anchored[one.sequence] = one.hash
    yield from AuditTrail(connection).breaches(anchored=anchored)
    yield from desk.breaches(keys)
    for one in outside:
        wrong = fault(one, keys)
        if wrong is not None:
            yield Breach(one.sequence, f"the anchor in the file is not what was signed: {wrong}")


def _told(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
