"""What people decide about batches: approvals, holds, withdrawal. API clients decide nothing (promise P6)."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field

from gateway.api import second_factor
from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.domain import delegation
from gateway.domain.approval import Decision
from gateway.domain.errors import NotFound
from gateway.domain.ids import batch_of
from gateway.domain.lifecycle import State
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.persistence.queries import Total
from gateway.steps import approve, schedule

router = APIRouter(tags=["decisions"])
Approver = Annotated[Caller, Depends(needs(Verb.BATCH_APPROVE, person=True))]
HoldDecider = Annotated[Caller, Depends(needs(Verb.HOLD_DECIDE, person=True))]
Renewer = Annotated[Caller, Depends(needs(Verb.BATCH_RENEW, person=True))]
Withdrawer = Annotated[Caller, Depends(needs(Verb.BATCH_WITHDRAW))]
HOLDS_MAX = 500
"""Held payments one request may decide about."""
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


class HoldRequest(BaseModel):
    """A decision about held payments: they are meant (``release``), or a mistake (``decline``)."""

    payment_ids: Annotated[list[str], Field(min_length=1, max_length=HOLDS_MAX)]
    decision: Annotated[str, Field(pattern="^(release|decline)$")]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class WithdrawalRequest(BaseModel):
    """Why a batch is withdrawn."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class KeptPayments(BaseModel):
    """Payments that could not be withdrawn any more, and why."""

    state: State
    count: int
    why: str


class RenewalRequest(BaseModel):
    """The day on which what missed its cut-off is wanted instead, and why."""

    requested_date: date
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class Withdrawn(BaseModel):
    """How many payments were cancelled before they left, and which were not."""

    batch_id: str
    cancelled: int
    not_cancelled: int
    kept: list[KeptPayments]


@router.get("/batches/{batch_id}/approvals")
def get_standing(hub: TheHub, caller: Seer, batch_id: str) -> StandingView:
    """What waits for approval, its digest, and who agreed so far."""
    with hub.unit_of_work(actor=caller.id) as work:
        queries.get_batch(work.connection, caller.scope, batch_id)
        return _view(approve.standing(work, batch_id, hub.policy))


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
            stands_in_for=delegation.stands_in_for(caller.grants, Verb.BATCH_APPROVE, seen.entity),
        )  # fmt: skip
        work.commit()
    return _view(standing)


@router.post("/batches/{batch_id}/holds")
def post_holds(
    hub: TheHub, caller: HoldDecider, batch_id: str, body: HoldRequest, x_second_factor: Code = None
) -> StandingView:
    """Decides about held payments of a batch, all of them or none."""
    act = approve.release_hold if body.decision == "release" else approve.decline_held
    with hub.reading() as connection:
        caller.check(Verb.HOLD_DECIDE, queries.get_batch(connection, caller.scope, batch_id).entity)
    if body.decision == "release":
        second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        for payment_id in dict.fromkeys(body.payment_ids):
            if batch_of(payment_id) != batch_id:
                raise NotFound(f"The batch {batch_id} has no payment {payment_id}.")
            act(work, payment_id=payment_id, person_id=caller.counts_as, reason=body.reason)
        standing = approve.standing(work, batch_id, hub.policy)
        work.commit()
    return _view(standing)


@router.post("/batches/{batch_id}/cancellation")
def post_withdrawal(hub: TheHub, caller: Withdrawer, batch_id: str, body: WithdrawalRequest) -> Withdrawn:
    """Withdraws what does not stand staged at its bank yet; the ERP that sent it may do that too."""
    with hub.unit_of_work(actor=caller.id) as work:
        batch = queries.get_batch(work.connection, caller.scope, batch_id)
        caller.check(Verb.BATCH_WITHDRAW, batch.entity)
        came = approve.withdraw(work, batch_id=batch_id, actor=caller.id, reason=body.reason)
        work.commit()
    return Withdrawn(
        batch_id=batch_id, cancelled=came.cancelled, not_cancelled=sum(one.count for one in came.kept),
        kept=[KeptPayments(state=one.state, count=one.count, why=one.why) for one in came.kept],
    )  # fmt: skip


@router.post("/batches/{batch_id}/renewal")
def post_renewal(hub: TheHub, caller: Renewer, batch_id: str, body: RenewalRequest) -> StandingView:
    """Asks for a new day for what missed its cut-off; it then waits for approval like new."""
    with hub.unit_of_work(actor=caller.id) as work:
        batch = queries.get_batch(work.connection, caller.scope, batch_id)
        caller.check(Verb.BATCH_RENEW, batch.entity)
        schedule.renew(
            work, batch_id, requested=body.requested_date, person_id=caller.counts_as, reason=body.reason,
            duplicate_days=hub.settings.duplicate_days,
        )  # fmt: skip
        standing = approve.standing(work, batch_id, hub.policy)
        work.commit()
    return _view(standing)


def _view(standing: approve.Standing) -> StandingView:
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
