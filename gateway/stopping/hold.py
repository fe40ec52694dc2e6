"""Hold: keeps payments back until enough persons have said that they are meant, or one has said that they are not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway import outcomes
from gateway.domain.errors import Conflict
from gateway.domain.hold import HOLDABLE, OWNER, HoldKind, HoldPolicy, may_release
from gateway.domain.lifecycle import State, allowed
from gateway.domain.payment import Selection
from gateway.domain.ports import UnitOfWork
from gateway.stopping.choosing import chosen, openable


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How many payments are held now, were held before, and can be held no more."""

    held: int
    already: int
    too_late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """How many holds were lifted, and how many still wait for another person's word."""

    released: int
    waiting: int


def put(
    work: UnitOfWork, *, batch_id: str, payment_ids: Sequence[str] | None, person_id: str, reason: str,
    owner: str = OWNER,
) -> Placed:  # fmt: skip
    """A person stops payments of a batch, or all of it (None). Those in a built file are taken out of it, and the rest
    of the file goes on in a new one. What stands staged, or may, can only be recalled.
    """
    with chosen(work, batch_id, payment_ids) as where:
        already = _count(work, replace(where, held=True))
        for file in openable(work, where, whole_too=False):
            outcomes.withdraw(work, file, f"payments of it were held: {reason}")
        held = work.payments.hold(where, kind=HoldKind.MANUAL, reason=reason, owner=owner)
        too_late = sum(
            one.count
            for one in work.payments.tally(where)
            if one.state in (State.GENERATED, State.SUBMITTED, State.IN_DOUBT, State.ACKNOWLEDGED)
        )
    if not held:
        why = "They are held already." if already else "What has left, or leaves now, can only be recalled."
        raise Conflict(f"None of these payments can be held. {why}", code="hold.nothing_to_hold")
    work.note(
        action="payment.held", subject=_subject(batch_id, payment_ids),
        data={"person": person_id, "count": held, "owner": owner, "reason": reason},
    )  # fmt: skip
    work.alert(
        "payhub.batch.held.v1", subject_kind="batch", subject=batch_id, client_id=work.batches.get(batch_id).client_id,
        data={"held": held, "reason": reason},
    )  # fmt: skip
    return Placed(held=held, already=already, too_late=too_late)


def release(
    work: UnitOfWork, *, batch_id: str, payment_ids: Sequence[str] | None, person_id: str, person_name: str,
    reason: str, policy: HoldPolicy, seen: str | None = None,
) -> Released:  # fmt: skip
    """A person says that held payments are meant. The word that completes a hold lifts it: what waits for approval then
    joins the rest, and what was approved goes on, for its content did not change. ``seen`` is the digest of the holds
    the person looked at; a hold that was put on since is not lifted on the side.
    """
    may_release(work.batches.get(batch_id), person_id)
    with chosen(work, batch_id, payment_ids) as where:
        before = _all_held(work, where, payment_ids, seen)
        booked = work.holds.booked(where)
        if booked:
            raise Conflict(
                f"The bank has booked {booked} of these payments: it had their old file. Decline them; released, they "
                "would be paid twice.",
                code="hold.booked",
            )
        said = work.holds.say(where, person_id=person_id, person_name=person_name, reason=reason)
        lifted = work.holds.lift(where, policy, reason=reason)
    if not said and not lifted:
        raise Conflict("You have said so already; another person must agree.", code="hold.already_said")
    work.note(
        action="payment.hold_released" if lifted else "payment.hold_spoken_of", subject=_subject(batch_id, payment_ids),
        data={"person": person_id, "count": lifted, "waiting": before - lifted, "reason": reason},
    )  # fmt: skip
    if before > lifted:
        work.alert(
            "payhub.batch.release_asked.v1", subject_kind="batch", subject=batch_id,
            client_id=work.batches.get(batch_id).client_id,
            data={"waiting": before - lifted, "person": person_name, "reason": reason},
        )  # fmt: skip
    return Released(released=lifted, waiting=before - lifted)


def decline(
    work: UnitOfWork, *, batch_id: str, payment_ids: Sequence[str] | None, person_id: str, reason: str,
    seen: str | None = None,
) -> int:  # fmt: skip
    """One person says that held payments are a mistake, which is enough to stop them; says how many."""
    with chosen(work, batch_id, payment_ids) as where:
        before = _all_held(work, where, payment_ids, seen)
        held = replace(where, held=True)
        for state in HOLDABLE:
            target = State.DECLINED if state is State.VALIDATED else State.CANCELLED
            step = allowed(state, target).step
            work.payments.move(held, state, target, step=step, reason=f"declined while held: {reason}")
    work.note(
        action="payment.declined", subject=_subject(batch_id, payment_ids),
        data={"person": person_id, "count": before, "reason": reason},
    )  # fmt: skip
    return before


def _all_held(work: UnitOfWork, where: Selection, payment_ids: Sequence[str] | None, seen: str | None) -> int:
    """How many of the selected payments are held; raises where one that was named is not, or where others are held
    than those that were seen.
    """
    held = _count(work, replace(where, held=True))
    if not held or (payment_ids is not None and held < _count(work, where, *State)):
        raise Conflict("What you name is not held any more.", code="hold.not_held")
    if seen is not None and seen != work.holds.digest(where):
        raise Conflict("The holds changed since you looked at them; look again.", code="hold.stale_digest")
    return held


def _count(work: UnitOfWork, where: Selection, *states: State) -> int:
    among = states or HOLDABLE
    return sum(one.count for one in work.payments.tally(where) if one.state in among)


def _subject(batch_id: str, payment_ids: Sequence[str] | None) -> str:
    """What the trail says it is about: the payment where there is just one, else the batch."""
    named = tuple(payment_ids or ())
    return named[0] if len(named) == 1 else batch_id
