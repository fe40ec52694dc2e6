"""What waits for people in a batch, for a reader: the step's own answer, read without taking a lock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway.console.sessions import Visitor
from gateway.domain import delegation
from gateway.domain.approval import Decision
from gateway.domain.cutoff import Window
from gateway.domain.delegation import Principal
from gateway.domain.errors import Misconfigured
from gateway.domain.lifecycle import State
from gateway.domain.roles import Verb
from gateway.domain.routing import route_of, window_at
from gateway.persistence.batches import Batches
from gateway.persistence.queries import ApprovalLine, BatchDetail, Total, WaitingKind, console
from gateway.wiring import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits in a batch, who agreed, who still can, and whether the reader is among them.

    ``lapsed`` are approvals of a content that has changed since; ``why_not`` says why the reader cannot decide;
    ``right`` whose right the reader would use, where it is not their own.
    """

    digest: str | None
    count: int
    totals: list[Total]
    held: int
    given: list[ApprovalLine]
    lapsed: list[ApprovalLine]
    needed: int
    can_still: list[str]
    why_not: str
    right: Principal | None = None

    @property
    def missing(self) -> int:
        """Approvals that are still missing."""
        return max(0, self.needed - len(self.given))


def standing(connection: Connection, hub: Hub, batch: BatchDetail, visitor: Visitor) -> Standing:
    """What waits in this batch, for this reader."""
    waiting = [one for one in batch.states if one.state == State.VALIDATED and not one.held]
    held = sum(one.count for one in batch.states if one.state == State.VALIDATED and one.held)
    digest = console.waiting_digest(connection, batch.id) if waiting else None
    said = [one for one in batch.approvals if one.decision == Decision.APPROVE.value]
    given = [one for one in said if one.digest == digest]
    besides = ({batch.maker} if batch.maker_is_person else set()).union(*map(delegation.behind, given))
    return Standing(
        digest=digest,
        count=sum(one.count for one in waiting),
        totals=[Total(one.currency, one.amount) for one in waiting],
        held=held,
        given=given,
        lapsed=[one for one in said if digest is not None and one.digest != digest],
        needed=hub.policy.approvals_needed(Batches(connection).get(batch.id)),
        can_still=console.deciders(connection, entity=batch.entity, at=hub.clock.now(), besides=besides),
        why_not=_why_not(batch, given, visitor),
        right=_right(batch, given, visitor),
    )


def _why_not(batch: BatchDetail, given: list[ApprovalLine], visitor: Visitor) -> str:
    me = visitor.person.counts_as
    if batch.maker_is_person and batch.maker == me:
        return "You brought this batch, so somebody else decides."
    if any(one.person_id == me for one in given):
        return "You have agreed already; it waits for somebody else."
    maker = batch.maker if batch.maker_is_person else None
    same = delegation.why_not(me, _right(batch, given, visitor), given, maker)
    if same:
        return same
    if not visitor.may(Verb.BATCH_APPROVE, batch.entity):
        return f"Only an approver for {batch.entity} decides about it."
    return ""


def _right(batch: BatchDetail, given: list[ApprovalLine], visitor: Visitor) -> Principal | None:
    """Whose right the visitor would sign with; None: their own."""
    offered = delegation.stands_in_for(visitor.grants, Verb.BATCH_APPROVE, batch.entity)
    return delegation.chosen(offered, given, batch.maker if batch.maker_is_person else None)


def window_of(hub: Hub, kind: WaitingKind, at: datetime) -> Window | None:
    """The window that payments of this kind would leave through if they were approved now."""
    route = route_of(kind, hub.routes, hub.accounts)
    if route is None:
        return None
    try:
        return window_at(kind, route, at)
    except Misconfigured:
        return None
