"""Cut-offs: until when a file must leave so that a bank executes it on a value date.

A cut-off is local wall time in the bank's zone on a business day (rulebook CAL-12), never an offset. A local time that
does not exist moves forward; one that happens twice counts at its first occurrence (CAL-14).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.calendar import ONE_DAY, Calendar, Convention

ROLL_DAYS_MAX = 400
"""A value date further away than this many open days is a mistake, not a plan."""


class OnLate(StrEnum):
    """What becomes of a payment whose cut-off has passed."""

    ROLL = "roll"
    """It leaves through the next window, on a later value date."""
    EXPIRE = "expire"
    """It ends there; the ERP must bring it again."""
    ASK = "ask"
    """It ends there until a person asks for a new day, which must be approved anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """When a bank closes a product. ``at`` is wall time in ``zone`` on the day ``days_before`` open days before the
    value date, or earlier on the days of ``early``; ``processing`` is what the bank itself needs before it counts a
    file as in time, ``margin`` what we need (rulebook CAL-20); ``opens`` is when we start sending that day.

    An ``instant`` product has no cut-off and no closed days: its window is the whole day it was wanted on (CAL-11).
    ``conventions`` say by category purpose where a payment wanted on a closed day goes; the others go by
    ``convention``.
    """

    bank: str
    product: str
    zone: str
    at: time
    opens: time
    days_before: int
    margin: timedelta
    on_late: OnLate
    processing: timedelta = timedelta(0)
    early: Mapping[date, time] = field(default_factory=dict)
    instant: bool = False
    convention: Convention = Convention.FOLLOWING
    conventions: Mapping[str, Convention] = field(default_factory=dict)

    def convention_for(self, category_purpose: str | None) -> Convention:
        """How a payment of this category rolls off a closed day."""
        return self.conventions.get(category_purpose or "", self.convention)


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

    @property
    def usable(self) -> bool:
        """False where a day closes before we would begin: nothing can leave then."""
        return self.opens_at <= self.release_by


def local(day: date, wall: time, zone: str) -> datetime:
    """The UTC moment of a wall time: a gap moves forward, a fold counts at its first occurrence."""
    moment = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))  # fold=0: the first of two, and the later side of a gap
    return moment.astimezone(UTC)


def window_for(cutoff: CutOff, calendar: Calendar, value_date: date) -> Window:
    """The window through which a payment must leave to be executed on ``value_date`` (an open day)."""
    if cutoff.instant:
        return _window(
            cutoff, value_date, opens=local(value_date, time.min, cutoff.zone),
            closes=local(value_date + ONE_DAY, time.min, cutoff.zone), needed=timedelta(0),
        )  # fmt: skip
    day = calendar.back(value_date, cutoff.days_before)
    closes = local(day, min(cutoff.at, cutoff.early.get(day, cutoff.at)), cutoff.zone)
    return _window(
        cutoff, value_date, opens=local(day, cutoff.opens, cutoff.zone), closes=closes,
        needed=cutoff.margin + cutoff.processing,
    )  # fmt: skip


def _window(cutoff: CutOff, value_date: date, *, opens: datetime, closes: datetime, needed: timedelta) -> Window:
    return Window(
        id=f"{cutoff.bank}:{cutoff.product}:{value_date.isoformat()}", bank=cutoff.bank, product=cutoff.product,
        value_date=value_date, opens_at=opens, release_by=closes - needed, closes_at=closes, zone=cutoff.zone,
    )  # fmt: skip


def value_date_for(cutoff: CutOff, calendar: Calendar, requested: date, *, category_purpose: str | None = None) -> date:
    """The value date of a payment wanted on ``requested``, were it in time: the day itself, or where it rolls to."""
    if cutoff.instant:
        return requested
    return calendar.rolled(requested, cutoff.convention_for(category_purpose))


def next_window(
    cutoff: CutOff, calendar: Calendar, requested: date, at: datetime, *, category_purpose: str | None = None
) -> Window:
    """The first window that is still open at ``at`` for a payment wanted on ``requested`` or as soon as possible.

    A payment that rolls to an earlier day and is late for that leaves as soon as it can, not on a day in between that
    nobody asked for.
    """
    today = at.astimezone(ZoneInfo(cutoff.zone)).date()
    wanted = max(requested, today)
    value_date = value_date_for(cutoff, calendar, wanted, category_purpose=category_purpose)
    for _ in range(ROLL_DAYS_MAX):
        if value_date >= today:
            window = window_for(cutoff, calendar, value_date)
            if at <= window.release_by and window.usable:
                return window
        value_date = value_date + ONE_DAY if cutoff.instant else calendar.after(value_date)
    return window_for(cutoff, calendar, value_date)
