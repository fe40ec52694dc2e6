"""Approve: collects decisions bound to the content digest, and lifts holds.

What waits for approval are the validated payments of a batch that nobody holds. Their digest is what people agree to;
whatever changes it (a hold lifted, a payment withdrawn) makes earlier decisions count for nothing.
"""

from dataclasses import dataclass
from decimal import Decimal

from gateway.domain import lifecycle
from gateway.domain.approval import Approval, ApprovalPolicy, Decision, agreed, content_digest, may_decide
from gateway.domain.batch import Batch
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.domain.ports import UnitOfWork

WITHDRAWABLE = (State.RECEIVED, State.VALIDATED, State.APPROVED, State.SCHEDULED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits for people in a batch. ``digest`` is None when nothing waits."""

    batch: Batch
    digest: str | None
    count: int
    totals: tuple[tuple[str, Decimal], ...]
    held: int
    approvals: tuple[Approval, ...]
    needed: int

    @property
    def given(self) -> int:
        """Approvals that count for the present content."""
        return sum(1 for one in self.approvals if one.digest == self.digest and one.decision is Decision.APPROVE)


def standing(work: UnitOfWork, batch_id: str, policy: ApprovalPolicy) -> Standing:
    """What waits for approval now, and who agreed to it."""
    batch = work.batches.get(batch_id)
    waiting = Selection(batch_id=batch_id, held=False)
    tallies = [one for one in work.payments.tally(Selection(batch_id=batch_id)) if one.state is State.VALIDATED]
    free = [one for one in tallies if not one.held]
    return Standing(
        batch=batch,
        digest=content_digest(work.payments.contents(waiting, State.VALIDATED)) if free else None,
        count=sum(one.count for one in free),
        totals=tuple((one.currency, one.amount) for one in free),
        held=sum(one.count for one in tallies if one.held),
        approvals=tuple(work.batches.approvals(batch_id)),
        needed=policy.approvals_needed(batch),
    )


def decide(
    work: UnitOfWork, *, batch_id: str, person_id: str, person_name: str, digest: str, decision: Decision,
    reason: str, policy: ApprovalPolicy,
) -> Standing:  # fmt: skip
    """One person's decision. Raises :class:`Conflict` or :class:`Forbidden` as the domain says.

    A refusal declines the payments at once; an approval moves them when enough people agreed.
    """
    work.batches.lock(batch_id)
    now = standing(work, batch_id, policy)
    if now.digest is None:
        raise Conflict("Nothing in this batch waits for approval.", code="approval.nothing_waits")
    may_decide(now.batch, person_id, now.approvals, digest=digest, current=now.digest)
    approval = Approval(
        id=work.new_id(), batch_id=batch_id, digest=digest, person_id=person_id, person_name=person_name,
        decision=decision, reason=reason, at=work.at,
    )  # fmt: skip
    work.batches.add_approval(approval)
    work.note(
        action=f"batch.{decision.value}", subject=batch_id,
        data={"person": person_id, "digest": digest, "count": now.count, "reason": reason,
              "totals": [[currency, format(amount, "f")] for currency, amount in now.totals]},
    )  # fmt: skip
    waiting = Selection(batch_id=batch_id, held=False)
    if decision is Decision.DECLINE:
        moved = work.payments.move(
            waiting, State.VALIDATED, State.DECLINED, step="approve", reason=f"{person_name} declined: {reason}"
        )
        assert moved == now.count, "the payments that were shown are the payments that were declined"
    elif agreed(policy, now.batch, (*now.approvals, approval), digest):
        moved = work.payments.move(
            waiting, State.VALIDATED, State.APPROVED, step="approve", reason=f"{person_name} gave the last approval",
            approval_digest=digest,
        )  # fmt: skip
        assert moved == now.count, "the payments that were shown are the payments that were approved"
        work.request("batch", batch_id)
    return standing(work, batch_id, policy)


def release_hold(work: UnitOfWork, *, payment_id: str, person_id: str, reason: str) -> None:
    """A person says that a held payment is meant; it then waits for approval like any other."""
    payment = work.payments.get(payment_id)
    work.batches.lock(payment.batch_id)
    batch = work.batches.get(payment.batch_id)
    if batch.maker_is_person and batch.maker == person_id:
        raise Forbidden("You brought this payment, so you cannot lift its hold.", code="hold.own_payment")
    if not work.payments.release_hold(payment_id):
        raise Conflict("This payment is not held any more.", code="hold.not_held")
    work.note(
        action="payment.hold_released", subject=payment_id,
        data={"person": person_id, "hold": payment.hold, "reason": reason},
    )  # fmt: skip
    work.alert(
        "payhub.payment.released.v1", subject_kind="payment", subject=payment_id, client_id=batch.client_id,
        data={"reason": reason},
    )  # fmt: skip


def decline_held(work: UnitOfWork, *, payment_id: str, person_id: str, reason: str) -> None:
    """A person says that a held payment is a mistake; it is declined and goes no further."""
    payment = work.payments.get(payment_id)
    work.batches.lock(payment.batch_id)
    at = payment.position
    moved = work.payments.move(
        Selection(batch_id=payment.batch_id, positions=(at, at + 1), held=True), State.VALIDATED, State.DECLINED,
        step="approve", reason=f"declined while held: {reason}",
    )  # fmt: skip
    if not moved:
        raise Conflict("This payment is not held any more.", code="hold.not_held")
    work.note(action="payment.declined", subject=payment_id, data={"person": person_id, "reason": reason})


def withdraw(work: UnitOfWork, *, batch_id: str, actor: str, reason: str) -> int:
    """Cancels whatever of a batch has not been put into a bank file yet; says how many payments that were."""
    work.batches.lock(batch_id)
    everything = Selection(batch_id=batch_id)
    moved = 0
    for state in WITHDRAWABLE:
        step = lifecycle.allowed(state, State.CANCELLED).step
        moved += work.payments.move(everything, state, State.CANCELLED, step=step, reason=f"withdrawn: {reason}")
    if not moved:
        raise Conflict("Nothing of this batch can be withdrawn any more.", code="batch.not_withdrawable")
    work.note(action="batch.withdrawn", subject=batch_id, data={"actor": actor, "count": moved, "reason": reason})
    return moved
