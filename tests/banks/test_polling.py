from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banks.polling import Hours, Polling, is_open, pause_longest_ms, pause_ms

OFFICE = Polling(
    windows=(Hours(begin=time(6), end=time(20)),), time_zone="Europe/Vienna", days=(0, 1, 2, 3, 4)
)  # fmt: skip
NIGHT = Polling(windows=(Hours(begin=time(22), end=time(2)),), days=(4,))


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        (datetime(2026, 11, 23, 4, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 18, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 20, 4, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), False),
    ],
)
def test_a_bank_is_asked_within_its_own_hours_on_its_own_days(at, opened):
    assert is_open(OFFICE, at) is opened


@pytest.mark.parametrize(("day", "hour", "opened"), [(27, 23, True), (28, 1, True), (27, 1, False), (28, 23, False)])
def test_the_hours_after_midnight_belong_to_the_day_before(day, hour, opened):
    assert is_open(NIGHT, datetime(2026, 11, day, hour, tzinfo=UTC)) is opened


def test_without_windows_the_whole_day_is_open():
    assert is_open(Polling(), datetime(2026, 11, 28, 3, 0, tzinfo=UTC))
    assert not is_open(Polling(days=(0,)), datetime(2026, 11, 28, 3, 0, tzinfo=UTC))


@given(draw=st.floats(0, 1), every=st.integers(1, 86_400), jitter=st.integers(0, 50))
def test_the_pause_stays_within_its_jitter(draw, every, jitter):
    polling = Polling(every_s=every, jitter_percent=jitter)
    pause = pause_ms(polling, draw=draw)
    assert every * (1000 - 10 * jitter) - 1 <= pause <= every * (1000 + 10 * jitter) + 1
    assert pause <= pause_longest_ms(polling)
