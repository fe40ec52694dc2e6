"""Appending to the audit trail and reading it back. Rows are chained when the unit of work commits."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from gateway.audit import GENESIS, AuditRow, Breach, link, verify
from gateway.persistence.queries.scope import EVERYTHING, Scope
from gateway.persistence.tables import audit, audit_head

ROWS_PER_READ = 5_000
HEAD_MS_MAX = 5_000
"""How long the head may stay locked by a process that does nothing (PostgreSQL)."""


class AuditTrail:
    """The audit rows of one unit of work, written as one portion at its end so that the head is locked briefly."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[tuple[datetime, str, str, str, str, Mapping[str, Any]]] = []

    def note(self, *, at: datetime, act: str, actor: str, action: str, subject: str, data: Mapping[str, Any]) -> None:
        """Remembers a row for the end of this unit of work."""
        self._waiting.append((at, act, actor, action, subject, data))

    def write(self) -> None:
        """Chains and stores what was noted; takes the head's lock, so nothing else may follow but the commit."""
        if not self._waiting:
            return
        sequence, previous = self._head()
        rows = []
        for at, act, actor, action, subject, data in self._waiting:
            sequence += 1
            row = AuditRow(
                sequence=sequence, at=at, act=act, actor=actor, action=action, subject=subject, data=data,
                previous=previous, hash="",
            )  # fmt: skip
            previous_hash, previous = previous, link(previous, row)
            rows.append(
                {"sequence": sequence, "at": at, "act": act, "actor": actor, "action": action, "subject": subject,
                 "data": data, "previous": previous_hash, "hash": previous}
            )  # fmt: skip
        self._connection.execute(insert(audit), rows)
        self._connection.execute(update(audit_head).values(sequence=sequence, hash=previous))
        self._waiting.clear()

    def _head(self) -> tuple[int, str]:
        head = select(audit_head.c.sequence, audit_head.c.hash).with_for_update()
        if self._connection.dialect.name == "postgresql":
            # everybody waits for this row: whoever is put to sleep while it has it must let go of it soon
            head = head.add_columns(func.set_config("idle_in_transaction_session_timeout", str(HEAD_MS_MAX), True))
        row = self._connection.execute(head).one()
        return int(row.sequence), str(row.hash)

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

    def breaches(self) -> Iterator[Breach]:
        """Walks the whole trail and names everything that does not hold; nothing means that it is intact."""
        head = self._connection.execute(select(audit_head.c.sequence, audit_head.c.hash)).one_or_none()
        sequence, digest = (head.sequence, head.hash) if head else (0, GENESIS)
        yield from verify(self._all(), head_sequence=sequence, head_hash=digest)

    def _all(self) -> Iterator[AuditRow]:
        after = 0
        while portion := self.rows(after=after):
            yield from portion
            after = portion[-1].sequence
