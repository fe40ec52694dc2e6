"""Signing a batch: approvals, releases, break-glass, and who is still needed. API clients sign nothing (promise P6)."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field, field_validator

from gateway import signing
from gateway.api import second_factor
from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.domain import delegation, explanation
from gateway.domain.approval import VERBS, ApprovalPolicy, Decision
from gateway.domain.roles import Verb, check_any
from gateway.domain.standing import Standing
from gateway.persistence import queries
from gateway.persistence.batches import Batches
from gateway.persistence.queries import Total
from gateway.persistence.signing import Signing
from gateway.steps import approve
from gateway.wiring import Hub

router = APIRouter(tags=["decisions"])
Decider = Annotated[Caller, Depends(needs(*VERBS[Decision.DECLINE], person=True))]
Releaser = Annotated[Caller, Depends(needs(Verb.BATCH_RELEASE, person=True))]
GlassBreaker = Annotated[Caller, Depends(needs(Verb.BATCH_BREAK_GLASS, person=True))]
Reason = Annotated[str, Field(max_length=500)]
Code = Annotated[
    str | None, Header(max_length=second_factor.CODE_LENGTH_MAX, description="A code of your second factor.")
]


class DecisionRequest(BaseModel):
    """One person's decision. ``digest`` is what ``GET …/approvals`` showed: it binds the decision to that content, and
    to the days on which it would be paid.
    """

    decision: Annotated[Decision, Field(json_schema_extra={"enum": ["approve", "decline"]})]
    digest: Annotated[str, Field(min_length=64, max_length=64)]
    reason: Reason = ""

    @field_validator("decision")
    @classmethod
    def _of_an_approver(cls, value: Decision) -> Decision:
        return _one_of(value, Decision.APPROVE, Decision.DECLINE)


class ReleaseRequest(DecisionRequest):
    """A releaser's decision, once the approvals are there: ``release`` or ``decline``."""

    decision: Annotated[Decision, Field(json_schema_extra={"enum": ["release", "decline"]})] = Decision.RELEASE

    @field_validator("decision")
    @classmethod
    def _of_an_approver(cls, value: Decision) -> Decision:
        return _one_of(value, Decision.RELEASE, Decision.DECLINE)


class GlassRequest(BaseModel):
    """Why a batch must go against the rules. Two persons must say so; everybody is told."""

    digest: Annotated[str, Field(min_length=64, max_length=64)]
    reason: Annotated[str, Field(min_length=10, max_length=500)]


class GivenApproval(BaseModel):
    """One decision that was given. ``right_of`` is the person for whom it was given, by a delegation; ``counts`` says
    whether it counts for the batch as it is now.
    """

    person_id: str
    person_name: str
    right_of: str | None
    decision: Decision
    reason: str
    at: datetime
    counts: bool


class MatchingRule(BaseModel):
    """A rule of the policy that asks for more than the floor, and the payment that made it match."""

    rule: str
    approvers: int
    releasers: int
    payments: int
    payment_id: str
    why: str


class StillNeeded(BaseModel):
    """Signatures that are still needed in one duty, and who could give them."""

    duty: str
    number: int
    persons: list[str]


class PromisedDay(BaseModel):
    """When payments of one kind would be paid if they were approved now; null: they would not leave. It is signed."""

    debtor_account: str
    currency: str
    requested_date: date
    bank: str | None
    product: str | None
    value_date: date | None
    on_late: str | None


class StandingView(BaseModel):
    """What waits for people in a batch; ``digest`` is null when nothing waits. ``given`` and ``needed`` are approvals,
    the releases follow them; ``explanation`` says all of it in sentences. ``over_limit`` is why a limit of the day
    would refuse the caller's own signature now, null where none would.
    """

    batch_id: str
    digest: str | None
    count: int
    totals: list[Total]
    held: int
    given: int
    needed: int
    releases_given: int
    releases_needed: int
    rules: list[MatchingRule]
    still_needed: list[StillNeeded]
    days: list[PromisedDay]
    approvals: list[GivenApproval]
    explanation: list[str]
    over_limit: str | None = None


