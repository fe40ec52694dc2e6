"""Where a batch stands with the people who must agree to it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.domain.approval import APPROVERS, RELEASERS, Approval, Count, Decision
from gateway.domain.batch import Batch
from gateway.domain.delegation import behind
from gateway.domain.policy import Limit, Need, Roster
from gateway.domain.promise import Kind, Promise

ENOUGH = "Enough people have signed; it goes within minutes, as far as the limits of the day let it."
"""What is said of a batch that waits for the hub alone: see :func:`gateway.steps.approve.let_go`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Payments of a batch that wait for people and would leave together; ``held`` ones are not decided about."""

    kind: Kind
    held: bool
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What one signature was about."""

    batch_id: str
    content: str
    totals: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLimit:
    """A payee whom a batch would take over the limit of a day."""

    limit: Limit
    payee: str
    account: str
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits for people in a batch. ``digest`` is what a signature binds to: the digest of the ``content`` with the
    days that are shown (``promises``); None when nothing waits. ``editors`` are the persons who gave what waits another
    day.
    """

    batch: Batch
    digest: str | None
    content: str | None
    count: int
    totals: tuple[tuple[str, Decimal], ...]
    held: int
    approvals: tuple[Approval, ...]
    need: Need
    counts: Count
    roster: Roster
    promises: tuple[Promise, ...] = ()
    editors: frozenset[str] = frozenset()

    @property
    def needed(self) -> int:
        """Approvals that are needed."""
        return self.need.approvers

    @property
    def given(self) -> int:
        """Approvals that count for the present content."""
        return len(self.counts.approvals)

    @property
    def approvals_missing(self) -> int:
        """Approvals that are still missing."""
        return max(0, self.need.approvers - len(self.counts.approvals)) if self.digest else 0

    @property
    def releases_missing(self) -> int:
        """Releases that are still missing."""
        return max(0, self.need.releasers - len(self.counts.releases)) if self.digest else 0

    @property
    def duty(self) -> Decision:
        """What it waits for next: a release once the approvals are there, where a rule asks for it."""
        return Decision.RELEASE if self.releases_missing and not self.approvals_missing else Decision.APPROVE

    @property
    def signed(self) -> bool:
        """Whether everybody has signed who must: what is left falls to the hub."""
        return self.digest is not None and bool(self.counts.approvals) and self.counts.signed(self.need)

    @property
    def maker(self) -> str | None:
        """The person who brought the batch; None where a machine did."""
        return self.roster.person(self.batch.maker) if self.batch.maker_is_person else None

    @property
    def signatures(self) -> tuple[Approval, ...]:
        """What was signed about the present content (broken glass apart), by persons as they are linked now."""
        return tuple(
            replace(
                one, person_id=self.roster.person(one.person_id),
                right_of=None if one.right_of is None else self.roster.person(one.right_of),
            )
            for one in self.approvals
            if one.digest == self.digest and one.decision is not Decision.BREAK_GLASS
        )  # fmt: skip

    @property
    def signers(self) -> frozenset[str]:
        """Persons who have signed themselves."""
        return frozenset(one.person_id for one in self.signatures)

    @property
    def out(self) -> frozenset[str]:
        """Persons who can approve or release no more: the maker, whoever gave it another day, whoever has decided, and
        whose right was used.
        """
        makers = self.editors if self.maker is None else {self.maker, *self.editors}
        return frozenset(makers).union(*map(behind, self.signatures))

    @property
    def can_approve(self) -> list[str]:
        """Names of those who still can approve."""
        return self.roster.able(APPROVERS, besides=self.out)

    @property
    def can_release(self) -> list[str]:
        """Names of those who still can release."""
        return self.roster.able(RELEASERS, besides=self.out)
