"""The business clock: one small file that every process of a demo reads, so that all of them live in the same hour.

The file says ``{"at": "<ISO instant, UTC>", "set_at": <real seconds since 1970>}``: now is ``at`` plus the real time
that passed since ``set_at``. It is replaced atomically, so a reader sees the old hour or the new one, never half.
"""

import json
import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SimulatedClock:
    """Reads and steps the clock file at ``path``. ``real`` is where the passing of real time is read (seconds)."""

    def __init__(self, path: Path, *, real: Callable[[], float] = time.time) -> None:
        self.path = path
        self._real = real

    def start(self, at: datetime | None = None) -> datetime:
        """Makes the file where there is none yet, set to ``at`` (the real now without it); gives the simulated now."""
        if not self.path.exists():
            self.set(at if at is not None else datetime.fromtimestamp(self._real(), UTC))
        return self.now()

    def now(self) -> datetime:
        """The simulated now, in UTC. OSError where the file is missing, ValueError where it is no clock."""
        told = json.loads(self.path.read_text(encoding="utf-8"))
        passed = timedelta(seconds=self._real() - told["set_at"])
        return datetime.fromisoformat(told["at"]).astimezone(UTC) + passed

    def set(self, at: datetime) -> None:
        """Steps the clock to ``at``, an instant with a time zone; ValueError without one."""
        if at.tzinfo is None:
            raise ValueError("The clock is set to an instant with a time zone.")
        told = {"at": at.astimezone(UTC).isoformat(), "set_at": self._real()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # a name of its own, so that two processes that step at once never write into each other's file
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        fresh.write_text(json.dumps(told), encoding="utf-8")
        fresh.replace(self.path)