@router.get("/batches/{batch_id}/approvals")
def get_standing(hub: TheHub, caller: Seer, batch_id: str) -> StandingView:
    """What waits for people, its digest, which rules ask for whom and why, and who signed so far."""
    at = hub.clock.now()
    with hub.reading() as connection:
        queries.get_batch(connection, caller.scope, batch_id)
        desk, batches = Signing(connection, at=at), Batches(connection)
        now = signing.standing(desk, batches.get(batch_id), batches.approvals(batch_id), hub.policy, at)
        over = signing.limit_against_reader(desk, now, caller.counts_as, caller.grants, hub.policy.limits, at)
    return view(now, hub.policy).model_copy(update={"over_limit": over or None})


@router.post("/batches/{batch_id}/approvals")
def post_decision(
    hub: TheHub, caller: Decider, batch_id: str, body: DecisionRequest, x_second_factor: Code = None
) -> StandingView:
    """Approves or declines exactly the content of that digest; when all that are needed signed, it goes. Releasers
    decline here too.
    """
    return _decide(hub, caller, batch_id, body, x_second_factor)


@router.post("/batches/{batch_id}/release")
def post_release(
    hub: TheHub, caller: Releaser, batch_id: str, body: ReleaseRequest, x_second_factor: Code = None
) -> StandingView:
    """A releaser lets approved content go, or declines it, where a rule asks for a releaser."""
    return _decide(hub, caller, batch_id, body, x_second_factor)


@router.post("/batches/{batch_id}/break-glass")
def post_break_glass(
    hub: TheHub, caller: GlassBreaker, batch_id: str, body: GlassRequest, x_second_factor: Code = None
) -> StandingView:
    """Lets a batch go against the rules and limits, once two persons whom the policy names gave their reason."""
    said = ReleaseRequest.model_construct(decision=Decision.BREAK_GLASS, digest=body.digest, reason=body.reason)
    return _decide(hub, caller, batch_id, said, x_second_factor)


def _decide(
    hub: Hub, caller: Caller, batch_id: str, body: DecisionRequest, code: str | None
) -> StandingView:  # fmt: skip
    with hub.reading() as connection:
        seen = queries.get_batch(connection, caller.scope, batch_id)
    verbs = VERBS[body.decision]
    check_any(caller.grants, verbs, seen.entity)
    if body.decision is not Decision.DECLINE:
        second_factor.prove(hub, caller.id, code)
    with hub.unit_of_work(actor=caller.id) as work:
        standing = approve.decide(
            work, batch_id=batch_id, person_id=caller.counts_as, person_name=caller.name, digest=body.digest,
            decision=body.decision, reason=body.reason, policy=hub.policy,
            stands_in_for=delegation.stands_in_for(caller.grants, seen.entity, *verbs),
        )  # fmt: skip
        work.commit()
    return view(standing, hub.policy)


def _one_of(value: Decision, *allowed: Decision) -> Decision:
    if value not in allowed:
        raise ValueError(f"is {value}; here one may say {' or '.join(allowed)}")
    return value


def view(now: Standing, policy: ApprovalPolicy) -> StandingView:
    """Where a batch stands, as the API says it."""
    counting = {one.id for one in (*now.counts.approvals, *now.counts.releases, *now.counts.glass)}
    return StandingView(
        batch_id=now.batch.id, digest=now.digest, count=now.count, held=now.held,
        totals=[Total(currency, amount) for currency, amount in now.totals],
        given=now.given, needed=now.needed,
        releases_given=len(now.counts.releases), releases_needed=now.need.releasers,
        rules=[MatchingRule(**asdict(explanation.because(one))) for one in now.need.matches],
        still_needed=[StillNeeded(**asdict(one)) for one in explanation.missing(now)],
        days=[
            PromisedDay(
                debtor_account=one.kind.debtor_account, currency=one.kind.currency,
                requested_date=one.kind.requested_date, bank=one.bank, product=one.product,
                value_date=one.value_date, on_late=one.on_late,
            )
            for one in now.promises
        ],
        approvals=[
            GivenApproval(
                person_id=one.person_id, person_name=one.person_name, right_of=one.right_of, decision=one.decision,
                reason=one.reason, at=one.at,
                counts=one.id in counting or (one.decision is Decision.DECLINE and one.digest == now.digest),
            )
            for one in now.approvals
        ],
        explanation=explanation.sentences(now, policy),
    )  # fmt: skip
