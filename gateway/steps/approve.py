"""Approve: collects decisions bound to the content digest, and hears what people say of files in doubt.

What waits for approval are the validated payments of a batch that nobody holds. Their digest, with the days on which
they would be paid, is what people agree to; whatever changes it (a hold lifted, a payment withdrawn, a cut-off that
passed) makes earlier decisions count for nothing.
"""

from collections.abc import Iterable
from datetime import timedelta

from gateway import outcomes, signing
from gateway.domain import delegation
from gateway.domain.approval import APPROVERS, RELEASERS, Approval, ApprovalPolicy, Decision, counted, may_decide
from gateway.domain.delegation import Principal
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.domain.policy import GLASS_PERSONS
from gateway.domain.ports import UnitOfWork
from gateway.domain.ruling import Ruling, Verdict, counting, decided_by, may_rule, words
from gateway.domain.standing import ENOUGH, Standing


def standing(work: UnitOfWork, batch_id: str, policy: ApprovalPolicy, *, about: Iterable[str] = ()) -> Standing:
    """What waits for people now, what it needs, and who agreed to it."""
    return signing.standing(
        work.signing, work.batches.get(batch_id), work.batches.approvals(batch_id), policy, work.at, about=about
    )  # fmt: skip


def decide(
    work: UnitOfWork, *, batch_id: str, person_id: str, person_name: str, digest: str, decision: Decision,
    reason: str, policy: ApprovalPolicy, stands_in_for: Iterable[Principal] = (),
) -> Standing:  # fmt: skip
    """One person's decision. Raises :class:`Conflict` or :class:`Forbidden` as the domain says.

    ``stands_in_for`` are those whose right the person may use, having none of their own. A refusal declines the
    payments at once; a signature moves them when all that are needed are there.
    """
    work.batches.lock(batch_id)
    if policy.compares_batches:
        work.signing.lock()
    now = standing(work, batch_id, policy, about=(person_id,))
    if now.digest is None or now.content is None:
        raise Conflict("Nothing in this batch waits for approval.", code="approval.nothing_waits")
    may_decide(
        now.batch, person_id, now.approvals, digest=digest, current=now.digest, decision=decision, roster=now.roster
    )
    me = now.roster.person(person_id)
    right = delegation.chosen(stands_in_for, now.signatures, now.maker)
    delegation.check_signature(
        me, right, now.signatures, maker=now.maker, refuses=decision in (Decision.DECLINE, Decision.BREAK_GLASS)
    )
    if decision is not Decision.DECLINE and now.editors & {me, right.id if right is not None else me}:
        raise Forbidden(
            "You, or whom you sign for, gave these payments another day, so somebody else must agree.",
            code="approval.own_edit",
        )
    _check_right(now, person_id, right, decision)
    _check_duty(work, now, person_id, right, decision, reason, policy)
    person_name = delegation.signed_as(person_name, right)
    approval = Approval(
        id=work.new_id(), batch_id=batch_id, digest=digest, person_id=person_id, person_name=person_name,
        decision=decision, reason=reason, at=work.at, content=now.content, totals=now.totals,
        shown=tuple(sorted(one.signed for one in now.promises)), right_of=None if right is None else right.id,
    )  # fmt: skip
    work.batches.add_approval(approval)
    work.note(
        action=f"batch.{decision.value}", subject=batch_id,
        data={"person": person_id, "right_of": approval.right_of, "digest": digest, "content": now.content,
              "count": now.count, "reason": reason, "rules": [one.rule.name for one in now.need.matches],
              "totals": [[currency, format(amount, "f")] for currency, amount in now.totals]},
    )  # fmt: skip
    heard = (*now.approvals, approval)
    counts = counted(policy, now.batch, heard, digest, now.roster, editors=now.editors)
    if decision is Decision.DECLINE:
        _move(work, now, State.DECLINED, f"{person_name} declined: {reason}")
    elif counts.enough(now.need):
        _move(work, now, State.APPROVED, _last_word(approval), approval_digest=now.content)
        work.request("batch", batch_id)
    if decision is Decision.BREAK_GLASS:
        _tell_of_glass(work, now, approval, counts.glass)
    return standing(work, batch_id, policy)


