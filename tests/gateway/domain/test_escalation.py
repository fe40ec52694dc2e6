from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.escalation import in_order

CLOSES = datetime(2026, 11, 27, 14, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes_left", "step"), [(121, None), (120, 120), (46, 120), (45, 45), (15, 15), (0, 15), (-1, None)]
)
def test_each_step_stands_until_the_next_one_and_none_after_the_window_closed(minutes_left, step):
    assert in_order((15, 120, 45, 45)).reached(CLOSES, CLOSES - timedelta(minutes=minutes_left)) == step


def test_without_steps_nobody_is_warned():
    assert in_order(()).reached(CLOSES, CLOSES) is None
