from datetime import UTC, date, datetime, time, timedelta

import pytest

from gateway.domain.calendar import ALWAYS, Calendar, Convention, together
from gateway.domain.cutoff import CutOff, OnLate, local, next_window, window_for
from gateway.domain.errors import Misconfigured

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
TARGET = Calendar(
    name="T2", closed=frozenset({date(2026, 12, 25), date(2027, 1, 1)}), since=date(2026, 1, 1), until=date(2027, 6, 30)
)


def cutoff(**facts):
    given = {
        "bank": "nordbank", "product": "sepa", "zone": "Europe/Berlin", "at": time(15), "opens": time(7),
        "days_before": 0, "margin": timedelta(minutes=30), "on_late": OnLate.ROLL,
    }  # fmt: skip
    return CutOff(**(given | facts))


def moment(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_weekends_and_holidays_are_closed():
    assert TARGET.is_open(FRIDAY)
    assert not TARGET.is_open(date(2026, 11, 21))
    assert not TARGET.is_open(date(2026, 12, 25))
    assert TARGET.on_or_after(date(2026, 12, 25)) == date(2026, 12, 28)
    assert TARGET.after(FRIDAY) == MONDAY
    assert TARGET.back(MONDAY, 1) == FRIDAY
    assert TARGET.back(date(2026, 12, 28), 1) == date(2026, 12, 24)


@pytest.mark.parametrize("day", [date(2027, 7, 1), date(2025, 12, 31)])
def test_beyond_its_horizon_a_calendar_does_not_guess(day):
    with pytest.raises(Misconfigured) as refused:
        TARGET.is_open(day)
    assert refused.value.code == "calendar.horizon"


def test_a_calendar_that_closes_for_a_month_is_wrong():
    closed = frozenset(date(2026, 11, 1) + timedelta(days=ahead) for ahead in range(60))
    broken = Calendar(name="broken", closed=closed, since=date(2026, 1, 1), until=date(2027, 12, 31))
    with pytest.raises(Misconfigured):
        broken.on_or_after(date(2026, 11, 2))


def test_a_payment_before_cut_off_leaves_today():
    assert next_window(cutoff(), TARGET, FRIDAY, moment(FRIDAY, 9)).value_date == FRIDAY


def test_a_payment_after_cut_off_leaves_the_next_business_day():
    assert next_window(cutoff(), TARGET, FRIDAY, moment(FRIDAY, 14)).value_date == MONDAY


def test_our_own_margin_counts_and_the_last_moment_is_still_in_time():
    window = window_for(cutoff(), TARGET, FRIDAY)
    assert window.closes_at == moment(FRIDAY, 14)  # 15:00 in Berlin in winter
    assert window.release_by == moment(FRIDAY, 13, 30)
    assert next_window(cutoff(), TARGET, FRIDAY, window.release_by) == window
    late = window.release_by + timedelta(microseconds=1)
    assert next_window(cutoff(), TARGET, FRIDAY, late).value_date == MONDAY


def test_a_product_that_closes_the_day_before_leaves_on_friday_for_monday():
    window = window_for(cutoff(days_before=1), TARGET, MONDAY)
    assert window.opens_at.date() == FRIDAY
    assert window.closes_at == moment(FRIDAY, 14)


def test_a_wish_for_a_closed_day_becomes_the_next_open_one_and_a_past_one_becomes_today():
    assert next_window(cutoff(), TARGET, date(2026, 12, 25), moment(FRIDAY, 9)).value_date == date(2026, 12, 28)
    assert next_window(cutoff(), TARGET, date(2026, 11, 2), moment(FRIDAY, 9)).value_date == FRIDAY


def test_today_is_the_bank_s_day_and_not_ours():
    tokyo = cutoff(zone="Asia/Tokyo")
    assert next_window(tokyo, TARGET, date(2026, 11, 1), moment(date(2026, 11, 19), 23)).value_date == FRIDAY


@pytest.mark.parametrize(
    ("day", "wall", "zone", "utc"),
    [
        (date(2026, 3, 27), time(15), "Europe/Berlin", datetime(2026, 3, 27, 14, tzinfo=UTC)),
        (date(2026, 3, 30), time(15), "Europe/Berlin", datetime(2026, 3, 30, 13, tzinfo=UTC)),
        (date(2026, 10, 23), time(15), "Europe/Berlin", datetime(2026, 10, 23, 13, tzinfo=UTC)),
        (date(2026, 10, 26), time(15), "Europe/Berlin", datetime(2026, 10, 26, 14, tzinfo=UTC)),
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 3, 9), time(17), "America/New_York", datetime(2026, 3, 9, 21, tzinfo=UTC)),
    ],
    ids=["winter", "after the spring change", "summer", "after the autumn change", "a gap moves forward",
         "a fold counts at its first", "another continent changed earlier"],
)  # fmt: skip
def test_a_cut_off_is_wall_time_whatever_the_offset(day, wall, zone, utc):
    assert local(day, wall, zone) == utc


