"""Business days: a calendar is a set of closed days with a horizon, and beyond the horizon nobody guesses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gateway.domain.errors import Misconfigured

SEARCH_DAYS_MAX = 31
"""No calendar closes for a month; a longer search means that the data are wrong."""
SATURDAY = 5
ONE_DAY = timedelta(days=1)


class Convention(StrEnum):
    """Where a payment goes that was wanted on a closed day (rulebook CAL-15 and CAL-16)."""

    FOLLOWING = "following"
    """The next open day: suppliers."""
    PRECEDING = "preceding"
    """The open day before: salaries and taxes, which may not be late."""
    MODIFIED_FOLLOWING = "modified_following"
    """The next open day, unless that is in another month: then the one before."""
    MODIFIED_PRECEDING = "modified_preceding"
    """The open day before, unless that is in another month: then the next one."""
    NEAREST = "nearest"
    """Whichever is closer; of two equally close ones the next."""


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
        """The first open day that is not before ``day``."""
        return self._searched(day, ONE_DAY)

    def on_or_before(self, day: date) -> date:
        """The last open day that is not after ``day``."""
        return self._searched(day, -ONE_DAY)

    def after(self, day: date) -> date:
        """The next open day."""
        return self.on_or_after(day + ONE_DAY)

    def back(self, day: date, days: int) -> date:
        """``days`` open days before ``day``."""
        current = day
        for _ in range(days):
            current = self.on_or_before(current - ONE_DAY)
        return current

    def forward(self, day: date, days: int) -> date:
        """``days`` open days after ``day``."""
        current = day
        for _ in range(days):
            current = self.after(current)
        return current

    def rolled(self, day: date, convention: Convention) -> date:
        """The open day that stands for ``day`` by a convention; ``day`` itself where it is open."""
        if self.is_open(day):
            return day
        later, earlier = self.on_or_after(day), self.on_or_before(day)
        match convention:
            case Convention.FOLLOWING:
                return later
            case Convention.PRECEDING:
                return earlier
            case Convention.MODIFIED_FOLLOWING:
                return later if later.month == day.month else earlier
            case Convention.MODIFIED_PRECEDING:
                return earlier if earlier.month == day.month else later
            case Convention.NEAREST:
                return later if later - day <= day - earlier else earlier

    def _searched(self, day: date, step: timedelta) -> date:
        candidate = day
        for _ in range(SEARCH_DAYS_MAX):
            if self.is_open(candidate):
                return candidate
            candidate += step
        raise Misconfigured(f"The calendar {self.name} shows no open day within a month of {day}.")


def together(calendars: Sequence[Calendar]) -> Calendar:
    """The days on which all of ``calendars`` are open: the debtor's bank and each system the money goes through
    (rulebook CAL-17). It knows as far as the one that knows least.
    """
    return Calendar(
        name="+".join(one.name for one in calendars),
        closed=frozenset().union(*(one.closed for one in calendars)),
        since=max(one.since for one in calendars),
        until=min(one.until for one in calendars),
    )


ALWAYS = Calendar(name="always", closed=frozenset(), since=date.min, until=date.max)
"""For instant products, which ask no calendar whether it is open."""
