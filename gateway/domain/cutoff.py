"""Cut-offs: until when a file must leave so that a bank executes it on a value date.

A cut-off is local wall time in the bank's zone on a business day (rulebook CAL-12), never an offset. A local time that
does not exist moves forward; one that happens twice counts at its first occurrence (CAL-14).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.calendar import Calendar

ROLL_DAYS_MAX = 400
"""A value date further away than this many open days is a mistake, not a plan."""


class OnLate(StrEnum):
    """What becomes of a payment whose cut-off has passed."""

    ROLL = "roll"
    EXPIRE = "expire"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """When a bank closes a product. ``at`` is wall time in ``zone`` on the day ``days_before`` open days before the
    value date; ``margin`` is what we need ourselves before it; ``opens`` is when we start sending that day.
    """

    bank: str
    product: str
    zone: str
    at: time
    opens: time
    days_before: int
    margin: timedelta
    on_late: OnLate


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The row: one bank, product and value date. Times are UTC. Send between ``opens_at`` and ``release_by``."""

    id: str
    bank: str
    product: str
    value_date: date
    opens_at: datetime
    release_by: datetime
    closes_at: datetime
    zone: str


def local(day: date, wall: time, zone: str) -> datetime:
    """The UTC moment of a wall time: a gap moves forward, a fold counts at its first occurrence."""
    moment = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))  # fold=0: the first of two, and the later side of a gap
    return moment.astimezone(UTC)


def window_for(cutoff: CutOff, calendar: Calendar, value_date: date) -> Window:
    """The window through which a payment must leave to be executed on ``value_date`` (an open day)."""
    day = calendar.back(value_date, cutoff.days_before)
    closes = local(day, cutoff.at, cutoff.zone)
    return Window(
        id=f"{cutoff.bank}:{cutoff.product}:{value_date.isoformat()}",
        bank=cutoff.bank,
        product=cutoff.product,
        value_date=value_date,
        opens_at=local(day, cutoff.opens, cutoff.zone),
        release_by=closes - cutoff.margin,
        closes_at=closes,
        zone=cutoff.zone,
    )


def next_window(cutoff: CutOff, calendar: Calendar, requested: date, at: datetime) -> Window:
    """The first window that is still open at ``at`` for a payment wanted on ``requested`` or as soon as possible."""
    value_date = calendar.on_or_after(max(requested, at.astimezone(ZoneInfo(cutoff.zone)).date()))
    window = window_for(cutoff, calendar, value_date)
    for _ in range(ROLL_DAYS_MAX):
        if at <= window.release_by:
            return window
        value_date = calendar.after(value_date)
        window = window_for(cutoff, calendar, value_date)
    return window
