from datetime import UTC, datetime, timedelta

import pytest

from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.retrying import GiveUp, Patience, TryAgain, decide

NOW = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
EVENING = NOW + timedelta(hours=6)
PATIENCE = Patience(attempts_max=5, pause_first=timedelta(seconds=10), pause_longest=timedelta(seconds=60))


def again(error=None, *, attempt=1, window_ends=EVENING, jitter=1.0):
    return decide(
        error or Unreachable("No connection."),
        attempt=attempt,
        at=NOW,
        window_ends=window_ends,
        jitter=jitter,
        patience=PATIENCE,
    )


@pytest.mark.parametrize("error", [Refused("No."), OutcomeUnknown("Perhaps.")])
def test_only_what_certainly_did_not_happen_is_tried_again(error):
    assert isinstance(again(error), GiveUp)


def test_pauses_double_up_to_the_longest():
    pauses = [again(attempt=number).at - NOW for number in range(1, 5)]
    assert [pause.total_seconds() for pause in pauses] == [10, 20, 40, 60]


def test_jitter_spreads_the_second_half_of_a_pause():
    assert again(jitter=0.0) == TryAgain(at=NOW + timedelta(seconds=5))
    assert again(jitter=0.5) == TryAgain(at=NOW + timedelta(seconds=7.5))


def test_no_try_is_planned_at_or_after_the_end_of_the_window():
    assert isinstance(again(window_ends=NOW + timedelta(seconds=10)), GiveUp)
    assert isinstance(again(window_ends=NOW + timedelta(seconds=10, microseconds=1)), TryAgain)


def test_attempts_end():
    assert isinstance(again(attempt=4), TryAgain)
    assert isinstance(again(attempt=5), GiveUp)


def test_a_bank_that_asks_for_a_pause_gets_it_within_reason():
    assert again(Unreachable("Later.", retry_after_s=120)) == TryAgain(at=NOW + timedelta(seconds=120))
    assert again(Unreachable("Later.", retry_after_s=1)) == TryAgain(at=NOW + timedelta(seconds=10))
    assert isinstance(again(Unreachable("Tomorrow.", retry_after_s=86_400)), GiveUp)


def test_a_very_late_attempt_does_not_overflow():
    patient = Patience(attempts_max=10_000)
    decision = decide(Unreachable("No."), attempt=9_999, at=NOW, window_ends=EVENING, jitter=1, patience=patient)
    assert decision == TryAgain(at=NOW + patient.pause_longest)
