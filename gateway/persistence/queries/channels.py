"""How the channels stand, with what waits for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from banks.circuit import Stand
from gateway.domain.errors import NotFound
from gateway.persistence.channels import ChannelRow, Channels, Confirmation, HostKey
from gateway.persistence.due import OPEN_FILES
from gateway.persistence.tables import files


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLine:
    """One channel. ``until`` is when an open one is tried again, ``waiting`` how many files have not been handed over;
    ``confirmations`` are about the key a stopped one was shown, ``host_keys`` those that were confirmed before.
    """

    bank: str
    state: str
    since: datetime | None
    until: datetime | None
    failures: int
    error: str | None
    error_at: datetime | None
    waiting: int
    offered_key: str | None
    offered_fingerprint: str | None
    confirmations: list[Confirmation]
    host_keys: list[HostKey]


def list_channels(connection: Connection, banks: Iterable[str]) -> list[ChannelLine]:
    """The channels of some banks, those in trouble first."""
    desk = Channels(connection=connection)
    rows = desk.all()
    query = select(files.c.bank, func.count()).where(files.c.state.in_(OPEN_FILES)).group_by(files.c.bank)
    waiting = {row[0]: row[1] for row in connection.execute(query)}
    lines = [_line(desk, rows.get(bank, ChannelRow(bank=bank)), waiting.get(bank, 0)) for bank in banks]
    gravest = [Stand.STOPPED, Stand.OPEN, Stand.HALF_OPEN, Stand.CLOSED]
    return sorted(lines, key=lambda one: (gravest.index(Stand(one.state)), one.bank))


def get_channel(connection: Connection, banks: Iterable[str], bank: str) -> ChannelLine:
    """One channel; raises :class:`NotFound` for a bank that is not configured."""
    if bank not in set(banks):
        raise NotFound(f"There is no bank {bank}.")
    return list_channels(connection, [bank])[0]


def _line(desk: Channels, row: ChannelRow, waiting: int) -> ChannelLine:
    circuit = row.circuit
    until = datetime.fromtimestamp(circuit.open_until / 1000, UTC) if circuit.stand is Stand.OPEN else None
    return ChannelLine(
        bank=row.bank, state=circuit.stand.value, since=row.since, until=until, failures=circuit.failures,
        error=row.error, error_at=row.error_at, waiting=waiting, offered_key=row.offered_key,
        offered_fingerprint=row.offered_fingerprint,
        confirmations=desk.confirmations(row.stop_id) if row.stop_id else [], host_keys=desk.host_keys(row.bank),
    )  # fmt: skip
