"""The days of a recall are whole days at the bank: banking days by its calendar, or months."""

from datetime import UTC, date, datetime

import pytest

from gateway.domain.calendar import Calendar
from gateway.domain.errors import Unacceptable
from gateway.domain.recall_days import BankDays, check_in_time

DAYS = BankDays(
    calendar=Calendar(
        name="TEST", closed=frozenset({date(2026, 12, 25)}), since=date(2025, 1, 1), until=date(2026, 12, 31)
    ),
    zone="Europe/Vienna",
)  # fmt: skip


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        (date(2026, 11, 23), 10, date(2026, 12, 7)),
        (date(2026, 12, 21), 5, date(2026, 12, 29)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
    ],
)
def test_banking_days_leave_out_weekends_and_holidays_and_end_at_midnight_of_the_bank(start, days, last):
    found = DAYS.open_days_after(start, days)
    assert found.day == last
    assert found.ends_at == datetime(last.year, last.month, last.day, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2026, 11, 23), 13, date(2027, 12, 23)),
        (date(2026, 1, 31), 13, date(2027, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(start, count, last):
    assert DAYS.months_after(start, count).day == last


def test_where_the_calendar_ends_weekdays_count_and_before_it_begins_its_first_day_does():
    assert DAYS.open_days_after(date(2026, 12, 30), 3).day == date(2027, 1, 4)
    assert DAYS.open_days_after(date(2020, 1, 1), 1).day == date(2025, 1, 2)


def test_the_last_day_is_in_time_until_its_last_second_and_late_from_then_on():
    short, long = DAYS.open_days_after(date(2026, 11, 23), 10), DAYS.months_after(date(2026, 11, 23), 13)
    check_in_time("DUPL", short, long, at=datetime(2026, 12, 7, 22, 59, 59, tzinfo=UTC))
    with pytest.raises(Unacceptable) as late:
        check_in_time("DUPL", short, long, at=datetime(2026, 12, 7, 23, 0, tzinfo=UTC))
    assert late.value.message == (
        "A recall as DUPL could be asked until 2026-12-07, 10 banking days after the payment's day. "
        "Ask for it as CUST, which may be asked until 2027-12-23, or call the bank."
    )
    with pytest.raises(Unacceptable, match=r"13 months after the payment's day\. Call the bank\.$"):
        check_in_time("CUST", long, long, at=datetime(2028, 1, 1, tzinfo=UTC))
