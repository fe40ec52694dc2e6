"""Recalls: one person asks the bank for a payment back, another one confirms, and either may be taken back in time."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from formats.codes.other_reasons import CANCELLATION
from gateway import recalls
from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.console import words
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page, summed
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.recall import RECALLABLE, TAKEN_BACK, TEXT_LENGTH_MAX, RecallState
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.recalling import ask
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
OVERDUE = "overdue"
ABOUT_REASON = ("recall.unknown_reason", "recall.late")
"""Refusals that another reason may mend."""
USUAL = ("DUPL", "TECH", "FRAD", "CUST", "AM09", "AC03")
"""Reasons that stand first in the list: what SEPA knows."""
REASONS = [
    *((code, f"{code}: {CANCELLATION[code]}") for code in USUAL),
    *((code, f"{code}: {says}") for code, says in sorted(CANCELLATION.items()) if code not in USUAL),
]


@router.get("/payments/{payment_id}/recall")
def show_recall(request: Request, hub: TheHub, visitor: TheVisitor, payment_id: str) -> Response:
    """The page before a payment is asked back."""
    return _show_ask(request, hub, visitor, payment_id, {}, {})


@router.post("/payments/{payment_id}/recall")
def post_recall(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, payment_id: str
) -> Response:  # fmt: skip
    """One person asks."""
    errors: dict[str, str] = {}
    reason, person = reason_of(form, errors, needed=True), visitor.person
    if not errors:
        try:
            with hub.unit_of_work(actor=person.id) as work:
                visitor.check(Verb.RECALL_ASK, queries.get_payment(work.connection, visitor.scope, payment_id).entity)
                wish = ask.Wish(
                    payment_id=payment_id, reason_code=form.get("reason_code", ""), reason=reason,
                    person_id=person.counts_as, person_name=person.display_name,
                )  # fmt: skip
                ask.ask(work, wish, recalls.banks(hub))
                work.commit()
        except (Conflict, Forbidden, Unacceptable) as err:
            errors["reason_code" if err.code in ABOUT_REASON else "page"] = err.message
    if errors:
        return _show_ask(request, hub, visitor, payment_id, errors, form, status=422)
    return RedirectResponse(f"{PATH}/payments/{payment_id}#recall", SEE_OTHER)


@router.get("/recalls")
def list_recalls(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, bank: Word = "", state: Word = "",
    form: AsCsv = "html",
) -> Response:  # fmt: skip
    """Recalls, newest first; ``overdue`` is chosen like a state."""
    chosen = RecallState(state) if state in set(RecallState) else None
    with hub.reading() as connection:
        found = queries.list_recalls(
            connection, visitor.scope, bank=bank or None, state=chosen, overdue=True if state == OVERDUE else None,
            after=after, limit=ROWS,
        )  # fmt: skip
    if form == "csv":
        names = (
            "id", "payment_id", "bank", "amount", "currency", "creditor_name", "end_to_end_id", "reason_code", "state",
            "asked_by_name", "asked_at", "confirmed_by_name", "sent_at", "answer_due_at", "answer_overdue", "status",
            "status_reason",
        )  # fmt: skip
        return csv_file("recalls", names, ([getattr(one, name) for name in names] for one in found.items))
    states = [*((one.value, words.of(words.RECALL, one).short) for one in RecallState), (OVERDUE, "Answer overdue")]
    return page(
        "recalls", request, hub, visitor, section="payments", rows=found.items, banks=sorted(hub.profiles),
        states=states, chosen={"bank": bank, "state": state}, topic=None, totals=summed(found.items),
        further=with_query(request, after=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/recalls/{recall_id}")
def show_decision(request: Request, hub: TheHub, visitor: TheVisitor, recall_id: str) -> Response:
    """A recall, and what can be done about it."""
    return _show_recall(request, hub, visitor, recall_id, {}, {})


@router.post("/recalls/{recall_id}/confirm")
def post_confirmation(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, recall_id: str
) -> Response:  # fmt: skip
    """Another person agrees."""
    person = visitor.person
    with hub.reading() as connection:
        found = queries.get_recall(connection, visitor.scope, recall_id)
    try:
        visitor.check(Verb.RECALL_CONFIRM, found.entity)
        second_factor.prove(hub, person.id, form.get("code", ""))
        with hub.unit_of_work(actor=person.id) as work:
            ask.confirm(
                work, recall_id, person_id=person.counts_as, person_name=person.display_name, banks=recalls.banks(hub)
            )
            work.commit()
    except (Conflict, Forbidden, Unacceptable) as err:
        return _show_recall(request, hub, visitor, recall_id, {"page": err.message}, form, status=422)
    return RedirectResponse(f"{PATH}/payments/{found.payment_id}#recall", SEE_OTHER)


@router.post("/recalls/{recall_id}/withdraw")
def post_withdrawal(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, recall_id: str
) -> Response:  # fmt: skip
    """A person takes it back."""
    errors: dict[str, str] = {}
    reason, person = reason_of(form, errors, needed=True), visitor.person
    with hub.reading() as connection:
        found = queries.get_recall(connection, visitor.scope, recall_id)
    if not errors:
        try:
            visitor.check(Verb.RECALL_ASK, found.entity)
            with hub.unit_of_work(actor=person.id) as work:
                ask.take_back(work, recall_id, reason=reason)
                work.commit()
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show_recall(request, hub, visitor, recall_id, errors, form, status=422)
    return RedirectResponse(f"{PATH}/payments/{found.payment_id}#recall", SEE_OTHER)


def _show_ask(
    request: Request, hub: Hub, visitor: Visitor, payment_id: str, errors: dict[str, str], form: Form | dict[str, str],
    *, status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        payment = queries.get_payment(connection, visitor.scope, payment_id)
    by_message = payment.bank is not None and recalls.forms(hub)(payment.bank) is not None
    return page(
        "recall_ask", request, hub, visitor, status=status, section="payments", payment=payment, reasons=REASONS,
        recallable=payment.state in RECALLABLE, by_message=by_message, errors=errors, length_max=TEXT_LENGTH_MAX,
        reason=form.get("reason", ""), chosen=form.get("reason_code", ""),
    )  # fmt: skip


def _show_recall(
    request: Request, hub: Hub, visitor: Visitor, recall_id: str, errors: dict[str, str], form: Form | dict[str, str],
    *, status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        found = queries.get_recall(connection, visitor.scope, recall_id)
    return page(
        "recall", request, hub, visitor, status=status, section="payments", recall=found, errors=errors,
        mine=found.asked_by == visitor.person.counts_as, reason=form.get("reason", ""),
        withdrawable=found.state in TAKEN_BACK, asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip
