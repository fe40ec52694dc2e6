"""Escalation: who is warned how long before a window closes; nobody hears of a cut-off after it (promise P9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class WaitsFor(StrEnum):
    """Whose turn it is."""

    PEOPLE = "people"
    """It must be approved."""
    HOLD = "hold"
    """It is approved and held: people must say that it is meant, or that it is not."""
    HUB = "hub"
    """It is approved and has not left: an operator looks at the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """``minutes_before`` a window closes at which people are warned, the earliest (largest) first."""

    minutes_before: tuple[int, ...]

    def reached(self, release_by: datetime, at: datetime) -> int | None:
        """The step that stands now: the smallest number of minutes that has been reached; None before the first and
        once the window has closed.
        """
        left = release_by - at
        if left < timedelta(0):
            return None
        return min((one for one in self.minutes_before if left <= timedelta(minutes=one)), default=None)

    @property
    def longest(self) -> timedelta:
        """How long before a window closes the first warning comes."""
        return timedelta(minutes=max(self.minutes_before, default=0))


def in_order(minutes: Sequence[int]) -> Steps:
    """Steps from whatever order they were written in, each once."""
    return Steps(minutes_before=tuple(sorted(set(minutes), reverse=True)))
