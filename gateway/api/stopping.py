"""Stopping payments: holds, put on by one person and lifted by two, and withdrawal while nothing stands at the bank."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gateway.api import second_factor
from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.api.signing import Code, StandingView, view
from gateway.domain.errors import NotFound, Unacceptable
from gateway.domain.hold import OWNER
from gateway.domain.ids import batch_of
from gateway.domain.lifecycle import State
from gateway.domain.roles import ALLOWED, Role, Verb
from gateway.persistence import queries
from gateway.persistence.people import People
from gateway.persistence.queries.holds import HoldsOfBatch, holds_of
from gateway.steps import approve
from gateway.stopping import hold, withdraw
from gateway.wiring import Hub

router = APIRouter(tags=["decisions"])
HoldPutter = Annotated[Caller, Depends(needs(Verb.HOLD_PUT, person=True))]
HoldDecider = Annotated[Caller, Depends(needs(Verb.HOLD_DECIDE, person=True))]
Withdrawer = Annotated[Caller, Depends(needs(Verb.BATCH_WITHDRAW))]
NAMED_MAX = 10_000
"""Payments one request may name; a whole batch is named by naming none."""
OWNER_LENGTH_MAX = 40
Reason = Annotated[str, Field(min_length=3, max_length=500)]
Named = Annotated[
    list[Annotated[str, Field(max_length=40)]] | None,
    Field(min_length=1, max_length=NAMED_MAX, description="Payments of this batch; without them all of it is meant."),
]


class NewHold(BaseModel):
    """Which payments must not leave, and why. ``owner`` is who must act: a role, or a person's sign-in name."""

    payment_ids: Named = None
    reason: Reason
    owner: Annotated[str, Field(min_length=1, max_length=OWNER_LENGTH_MAX)] = OWNER


class Placed(BaseModel):
    """How many payments are held by this, were held before, and cannot be held any more."""

    batch_id: str
    held: int
    already: int
    too_late: int


class HoldRequest(BaseModel):
    """A word about held payments: they are meant (``release``), or a mistake (``decline``). Whoever names no payments
    gives the ``digest`` that ``GET …/holds`` showed: it binds the word to the holds that were looked at.
    """

    payment_ids: Named = None
    decision: Annotated[str, Field(pattern="^(release|decline)$")]
    digest: Annotated[str | None, Field(min_length=64, max_length=64)] = None
    reason: Reason


class HoldsView(StandingView):
    """What waits in the batch now; ``waiting`` holds that were spoken of wait for another person's word."""

    released: int
    declined: int
    waiting: int


class WithdrawalRequest(BaseModel):
    """What is withdrawn, and why."""

    payment_ids: Named = None
    reason: Reason


class KeptPayments(BaseModel):
    """Payments that could not be withdrawn any more, and why."""

    state: State
    count: int
    why: str


class Withdrawn(BaseModel):
    """How many payments were cancelled before they left, and which were not."""

    batch_id: str
    cancelled: int
    not_cancelled: int
    kept: list[KeptPayments]


@router.post("/batches/{batch_id}/manual-holds")
def post_manual_hold(hub: TheHub, caller: HoldPutter, batch_id: str, body: NewHold) -> Placed:
    """Stops payments that do not stand staged at their bank yet, approved or not, until people have agreed."""
    _of_this_batch(batch_id, body.payment_ids)
    with hub.unit_of_work(actor=caller.id) as work:
        caller.check(Verb.HOLD_PUT, queries.get_batch(work.connection, caller.scope, batch_id).entity)
        check_owner(People(work.connection), body.owner)
        came = hold.put(
            work, batch_id=batch_id, payment_ids=body.payment_ids, person_id=caller.counts_as, reason=body.reason,
            owner=body.owner,
        )  # fmt: skip
        work.commit()
    return Placed(batch_id=batch_id, held=came.held, already=came.already, too_late=came.too_late)


@router.get("/batches/{batch_id}/holds")
def get_holds(hub: TheHub, caller: Seer, batch_id: str) -> HoldsOfBatch:
    """What is held in a batch, why, and what people said of it so far."""
    with hub.reading() as connection:
        queries.get_batch(connection, caller.scope, batch_id)
        return holds_of(connection, batch_id)


@router.post("/batches/{batch_id}/holds")
def post_holds(
    hub: TheHub, caller: HoldDecider, batch_id: str, body: HoldRequest, x_second_factor: Code = None
) -> HoldsView:
    """One person's word about held payments of a batch, all of them or none; enough words lift a hold."""
    _of_this_batch(batch_id, body.payment_ids)
    if body.payment_ids is None and body.digest is None:
        raise Unacceptable(
            "Name the payments, or the digest of all holds as GET …/holds shows it.", code="hold.digest_needed"
        )
    with hub.reading() as connection:
        caller.check(Verb.HOLD_DECIDE, queries.get_batch(connection, caller.scope, batch_id).entity)
    if body.decision == "release":
        second_factor.prove(hub, caller.id, x_second_factor)
    return _decided(hub, caller, batch_id, body)


@router.post("/batches/{batch_id}/cancellation")
def post_withdrawal(hub: TheHub, caller: Withdrawer, batch_id: str, body: WithdrawalRequest) -> Withdrawn:
    """Withdraws what does not stand staged at its bank yet; the ERP that sent it may do that too."""
    _of_this_batch(batch_id, body.payment_ids)
    with hub.unit_of_work(actor=caller.id) as work:
        batch = queries.get_batch(work.connection, caller.scope, batch_id)
        caller.check(Verb.BATCH_WITHDRAW, batch.entity)
        came = withdraw.withdraw(
            work, batch_id=batch_id, payment_ids=body.payment_ids, actor=caller.id, reason=body.reason
        )
        work.commit()
    return Withdrawn(
        batch_id=batch_id, cancelled=came.cancelled, not_cancelled=sum(one.count for one in came.kept),
        kept=[KeptPayments(state=one.state, count=one.count, why=one.why) for one in came.kept],
    )  # fmt: skip


def check_owner(people: People, owner: str) -> None:
    """Raises :class:`Unacceptable` for somebody who is neither a person nor a role that decides about holds."""
    roles = sorted(role.value for role in ALLOWED[Verb.HOLD_DECIDE] if role is not Role.CLIENT)
    if owner not in roles and people.with_name(owner) is None:
        raise Unacceptable(
            f"{owner} is nobody who could act: name {' or '.join(roles)}, or a person as they sign in.",
            code="hold.unknown_owner",
        )


def _decided(hub: Hub, caller: Caller, batch_id: str, body: HoldRequest) -> HoldsView:
    with hub.unit_of_work(actor=caller.id) as work:
        came, declined = hold.Released(released=0, waiting=0), 0
        if body.decision == "release":
            came = hold.release(
                work, batch_id=batch_id, payment_ids=body.payment_ids, person_id=caller.counts_as,
                person_name=caller.name, reason=body.reason, policy=hub.holds, seen=body.digest,
            )  # fmt: skip
        else:
            declined = hold.decline(
                work, batch_id=batch_id, payment_ids=body.payment_ids, person_id=caller.counts_as, reason=body.reason,
                seen=body.digest,
            )  # fmt: skip
        standing = view(approve.standing(work, batch_id, hub.policy), hub.policy)
        work.commit()
    return HoldsView(**dict(standing), released=came.released, declined=declined, waiting=came.waiting)


def _of_this_batch(batch_id: str, payment_ids: list[str] | None) -> None:
    for one in payment_ids or ():
        if batch_of(one) != batch_id:
            raise NotFound(f"The batch {batch_id} has no payment {one}.")
