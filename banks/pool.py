"""Keeps connections to banks open between files: the greeting and the login cost more than the file."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from banks.channel import Channel
from banks.errors import Refused
from banks.settings import BankProfile

IDLE_MAX = 4
"""Open connections kept per bank."""
IDLE_S_MAX = 30.0
"""How long a connection is kept unused; banks cut idle ones after a minute or more."""


@dataclass(slots=True, kw_only=True)
class ChannelPool:
    """Lends channels, one borrower at a time each. ``opener`` makes them, ``ticks`` is a monotonic clock in seconds.

    A profile that changed gets new connections: they are kept by the profile's digest. For threads.
    """

    opener: Callable[[BankProfile], Channel]
    ticks: Callable[[], float]
    _idle: dict[str, list[tuple[float, Channel]]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def lend(self, profile: BankProfile) -> Iterator[Channel]:
        """A channel to the bank. It is kept afterwards, unless something else than a refusal went wrong on it."""
        digest = profile.digest
        channel = self._kept(digest) or self.opener(profile)
        try:
            yield channel
        except Refused:
            self._keep(digest, channel)
            raise
        except BaseException:
            channel.close()
            raise
        self._keep(digest, channel)

    def close(self) -> None:
        """Ends all connections that nobody uses."""
        with self._lock:
            idle = [channel for kept in self._idle.values() for _, channel in kept]
            self._idle.clear()
        for channel in idle:
            channel.close()

    def _kept(self, digest: str) -> Channel | None:
        stale: list[Channel] = []
        found: Channel | None = None
        oldest = self.ticks() - IDLE_S_MAX
        with self._lock:
            for key, kept in list(self._idle.items()):
                stale += [channel for since, channel in kept if since < oldest]
                self._idle[key] = [(since, channel) for since, channel in kept if since >= oldest]
            if self._idle.get(digest):
                found = self._idle[digest].pop()[1]
        for channel in stale:
            channel.close()
        return found

    def _keep(self, digest: str, channel: Channel) -> None:
        with self._lock:
            kept = self._idle[digest]
            if len(kept) < IDLE_MAX:
                kept.append((self.ticks(), channel))
                return
        channel.close()