def let_go(work: UnitOfWork, *, batch_id: str, policy: ApprovalPolicy) -> bool:
    """Lets go what everybody has signed whom the policy still asks for; says whether that was so.

    The last signature does that itself, unless more were needed when it was given, or one that was missing counts
    again. Nobody agrees to anything here: the same count decides, and the limits of payees are asked about anew.
    """
    work.batches.lock(batch_id)
    if policy.compares_batches:
        work.signing.lock()
    now = standing(work, batch_id, policy)
    if not now.signed or any(signing.payee_limits_against(work.signing, now, policy.limits)):
        return False
    names = ", ".join(one.person_name for one in (*now.counts.approvals, *now.counts.releases))
    _move(work, now, State.APPROVED, f"no further signature is needed beside {names}", approval_digest=now.content)
    work.note(
        action="batch.let_go", subject=batch_id,
        data={"digest": now.digest, "content": now.content, "count": now.count,
              "needed": now.need.approvers, "releases_needed": now.need.releasers,
              "signatures": [one.id for one in (*now.counts.approvals, *now.counts.releases)]},
    )  # fmt: skip
    work.request("batch", batch_id)
    return True


def _check_right(now: Standing, person_id: str, right: Principal | None, decision: Decision) -> None:
    """Raises where what the door saw has ended since: a role that was taken, a right that was lent no longer."""
    if decision is Decision.BREAK_GLASS:
        return  # asks for other roles, and is asked about them with the rest of its duty
    roles = {Decision.APPROVE: APPROVERS, Decision.RELEASE: RELEASERS}.get(decision, APPROVERS | RELEASERS)
    if right is not None and not now.roster.may_with(person_id, right.id, roles):
        raise Forbidden(f"You sign for {right.name} no longer.", code="delegation.over")
    if right is None and not now.roster.may(person_id, roles):
        needed = " or ".join(sorted(roles))
        raise Forbidden(f"This needs the role {needed} for {now.batch.entity}.", code="request.role_needed")


def _check_duty(
    work: UnitOfWork, now: Standing, person_id: str, right: Principal | None, decision: Decision, reason: str,
    policy: ApprovalPolicy,
) -> None:  # fmt: skip
    """Raises unless this kind of signature may be given now."""
    if decision is Decision.RELEASE:
        if not now.need.releasers:
            raise Conflict("No rule asks for a releaser here; the approvals suffice.", code="approval.no_release_asked")
        if now.approvals_missing:
            raise Conflict(
                f"Release it once it is approved: {now.given} of {now.needed} approvals are there.",
                code="approval.release_too_early",
            )
    if decision is Decision.BREAK_GLASS:
        if policy.break_glass is None:
            raise Conflict("The policy knows no break-glass.", code="approval.no_break_glass")
        if not now.roster.may(person_id, policy.break_glass.roles):
            raise Forbidden(
                f"Only {' or '.join(sorted(policy.break_glass.roles))} may break the glass.", code="request.role_needed"
            )
        if not reason.strip():
            raise Forbidden("Say why it cannot wait for the ordinary way.", code="approval.glass_needs_reason")
    elif decision is not Decision.DECLINE:
        _check_needed(now, decision)
        person = now.roster.person(person_id)
        for refusal in signing.limits_against(work.signing, now, person, right, policy.limits, work.at):
            raise refusal


def _check_needed(now: Standing, decision: Decision) -> None:
    """Raises where this signature is one more than the policy asks for: its giver may be needed for another duty."""
    if now.signed:
        raise Conflict(f"{ENOUGH} It needs no further signature.", code="approval.not_needed")
    if decision is Decision.APPROVE and not now.approvals_missing:
        raise Conflict(
            f"It has its approvals; a releaser for {now.batch.entity} lets it go.", code="approval.not_needed"
        )


def _move(work: UnitOfWork, now: Standing, target: State, reason: str, **assign: str | None) -> None:
    waiting = Selection(batch_id=now.batch.id, held=False)
    moved = work.payments.move(waiting, State.VALIDATED, target, step="approve", reason=reason, **assign)
    assert moved == now.count, "the payments that were shown are the payments that were decided about"


def _last_word(one: Approval) -> str:
    match one.decision:
        case Decision.RELEASE:
            return f"{one.person_name} gave the last release"
        case Decision.BREAK_GLASS:
            return f"{one.person_name} was the second to break the glass: {one.reason}"
        case _:
            return f"{one.person_name} gave the last approval"


def _tell_of_glass(work: UnitOfWork, now: Standing, approval: Approval, glass: tuple[Approval, ...]) -> None:
    """Loud at the first of the two already: somebody may still say no."""
    work.alert(
        "payhub.batch.break_glass.v1", subject_kind="batch", subject=now.batch.id, client_id=now.batch.client_id,
        data={"person": approval.person_name, "reason": approval.reason, "count": now.count,
              "let_go": "yes" if len(glass) >= GLASS_PERSONS else "no",
              "totals": [[currency, format(amount, "f")] for currency, amount in now.totals]},
    )  # fmt: skip


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