def test_the_same_cut_off_is_an_hour_apart_in_utc_on_the_two_sides_of_the_change():
    before = window_for(cutoff(), TARGET, date(2026, 3, 27)).closes_at
    after = window_for(cutoff(), TARGET, date(2026, 3, 30)).closes_at
    assert after - before == timedelta(days=3) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("wanted", "convention", "found"),
    [  # figures measured with another library (rulebook CAL-15)
        (date(2026, 1, 31), Convention.FOLLOWING, date(2026, 2, 2)),
        (date(2026, 1, 31), Convention.MODIFIED_FOLLOWING, date(2026, 1, 30)),
        (date(2026, 1, 31), Convention.PRECEDING, date(2026, 1, 30)),
        (date(2026, 5, 1), Convention.PRECEDING, date(2026, 4, 30)),
        (date(2026, 5, 1), Convention.MODIFIED_PRECEDING, date(2026, 5, 4)),
        (date(2026, 5, 2), Convention.NEAREST, date(2026, 5, 4)),
        (date(2026, 5, 8), Convention.PRECEDING, date(2026, 5, 8)),
    ],
)
def test_a_closed_day_rolls_by_its_convention(wanted, convention, found):
    closed = frozenset({date(2026, 5, 1)})
    calendar = Calendar(name="T2", closed=closed, since=date(2026, 1, 1), until=date(2026, 12, 31))
    assert calendar.rolled(wanted, convention) == found


def test_salaries_leave_before_a_closed_day_and_suppliers_after_it():
    product = cutoff(conventions={"SALA": Convention.PRECEDING})
    saturday, at = date(2026, 11, 28), moment(FRIDAY, 9)
    assert next_window(product, TARGET, saturday, at, category_purpose="SALA").value_date == date(2026, 11, 27)
    assert next_window(product, TARGET, saturday, at, category_purpose="SUPP").value_date == date(2026, 11, 30)
    late = moment(date(2026, 11, 27), 20)
    assert next_window(product, TARGET, saturday, late, category_purpose="SALA").value_date == date(2026, 11, 30)


def test_a_bank_that_closes_early_and_needs_time_of_its_own_is_believed():
    eve = date(2026, 12, 24)
    product = cutoff(early={eve: time(12)}, processing=timedelta(minutes=20))
    window = window_for(product, TARGET, eve)
    assert window.closes_at == local(eve, time(12), "Europe/Berlin")
    assert window.release_by == window.closes_at - timedelta(minutes=50)
    never = cutoff(early={eve: time(6)})
    assert not window_for(never, TARGET, eve).usable
    assert next_window(never, TARGET, eve, moment(eve, 4)).value_date == date(2026, 12, 28)


def test_an_instant_payment_leaves_on_whatever_day_it_is_wanted():
    product = cutoff(instant=True, margin=timedelta(0))
    sunday = date(2026, 11, 22)
    now = next_window(product, ALWAYS, sunday, moment(sunday, 22))
    assert (now.value_date, now.release_by) == (sunday, moment(sunday, 23))
    later = next_window(product, ALWAYS, date(2026, 12, 25), moment(sunday, 12))
    assert (later.value_date, later.opens_at) == (date(2026, 12, 25), moment(date(2026, 12, 24), 23))


def test_two_systems_are_open_together_when_both_are_and_know_as_far_as_the_shorter_one():
    swiss = Calendar(
        name="SIC", closed=frozenset({date(2026, 11, 23)}), since=date(2026, 1, 1), until=date(2026, 12, 31)
    )
    both = together([TARGET, swiss])
    assert (both.is_open(FRIDAY), both.is_open(MONDAY), both.until) == (True, False, date(2026, 12, 31))
