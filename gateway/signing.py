"""Where a batch stands with its people: one answer for the step that decides and for everybody who looks."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from gateway.domain import delegation
from gateway.domain.approval import VERBS, Approval, ApprovalPolicy, content_digest, counted
from gateway.domain.batch import Batch
from gateway.domain.delegation import Principal, behind
from gateway.domain.errors import Forbidden
from gateway.domain.policy import Limit, Need, Per, Rule, RuleMatch, need
from gateway.domain.ports import Signing
from gateway.domain.promise import Kind, Promise, promise, signed_digest
from gateway.domain.roles import Grant, may
from gateway.domain.standing import OverLimit, Standing, Waiting


def standing(
    desk: Signing, batch: Batch, approvals: Iterable[Approval], policy: ApprovalPolicy, at: datetime, *,
    about: Iterable[str] = (),
) -> Standing:  # fmt: skip
    """What waits for people now, what it needs, and whose signatures count. ``about`` are persons whose roles are asked
    for whether or not they have any: who signs now.
    """
    said = tuple(approvals)
    waiting = desk.waiting(batch.id)
    free = [one for one in waiting if not one.held]
    edited = desk.editors(batch.id) if free else dict[str, str]()
    roster = desk.roster(batch.entity, {batch.maker, *about, *edited}.union(*map(behind, said)))
    editors = frozenset(map(roster.person, edited))
    promises = tuple(promise(one.kind, policy.routes, policy.accounts, at) for one in free)
    content = content_digest(desk.content(batch.id)) if free else None
    digest = None if content is None else signed_digest(content, promises, edit=max(edited.values(), default=""))
    floor = policy.approvals_needed(batch)
    return Standing(
        batch=batch, digest=digest, content=content, count=sum(one.count for one in free), totals=_totals(free),
        held=sum(one.count for one in waiting if one.held), approvals=said, promises=promises, roster=roster,
        need=need(floor, _matches(desk, batch, policy.rules, promises, at)) if free else Need(approvers=floor),
        counts=counted(policy, batch, said, digest or "", roster, editors=editors), editors=editors,
    )  # fmt: skip


def limits_against(
    desk: Signing, now: Standing, signer: str, right: Principal | None, limits: Iterable[Limit], at: datetime
) -> Iterator[Forbidden]:  # fmt: skip
    """The limits of the day that this signature would go over (rulebook SD-04), each as what refuses it.

    All who stand behind it are asked about: a right that is lent takes its owner's limit along.
    """
    for limit in _holding(now, limits):
        if limit.per is Per.PERSON:
            yield from _against_person(desk, now, signer, None, limit, at)
            if right is not None:
                yield from _against_person(desk, now, right.id, right.name, limit, at)
    yield from payee_limits_against(desk, now, limits)


def payee_limits_against(desk: Signing, now: Standing, limits: Iterable[Limit]) -> Iterator[Forbidden]:
    """Those of the limits that are about whom it pays, whoever signs."""
    for limit in _holding(now, limits):
        if limit.per is Per.PAYEE and (over := desk.payees_over(now.batch.id, now.batch.entity, limit)):
            yield Forbidden(_over_payees(over), code="approval.payee_limit")


def limit_against_reader(
    desk: Signing, now: Standing, person_id: str, grants: Iterable[Grant], limits: Iterable[Limit], at: datetime
) -> str:  # fmt: skip
    """Why a limit would refuse the signature that is asked for next, if this reader gave it; nothing where none would,
    and where it is not theirs to give.
    """
    held, verbs, me = tuple(grants), VERBS[now.duty], now.roster.person(person_id)
    theirs = now.digest is not None and not now.signed and me not in now.out
    if not theirs or not any(may(held, verb, now.batch.entity) for verb in verbs):
        return ""
    offered = delegation.stands_in_for(held, now.batch.entity, *verbs)
    right = delegation.chosen(offered, now.signatures, now.maker)
    against = limits_against(desk, now, me, right, limits, at)
    return next((one.message for one in against), "")


def _holding(now: Standing, limits: Iterable[Limit]) -> list[Limit]:
    currencies = dict(now.totals)
    return [one for one in limits if one.holds_for(now.batch.entity) and one.currency in currencies]


def _against_person(
    desk: Signing, now: Standing, person: str, lender: str | None, limit: Limit, at: datetime
) -> Iterator[Forbidden]:  # fmt: skip
    used = _used(desk, now.batch, person, limit, at)
    here = dict(now.totals)[limit.currency]
    if used + here > limit.amount:
        whose, signed = "Your limit", "You signed"
        if lender is not None:
            whose, signed = f"You would sign for {lender}, whose limit", f"{lender} and others for them signed"
        yield Forbidden(
            f"{whose} is {limit.currency} {limit.amount:f} a day for {now.batch.entity} ({limit.name}). "
            f"{signed} {limit.currency} {used:f} today; this batch would add {limit.currency} {here:f}. "
            "Somebody else must sign.",
            code="approval.person_limit",
        )


def _over_payees(over: Sequence[OverLimit]) -> str:
    limit = over[0].limit
    who = "; ".join(f"{one.payee} ({one.account}) today total {limit.currency} {one.total:f}" for one in over)
    return (
        f"The limit is {limit.currency} {limit.amount:f} a day for one payee ({limit.name}); "
        f"with this batch, payments to {who}. Withdraw the payments, or sign on another day."
    )


def _used(desk: Signing, batch: Batch, person: str, limit: Limit, at: datetime) -> Decimal:
    """What a person signed today. Signing a batch anew replaces what was signed before and let nothing go."""
    since, until = limit.day(at)
    given = desk.signed(person, entity=batch.entity, since=since, until=until)
    last = {one.batch_id: one.content for one in given} | {batch.id: ""}
    effective = desk.took_effect({one.batch_id for one in given if one.content != last[one.batch_id]})
    counting = {
        (one.batch_id, one.content): dict(one.totals)
        for one in given
        if one.content == last[one.batch_id] or (one.batch_id, one.content) in effective
    }
    return sum((totals.get(limit.currency, Decimal(0)) for totals in counting.values()), Decimal(0))


def _matches(
    desk: Signing, batch: Batch, rules: Iterable[Rule], promises: Sequence[Promise], at: datetime
) -> list[RuleMatch]:  # fmt: skip
    """The rules that match. What depends on the way of a payment is asked once a kind, the rest is left to the desk."""
    wanted: list[tuple[Rule, Sequence[Kind] | None]] = []
    totals: dict[str, Decimal] | None = None
    for rule in rules:
        kinds = [one.kind for one in promises if rule.takes(one, at)]
        if not kinds:
            continue
        if rule.batch_total_from is not None:
            totals = desk.batch_totals(batch.id) if totals is None else totals
            if totals.get(rule.currency, Decimal(0)) < rule.batch_total_from:
                continue
        wanted.append((rule, None if len(kinds) == len(promises) else kinds))
    return desk.matches(batch.id, wanted)


def _totals(free: Iterable[Waiting]) -> tuple[tuple[str, Decimal], ...]:
    found: dict[str, Decimal] = {}
    for one in free:
        found[one.kind.currency] = found.get(one.kind.currency, Decimal(0)) + one.amount
    return tuple(sorted(found.items()))
