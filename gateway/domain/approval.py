"""Approval: persons agreeing to exactly this content, and the count that says when it is enough."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.batch import Batch
from gateway.domain.delegation import distinct
from gateway.domain.errors import Conflict, Forbidden


class Decision(StrEnum):
    """What a person said."""

    APPROVE = "approve"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's decision about one digest. It counts for that digest only. ``right_of`` is the person whose right
    was used, where it was not their own.
    """

    id: str
    batch_id: str
    digest: str
    person_id: str
    person_name: str
    decision: Decision
    reason: str
    at: datetime
    right_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """``persons``: how many different people must stand behind a batch, its maker included where the maker is a
    person (an API client is nobody: rulebook SD-05). ``approvers_min``: approvals needed in any case.
    """

    name: str
    persons: int
    approvers_min: int

    def approvals_needed(self, batch: Batch) -> int:
        """How many people other than the maker must approve."""
        return max(self.approvers_min, self.persons - (1 if batch.maker_is_person else 0))


def content_digest(content: Iterable[tuple[int, str]]) -> str:
    """SHA-256 over (position, content digest) of every payment, in order: what an approval binds to (promise P5)."""
    digest = hashlib.sha256()
    for position, sha256 in content:
        digest.update(f"{position}:{sha256}\n".encode())
    return digest.hexdigest()


def may_decide(batch: Batch, person_id: str, earlier: Iterable[Approval], *, digest: str, current: str) -> None:
    """Raises unless this person may decide about this content now.

    :class:`Conflict` when the content changed since it was shown, or the person decided already;
    :class:`Forbidden` when the person made the batch (rulebook SD-01).
    """
    if digest != current:
        raise Conflict(
            "The batch changed since you opened it; look at it again before you decide.", code="approval.stale_digest"
        )
    if batch.maker_is_person and person_id == batch.maker:
        raise Forbidden("You brought this batch, so you cannot approve it.", code="approval.own_batch")
    if any(one.person_id == person_id and one.digest == digest for one in earlier):
        raise Conflict("You have already decided about this batch.", code="approval.already_decided")


def agreed(policy: ApprovalPolicy, batch: Batch, approvals: Iterable[Approval], digest: str) -> bool:
    """Whether enough different people approved this digest; the maker never counts, by themselves or by a delegate."""
    about_it = [one for one in approvals if one.digest == digest and one.decision is Decision.APPROVE]
    return len(distinct(about_it, besides={batch.maker})) >= policy.approvals_needed(batch)
