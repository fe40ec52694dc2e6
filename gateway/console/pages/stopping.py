"""Stopping payments: a hold on one or on a whole batch, a word about all holds of a batch, one payment withdrawn."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.api.stopping import OWNER_LENGTH_MAX, check_owner
from gateway.console.pages.decisions import reason_of
from gateway.console.rendering import page, summed
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.hold import HOLDABLE, OWNER
from gateway.domain.ids import batch_of
from gateway.domain.lifecycle import State
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.persistence.people import People
from gateway.persistence.queries import BatchDetail, PaymentDetail, Total
from gateway.persistence.queries.holds import HoldLine, holds_of
from gateway.stopping import hold, withdraw
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
STOPPABLE = (*HOLDABLE, State.GENERATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What would be stopped: one payment, or all of a batch that still can be; nothing where ``count`` is 0."""

    batch: BatchDetail
    payment: PaymentDetail | None
    count: int
    sums: list[Total]

    @property
    def named(self) -> list[str] | None:
        """The payments as the acts want them."""
        return None if self.payment is None else [self.payment.id]

    @property
    def path(self) -> str:
        """The page to go back to."""
        return f"payments/{self.payment.id}" if self.payment is not None else f"batches/{self.batch.id}"


@router.get("/payments/{payment_id}/put-on-hold")
def show_hold_of_payment(request: Request, hub: TheHub, visitor: TheVisitor, payment_id: str) -> Response:
    """The page before one payment is held."""
    return _show(request, hub, visitor, "hold", batch_of(payment_id), payment_id)


@router.post("/payments/{payment_id}/put-on-hold")
def post_hold_of_payment(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, payment_id: str
) -> Response:  # fmt: skip
    """Holds one payment."""
    return _post(request, hub, visitor, form, "hold", batch_of(payment_id), payment_id)


@router.get("/payments/{payment_id}/withdraw")
def show_withdrawal(request: Request, hub: TheHub, visitor: TheVisitor, payment_id: str) -> Response:
    """The page before one payment is withdrawn."""
    return _show(request, hub, visitor, "withdraw", batch_of(payment_id), payment_id)


@router.post("/payments/{payment_id}/withdraw")
def post_withdrawal(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, payment_id: str
) -> Response:  # fmt: skip
    """Withdraws one payment."""
    return _post(request, hub, visitor, form, "withdraw", batch_of(payment_id), payment_id)


@router.get("/batches/{batch_id}/put-on-hold")
def show_hold_of_batch(request: Request, hub: TheHub, visitor: TheVisitor, batch_id: str) -> Response:
    """The page before a whole batch is held."""
    return _show(request, hub, visitor, "hold", batch_id, None)


@router.post("/batches/{batch_id}/put-on-hold")
def post_hold_of_batch(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, batch_id: str
) -> Response:  # fmt: skip
    """Holds everything of a batch that still can be."""
    return _post(request, hub, visitor, form, "hold", batch_id, None)


@router.get("/batches/{batch_id}/holds")
def show_holds(request: Request, hub: TheHub, visitor: TheVisitor, batch_id: str) -> Response:
    """All holds of a batch, by why they are held, and what people said of them."""
    return _show_holds(request, hub, visitor, batch_id)


