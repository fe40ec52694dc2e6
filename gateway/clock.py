"""Business time. The real clock, or one that a file sets, so that a demonstration lives through days in seconds.

Leases and back-off use machine time: a jump of business time must not end a lease. On PostgreSQL the database says
what it is (:mod:`gateway.persistence.machine_time`), for machines do not agree and are set right in the middle of work.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Where "now" comes from; always UTC."""

    def now(self) -> datetime:
        """The current business moment."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The real moment."""
        return datetime.now(UTC)


class FileClock:
    """A clock set by a small JSON file that several processes share: ``{"at": ISO moment, "set_at": unix seconds}``.

    Business time runs at the speed of the machine from ``at``, which was the business moment at ``set_at``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """The business moment; raises :class:`OSError` where the file is gone: guessing a time would be worse."""
        state = json.loads(self._path.read_text(encoding="utf-8"))
        return datetime.fromisoformat(state["at"]) + timedelta(seconds=time.time() - state["set_at"])


def machine_ms() -> int:
    """Machine time in whole milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def passed_ms() -> int:
    """Whole milliseconds that went by since some moment; nobody sets this clock."""
    return time.monotonic_ns() // 1_000_000
