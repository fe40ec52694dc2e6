"""Warns before a window closes: each step once for each batch, whichever worker looks first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway.domain.cutoff import Window
from gateway.domain.errors import Misconfigured
from gateway.domain.escalation import WaitsFor
from gateway.domain.routing import route_of, window_at
from gateway.persistence import queries
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.persistence.windows import Windows
from gateway.wiring import Hub

ACTOR = "payhub"
SECONDS_OF_A_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """One batch that is about to miss a window."""

    batch_id: str
    window: Window
    waits_for: WaitsFor
    count: int
    minutes: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What makes it the same warning."""
        return (self.batch_id, self.window.id, self.waits_for.value, self.minutes)


def warn(hub: Hub) -> int:
    """Tells what has to be told now; says how many warnings were new. Looks first, and writes only what it found."""
    at = hub.clock.now()
    due = _due(hub, at)
    if not due:
        return 0
    told = 0
    with hub.unit_of_work(actor=ACTOR) as work:
        for one in due:
            told += _tell(work, one, at)
        work.commit()
    return told


def _due(hub: Hub, at: datetime) -> list[Closing]:
    with hub.reading() as connection:
        windows = Windows(connection)
        found = [
            one
            for window, batch_id, count, waits_for in (*_to_approve(hub, connection, at), *_to_leave(hub, windows, at))
            if (one := _warning(hub, window, batch_id, count, waits_for, at)) is not None
        ]
        known = windows.warned({one.window.id for one in found}) if found else set()
    merged = {one.key: one for one in found if one.key not in known}
    return list(merged.values())


def _warning(hub: Hub, window: Window, batch_id: str, count: int, waits_for: WaitsFor, at: datetime) -> Closing | None:
    minutes = hub.settings.escalation.reached(window.release_by, at)
    if minutes is None:
        return None
    return Closing(batch_id=batch_id, window=window, waits_for=waits_for, count=count, minutes=minutes)


def _to_approve(hub: Hub, connection: Connection, at: datetime) -> Iterator[tuple[Window, str, int, WaitsFor]]:
    """What people have not approved, with the window it would leave through if they did so now."""
    for kind in queries.waiting_kinds(connection):
        route = route_of(kind, hub.routes, hub.accounts)
        if route is None or route.cutoff.instant:
            continue
        try:
            yield window_at(kind, route, at), kind.batch_id, kind.count, WaitsFor.PEOPLE
        except Misconfigured:
            continue


def _to_leave(hub: Hub, windows: Windows, at: datetime) -> Iterator[tuple[Window, str, int, WaitsFor]]:
    """What is approved and has not left."""
    for window, batch_id, count, held in windows.waiting(at, at + hub.settings.escalation.longest):
        if held or window.opens_at <= at:
            yield window, batch_id, count, WaitsFor.HOLD if held else WaitsFor.HUB


def _tell(work: UnitOfWork, one: Closing, at: datetime) -> bool:
    if not work.windows.warn(one.batch_id, one.window.id, waits_for=one.waits_for.value, minutes=one.minutes, at=at):
        return False
    work.alert(
        "payhub.window.closing.v1", subject_kind="batch", subject=one.batch_id,
        client_id=work.batches.get(one.batch_id).client_id,
        data={
            "bank": one.window.bank, "product": one.window.product, "window": one.window.id, "count": one.count,
            "value_date": one.window.value_date.isoformat(), "release_by": one.window.release_by.isoformat(),
            "zone": one.window.zone, "waits_for": one.waits_for.value, "step_minutes": one.minutes,
            "minutes_left": int((one.window.release_by - at).total_seconds() // SECONDS_OF_A_MINUTE),
        },
    )  # fmt: skip
    return True
