"""Batches: the list, and one of them with its path, its findings, what is held, and who agreed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from gateway.api.auth import TheHub
from gateway.api.looking import note_listing
from gateway.console import walk
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page, summed
from gateway.console.sessions import TheVisitor
from gateway.console.standing import Standing, standing
from gateway.domain.approval import Approval, Decision
from gateway.domain.hold import HOLDABLE
from gateway.domain.lifecycle import FINAL, State
from gateway.domain.policy import GLASS_PERSONS
from gateway.persistence import queries
from gateway.persistence.queries import BatchDetail, BatchLine, FindingLine, PaymentLine, Total, console
from gateway.stopping.withdraw import WITHDRAWABLE

router = APIRouter()
HELD_SHOWN = 50
FINDINGS_SHOWN = 100
PAYMENTS_SHOWN = 100
AFTER = "^(approve|decline|release|release-batch|release-word|break-glass|hold|keep-out|withdraw|renew)$"


@router.get("/batches")
def list_batches(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, state: Word = "", entity: Word = "",
    held: Annotated[bool, Query()] = False, form: AsCsv = "html",
) -> Response:  # fmt: skip
    """Batches, newest first, with filters in the address."""
    chosen = State(state) if state in set(State) else None
    with hub.reading() as connection:
        found = queries.list_batches(
            connection, visitor.scope, after=after, limit=ROWS, state=chosen, entity=entity or None, held=held or None
        )
        entities = console.entities(connection, visitor.scope)
        who = console.names(connection, [one.maker for one in found.items])
    if form == "csv":
        return _as_csv(found.items, who)
    return page(
        "batches", request, hub, visitor, section="batches", rows=found.items, who=who, entities=entities,
        chosen={"state": state, "entity": entity, "held": held}, states=list(State),
        totals=summed([total for one in found.items for total in one.totals]),
        count=sum(one.payments for one in found.items), worst={one.id: _worst(one) for one in found.items},
        further=with_query(request, after=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}), topic=None,
    )  # fmt: skip


@router.get("/batches/{batch_id}")
def show_batch(
    request: Request, hub: TheHub, visitor: TheVisitor, batch_id: str, page_after: After = None,
    did: Annotated[str, Query(pattern=AFTER)] = "",
) -> Response:  # fmt: skip
    """One batch. ``did`` says what the reader has just decided, so that the page can say what is next."""
    with hub.reading() as connection:
        batch = queries.get_batch(connection, visitor.scope, batch_id)
        now = standing(connection, hub, batch, visitor)
        held = queries.list_payments(
            connection, visitor.scope, batch_id=batch_id, among=HOLDABLE, held=True, limit=HELD_SHOWN
        )
        pairs = _pairs(connection, held.items)
        files = queries.list_files(connection, visitor.scope, batch_id=batch_id).items
        payments = queries.list_payments(
            connection, visitor.scope, batch_id=batch_id, after=page_after, limit=PAYMENTS_SHOWN
        )
        who = console.names(connection, [batch.maker])
        built = queries.withdrawable_in_files(connection, batch_id)
        newest = console.newest_event(connection)
    note_listing(hub, visitor.person.id, "payments", len(payments.items), subject=batch_id, query={"after": page_after})
    return page(
        "batch", request, hub, visitor, section="batches", batch=batch, standing=now,
        stops=walk.of_batch(batch.states), findings=gathered(batch.findings), did=did, topic=batch_id,
        held=pairs, held_count=sum(one.count for one in batch.states if one.held and one.state in HOLDABLE),
        files=files, payments=payments, who=who, newest=newest,
        missed=sum(one.count for one in batch.states if one.state == State.EXPIRED),
        withdrawable=sum(one.count for one in batch.states if State(one.state) in WITHDRAWABLE)
        + sum(one.count for one in built),
        further=with_query(request, page_after=payments.next, did=None), next_words=_next(batch, now),
        let_go=_let_go(now),
    )  # fmt: skip


def gathered(findings: Sequence[FindingLine]) -> list[tuple[FindingLine, list[FindingLine]]]:
    """Findings of the same rule, words and advice together: the first of them, and all of them."""
    groups: dict[tuple[str, str, str], list[FindingLine]] = {}
    for one in findings:
        groups.setdefault((one.rule, one.message, one.advice), []).append(one)
    return [(members[0], members) for members in groups.values()][:FINDINGS_SHOWN]


def other_of(payment: PaymentLine) -> str | None:
    """The payment a held one looks like, as its hold names it."""
    words = (payment.hold_reason or "").replace(".", " ").split()
    return next((word for word in words if "-" in word and len(word) > 30 and word != payment.id), None)


def _pairs(connection: Connection, held: list[PaymentLine]) -> list[tuple[PaymentLine, PaymentLine | None]]:
    others = {one.id: other_of(one) for one in held}
    found = console.payments_by_id(connection, [one for one in others.values() if one])
    return [(one, found.get(others[one.id] or "")) for one in held]


def _worst(batch: BatchLine) -> tuple[str, bool, int]:
    """The group of payments a list line speaks of: what somebody must act on first, else the most numerous one."""
    urgent = {State.IN_DOUBT: 0, State.VALIDATED: 1, State.REJECTED: 2, State.RETURNED: 2, State.INVALID: 3}
    held = [one for one in batch.states if one.held and one.state in HOLDABLE]
    groups = held or sorted(batch.states, key=lambda one: (urgent.get(State(one.state), 9), -one.count))
    if not groups:
        return State.RECEIVED.value, False, 0
    first = groups[0]
    same = [one for one in batch.states if (one.state, one.held) == (first.state, first.held)]
    return first.state, first.held, sum(one.count for one in same)


def _let_go(now: Standing) -> list[Approval]:
    """The words of those who let payments go against the rules: two about the same content, which went with them."""
    broke = [one for one in now.approvals if one.decision is Decision.BREAK_GLASS and one.digest != now.digest]
    about = Counter(one.digest for one in broke)
    return [one for one in broke if about[one.digest] >= GLASS_PERSONS]


def _next(batch: BatchDetail, now: Standing) -> str:
    """What happens next with a batch, in a sentence."""
    states = {State(one.state) for one in batch.states}
    if now.count:
        return "It waits for people."
    for state, says in _FOLLOWS:
        if state in states:
            return says
    proven = sum(one.count for one in batch.states if one.state == State.RECONCILED)
    stopped = sum(one.count for one in batch.states if State(one.state) in FINAL)
    if not proven:
        return "It goes no further."
    return "It is done" + (f": {proven:,} paid and proven, {stopped:,} stopped." if stopped else ", paid and proven.")


_FOLLOWS = (
    (State.IN_DOUBT, "We look at the bank to find out whether the file arrived; nothing is sent again on a guess."),
    (State.RECEIVED, "It is being checked."),
    (State.APPROVED, "Its bank, day and window are being chosen."),
    (State.SCHEDULED, "The bank file is built when the window opens."),
    (State.GENERATED, "The bank file is stored and leaves next."),
    (State.SUBMITTED, "The bank holds the file; its answer is expected."),
    (State.ACKNOWLEDGED, "The bank accepted; a booking on the account is expected."),
    (State.SETTLED, "It is booked; the bank's statement will prove it."),
)


def _as_csv(rows: list[BatchLine], who: Mapping[str, str]) -> Response:
    header = (
        "id",
        "message_id",
        "entity",
        "source",
        "received_at",
        "brought_by",
        "payments",
        "totals",
        "state",
        "stands",
    )
    return csv_file(
        "batches", header,
        (
            (one.id, one.message_id, one.entity, one.source, one.received_at.isoformat(), who.get(one.maker, one.maker),
             one.payments, _plain(one.totals), _worst(one)[0], _worst(one)[2])
            for one in rows
        ),
    )  # fmt: skip


def _plain(totals: Sequence[Total]) -> str:
    return " ".join(f"{one.currency} {one.amount:f}" for one in totals)
