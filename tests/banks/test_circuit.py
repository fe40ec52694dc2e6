from itertools import product

import pytest

from banks.circuit import (
    FAILURES_MAX,
    HEALTHY,
    OPEN_FIRST_MS,
    OPEN_LONGEST_MS,
    REFUSED_MS,
    Circuit,
    Outcome,
    Stand,
    after,
    may_probe,
    verdict,
)
from banks.errors import ChannelRefused, HostKeyChanged, OutcomeUnknown, Refused, Unreachable

NOW = 1_000_000
KEY_CHANGED = HostKeyChanged("It changed.", offered="ssh-ed25519 AAAA", fingerprint="SHA256:x")
OPEN = Circuit(stand=Stand.OPEN, failures=3, openings=1, open_until=NOW + 5_000)
HALF = Circuit(stand=Stand.HALF_OPEN, failures=3, openings=1, open_until=NOW)
STOPPED = Circuit(stand=Stand.STOPPED, failures=1)


def went(circuit, what, *, probe=False, jitter=1.0):
    return after(circuit, what, now_ms=NOW, jitter=jitter, probe=probe)


@pytest.mark.parametrize(
    ("heard", "what"),
    [
        ([], Outcome.NOTHING),
        ([None, None], Outcome.WORKED),
        ([None, Refused("This file's name is taken.")], Outcome.WORKED),
        ([None, Unreachable("gone")], Outcome.FAILED),
        ([OutcomeUnknown("perhaps"), None], Outcome.FAILED),
        ([ChannelRefused("not you")], Outcome.SHUT),
        ([Unreachable("gone"), KEY_CHANGED], Outcome.KEY_CHANGED),
    ],
)
def test_only_what_concerns_the_channel_counts_against_it(heard, what):
    assert verdict(heard)[0] is what


def test_an_attempt_that_staged_well_and_lost_the_line_later_is_a_failure():
    circuit = HEALTHY
    for _ in range(FAILURES_MAX):
        circuit = went(circuit, verdict([None, OutcomeUnknown("dropped")])[0])
    assert circuit.stand is Stand.OPEN


def test_failures_in_a_row_open_it_and_a_success_between_starts_the_count_anew():
    circuit = HEALTHY
    for _ in range(FAILURES_MAX - 1):
        circuit = went(circuit, Outcome.FAILED)
    assert circuit.stand is Stand.CLOSED
    assert went(circuit, Outcome.WORKED) == HEALTHY
    opened = went(circuit, Outcome.FAILED)
    assert (opened.stand, opened.failures, opened.open_until) == (Stand.OPEN, FAILURES_MAX, NOW + OPEN_FIRST_MS)


def test_a_refused_login_opens_it_at_once_and_for_long():
    opened = went(HEALTHY, Outcome.SHUT)
    assert (opened.stand, opened.open_until) == (Stand.OPEN, NOW + REFUSED_MS)


def test_each_failed_probe_doubles_the_pause_up_to_the_longest():
    pauses = []
    circuit = HALF
    for _ in range(7):
        circuit = went(circuit, Outcome.FAILED, probe=True)
        pauses.append(circuit.open_until - NOW)
        circuit = Circuit(stand=Stand.HALF_OPEN, failures=circuit.failures, openings=circuit.openings)
    assert pauses == [10_000, 20_000, 40_000, 80_000, OPEN_LONGEST_MS, OPEN_LONGEST_MS, OPEN_LONGEST_MS]
    assert went(circuit, Outcome.WORKED, probe=True) == HEALTHY


def test_half_of_each_pause_is_spread_by_chance():
    assert went(HALF, Outcome.FAILED, probe=True, jitter=0.0).open_until == NOW + OPEN_FIRST_MS


def test_a_probe_that_said_nothing_frees_its_place_at_once():
    freed = went(HALF, Outcome.NOTHING, probe=True)
    assert may_probe(freed, now_ms=NOW, probing=False)


def test_an_older_attempt_that_fails_too_does_not_lengthen_the_pause():
    assert went(OPEN, Outcome.FAILED).open_until == OPEN.open_until
    assert went(HALF, Outcome.FAILED).stand is Stand.HALF_OPEN


def test_one_probe_at_a_time_and_none_before_the_pause_is_over():
    assert not may_probe(OPEN, now_ms=OPEN.open_until - 1, probing=False)
    assert may_probe(OPEN, now_ms=OPEN.open_until, probing=False)
    assert not may_probe(HALF, now_ms=NOW, probing=True)
    assert may_probe(HALF, now_ms=NOW, probing=False)
    assert not may_probe(STOPPED, now_ms=NOW, probing=False)


@pytest.mark.parametrize(("circuit", "probe"), list(product((HEALTHY, OPEN, HALF), (True, False))))
def test_a_changed_host_key_stops_it_wherever_it_stood(circuit, probe):
    assert went(circuit, Outcome.KEY_CHANGED, probe=probe).stand is Stand.STOPPED


@pytest.mark.parametrize("what", Outcome)
def test_nothing_an_attempt_says_starts_a_stopped_channel(what):
    assert went(STOPPED, what) == STOPPED
