"""Machine time for leases and pauses: one clock for every process of the hub, that no step of a machine's clock moves.

On PostgreSQL it is the database's clock, asked now and then and carried on in between by the machine's count of passing
time, which nobody sets. On SQLite all processes are on one machine and read its clock.
"""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

ASK_EVERY_MS = 5_000
"""How long an answer is carried on: a machine whose time runs twice as fast is five seconds wrong at most."""
OFF_MS_MAX = 2_000
"""A machine whose clock is further off than this is told about: what it calls half past two is not."""
_ASK = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
log = structlog.get_logger()


class DatabaseTime:
    """Call it for the time in whole milliseconds. Safe for several threads.

    While the database does not answer, the last answer is carried on; before the first one, the machine is believed.
    """

    def __init__(self, engine: Engine, *, machine_ms: Callable[[], int], passed_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._machine_ms = machine_ms
        self._passed_ms = passed_ms
        self._asking = threading.Lock()
        self._known: tuple[int, int] | None = None
        """The database's time, and the count of passing time when it was told."""
        self._asked_ms: int | None = None
        self._off = False

    def __call__(self) -> int:
        """The time now."""
        stale = self._asked_ms is None or self._passed_ms() - self._asked_ms >= ASK_EVERY_MS
        # whoever comes first asks; the others need not wait for the answer, unless there has never been one
        if stale and self._asking.acquire(blocking=self._known is None):
            try:
                self._ask()
            finally:
                self._asking.release()
        known = self._known
        return self._machine_ms() if known is None else known[0] + self._passed_ms() - known[1]

    def _ask(self) -> None:
        now = self._passed_ms()
        if self._asked_ms is not None and now - self._asked_ms < ASK_EVERY_MS:
            return  # somebody else did while we waited
        self._asked_ms = now
        try:
            with self._engine.connect() as connection:
                told = int(connection.execute(_ASK).scalar_one())
        except SQLAlchemyError:
            return  # whoever needs the database next will say so
        self._known = (told, self._passed_ms())
        self._compare(self._machine_ms() - told)

    def _compare(self, off_ms: int) -> None:
        off = abs(off_ms) > OFF_MS_MAX
        if off and not self._off:
            log.warning("clock.differs", from_database_ms=off_ms)
        self._off = off
