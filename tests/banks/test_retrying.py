import pytest

from banks.errors import ChannelRefused, OutcomeUnknown, Refused, Unreachable
from banks.retrying import Patience, pause_ms

PATIENCE = Patience(first_ms=10_000, longest_ms=60_000, refused_ms=300_000, asked_longest_ms=3_600_000)


def pause(error=None, *, failures=0, jitter=1.0, ends_in_ms=None):
    error = error or Unreachable("No connection.")
    return pause_ms(error, failures=failures, jitter=jitter, ends_in_ms=ends_in_ms, patience=PATIENCE)


def test_pauses_double_up_to_the_longest():
    assert [pause(failures=number) for number in range(5)] == [10_000, 20_000, 40_000, 60_000, 60_000]


def test_jitter_spreads_the_second_half_of_a_pause():
    assert pause(jitter=0.0) == 5_000
    assert pause(jitter=0.5) == 7_500


@pytest.mark.parametrize("error", [Refused("No."), ChannelRefused("Not you.")])
def test_a_bank_that_refuses_is_left_alone_until_a_person_can_have_acted(error):
    assert pause(error) == 300_000


def test_a_doubt_is_looked_at_as_soon_as_a_broken_line():
    assert pause(OutcomeUnknown("Perhaps.")) == 10_000
    assert pause_ms(None, failures=0, jitter=1.0, patience=PATIENCE) == 10_000


def test_no_pause_sleeps_past_the_end_of_the_window():
    assert pause(ends_in_ms=3_000) == 3_001
    assert pause(Refused("No."), ends_in_ms=3_000) == 3_001
    assert pause(ends_in_ms=20_000) == 10_000


def test_a_window_that_is_over_does_not_make_anybody_hurry():
    assert pause(ends_in_ms=-1) == 10_000


def test_a_bank_that_asks_for_a_pause_gets_it_within_reason():
    assert pause(Unreachable("Later.", retry_after_s=120)) == 120_000
    assert pause(Unreachable("Later.", retry_after_s=1)) == 10_000
    assert pause(Unreachable("Tomorrow.", retry_after_s=86_400)) == 3_600_000


def test_a_very_late_attempt_does_not_overflow():
    assert pause(failures=10_000) == 60_000
