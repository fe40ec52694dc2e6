"""Approve: collects decisions bound to the content digest, lifts holds, and hears what people say of files in doubt.

What waits for approval are the validated payments of a batch that nobody holds. Their digest is what people agree to;
whatever changes it (a hold lifted, a payment withdrawn) makes earlier decisions count for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from gateway import outcomes
from gateway.domain import delegation, lifecycle
from gateway.domain.approval import Approval, ApprovalPolicy, Decision, agreed, content_digest, may_decide
from gateway.domain.batch import Batch
from gateway.domain.delegation import Principal
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.domain.ports import UnitOfWork
from gateway.domain.ruling import Ruling, Verdict, counting, decided_by, may_rule, words

WITHDRAWABLE = (State.RECEIVED, State.VALIDATED, State.APPROVED, State.SCHEDULED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Payments of a batch that could not be withdrawn any more, and why."""

    state: State
    count: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What came of a withdrawal: how many payments it cancelled, and which stay."""

    cancelled: int
    kept: tuple[Kept, ...]


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
    reason: str, policy: ApprovalPolicy, stands_in_for: Iterable[Principal] = (),
) -> Standing:  # fmt: skip
    """One person's decision. Raises :class:`Conflict` or :class:`Forbidden` as the domain says.

    ``stands_in_for`` are those whose right the person may use, having none of their own.

    A refusal declines the payments at once; an approval moves them when enough people agreed.
    """
    work.batches.lock(batch_id)
    now = standing(work, batch_id, policy)
    if now.digest is None:
        raise Conflict("Nothing in this batch waits for approval.", code="approval.nothing_waits")
    may_decide(now.batch, person_id, now.approvals, digest=digest, current=now.digest)
    said = [one for one in now.approvals if one.digest == digest and one.decision is Decision.APPROVE]
    maker = now.batch.maker if now.batch.maker_is_person else None
    right = delegation.chosen(stands_in_for, said, maker)
    delegation.check_signature(person_id, right, said, maker=maker, refuses=decision is Decision.DECLINE)
    person_name = delegation.signed_as(person_name, right)
    approval = Approval(
        id=work.new_id(), batch_id=batch_id, digest=digest, person_id=person_id, person_name=person_name,
        decision=decision, reason=reason, at=work.at, right_of=None if right is None else right.id,
    )  # fmt: skip
    work.batches.add_approval(approval)
    work.note(
        action=f"batch.{decision.value}", subject=batch_id,
        data={"person": person_id, "right_of": approval.right_of, "digest": digest,
              "count": now.count, "reason": reason,
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


def withdraw(work: UnitOfWork, *, batch_id: str, actor: str, reason: str) -> Withdrawal:
    """Cancels whatever of a batch does not stand staged at its bank yet, and says what stays and why.

    A worker that is staging such a file at this moment loses: it finds the file withdrawn, and takes its copy away.
    """
    work.batches.lock(batch_id)
    everything = Selection(batch_id=batch_id)
    why = f"withdrawn: {reason}"
    cancelled = 0
    for state in WITHDRAWABLE:
        step = lifecycle.allowed(state, State.CANCELLED).step
        cancelled += work.payments.move(everything, state, State.CANCELLED, step=step, reason=why)
    for file in work.files.lock_withdrawable(batch_id):
        cancelled += outcomes.cancel(work, file, why)
    stays: dict[State, int] = {}
    for one in work.payments.tally(everything):
        if one.state not in lifecycle.NEVER_PAID:
            stays[one.state] = stays.get(one.state, 0) + one.count
    if not cancelled:
        raise Conflict("Nothing of this batch can be withdrawn any more.", code="batch.not_withdrawable")
    kept = tuple(Kept(state=state, count=count, why=_why_kept(state)) for state, count in stays.items())
    work.note(
        action="batch.withdrawn", subject=batch_id,
        data={"actor": actor, "count": cancelled, "kept": sum(one.count for one in kept), "reason": reason},
    )  # fmt: skip
    return Withdrawal(cancelled=cancelled, kept=kept)


def _why_kept(state: State) -> str:
    if state is State.GENERATED:
        return "Its file is being handed to the bank at this moment."
    if state is State.IN_DOUBT:
        return "The bank may hold its file already; nobody knows yet."
    return "The bank holds its file: only a recall can stop it."


def rule(
    work: UnitOfWork, *, ruling: Ruling, roles: Iterable[str], answer_within: timedelta
) -> tuple[Ruling, ...]:  # fmt: skip
    """Takes one person's word about a file in doubt; gives those that count now. Raises as :func:`may_rule` says.

    When two agree that it arrived, the file moves at once. Anything else the file's own worker carries out, after it
    took the staged copies away at the bank.
    """
    file = work.files.get(ruling.file_id)
    work.request("file", file.id, lane=file.bank)  # before the file is locked, as its worker does
    work.files.lock(file.id)
    file = work.files.get(file.id)
    earlier = work.files.rulings(file.id)
    staged_at = next((one.staged_at for one in reversed(work.files.attempts(file.id))), None)
    may_rule(file, staged_at, earlier, ruling, roles=roles)
    work.files.add_ruling(ruling)
    heard = (*earlier, ruling)
    same = decided_by(heard, file.version)
    work.note(
        action="file.ruled", subject=file.id,
        data={"person": ruling.person_id, "verdict": ruling.verdict.value, "version": ruling.version,
              "reason": ruling.reason, "agreed": bool(same)},
    )  # fmt: skip
    outcomes.tell(
        work, file, "payhub.file.ruled.v1", verdict=ruling.verdict.value, person=ruling.person_name,
        reason=ruling.reason, decided="yes" if same else "no",
    )  # fmt: skip
    if same and ruling.verdict is Verdict.ARRIVED:
        said = words(same)
        work.files.add_evidence(file.id, "people", said)
        outcomes.arrived(work, file, reason=f"two people decided: {said}", answer_within=answer_within)
    return counting(heard, file.version)
