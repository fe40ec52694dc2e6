"""The circuit breaker: asks how a bank's channel stands before anything connects, and writes down how it went."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from banks.channel import Channel
from banks.circuit import HEALTHY, Circuit, Outcome, Stand, after, verdict
from banks.errors import ChannelError
from banks.watched import WatchedChannel
from gateway.domain.work import Claim
from gateway.persistence import channel_desk
from gateway.persistence.channels import ChannelRow, Channels
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.wiring import Hub

STOPPED_MS = 300_000
"""How often a job looks whether a stopped channel goes on; it is woken when it does."""
PROBING_MS = 15_000
"""How long a job waits for another one's probe; it is woken when that ends well."""


class NotNow(Exception):
    """The channel is not open to this job. No attempt was made; come back at ``until_ms`` (machine time)."""

    def __init__(self, until_ms: int) -> None:
        super().__init__(until_ms)
        self.until_ms = until_ms


class Breaker:
    """One job's way to the banks. ``last_error`` is what went wrong last, for whoever decides when to come back."""

    def __init__(
        self, hub: Hub, claim: Claim, units: Callable[[], AbstractContextManager[UnitOfWork]],
        jitter: Callable[[], float],
    ) -> None:  # fmt: skip
        self._hub = hub
        self._claim = claim
        self._units = units
        self._jitter = jitter
        self._looked: dict[str, tuple[ChannelRow, tuple[str, ...]]] = {}
        self.last_error: ChannelError | None = None

    def troubled(self, bank: str) -> bool:
        """Whether people heard already that the channel does not work."""
        return self._look(bank)[0].circuit.stand is not Stand.CLOSED

    @contextmanager
    def channel(self, bank: str) -> Iterator[Channel]:
        """A channel to the bank that is watched; raises :class:`NotNow` before anything connects."""
        row, keys = self._look(bank)
        probe = row.circuit.stand is not Stand.CLOSED
        if probe:
            self._begin_probe(row)
        heard: list[ChannelError | None] = []
        try:
            with self._hub.channel(bank, host_keys=keys) as channel:
                watched = WatchedChannel(channel)
                heard = watched.heard
                yield watched
        finally:
            self._tell(row, heard, probe=probe)

    def _look(self, bank: str) -> tuple[ChannelRow, tuple[str, ...]]:
        """How the channel stands and which confirmed keys it trusts, read once for a job: jobs are short."""
        if bank not in self._looked:
            place = self._hub.profile(bank).place
            with self._hub.reading() as connection:
                desk = Channels(connection=connection)
                keys = desk.host_keys(bank, place) if place else []
                self._looked[bank] = desk.get(bank), tuple(one.key for one in keys)
        return self._looked[bank]

    def _begin_probe(self, row: ChannelRow) -> None:
        now = self._hub.machine_ms()
        if row.circuit.stand is Stand.STOPPED:
            raise NotNow(now + self._spread(STOPPED_MS))
        if row.circuit.stand is Stand.OPEN and row.circuit.open_until > now:
            raise NotNow(row.circuit.open_until)
        with self._units() as work:
            ours = Channels(connection=work.connection).begin_probe(row.bank, self._claim, now_ms=now)
            work.commit()
        if not ours:
            raise NotNow(now + self._spread(PROBING_MS))

    def _tell(self, row: ChannelRow, heard: list[ChannelError | None], *, probe: bool) -> None:
        what, error = verdict(heard)
        self.last_error = next((one for one in reversed(heard) if one is not None), None)
        unchanged = what is Outcome.NOTHING or (what is Outcome.WORKED and row.circuit == HEALTHY)
        if unchanged and not probe:
            return
        now_ms, jitter = self._hub.machine_ms(), self._jitter()

        def turn(circuit: Circuit, what: Outcome, probe: bool) -> Circuit:
            return after(circuit, what, now_ms=now_ms, jitter=jitter, probe=probe)

        with self._units() as work:
            channel_desk.note_outcome(work, self._claim, row.bank, what, error, turn=turn)
            work.commit()

    def _spread(self, pause_ms: int) -> int:
        return int(pause_ms * (0.75 + self._jitter() / 2))
