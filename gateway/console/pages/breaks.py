"""Breaks: what does not fit, why, who acts, and closing one."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api.auth import TheHub, entities_of_break
from gateway.api.looking import note_listing
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, TheVisitor, Visitor
from gateway.console.words import BREAK
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.roles import Verb
from gateway.persistence import break_desk, queries
from gateway.persistence.queries import console
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
STATES = ("open", "resolved", "all")


@router.get("/breaks")
def list_breaks(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, state: Word = "open", kind: Word = "",
    bank: Word = "", form: AsCsv = "html",
) -> Response:  # fmt: skip
    """Breaks, newest first; open ones unless asked otherwise."""
    wanted = state if state in STATES else "open"
    with hub.reading() as connection:
        found = queries.list_breaks(
            connection, visitor.scope, state=None if wanted == "all" else wanted, kind=kind or None, bank=bank or None,
            after=after, limit=ROWS,
        )  # fmt: skip
    if form == "csv":
        names = (
            "id", "kind", "bank", "account", "payment_id", "expected", "booked", "currency", "reason", "who_acts",
            "opened_at", "state", "resolution",
        )  # fmt: skip
        return csv_file("breaks", names, ([getattr(one, name) for name in names] for one in found.items))
    return page(
        "breaks", request, hub, visitor, section="breaks", rows=found.items, kinds=BREAK, banks=sorted(hub.profiles),
        chosen={"state": wanted, "kind": kind, "bank": bank}, states=STATES, topic=None,
        further=with_query(request, after=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/breaks/{break_id}")
def show_break(request: Request, hub: TheHub, visitor: TheVisitor, break_id: str, did: Word = "") -> Response:
    """One break, with the form that closes it."""
    return _show(request, hub, visitor, break_id, did=did)


@router.post("/breaks/{break_id}")
def close_break(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, break_id: str
) -> Response:  # fmt: skip
    """Closes a break with what was found out."""
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    if not errors:
        try:
            with hub.unit_of_work(actor=visitor.person.id) as work:
                found = queries.get_break(work.connection, visitor.scope, break_id)
                for entity in entities_of_break(hub, work.connection, found):
                    visitor.check(Verb.BREAK_RESOLVE, entity)
                break_desk.resolve(
                    work.connection, break_id, resolution=reason, person_id=visitor.person.id, at=work.at
                )  # fmt: skip
                work.note(action="break.resolved", subject=break_id, data={"kind": found.kind, "resolution": reason})
                work.commit()
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, break_id, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/breaks/{break_id}?did=close", SEE_OTHER)


def _show(
    request: Request, hub: Hub, visitor: Visitor, break_id: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200, did: str = "",
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        found = queries.get_break(connection, visitor.scope, break_id)
        payments = console.payments_by_id(connection, found.payment_ids)
        who = console.names(connection, [found.resolved_by])
    note_listing(hub, visitor.person.id, "payments", len(payments), subject=break_id)
    return page(
        "break", request, hub, visitor, status=status, section="breaks", one=found, payments=list(payments.values()),
        who=who, errors=errors or {}, reason=reason, did=did,
    )  # fmt: skip
