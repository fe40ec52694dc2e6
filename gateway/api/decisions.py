"""What people decide about batches beside signing them: holds, withdrawal, another day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gateway.api import second_factor
from gateway.api.auth import Caller, TheHub, needs
from gateway.api.signing import Code, StandingView, view
from gateway.domain.errors import NotFound, Unacceptable
from gateway.domain.ids import batch_of
from gateway.domain.lifecycle import State
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.steps import approve, schedule

router = APIRouter(tags=["decisions"])
HoldDecider = Annotated[Caller, Depends(needs(Verb.HOLD_DECIDE, person=True))]
Renewer = Annotated[Caller, Depends(needs(Verb.BATCH_RENEW, person=True))]
Withdrawer = Annotated[Caller, Depends(needs(Verb.BATCH_WITHDRAW))]
HOLDS_MAX = 500
"""Held payments one request may decide about."""


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
    return view(standing, hub.policy)


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
    return view(standing, hub.policy)
