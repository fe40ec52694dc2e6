"""When to come back after trouble with a bank: the one place that decides it. It never decides to send again: a file
whose outcome is unknown is looked for first, whenever that is.
"""

from dataclasses import dataclass

from banks.errors import ChannelError, Refused, Unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How slowly. Pauses double from the first to the longest, in milliseconds."""

    first_ms: int = 500
    longest_ms: int = 60_000
    refused_ms: int = 300_000
    """Who refuses needs a person; we look again every five minutes all the same."""
    asked_longest_ms: int = 3_600_000
    """A bank may ask for a longer pause than ours, up to this."""


PATIENCE = Patience()


def pause_ms(
    error: ChannelError | None, *, failures: int, jitter: float, ends_in_ms: int | None = None,
    patience: Patience = PATIENCE,
) -> int:  # fmt: skip
    """For how long to leave a bank alone after ``failures`` earlier failures and this ``error`` (None: ours).

    ``jitter`` is a random number from 0 to 1: half of each pause is fixed, half is spread by it, so that many files do
    not come back at once. ``ends_in_ms`` is when the window closes: a pause never sleeps past it, for then the file
    is taken back and its payments go another way.
    """
    pause = patience.refused_ms if isinstance(error, Refused) else _doubled(failures, jitter=jitter, patience=patience)
    if isinstance(error, Unreachable) and error.retry_after_s is not None:
        asked = int(max(error.retry_after_s, 0.0) * 1000)
        pause = max(pause, min(asked, patience.asked_longest_ms))
    if ends_in_ms is not None and ends_in_ms >= 0:
        pause = min(pause, ends_in_ms + 1)
    return pause


def _doubled(failures: int, *, jitter: float, patience: Patience) -> int:
    whole: int = min(patience.first_ms * 2 ** min(max(failures, 0), 20), patience.longest_ms)
    return int(whole * (0.5 + min(max(jitter, 0.0), 1.0) / 2))
