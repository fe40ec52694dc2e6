"""The days of a recall: until when a scheme lets it be asked, and until when the bank has to answer.

Both are counted in whole days at the bank and end with them: a recall on the last day is in time until midnight there.
"""

import calendar as months
from dataclasses import dataclass
from datetime import date, datetime, time

from gateway.domain.calendar import ALWAYS, ONE_DAY, Calendar
from gateway.domain.cutoff import local
from gateway.domain.errors import Misconfigured, Unacceptable

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day for something. ``counted`` says how it was found (``10 banking days``)."""

    day: date
    ends_at: datetime
    """UTC: the first moment that is too late."""
    counted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDays:
    """Whose days count, and where they end."""

    calendar: Calendar
    zone: str

    def open_days_after(self, start: date, days: int) -> Deadline:
        """The ``days``-th banking day after ``start``.

        Before the first day a calendar knows it is that day that counts: years ago is too late like weeks ago. Past
        its last one weekdays count, for no recall may fail for want of next year's holidays.
        """
        known = max(start, self.calendar.since)
        try:
            day = self.calendar.forward(known, days)
        except Misconfigured:
            day = ALWAYS.forward(known, days)
        return self._deadline(day, f"{days} banking day{'s' * (days != 1)}")

    def months_after(self, start: date, count: int) -> Deadline:
        """The same day ``count`` months later, or the last of a month that is shorter."""
        years, month = divmod(start.month - 1 + count, MONTHS_A_YEAR)
        year, month = start.year + years, month + 1
        day = date(year, month, min(start.day, months.monthrange(year, month)[1]))
        return self._deadline(day, f"{count} month{'s' * (count != 1)}")

    def _deadline(self, day: date, counted: str) -> Deadline:
        return Deadline(day=day, ends_at=local(day + ONE_DAY, time.min, self.zone), counted=counted)


def check_in_time(code: str, deadline: Deadline, instead: Deadline | None, *, at: datetime) -> None:
    """Raises :class:`Unacceptable` for what is asked after its last day. ``instead`` is until when the payment may
    still be asked back as the customer's own wish (CUST).
    """
    if at < deadline.ends_at:
        return
    way = "Call the bank."
    if instead is not None and at < instead.ends_at:
        way = f"Ask for it as CUST, which may be asked until {instead.day}, or call the bank."
    raise Unacceptable(
        f"A recall as {code} could be asked until {deadline.day}, {deadline.counted} after the payment's day. {way}",
        code="recall.late",
    )
