"""Business days of the simulated bank: weekdays that are no holiday, at its own place on earth."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_LOOKED_AHEAD_MAX = 366
"""A calendar without one business day in a year is a mistake, not a calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDays:
    """Weekdays except ``holidays``, in ``zone``."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        """Whether the bank books on ``day``."""
        return day.weekday() < 5 and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """``day`` itself, or the first business day after it; ValueError where a whole year has none."""
        for ahead in range(DAYS_LOOKED_AHEAD_MAX):
            candidate = day + timedelta(days=ahead)
            if self.is_open(candidate):
                return candidate
        raise ValueError(f"There is no business day within {DAYS_LOOKED_AHEAD_MAX} days of {day}.")

    def after(self, day: date, count: int = 1) -> date:
        """The ``count``-th business day after ``day``."""
        for _ in range(count):
            day = self.on_or_after(day + timedelta(days=1))
        return day

    def at(self, day: date, clock: time) -> datetime:
        """The instant when the bank's wall clock shows ``clock`` on ``day``."""
        return datetime.combine(day, clock, tzinfo=self.zone)

    def date_of(self, at: datetime) -> date:
        """The bank's date at the instant ``at``."""
        return at.astimezone(self.zone).date()
