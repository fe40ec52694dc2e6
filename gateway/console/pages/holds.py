"""A held payment beside the one it looks like: meant, or a mistake?"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.api.looking import note_view
from gateway.console.pages.batches import other_of
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.stopping import decide
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.hold import HOLDABLE
from gateway.domain.ids import batch_of
from gateway.persistence import queries
from gateway.persistence.queries import console
from gateway.persistence.queries.holds import digest_of
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303


@router.get("/payments/{payment_id}/hold")
def show_hold(request: Request, hub: TheHub, visitor: TheVisitor, payment_id: str) -> Response:
    """Both payments side by side, why this one is held, and what people said."""
    return _show(request, hub, visitor, payment_id)


@router.post("/payments/{payment_id}/hold")
def post_hold(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, payment_id: str
) -> Response:  # fmt: skip
    """Takes the person's word that the payment is meant, or declines it."""
    errors: dict[str, str] = {}
    reason, choice, did = reason_of(form, errors, needed=True), form.get("decision", ""), ""
    if choice not in ("release", "decline"):
        errors["page"] = "Choose whether to release the payment or to decline it."
    if not errors:
        try:
            did = decide(hub, visitor, batch_of(payment_id), [payment_id], choice, reason=reason, form=form)
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, payment_id, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/batches/{batch_of(payment_id)}?did={did}", SEE_OTHER)


def _show(
    request: Request, hub: Hub, visitor: Visitor, payment_id: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        payment = queries.get_payment(connection, visitor.scope, payment_id)
        batch = console.headers(connection, [payment.batch_id])[payment.batch_id]
        other_id = other_of(payment)
        found = console.payments_by_id(connection, [other_id] if other_id else [])
        who = console.names(connection, [payment.hold_by])
    me = visitor.person.counts_as
    for one in (payment_id, *found):
        note_view(hub, visitor.person.id, "payment", one)
    return page(
        "hold", request, hub, visitor, status=status, section="payments", payment=payment,
        held=payment.hold is not None and payment.state in HOLDABLE, who=who, digest=digest_of(payment),
        missing=max(0, hub.holds.needed(payment.hold or "") - len(payment.hold_words)),
        mine=batch.maker_is_person and batch.maker == me,
        said=any(one.person_id == me for one in payment.hold_words),
        other=found.get(other_id or ""), errors=errors or {}, reason=reason,
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip
