"""How each channel stands: one row a bank, shared by all workers, and the host keys people confirmed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from banks.circuit import HEALTHY, Circuit, Stand, may_probe
from gateway.domain.work import Claim
from gateway.persistence.tables import channels, host_keys, key_confirmations, work


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """One channel. ``since`` is when it began to stand so; ``offered_key`` is what a stopped one was shown;
    ``lifted_key`` is the key a newer profile pins: who still stumbles over it has an older profile.
    """

    bank: str
    circuit: Circuit = HEALTHY
    since: datetime | None = None
    error: str | None = None
    error_at: datetime | None = None
    probe_key: str | None = None
    probe_fence: int | None = None
    stop_id: str | None = None
    offered_key: str | None = None
    offered_fingerprint: str | None = None
    lifted_key: str | None = None
    next_poll_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """One administrator's word that a host key is the bank's."""

    person_id: str
    person_name: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKey:
    """A key that two administrators confirmed, for one host and port."""

    place: str
    fingerprint: str
    key: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The channels of one transaction."""

    connection: Connection = field(repr=False)

    def get(self, bank: str) -> ChannelRow:
        """One channel; a bank nobody had trouble with has no row and stands well."""
        row = self.connection.execute(select(channels).where(channels.c.bank == bank)).mappings().one_or_none()
        return ChannelRow(bank=bank) if row is None else _channel(row)

    def all(self) -> Mapping[str, ChannelRow]:
        """Every channel that has a row, by bank."""
        return {row["bank"]: _channel(row) for row in self.connection.execute(select(channels)).mappings()}

    def locked(self, bank: str) -> ChannelRow:
        """One channel, held until this transaction ends."""
        query = select(channels).where(channels.c.bank == bank).with_for_update()
        row = self.connection.execute(query).mappings().one_or_none()
        if row is None:
            self._add(bank)
            row = self.connection.execute(query).mappings().one()
        return _channel(row)

    def write(self, bank: str, circuit: Circuit, **values: Any) -> None:
        """How the channel stands from now on; ``values`` are further columns."""
        facts = {"state": circuit.stand.value} | {k: v for k, v in asdict(circuit).items() if k != "stand"}
        self.connection.execute(update(channels).where(channels.c.bank == bank).values(**facts, **values))

    def begin_probe(self, bank: str, claim: Claim, *, now_ms: int) -> bool:
        """Makes this claim's attempt the one probe of an open channel; False while another one tries, or too early.

        A probe lives as long as its claim: the lease of a dead worker lapses, and the next one may try.
        """
        row = self.locked(bank)
        if not may_probe(row.circuit, now_ms=now_ms, probing=self._alive(row, now_ms)):
            return False
        half = Circuit(
            stand=Stand.HALF_OPEN, failures=row.circuit.failures, openings=row.circuit.openings,
            open_until=row.circuit.open_until,
        )  # fmt: skip
        self.write(bank, half, probe_key=claim.job.key, probe_fence=claim.fence)
        return True

    def take_poll(self, bank: str, *, now_ms: int, next_ms: int, longest_ms: int) -> bool:
        """Whether the bank is due to be asked; of all workers only one is told yes, and plans the next time."""
        due = or_(channels.c.next_poll_at <= now_ms, channels.c.next_poll_at > now_ms + longest_ms)
        change = update(channels).where(channels.c.bank == bank, due).values(next_poll_at=next_ms)
        if self.connection.execute(change).rowcount:
            return True
        if self.connection.execute(select(channels.c.bank).where(channels.c.bank == bank)).first() is not None:
            return False
        return self._add(bank, next_poll_at=next_ms)

    def host_keys(self, bank: str, place: str | None = None) -> list[HostKey]:
        """Confirmed keys of a bank, of one ``host:port`` where it is given."""
        query = select(host_keys).where(host_keys.c.bank == bank).order_by(host_keys.c.confirmed_at)
        if place is not None:
            query = query.where(host_keys.c.place == place)
        names = HostKey.__dataclass_fields__
        return [HostKey(**{name: row[name] for name in names}) for row in self.connection.execute(query).mappings()]

    def trust(self, bank: str, key: HostKey, *, stop_id: str) -> None:
        """Pins a key beside the profile's."""
        known = {one.fingerprint for one in self.host_keys(bank, key.place)}
        if key.fingerprint not in known:
            self.connection.execute(insert(host_keys).values(bank=bank, stop_id=stop_id, **asdict(key)))

    def confirmations(self, stop_id: str | None) -> list[Confirmation]:
        """Who confirmed the key of one stop so far."""
        query = select(key_confirmations).where(key_confirmations.c.stop_id == stop_id).order_by(key_confirmations.c.at)
        names = Confirmation.__dataclass_fields__
        return [
            Confirmation(**{name: row[name] for name in names}) for row in self.connection.execute(query).mappings()
        ]

    def add_confirmation(self, row: ChannelRow, given: Confirmation) -> None:
        """Keeps one administrator's word; the row of the channel is locked."""
        self.connection.execute(
            insert(key_confirmations).values(
                stop_id=row.stop_id, bank=row.bank, fingerprint=row.offered_fingerprint, **asdict(given)
            )
        )

    def _alive(self, row: ChannelRow, now_ms: int) -> bool:
        query = select(work.c.key).where(
            work.c.key == row.probe_key, work.c.fence == row.probe_fence, work.c.workflow_id.is_not(None),
            work.c.lease_until >= now_ms,
        )  # fmt: skip
        return self.connection.execute(query).first() is not None

    def _add(self, bank: str, *, next_poll_at: int = 0) -> bool:
        values = {"bank": bank, "state": Stand.CLOSED.value, "failures": 0, "openings": 0, "open_until": 0}
        with self.connection.begin_nested() as point:
            try:
                self.connection.execute(insert(channels).values(**values, next_poll_at=next_poll_at))
            except IntegrityError:
                point.rollback()
                return False
        return True


def _channel(row: RowMapping) -> ChannelRow:
    circuit = Circuit(
        stand=Stand(row["state"]), failures=row["failures"], openings=row["openings"], open_until=row["open_until"]
    )
    others = {name: row[name] for name in ChannelRow.__dataclass_fields__ if name != "circuit"}
    return ChannelRow(circuit=circuit, **others)
