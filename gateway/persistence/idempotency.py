"""Idempotency keys: who works on a request, and what was answered (rulebook IK-01 to IK-07).

A claim is taken in a transaction of its own, before any work. The answer is written in the transaction of the work,
only if the claim still stands: a request that was overtaken after a pause cannot commit a second batch.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.domain.errors import Busy, KeyReused
from gateway.persistence.tables import idempotency

KEPT_DAYS = 30
"""How long the answer of a key is kept; published with the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """What a key is unique within: the client, the method and the path."""

    client_id: str
    key: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: HTTP status and body."""

    status: int
    body: str


class IdempotencyKeys:
    """The keys of one transaction. Claims are measured in machine time, in milliseconds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(
        self, request: RequestKey, *, fingerprint: str, claim: str, at: datetime, now_ms: int, until_ms: int
    ) -> Answer | None:
        """Takes the key for this request, or gives the answer it got before.

        Raises :class:`KeyReused` when the key belongs to another payload, :class:`Busy` while somebody works on it.
        """
        values = {
            "client_id": request.client_id, "key": request.key, "method": request.method, "path": request.path,
            "fingerprint": fingerprint, "claim": claim, "claimed_until": until_ms, "created_at": at,
        }  # fmt: skip
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(insert(idempotency).values(**values))
            except IntegrityError:
                point.rollback()
            else:
                return None
        row = self._connection.execute(select(idempotency).where(*_is(request))).one()
        if row.fingerprint != fingerprint:
            raise KeyReused("This idempotency key was used for another request. Use a new key for a new batch.")
        if row.status is not None:
            return Answer(row.status, row.body)
        taken = 0
        if row.claimed_until <= now_ms:
            taken = self._connection.execute(
                update(idempotency)
                .where(*_is(request), idempotency.c.claim == row.claim, idempotency.c.status.is_(None))
                .values(claim=claim, claimed_until=until_ms)
            ).rowcount
        if not taken:
            raise Busy("The first request with this idempotency key is still being worked on. Ask again in a moment.")
        return None

    def finish(self, request: RequestKey, claim: str, answer: Answer) -> None:
        """Writes the answer; raises :class:`Busy` when the claim was taken over, and then nothing may be committed."""
        changed = self._connection.execute(
            update(idempotency)
            .where(*_is(request), idempotency.c.claim == claim, idempotency.c.status.is_(None))
            .values(status=answer.status, body=answer.body)
        ).rowcount
        if not changed:
            raise Busy("A later request with this idempotency key took over. Ask again in a moment.")

    def release(self, request: RequestKey, claim: str) -> None:
        """Gives the key up after a failure of ours, so that the next try need not wait."""
        self._connection.execute(
            delete(idempotency).where(*_is(request), idempotency.c.claim == claim, idempotency.c.status.is_(None))
        )

    def forget(self, before: datetime) -> int:
        """Throws away keys first used before a moment; says how many."""
        return self._connection.execute(delete(idempotency).where(idempotency.c.created_at < before)).rowcount


def _is(request: RequestKey) -> tuple[ColumnElement[bool], ...]:
    return (
        idempotency.c.client_id == request.client_id,
        idempotency.c.key == request.key,
        idempotency.c.method == request.method,
        idempotency.c.path == request.path,
    )