@router.post("/batches/{batch_id}/holds")
def post_holds(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, batch_id: str
) -> Response:  # fmt: skip
    """A person's word about all of them at once."""
    errors: dict[str, str] = {}
    reason, choice = reason_of(form, errors, needed=True), form.get("decision", "")
    if choice not in ("release", "decline"):
        errors["page"] = "Choose whether to release the payments or to decline them."
    did = ""
    if not errors:
        try:
            did = decide(hub, visitor, batch_id, None, choice, reason=reason, form=form)
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show_holds(request, hub, visitor, batch_id, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/batches/{batch_id}?did={did}", SEE_OTHER)


def decide(
    hub: Hub, visitor: Visitor, batch_id: str, payment_ids: list[str] | None, choice: str, *, reason: str, form: Form
) -> str:
    """A visitor's word about held payments; gives what that did, as the batch's page knows it."""
    person = visitor.person
    with hub.reading() as connection:
        entity = queries.get_batch(connection, visitor.scope, batch_id).entity
    visitor.check(Verb.HOLD_DECIDE, entity)
    if choice == "release":
        second_factor.prove(hub, person.id, form.get("code", ""))
    with hub.unit_of_work(actor=person.id) as work:
        released = 0
        if choice == "release":
            released = hold.release(
                work, batch_id=batch_id, payment_ids=payment_ids, person_id=person.counts_as,
                person_name=person.display_name, reason=reason, policy=hub.holds, seen=form.get("digest", ""),
            ).released  # fmt: skip
        else:
            hold.decline(
                work, batch_id=batch_id, payment_ids=payment_ids, person_id=person.counts_as, reason=reason,
                seen=form.get("digest", ""),
            )  # fmt: skip
        work.commit()
    return "keep-out" if choice == "decline" else "release" if released else "release-word"


def _post(
    request: Request, hub: Hub, visitor: Visitor, form: Form, act: str, batch_id: str, payment_id: str | None
) -> Response:
    errors: dict[str, str] = {}
    reason, owner = reason_of(form, errors, needed=True), form.get("owner", "").strip() or OWNER
    if not errors:
        try:
            _stop(hub, visitor, act, batch_id, payment_id, reason=reason, owner=owner[:OWNER_LENGTH_MAX])
        except Unacceptable as err:
            errors["owner"] = err.message
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(
            request, hub, visitor, act, batch_id, payment_id, errors=errors, reason=reason, owner=owner, status=422
        )
    return RedirectResponse(f"{PATH}/batches/{batch_id}?did={'withdraw' if act == 'withdraw' else 'hold'}", SEE_OTHER)


def _stop(
    hub: Hub, visitor: Visitor, act: str, batch_id: str, payment_id: str | None, *, reason: str, owner: str
) -> None:  # fmt: skip
    person, named = visitor.person, None if payment_id is None else [payment_id]
    with hub.unit_of_work(actor=person.id) as work:
        entity = queries.get_batch(work.connection, visitor.scope, batch_id).entity
        visitor.check(Verb.HOLD_PUT if act == "hold" else Verb.BATCH_WITHDRAW, entity)
        if act == "hold":
            check_owner(People(work.connection), owner)
            hold.put(
                work, batch_id=batch_id, payment_ids=named, person_id=person.counts_as, reason=reason, owner=owner
            )  # fmt: skip
        else:
            withdraw.withdraw(work, batch_id=batch_id, payment_ids=named, actor=person.id, reason=reason)
        work.commit()


def _show(
    request: Request, hub: Hub, visitor: Visitor, act: str, batch_id: str, payment_id: str | None, *,
    errors: dict[str, str] | None = None, reason: str = "", owner: str = OWNER, status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        subject = _subject(connection, visitor, act, batch_id, payment_id)
    return page(
        "stop", request, hub, visitor, status=status, section="payments" if payment_id else "batches", act=act,
        batch=subject.batch, payment=subject.payment, count=subject.count, sums=subject.sums, back=subject.path,
        errors=errors or {}, reason=reason, owner=owner, needed=hub.holds.needed("manual"),
    )  # fmt: skip


def _subject(
    connection: Connection, visitor: Visitor, act: str, batch_id: str, payment_id: str | None
) -> Subject:  # fmt: skip
    batch = queries.get_batch(connection, visitor.scope, batch_id)
    if payment_id is not None:
        payment = queries.get_payment(connection, visitor.scope, payment_id)
        can = payment.state in STOPPABLE and not (act == "hold" and payment.hold)
        return Subject(
            batch=batch, payment=payment, count=int(can), sums=[Total(payment.currency, payment.amount)]
        )  # fmt: skip
    groups = [one for one in batch.states if one.state in HOLDABLE and not one.held]
    groups += queries.withdrawable_in_files(connection, batch_id)
    return Subject(batch=batch, payment=None, count=sum(one.count for one in groups), sums=summed(groups))


def _show_holds(
    request: Request, hub: Hub, visitor: Visitor, batch_id: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        batch = queries.get_batch(connection, visitor.scope, batch_id)
        now = holds_of(connection, batch_id)
    held = now.holds
    return page(
        "holds", request, hub, visitor, status=status, section="batches", batch=batch, held=held, digest=now.digest,
        needed={one.kind: hub.holds.needed(one.kind) for one in held}, count=sum(one.count for one in held),
        sums=summed(held), said=_said(held, visitor), errors=errors or {}, reason=reason,
        mine=batch.maker_is_person and batch.maker == visitor.person.counts_as,
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip


def _said(held: list[HoldLine], visitor: Visitor) -> bool:
    """Whether the visitor has spoken of all of them."""
    me = visitor.person.counts_as
    return bool(held) and all(
        any(word.person_id == me and word.count == one.count for word in one.words) for one in held
    )
