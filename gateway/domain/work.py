"""A thing to advance, and a worker's right to advance it."""

from dataclasses import dataclass

WAITS_FOR_CHANNEL = "the channel to the bank is not open"
"""Why a row waits that did not get as far as the bank: it is woken when the channel works again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A thing to advance. ``lane`` keeps banks apart: jobs of one lane wait for each other, lanes do not."""

    kind: str
    subject: str
    lane: str = ""

    @property
    def key(self) -> str:
        """The row's key."""
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A worker's right to advance one subject, as long as nobody claimed it after."""

    job: Job
    workflow_id: str
    fence: int
    worker: str
    failures: int
    error: str | None = None
    """What the last try failed on, which people heard then."""
