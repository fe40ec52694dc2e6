"""Approval: persons agreeing to exactly this content, and the count that says when it is enough."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gateway.domain.account import OwnAccount
from gateway.domain.batch import Batch
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.policy import GLASS_PERSONS, BreakGlass, Limit, Need, Roster, Rule
from gateway.domain.roles import Role, Verb
from gateway.domain.routing import Routes


class Decision(StrEnum):
    """What a person said."""

    APPROVE = "approve"
    RELEASE = "release"
    """The second duty, where a rule asks for it: given by a releaser once the approvals are complete."""
    DECLINE = "decline"
    BREAK_GLASS = "break_glass"
    """Let go against the rules and limits; takes two persons, and is told to everybody."""


_VERBS = {Decision.APPROVE: "approve", Decision.RELEASE: "release", Decision.BREAK_GLASS: "let go"}
APPROVERS = frozenset({Role.APPROVER})
RELEASERS = frozenset({Role.RELEASER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's decision about one digest. It counts for that digest only, which covers ``content`` (the digest of
    the payments alone) and the days that were ``shown`` with it; ``totals`` is how much was signed. ``right_of`` is the
    person whose right was used, where it was not their own.
    """

    id: str
    batch_id: str
    digest: str
    person_id: str
    person_name: str
    decision: Decision
    reason: str
    at: datetime
    content: str = ""
    totals: tuple[tuple[str, Decimal], ...] = ()
    shown: tuple[str, ...] = ()
    right_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """``persons``: how many different people must stand behind a batch, its maker included where the maker is a
    person (an API client is nobody: rulebook SD-05). ``approvers_min``: approvals needed in any case. ``rules`` ask
    for more, ``limits`` refuse. ``routes`` and ``accounts`` say which way, and by when, payments would leave.
    """

    name: str
    persons: int
    approvers_min: int
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    break_glass: BreakGlass | None = None
    routes: Routes = field(default_factory=dict)
    accounts: Mapping[str, OwnAccount] = field(default_factory=dict)

    @property
    def compares_batches(self) -> bool:
        """Whether what one batch needs depends on what people sign elsewhere at the same moment."""
        return bool(self.limits) or any(rule.split_days for rule in self.rules)

    def approvals_needed(self, batch: Batch) -> int:
        """How many people other than the maker must approve, whatever the rules say."""
        return max(self.approvers_min, self.persons - (1 if batch.maker_is_person else 0))


VERBS = {
    Decision.APPROVE: (Verb.BATCH_APPROVE,),
    Decision.RELEASE: (Verb.BATCH_RELEASE,),
    Decision.DECLINE: (Verb.BATCH_APPROVE, Verb.BATCH_RELEASE),
    Decision.BREAK_GLASS: (Verb.BATCH_BREAK_GLASS,),
}
"""What somebody must be allowed to do to give a decision: one of these."""


def content_digest(content: Iterable[tuple[int, str]]) -> str:
    """SHA-256 over (position, content digest) of every payment, in order: what an approval binds to (promise P5)."""
    digest = hashlib.sha256()
    for position, sha256 in content:
        digest.update(f"{position}:{sha256}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The signatures that count for a digest now, each of another person, in the order they were given."""

    approvals: tuple[Approval, ...] = ()
    releases: tuple[Approval, ...] = ()
    glass: tuple[Approval, ...] = ()

    def enough(self, need: Need) -> bool:
        """Whether the payments may go."""
        return len(self.glass) >= GLASS_PERSONS or self.signed(need)

    def signed(self, need: Need) -> bool:
        """Whether everybody whom the policy asks for has signed, broken glass apart."""
        return len(self.approvals) >= need.approvers and len(self.releases) >= need.releasers


def may_decide(
    batch: Batch, person_id: str, earlier: Iterable[Approval], *, digest: str, current: str,
    decision: Decision = Decision.APPROVE, roster: Roster | None = None,
) -> None:  # fmt: skip
    """Raises unless this person may decide about this content now.

    :class:`Conflict` when the content or its days changed since it was shown, or the person decided already;
    :class:`Forbidden` when the person made the batch (rulebook SD-01).
    """
    who = roster or Roster()
    me = who.person(person_id)
    if digest != current:
        raise Conflict(
            "The batch changed since you opened it, or the day on which it would be paid did; look at it again before "
            "you decide.",
            code="approval.stale_digest",
        )
    if batch.maker_is_person and me == who.person(batch.maker):
        verb = _VERBS.get(decision, "approve")
        raise Forbidden(f"You brought this batch, so you cannot {verb} it.", code="approval.own_batch")
    mine = {one.decision for one in earlier if one.digest == digest and who.person(one.person_id) == me}
    if decision in mine or (mine and decision is not Decision.BREAK_GLASS and mine != {Decision.BREAK_GLASS}):
        raise Conflict("You have already decided about this batch.", code="approval.already_decided")


def counted(
    policy: ApprovalPolicy, batch: Batch, signatures: Iterable[Approval], digest: str, roster: Roster, *,
    editors: Iterable[str] = (),
) -> Count:  # fmt: skip
    """The signatures that count: about this digest, each of a person who may still give it, nobody in two duties.

    The maker counts in none, nor do ``editors`` (who gave it another day), nor whoever signed with the right of one of
    them: an account may turn out to be theirs after it signed. Two persons stand behind a signature with
    another one's right, and nobody behind two signatures. Who broke the glass is counted apart: it stands in for both
    duties.
    """
    found: dict[Decision, list[Approval]] = {one: [] for one in Decision}
    makers = {roster.person(one) for one in (*editors, *([batch.maker] if batch.maker_is_person else ()))}
    signed, broke = set(makers), set(makers)
    duties = {Decision.APPROVE: APPROVERS, Decision.RELEASE: RELEASERS}
    glass = policy.break_glass.roles if policy.break_glass is not None else frozenset[Role]()
    for one in signatures:
        if one.digest != digest or one.decision is Decision.DECLINE:
            continue
        seen = broke if one.decision is Decision.BREAK_GLASS else signed
        persons = roster.behind(one)
        if roster.person(one.person_id) in roster.gone:
            continue
        if seen.isdisjoint(persons) and roster.may(one.right_of or one.person_id, duties.get(one.decision, glass)):
            seen |= persons
            found[one.decision].append(one)
    return Count(
        approvals=tuple(found[Decision.APPROVE]), releases=tuple(found[Decision.RELEASE]),
        glass=tuple(found[Decision.BREAK_GLASS]) if policy.break_glass is not None else (),
    )  # fmt: skip
