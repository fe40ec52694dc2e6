"""Withdraw: cancels payments, or a whole batch, as long as they do not stand staged at their bank."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway import outcomes
from gateway.domain import lifecycle
from gateway.domain.errors import Conflict
from gateway.domain.lifecycle import State
from gateway.domain.ports import UnitOfWork
from gateway.stopping.choosing import chosen, openable

WITHDRAWABLE = (State.RECEIVED, State.VALIDATED, State.APPROVED, State.SCHEDULED)
"""States from which a payment is simply cancelled; what stands in a built file is taken out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Payments that could not be withdrawn any more, and why."""

    state: State
    count: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What came of a withdrawal: how many payments it cancelled, and which stay."""

    cancelled: int
    kept: tuple[Kept, ...]


def withdraw(
    work: UnitOfWork, *, batch_id: str, actor: str, reason: str, payment_ids: Iterable[str] | None = None
) -> Withdrawal:
    """Cancels the payments named, or the whole batch, and says what stays and why.

    What else a built file holds goes on in a new file; it is what people agreed to, so nobody is asked again. A worker
    that is staging such a file at this moment loses: it finds the file withdrawn, and takes its copy away.
    """
    named = None if payment_ids is None else tuple(dict.fromkeys(payment_ids))
    with chosen(work, batch_id, named) as where:
        why = f"withdrawn: {reason}"
        cancelled = 0
        for state in WITHDRAWABLE:
            step = lifecycle.allowed(state, State.CANCELLED).step
            cancelled += work.payments.move(where, state, State.CANCELLED, step=step, reason=why)
        for file in openable(work, where, whole_too=True):
            cancelled += outcomes.take_out(work, file, where, why)
        stays: dict[State, int] = {}
        for one in work.payments.tally(where):
            if one.state not in lifecycle.NEVER_PAID:
                stays[one.state] = stays.get(one.state, 0) + one.count
    kept = tuple(Kept(state=state, count=count, why=_why_kept(state)) for state, count in stays.items())
    if not cancelled:
        what = "Nothing of this batch" if named is None else "None of these payments"
        said = f" {kept[0].why}" if kept else ""
        raise Conflict(f"{what} can be withdrawn any more.{said}", code="batch.not_withdrawable")
    work.note(
        action="batch.withdrawn" if named is None else "payment.withdrawn",
        subject=named[0] if named is not None and len(named) == 1 else batch_id,
        data={"actor": actor, "count": cancelled, "kept": sum(one.count for one in kept), "reason": reason},
    )  # fmt: skip
    return Withdrawal(cancelled=cancelled, kept=kept)


def _why_kept(state: State) -> str:
    if state is State.GENERATED:
        return "Its file is being handed to the bank at this moment, or was tried before."
    if state is State.IN_DOUBT:
        return "The bank may hold its file already; nobody knows yet."
    return "The bank holds its file: only a recall can stop it."
