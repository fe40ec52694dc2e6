"""A held payment beside the one it looks like: meant, or a mistake?"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.api.looking import note_view
from gateway.console.pages.batches import other_of
from gateway.console.pages.decisions import reason_of
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.ids import batch_of
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.persistence.queries import console
from gateway.steps import approve
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303


@router.get("/payments/{payment_id}/hold")
def show_hold(request: Request, hub: TheHub, visitor: TheVisitor, payment_id: str) -> Response:
    """Both payments side by side."""
    return _show(request, hub, visitor, payment_id)


@router.post("/payments/{payment_id}/hold")
def post_hold(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, payment_id: str
) -> Response:  # fmt: skip
    """Releases the payment or declines it."""
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    choice = form.get("decision", "")
    if choice not in ("release", "decline"):
        errors["page"] = "Choose whether to release the payment or to decline it."
    if not errors:
        act = approve.release_hold if choice == "release" else approve.decline_held
        try:
            with hub.reading() as connection:
                payment = queries.get_payment(connection, visitor.scope, payment_id)
            visitor.check(Verb.HOLD_DECIDE, payment.entity)
            if choice == "release":
                second_factor.prove(hub, visitor.person.id, form.get("code", ""))
            with hub.unit_of_work(actor=visitor.person.id) as work:
                act(work, payment_id=payment_id, person_id=visitor.person.counts_as, reason=reason)
                work.commit()
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, payment_id, errors=errors, reason=reason, status=422)
    did = "release" if choice == "release" else "keep-out"
    return RedirectResponse(f"{PATH}/batches/{batch_of(payment_id)}?did={did}", SEE_OTHER)


def _show(
    request: Request, hub: Hub, visitor: Visitor, payment_id: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        payment = queries.get_payment(connection, visitor.scope, payment_id)
        other_id = other_of(payment)
        found = console.payments_by_id(connection, [other_id] if other_id else [])
    for one in (payment_id, *found):
        note_view(hub, visitor.person.id, "payment", one)
    return page(
        "hold", request, hub, visitor, status=status, section="payments", payment=payment,
        other=found.get(other_id or ""), errors=errors or {}, reason=reason,
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip
