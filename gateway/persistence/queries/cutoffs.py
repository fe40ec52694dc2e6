"""Windows as people look at them: of today and tomorrow, and those that something waits for, and for whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from gateway.domain.account import OwnAccount
from gateway.domain.cutoff import Window, window_for
from gateway.domain.errors import Misconfigured
from gateway.domain.lifecycle import State
from gateway.domain.routing import Route, Routes, route_of, window_at
from gateway.persistence.columns import exact_sum
from gateway.persistence.queries.batches import Group
from gateway.persistence.queries.scope import Scope, pick
from gateway.persistence.tables import batches, payments, windows

WINDOWS_SHOWN = 200
KINDS_MAX = 2_000
"""Groups of waiting payments looked at."""
SCHEDULED = (State.SCHEDULED, State.GENERATED)
DAYS_SHOWN = 2
"""Today and tomorrow, in the zone of each bank."""
VALUE_DAYS_LOOKED_AT = 21
"""How far ahead a window of today or tomorrow may lead: more days before value than any product has."""
SECONDS_OF_A_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingKind:
    """Validated, unheld payments of one batch that would leave together: what decides their bank and window."""

    batch_id: str
    debtor_account: str
    service_level: str | None
    local_instrument: str | None
    category_purpose: str | None
    currency: str
    requested_date: date
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLine:
    """One cut-off: until when files of a bank and product leave for a value date, and what waits for it.

    ``waiting`` holds what is scheduled for it and (state ``validated``) what would leave through it if it were approved
    at the moment that was asked about; ``minutes_left`` until ``release_by`` is below zero once it has passed.
    """

    id: str
    bank: str
    product: str
    value_date: date
    opens_at: datetime
    release_by: datetime
    closes_at: datetime
    zone: str
    minutes_left: int
    on_late: str | None
    waiting: list[Group]


def waiting_kinds(
    connection: Connection, scope: Scope | None = None, *, batch_id: str | None = None, state: State = State.VALIDATED
) -> list[WaitingKind]:
    """What waits for approval (or stands in another state), in all batches or in one, by what decides its way."""
    keys = [payments.c[name] for name in WaitingKind.__dataclass_fields__ if name not in ("count", "amount")]
    query = (
        select(*keys, func.count().label("count"), exact_sum(payments.c.amount).label("amount"))
        .where(payments.c.state == state.value, payments.c.hold.is_(None))
        .group_by(*keys)
        .order_by(payments.c.batch_id)
        .limit(KINDS_MAX)
    )
    if batch_id is not None:
        query = query.where(payments.c.batch_id == batch_id)
    if scope is not None and scope.limits_batches:
        query = query.join(batches, batches.c.id == payments.c.batch_id).where(*scope.of_batches())
    return [pick(WaitingKind, row) for row in connection.execute(query).mappings()]


def list_cutoffs(
    connection: Connection, scope: Scope, *, at: datetime, routes: Routes, accounts: Mapping[str, OwnAccount],
    approved_at: datetime | None = None, bank: str | None = None,
) -> list[WindowLine]:  # fmt: skip
    """The windows of today and tomorrow and those with payments, the next to close first.

    ``approved_at`` asks "what if what waits for people is approved then?"; without it, now.
    """
    found = {one.id: one for one in _of_these_days(routes, at)} | {one.id: one for one in _stored(connection, at)}
    waiting = _scheduled(connection, scope, list(found))
    for kind in waiting_kinds(connection, scope):
        route = route_of(kind, routes, accounts)
        window = _if_approved(kind, route, approved_at or at)
        if window is not None:
            found.setdefault(window.id, window)
            group = Group(
                state=State.VALIDATED.value, held=False, currency=kind.currency, count=kind.count, amount=kind.amount
            )
            waiting.setdefault(window.id, []).append(group)
    late = {(route.bank, route.product): route.cutoff.on_late.value for several in routes.values() for route in several}
    lines = [
        pick(
            WindowLine, _facts(one), waiting=_merged(waiting.get(one.id, [])),
            on_late=late.get((one.bank, one.product)),
            minutes_left=int((one.release_by - at).total_seconds() // SECONDS_OF_A_MINUTE),
        )
        for one in found.values()
        if bank in (None, one.bank)
    ]  # fmt: skip
    return sorted(lines, key=lambda one: (one.minutes_left < 0, one.release_by, one.id))[:WINDOWS_SHOWN]


def _facts(window: Window) -> dict[str, Any]:
    return {name: getattr(window, name) for name in Window.__dataclass_fields__}


def _if_approved(kind: WaitingKind, route: Route | None, at: datetime) -> Window | None:
    if route is None:
        return None
    try:
        return window_at(kind, route, at)
    except Misconfigured:
        return None


def _of_these_days(routes: Routes, at: datetime) -> Iterator[Window]:
    """The windows of each product that close today or tomorrow, where their bank is."""
    for route in (one for several in routes.values() for one in several):
        today = at.astimezone(ZoneInfo(route.cutoff.zone)).date()
        shown = [today + timedelta(days=ahead) for ahead in range(DAYS_SHOWN)]
        for ahead in range(VALUE_DAYS_LOOKED_AT):
            day = today + timedelta(days=ahead)
            try:
                if not route.cutoff.instant and not route.calendar.is_open(day):
                    continue
                window = window_for(route.cutoff, route.calendar, day)
            except Misconfigured:  # beyond the horizon nothing is offered; the start and every intake say so
                break
            leaves = window.opens_at.astimezone(ZoneInfo(window.zone)).date()
            if leaves in shown and window.usable:
                yield window
            elif leaves > shown[-1]:
                break


def _stored(connection: Connection, at: datetime) -> Iterator[Window]:
    query = select(windows).where(windows.c.closes_at >= at).order_by(windows.c.release_by).limit(WINDOWS_SHOWN)
    for row in connection.execute(query).mappings():
        yield pick(Window, row)


def _scheduled(connection: Connection, scope: Scope, ids: list[str]) -> dict[str, list[Group]]:
    held = payments.c.hold.is_not(None).label("held")
    query = (
        select(
            payments.c.window_id, payments.c.state, held, payments.c.currency, func.count().label("count"),
            exact_sum(payments.c.amount).label("amount"),
        )
        .where(payments.c.state.in_([one.value for one in SCHEDULED]), payments.c.window_id.in_(ids))
        .group_by(payments.c.window_id, payments.c.state, held, payments.c.currency)
    )  # fmt: skip
    if scope.limits_batches:
        query = query.join(batches, batches.c.id == payments.c.batch_id).where(*scope.of_batches())
    found: dict[str, list[Group]] = {}
    for row in connection.execute(query).mappings():
        values: dict[str, Any] = dict(row)
        found.setdefault(row["window_id"], []).append(pick(Group, values, held=bool(row["held"])))
    return found


def _merged(groups: list[Group]) -> list[Group]:
    """One group for each state, hold and currency."""
    sums: dict[tuple[str, bool, str], tuple[int, Decimal]] = {}
    for one in groups:
        key = (one.state, one.held, one.currency)
        count, amount = sums.get(key, (0, Decimal(0)))
        sums[key] = (count + one.count, amount + one.amount)
    return [
        Group(state=state, held=held, currency=currency, count=count, amount=amount)
        for (state, held, currency), (count, amount) in sorted(sums.items())
    ]
