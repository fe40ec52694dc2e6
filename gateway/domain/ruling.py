"""A ruling: what a person says became of a file that the hub cannot prove anything about. Two who say the same decide.

A ruling is about one version of a file: whatever moves the file afterwards (evidence, most of all) makes it count for
nothing. Rulings are never changed; a person who thinks otherwise now says so, and the last word counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import PaymentFile

PERSONS_NEEDED = 2
ROLE = "approver"
STUCK_AFTER = timedelta(minutes=1)
"""A staged file is handed over at once; one that still stands there after this was refused, or the bank is away."""


class Verdict(StrEnum):
    """What a person says became of the file, and what shall become of it."""

    ARRIVED = "arrived"
    """The bank has it."""
    SEND_AGAIN = "send_again"
    """It never arrived; the same bytes go again, under the same name and MsgId."""
    GIVE_UP = "give_up"
    """It never arrived, and shall not go any more; its payments are rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One person's word about one version of a file."""

    file_id: str
    version: int
    person_id: str
    person_name: str
    verdict: Verdict
    reason: str
    at: datetime


def counting(rulings: Iterable[Ruling], version: int) -> tuple[Ruling, ...]:
    """The last word of each person about this version, in the order they were first heard."""
    latest: dict[str, Ruling] = {}
    for one in rulings:
        if one.version == version:
            latest[one.person_id] = one
    return tuple(latest.values())


def decided_by(rulings: Iterable[Ruling], version: int) -> tuple[Ruling, ...]:
    """The rulings of those who agree about this version, once they are enough different persons; else nothing."""
    heard = counting(rulings, version)
    for verdict in Verdict:
        same = tuple(one for one in heard if one.verdict is verdict)
        if len(same) >= PERSONS_NEEDED:
            return same
    return ()


def words(same: Sequence[Ruling]) -> str:
    """Who decided what and why, as the evidence keeps it."""
    said = "; ".join(f"{one.person_name} ({one.person_id}): {one.reason}" for one in same)
    return f"{same[0].verdict.value}: {said}"


def waits_for_people(state: str, staged_at: datetime | None, at: datetime) -> bool:
    """Whether people may rule about a file: it is in doubt, or its last attempt is staged and gets no further."""
    if state == FileState.IN_DOUBT:
        return True
    return state == FileState.STAGED and staged_at is not None and at - staged_at >= STUCK_AFTER


def may_rule(
    file: PaymentFile, staged_at: datetime | None, earlier: Iterable[Ruling], ruling: Ruling, *, roles: Iterable[str]
) -> None:
    """Raises unless this ruling may be taken now: :class:`Forbidden` for the person, :class:`Conflict` otherwise."""
    if ROLE not in roles:
        raise Forbidden("Only people who approve payments decide about a file in doubt.", code="ruling.role")
    if ruling.version != file.version:
        raise Conflict("The file moved since you opened it; look at it again.", code="ruling.stale_version")
    if not waits_for_people(file.state, staged_at, ruling.at):
        raise Conflict(f"The file is {file.state.value}: people have nothing to decide.", code="ruling.not_in_doubt")
    heard = tuple(earlier)
    if decided_by(heard, file.version):
        raise Conflict("Two people have decided already; the hub carries it out.", code="ruling.decided")
    if any(
        one.person_id == ruling.person_id and one.verdict is ruling.verdict for one in counting(heard, file.version)
    ):
        raise Conflict("You have said so already; somebody else must agree.", code="ruling.already_said")
