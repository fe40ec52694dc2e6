"""Whether a channel is worth an attempt: a pure decision on how it stood, how the last attempt went, and the moment.

    closed ── failures in a row ──▶ open until … ── its end ──▶ half open ── one probe: worked ──▶ closed
       │                                ▲                           └──────── failed ──┘
       └── the host key changed ──▶ stopped ── two administrators, or a profile that pins the key ──▶ closed

The row is shared by all workers; moments are machine time in milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from banks.errors import ChannelError, ChannelRefused, HostKeyChanged, OutcomeUnknown, Unreachable

FAILURES_MAX = 3
"""Failures in a row that open the circuit."""
OPEN_FIRST_MS = 5_000
OPEN_LONGEST_MS = 120_000
REFUSED_MS = 300_000
"""A login that is refused again and again gets locked at many banks: the pause after one is long, and there at once."""


class Stand(StrEnum):
    """How a channel stands."""

    CLOSED = "closed"
    """Current flows: files and polls go through."""
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One attempt is under way to find out whether it works again."""
    STOPPED = "stopped"
    """Nobody connects until people have looked at the host key."""


class Outcome(StrEnum):
    """What an attempt says about the channel. A no to one file's content says that the channel works."""

    WORKED = "worked"
    FAILED = "failed"
    SHUT = "shut"
    """The bank refuses us, whatever we bring."""
    KEY_CHANGED = "key_changed"
    NOTHING = "nothing"
    """The attempt ended without a word with the bank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One channel. ``openings`` counts how often it opened without having worked between; ``open_until`` is its end."""

    stand: Stand = Stand.CLOSED
    failures: int = 0
    openings: int = 0
    open_until: int = 0


HEALTHY = Circuit()


GRAVEST = (
    (HostKeyChanged, Outcome.KEY_CHANGED),
    (ChannelRefused, Outcome.SHUT),
    ((Unreachable, OutcomeUnknown), Outcome.FAILED),
)


def verdict(heard: Sequence[ChannelError | None]) -> tuple[Outcome, ChannelError | None]:
    """What an attempt's acts, each ended with an error or well (None), say about its channel: the gravest of them."""
    for kinds, what in GRAVEST:
        for error in heard:
            if isinstance(error, kinds):
                return what, error
    return (Outcome.WORKED if heard else Outcome.NOTHING), None


def may_probe(circuit: Circuit, *, now_ms: int, probing: bool) -> bool:
    """Whether an attempt may find out if an open channel works again; ``probing`` while another one still tries."""
    if circuit.stand is Stand.OPEN:
        return circuit.open_until <= now_ms
    return circuit.stand is Stand.HALF_OPEN and not probing


def after(circuit: Circuit, what: Outcome, *, now_ms: int, jitter: float, probe: bool = False) -> Circuit:
    """How the channel stands after an attempt. ``jitter`` (0 to 1) spreads half of each pause; ``probe`` tells the
    one attempt that may close a half open circuit from those that began before it opened.
    """
    if circuit.stand is Stand.STOPPED:
        return circuit
    if what is Outcome.KEY_CHANGED:
        return Circuit(stand=Stand.STOPPED, failures=circuit.failures + 1)
    if what is Outcome.WORKED:
        return HEALTHY  # also from an attempt that began before the circuit opened: it proves no less than a probe
    if what is Outcome.NOTHING:
        return replace(circuit, stand=Stand.OPEN, open_until=now_ms) if probe else circuit
    failures = circuit.failures + 1
    if circuit.stand is Stand.OPEN or (circuit.stand is Stand.HALF_OPEN and not probe):
        return replace(circuit, failures=failures)  # an older attempt that failed too is no news
    if what is Outcome.FAILED and not probe and failures < FAILURES_MAX:
        return replace(circuit, failures=failures)
    pause = REFUSED_MS if what is Outcome.SHUT else min(OPEN_LONGEST_MS, OPEN_FIRST_MS * 2 ** min(circuit.openings, 16))
    spread = int(pause * (0.5 + min(max(jitter, 0.0), 1.0) / 2))
    return Circuit(stand=Stand.OPEN, failures=failures, openings=circuit.openings + 1, open_until=now_ms + spread)
