"""Business days: a calendar is a set of closed days with a horizon, and beyond the horizon nobody guesses."""

from dataclasses import dataclass
from datetime import date, timedelta

from gateway.domain.errors import Misconfigured

SEARCH_DAYS_MAX = 31
"""No calendar closes for a month; a longer search means that the data are wrong."""
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """``closed`` are the holidays; Saturdays and Sundays are closed anyway. ``until`` is the last day it knows."""

    name: str
    closed: frozenset[date]
    since: date
    until: date

    def is_open(self, day: date) -> bool:
        """Whether money moves on this day; raises :class:`Misconfigured` beyond the horizon (rulebook CAL-22)."""
        if not self.since <= day <= self.until:
            raise Misconfigured(
                f"The calendar {self.name} ends on {self.until}; it says nothing about {day}. Load a newer one.",
                code="calendar.horizon",
            )
        return day.weekday() < SATURDAY and day not in self.closed

    def on_or_after(self, day: date) -> date:
        """The first open day that is not before ``day`` (convention FOLLOWING)."""
        for ahead in range(SEARCH_DAYS_MAX):
            candidate = day + timedelta(days=ahead)
            if self.is_open(candidate):
                return candidate
        raise Misconfigured(f"The calendar {self.name} shows no open day within a month after {day}.")

    def after(self, day: date) -> date:
        """The next open day."""
        return self.on_or_after(day + timedelta(days=1))

    def back(self, day: date, days: int) -> date:
        """``days`` open days before ``day``."""
        current = day
        for _ in range(days):
            for _ in range(SEARCH_DAYS_MAX):
                current -= timedelta(days=1)
                if self.is_open(current):
                    break
        return current
