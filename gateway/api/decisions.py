"""What people decide about batches: approvals, and a new day. API clients decide nothing (promise P6)."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field

from gateway.api import second_factor
from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.domain.approval import Decision
from gateway.domain.errors import Unacceptable
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.persistence.queries import Total
from gateway.steps import approve, schedule

router = APIRouter(tags=["decisions"])
Approver = Annotated[Caller, Depends(needs(Verb.BATCH_APPROVE, person=True))]
Renewer = Annotated[Caller, Depends(needs(Verb.BATCH_RENEW, person=True))]
Reason = Annotated[str, Field(max_length=500)]


Code = Annotated[
    str | None, Header(max_length=second_factor.CODE_LENGTH_MAX, description="A code of your second factor.")
]


class DecisionRequest(BaseModel):
    """One person's decision. ``digest`` is what ``GET …/approvals`` showed: it binds the decision to that content."""

    decision: Decision
    digest: Annotated[str, Field(min_length=64, max_length=64)]
    reason: Reason = ""


class GivenApproval(BaseModel):
    """One decision that was given. ``counts`` says whether it is about the content as it is now."""

    person_id: str
    person_name: str
    decision: Decision
    reason: str
    at: datetime
    counts: bool


class StandingView(BaseModel):
    """What waits for people in a batch; ``digest`` is null when nothing waits."""

    batch_id: str
    digest: str | None
    count: int
    totals: list[Total]
    held: int
    given: int
    needed: int
    approvals: list[GivenApproval]


class RenewalRequest(BaseModel):
    """The day on which what missed its cut-off is wanted instead, and why."""

    requested_date: date
    reason: Annotated[str, Field(min_length=3, max_length=500)]


@router.get("/batches/{batch_id}/approvals")
def get_standing(hub: TheHub, caller: Seer, batch_id: str) -> StandingView:
    """What waits for approval, its digest, and who agreed so far."""
    with hub.unit_of_work(actor=caller.id) as work:
        queries.get_batch(work.connection, caller.scope, batch_id)
        return view(approve.standing(work, batch_id, hub.policy))


@router.post("/batches/{batch_id}/approvals")
def post_decision(
    hub: TheHub, caller: Approver, batch_id: str, body: DecisionRequest, x_second_factor: Code = None
) -> StandingView:
    """Approves or declines exactly the content of that digest; the last approval lets it go to the bank."""
    with hub.reading() as connection:
        seen = queries.get_batch(connection, caller.scope, batch_id)
    caller.check(Verb.BATCH_APPROVE, seen.entity)
    if body.decision is Decision.APPROVE:
        caller.check(Verb.BATCH_RELEASE, seen.entity)
        second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        standing = approve.decide(
            work, batch_id=batch_id, person_id=caller.counts_as, person_name=caller.name, digest=body.digest,
            decision=body.decision, reason=body.reason, policy=hub.policy,
        )  # fmt: skip
        work.commit()
    return view(standing)


@router.post("/batches/{batch_id}/renewal")
def post_renewal(hub: TheHub, caller: Renewer, batch_id: str, body: RenewalRequest) -> StandingView:
    """Asks for a new day for what missed its cut-off; it then waits for approval like new."""
    if body.requested_date < hub.clock.now().date():
        raise Unacceptable("This day is over; ask for today or a later one.", code="renewal.past")
    with hub.unit_of_work(actor=caller.id) as work:
        batch = queries.get_batch(work.connection, caller.scope, batch_id)
        caller.check(Verb.BATCH_RENEW, batch.entity)
        schedule.renew(
            work, batch_id, requested=body.requested_date, person_id=caller.counts_as, reason=body.reason,
            duplicate_days=hub.settings.duplicate_days,
        )  # fmt: skip
        standing = approve.standing(work, batch_id, hub.policy)
        work.commit()
    return view(standing)


def view(standing: approve.Standing) -> StandingView:
    """What waits, as the API tells it."""
    return StandingView(
        batch_id=standing.batch.id, digest=standing.digest, count=standing.count, held=standing.held,
        totals=[Total(currency, amount) for currency, amount in standing.totals],
        given=standing.given, needed=standing.needed,
        approvals=[
            GivenApproval(
                person_id=one.person_id, person_name=one.person_name, decision=one.decision, reason=one.reason,
                at=one.at, counts=one.digest == standing.digest,
            )
            for one in standing.approvals
        ],
    )  # fmt: skip
