"""Whether, and when, to try again: a pure decision. Only an act that certainly did not happen is ever repeated."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from banks.errors import ChannelError, Unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how slowly. Pauses double from ``pause_first`` up to ``pause_longest``."""

    attempts_max: int = 12
    pause_first: timedelta = timedelta(seconds=5)
    pause_longest: timedelta = timedelta(minutes=10)
    pause_asked_longest: timedelta = timedelta(hours=1)
    """A bank may ask for a longer pause than ours; beyond this we give up and tell a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Try again at ``at``, not before."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Do not try again by itself; ``reason`` is a sentence for a person."""

    reason: str


PATIENCE = Patience()


def decide(
    error: ChannelError,
    *,
    attempt: int,
    at: datetime,
    window_ends: datetime,
    jitter: float,
    patience: Patience = PATIENCE,
) -> TryAgain | GiveUp:
    """What to do after attempt number ``attempt`` (from 1) failed with ``error`` at ``at``.

    ``jitter`` is a random number from 0 to 1 that the caller draws: half of each pause is fixed, half is spread by it,
    so that many files do not come back at once. No try is planned at or after ``window_ends``.
    """
    if not isinstance(error, Unreachable):
        return GiveUp(reason=f"Repeating would not help or could double the file: {error.message}")
    if attempt >= patience.attempts_max:
        return GiveUp(reason=f"{attempt} attempts failed; the last one said: {error.message}")
    pause = _pause(attempt, jitter=jitter, patience=patience)
    if error.retry_after_s is not None:
        asked = timedelta(seconds=max(error.retry_after_s, 0.0))
        if asked > patience.pause_asked_longest:
            return GiveUp(reason=f"The bank asks for a pause of {asked}: {error.message}")
        pause = max(pause, asked)
    again = at + pause
    if again >= window_ends:
        return GiveUp(reason=f"The window ends at {window_ends.isoformat()} before another try: {error.message}")
    return TryAgain(at=again)


def _pause(attempt: int, *, jitter: float, patience: Patience) -> timedelta:
    doublings = min(attempt - 1, 30)
    whole: timedelta = min(patience.pause_first * (2**doublings), patience.pause_longest)
    return whole / 2 + (whole / 2) * min(max(jitter, 0.0), 1.0)
