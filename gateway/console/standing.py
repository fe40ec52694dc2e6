"""What waits for people in a batch, for a reader: the step's own answer, read without taking a lock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway import signing
from gateway.console.sessions import Visitor
from gateway.domain import approval, delegation, explanation
from gateway.domain import standing as standings
from gateway.domain.approval import APPROVERS, RELEASERS, Approval, Decision
from gateway.domain.cutoff import Window
from gateway.domain.delegation import Principal
from gateway.domain.errors import Misconfigured
from gateway.domain.promise import Promise
from gateway.domain.roles import Verb
from gateway.domain.routing import route_of, window_at
from gateway.persistence.batches import Batches
from gateway.persistence.queries import BatchDetail, Total, WaitingKind
from gateway.persistence.signing import Signing
from gateway.wiring import Hub

VERBS = {
    "approve": approval.VERBS[Decision.APPROVE],
    "release": approval.VERBS[Decision.RELEASE],
    "decline": approval.VERBS[Decision.DECLINE],
    "break-glass": approval.VERBS[Decision.BREAK_GLASS],
    "withdraw": (Verb.BATCH_WITHDRAW,),
}
"""What each act needs: one of these."""
LENT = ("approve", "release", "decline")
"""Acts for which somebody uses another one's right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits in a batch, who signed, who still can, and whether the reader is among them.

    ``lapsed`` are approvals that do not count, ``void`` says why by their id, ``lenders`` whose right was used;
    ``duty`` is what the reader could do now, else ``why_not`` says why not. ``against`` is why the act of the page is
    not theirs now, and ``right`` whose right they would use for it, where it is not their own; ``others_can_still`` and
    ``others_can_release`` are who could do so once they signed. ``says`` explains all of it in sentences.
    """

    digest: str | None
    count: int
    totals: list[Total]
    held: int
    given: list[Approval]
    released: list[Approval]
    lapsed: list[Approval]
    glass: list[Approval]
    needed: int
    missing: int
    releases_missing: int
    can_still: list[str]
    can_release: list[str]
    others_can_still: list[str]
    others_can_release: list[str]
    approvals: list[Approval]
    void: dict[str, str]
    lenders: dict[str, str]
    promises: tuple[Promise, ...]
    says: list[str]
    duty: str
    why_not: str
    why_no_glass: str
    why_no_decline: str
    against: str
    right: Principal | None = None


def standing(connection: Connection, hub: Hub, batch: BatchDetail, visitor: Visitor, act: str = "") -> Standing:
    """What waits in this batch, for this reader, who looks at the page of an act."""
    now = now_of(connection, hub, batch.id)
    return _shown(now, hub, visitor, act, why_not_sign(now, visitor) or over_limit(connection, hub, now, visitor))


def now_of(connection: Connection, hub: Hub, batch_id: str) -> standings.Standing:
    """The step's own answer, without a lock."""
    at, batches = hub.clock.now(), Batches(connection)
    return signing.standing(
        Signing(connection, at=at), batches.get(batch_id), batches.approvals(batch_id), hub.policy, at
    )  # fmt: skip


def over_limit(connection: Connection, hub: Hub, now: standings.Standing, visitor: Visitor) -> str:
    """Why a limit of the day would refuse the reader's signature, as the step says it; nothing where none would."""
    at = hub.clock.now()
    return signing.limit_against_reader(
        Signing(connection, at=at), now, visitor.person.counts_as, visitor.grants, hub.policy.limits, at
    )


def _shown(now: standings.Standing, hub: Hub, visitor: Visitor, act: str, why_not: str) -> Standing:
    counting = (*now.counts.approvals, *now.counts.releases, *now.counts.glass)
    lapsed = [
        one
        for one in now.approvals
        if now.digest is not None and one.decision is not Decision.DECLINE and one not in counting
    ]
    right = right_for(now, visitor, act or now.duty.value)
    then_out = now.out | {now.roster.person(visitor.person.counts_as)} | ({right.id} if right is not None else set())
    return Standing(
        digest=now.digest, count=now.count, totals=[Total(*one) for one in now.totals], held=now.held,
        given=list(now.counts.approvals), released=list(now.counts.releases), glass=list(now.counts.glass),
        lenders={
            one.id: now.roster.names.get(now.roster.person(one.right_of), one.right_of)
            for one in now.approvals
            if one.right_of is not None
        },
        approvals=list(now.approvals), lapsed=lapsed, void={one.id: explanation.why_void(now, one) for one in lapsed},
        others_can_still=now.roster.able(APPROVERS, besides=then_out),
        others_can_release=now.roster.able(RELEASERS, besides=then_out),
        needed=now.needed, missing=now.approvals_missing, releases_missing=now.releases_missing,
        can_still=now.can_approve, can_release=now.can_release, promises=now.promises,
        says=explanation.sentences(now, hub.policy), duty="" if why_not else now.duty.value, why_not=why_not,
        why_no_glass=_why_no_glass(now, hub, visitor), why_no_decline=_why_no_decline(now, visitor),
        against=_against(now, hub, visitor, act, why_not), right=right,
    )  # fmt: skip


