"""Which ends of keys people were told of, so that each warning is given once whatever number of workers looks."""

from datetime import datetime

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from gateway.persistence.tables import key_warnings


class KeyWarnings:
    """The warnings of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def first(self, bank: str, fingerprint: str, ends_at: datetime, days: int) -> bool:
        """Writes down that people are told, ``days`` before the end; False when they were before."""
        row = {"bank": bank, "fingerprint": fingerprint, "ends_at": ends_at, "days": days, "told_at": self._at}
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(insert(key_warnings).values(**row))
            except IntegrityError:
                point.rollback()
                return False
        return True
