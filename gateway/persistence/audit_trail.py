"""Appending to the audit trail and reading it back. Rows are chained when the unit of work commits."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    String,
    Text,
    cast,
    func,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import OperationalError

from gateway.audit import GENESIS, AuditRow, Breach, Stored, canonical, link, moment_text, verify
from gateway.origin import NOWHERE, Origin
from gateway.persistence.columns import JsonText
from gateway.persistence.queries.scope import EVERYTHING, Scope
from gateway.persistence.tables import audit, audit_head

ROWS_PER_READ = 5_000
HEAD_MS_MAX = 5_000
"""How long the head may stay locked by a process that does nothing (PostgreSQL)."""


class AuditTrail:
    """The audit rows of one unit of work, written as one portion at its end so that the head is locked briefly."""

    def __init__(self, connection: Connection, origin: Origin = NOWHERE) -> None:
        self._connection = connection
        self._origin = origin
        self._waiting: list[tuple[datetime, str, str, str, str, Mapping[str, Any]]] = []

    def note(self, *, at: datetime, act: str, actor: str, action: str, subject: str, data: Mapping[str, Any]) -> None:
        """Remembers a row for the end of this unit of work."""
        self._waiting.append((at, act, actor, action, subject, data))

    def write(self) -> None:
        """Chains and stores what was noted; takes the head's lock, so nothing else may follow but the commit."""
        if not self._waiting:
            return
        sequence, previous = self.head(lock=True)
        rows = []
        for at, act, actor, action, subject, data in self._waiting:
            sequence += 1
            row = AuditRow(
                sequence=sequence, at=at, act=act, actor=actor, action=action, subject=subject, data=data,
                previous=previous, hash="", address=self._origin.address, request_id=self._origin.request_id,
            )  # fmt: skip
            previous_hash, previous = previous, link(previous, row)
            rows.append(
                {"sequence": sequence, "at": at, "act": act, "actor": actor, "action": action, "subject": subject,
                 "data": JsonText(canonical(data)), "previous": previous_hash, "hash": previous,
                 "address": row.address, "request_id": row.request_id}
            )  # fmt: skip
        self._connection.execute(insert(audit), rows)
        self._connection.execute(update(audit_head).values(sequence=sequence, hash=previous))
        self._waiting.clear()

    def head(self, *, lock: bool = False) -> tuple[int, str]:
        """Number and hash of the last row. ``lock`` keeps others from appending until the end of the transaction."""
        raw = self._connection.dialect.name == "sqlite"  # a damaged head is shown, not raised
        head = select(audit_head.c.sequence, cast(audit_head.c.hash, LargeBinary) if raw else audit_head.c.hash)
        if lock:
            head = head.with_for_update()
        if lock and self._connection.dialect.name == "postgresql":
            # everybody waits for this row: whoever is put to sleep while it has it must let go of it soon
            head = head.add_columns(func.set_config("idle_in_transaction_session_timeout", str(HEAD_MS_MAX), True))
        row = self._connection.execute(head).one_or_none()
        return (int(row[0]), str(_told(row[1]))) if row else (0, GENESIS)

    def rows(
        self, *, after: int = 0, subject: str | None = None, limit: int = ROWS_PER_READ, scope: Scope = EVERYTHING
    ) -> list[AuditRow]:
        """Rows in order after a sequence number, of one subject or of all that a reader may see."""
        query = (
            select(audit)
            .where(audit.c.sequence > after, *scope.of_subjects(audit.c.subject))
            .order_by(audit.c.sequence)
            .limit(limit)
        )
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        return [AuditRow(**row) for row in self._connection.execute(query).mappings()]

    def breaches(self, *, anchored: Mapping[int, str] | None = None) -> Iterator[Breach]:
        """Walks the whole trail and names everything that does not hold; nothing means that it is intact.

        Read on a connection that sees one moment (``hub.reading(still=True)``), or a row written meanwhile looks
        like one too many.
        """
        sequence, digest = self.head()
        yield from verify(self.stored(), head_sequence=sequence, head_hash=digest, anchored=anchored)

    def stored(self, *where: ColumnElement[bool]) -> Iterator[Stored]:
        """Every row (or those that are wanted) as it lies there, in portions; memory does not grow with the trail."""
        after: int | None = None
        while portion := self._portion(after, where):
            yield from portion
            after = portion[-1].sequence

    def _portion(self, after: int | None, where: tuple[ColumnElement[bool], ...]) -> list[Stored]:
        query = _raw(self._connection.dialect.name, unreadable=False).order_by(audit.c.sequence).limit(ROWS_PER_READ)
        place = where if after is None else (*where, audit.c.sequence > after)
        try:
            found = self._connection.execute(query.where(*place)).all()
        except OperationalError:  # a byte that is no text any more: read the portion as bytes, and let the hash name it
            query = _raw("sqlite", unreadable=True).order_by(audit.c.sequence).limit(ROWS_PER_READ)
            return [Stored(*map(_told, row)) for row in self._connection.execute(query.where(*place))]
        if found and isinstance(found[0].at, datetime):
            return [Stored(row[0], moment_text(row[1]), *row[2:]) for row in found]
        return [Stored._make(row) for row in found]


def _raw(dialect: str, *, unreadable: bool) -> Select[Any]:
    """The columns of :class:`Stored` without the conversions that would hide a change."""
    at = type_coerce(audit.c.at, String) if dialect == "sqlite" else audit.c.at
    data = type_coerce(audit.c.data, Text) if dialect == "sqlite" else cast(audit.c.data, Text)
    texts: list[Any] = [
        at, audit.c.act, audit.c.actor, audit.c.action, audit.c.subject, data, audit.c.address, audit.c.request_id,
        audit.c.previous, audit.c.hash,
    ]  # fmt: skip
    if unreadable:
        texts = [cast(one, LargeBinary) for one in texts]
    return select(audit.c.sequence, *(one.label(name) for one, name in zip(texts, Stored._fields[1:], strict=True)))


def _told(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
