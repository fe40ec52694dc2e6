"""Remembers the ids of callbacks, so that none counts twice."""

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.persistence.tables import callbacks


class Callbacks:
    """The callbacks of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def admit(self, bank: str, identifier: str, sha256: str, *, until_ms: int) -> str | None:
        """None for an id that is new and is one no longer; the digest it came with where it was seen before."""
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(
                    insert(callbacks).values(bank=bank, identifier=identifier, sha256=sha256, until_ms=until_ms)
                )
            except IntegrityError:
                point.rollback()
            else:
                return None
        found: str | None = self._connection.execute(
            select(callbacks.c.sha256).where(callbacks.c.bank == bank, callbacks.c.identifier == identifier)
        ).scalar_one_or_none()
        return found or ""

    def forget(self, now_ms: int) -> int:
        """Forgets ids whose time nobody believes any longer; says how many."""
        return self._connection.execute(delete(callbacks).where(callbacks.c.until_ms < now_ms)).rowcount
