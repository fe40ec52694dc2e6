"""When a bank is asked for answers: how often, within which hours of which days, and by how much that is spread."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A stretch of the day in the bank's wall-clock time; one that ends before it begins goes over midnight."""

    begin: time
    end: time

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """``every_s`` is spread by ``jitter_percent`` up and down. No ``windows``: the whole day. ``days``: 0 is Monday."""

    every_s: int = 300
    jitter_percent: int = 10
    windows: tuple[Hours, ...] = ()
    time_zone: str = "UTC"
    days: tuple[int, ...] = tuple(range(7))


def is_open(polling: Polling, at: datetime) -> bool:
    """Whether the bank may be asked at ``at``. The night of a stretch over midnight belongs to the day it began."""
    local = at.astimezone(ZoneInfo(polling.time_zone))
    now, today = local.time(), local.weekday()
    if not polling.windows:
        return today in polling.days
    yesterday = (today - 1) % len(DAYS)
    for hours in polling.windows:
        if hours.begin <= hours.end:
            if today in polling.days and hours.begin <= now < hours.end:
                return True
        elif (today in polling.days and now >= hours.begin) or (yesterday in polling.days and now < hours.end):
            return True
    return False


def pause_ms(polling: Polling, *, every_s: int | None = None, draw: float) -> int:
    """Until the next time, in milliseconds; ``draw`` is a random number from 0 to 1. ``every_s`` wins where given."""
    whole = (every_s or polling.every_s) * 1000
    return int(whole * (1 + (2 * draw - 1) * polling.jitter_percent / 100))


def pause_longest_ms(polling: Polling, *, every_s: int | None = None) -> int:
    """No next time is further away than this; one that is was planned by another profile."""
    return pause_ms(polling, every_s=every_s, draw=1.0)