def why_not_sign(now: standings.Standing, visitor: Visitor) -> str:
    """Why the reader cannot give the signature that is asked for next, limits apart; nothing where they can."""
    me = now.roster.person(visitor.person.counts_as)
    if now.batch.maker_is_person and me == now.roster.person(now.batch.maker):
        return "You brought this batch, so somebody else decides."
    if me in now.editors:
        return "You gave it another day, so somebody else decides."
    if me in now.signers:
        return "You have agreed already; it waits for somebody else."
    if now.signed:
        return standings.ENOUGH
    same = delegation.why_not(me, right_for(now, visitor, now.duty.value), now.signatures, now.maker)
    if same:
        return same
    if now.duty is Decision.RELEASE:
        if not visitor.may(Verb.BATCH_RELEASE, now.batch.entity):
            return f"It is approved; a releaser for {now.batch.entity} lets it go."
        return ""
    if not visitor.may(Verb.BATCH_APPROVE, now.batch.entity):
        return f"Only an approver for {now.batch.entity} decides about it."
    return ""


def _why_no_glass(now: standings.Standing, hub: Hub, visitor: Visitor) -> str:
    me = now.roster.person(visitor.person.counts_as)
    policy = hub.policy.break_glass
    if policy is None:
        return "The policy knows no break-glass."
    if now.batch.maker_is_person and me == now.roster.person(now.batch.maker):
        return "You brought this batch, so others must break the glass."
    if any(now.roster.person(one.person_id) == me for one in now.counts.glass):
        return "You broke the glass already; one other person must."
    if not visitor.may(Verb.BATCH_BREAK_GLASS, now.batch.entity) or not now.roster.may(me, policy.roles):
        return f"Only {' or '.join(sorted(policy.roles))} for {now.batch.entity} may break the glass."
    return ""


def _why_no_decline(now: standings.Standing, visitor: Visitor) -> str:
    """Saying no needs no second person: it stays open to whom a signature does not."""
    me = now.roster.person(visitor.person.counts_as)
    if me == now.maker:
        return "You brought this batch, so somebody else decides."
    if me in now.signers:
        return "You have agreed already; somebody else can decline it, and you can withdraw it."
    if not any(visitor.may(verb, now.batch.entity) for verb in VERBS["decline"]):
        return f"Only an approver or a releaser for {now.batch.entity} declines it."
    right = right_for(now, visitor, "decline")
    if right is not None and right.id == now.maker:
        return delegation.why_not(me, right, (), now.maker)
    return ""


def _against(now: standings.Standing, hub: Hub, visitor: Visitor, act: str, why_not: str) -> str:
    """Why the act of a page is not the reader's now; nothing where it is."""
    if act in ("", "withdraw"):
        return ""
    if act == "break-glass":
        return _why_no_glass(now, hub, visitor)
    if act == "decline":
        return _why_no_decline(now, visitor)
    if act == now.duty.value:
        return why_not
    if act == "approve":
        return f"It has its approvals; a releaser for {now.batch.entity} lets it go."
    if not now.need.releasers:
        return "No rule asks for a releaser here; the approvals suffice."
    return f"Release it once it is approved: {now.given} of {now.needed} approvals are there."


def right_for(now: standings.Standing, visitor: Visitor, act: str) -> Principal | None:
    """Whose right the reader would use for an act; None: their own, or nobody's."""
    offered = delegation.stands_in_for(visitor.grants, now.batch.entity, *VERBS[act]) if act in LENT else ()
    return delegation.chosen(offered, now.signatures, now.maker)


def window_of(hub: Hub, kind: WaitingKind, at: datetime) -> Window | None:
    """The window that payments of this kind would leave through if they were approved now."""
    route = route_of(kind, hub.routes, hub.accounts)
    if route is None:
        return None
    try:
        return window_at(kind, route, at)
    except Misconfigured:
        return None
