"""Taking a lost second factor away: asking for it, confirming what another administrator asked for, taking it back."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api import resetting, second_factor
from gateway.api.auth import TheHub
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.people import administrates, duties_of, person_line
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden, NotFound
from gateway.domain.roles import EVERY, Verb
from gateway.persistence.people import People
from gateway.persistence.queries.people import PersonLine
from gateway.persistence.resets import ResetLine, Resets
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
ASK = "ask"
ACTS = ("confirm", "end")


@router.get("/people/{person_id}/second-factor")
def show_asking(request: Request, hub: TheHub, visitor: TheVisitor, person_id: str) -> Response:
    """The page before one administrator asks."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _show(request, hub, visitor, person_id, ASK)


@router.post("/people/{person_id}/second-factor")
def post_asking(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, person_id: str
) -> Response:  # fmt: skip
    """Asks; it then waits for another administrator."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _post(request, hub, visitor, form, person_id, ASK)


@router.get("/people/{person_id}/second-factor/{act}")
def show_deciding(request: Request, hub: TheHub, visitor: TheVisitor, person_id: str, act: str) -> Response:
    """The page before the second factor is taken away, or the request is taken back."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _show(request, hub, visitor, person_id, act)


@router.post("/people/{person_id}/second-factor/{act}")
def post_deciding(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, person_id: str, act: str
) -> Response:  # fmt: skip
    """Takes the second factor away, or the request back."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _post(request, hub, visitor, form, person_id, act)


def _post(
    request: Request, hub: Hub, visitor: Visitor, form: CheckedForm, person_id: str, act: str
) -> Response:  # fmt: skip
    if act not in (ASK, *ACTS):
        raise NotFound("There is no such page of a person.")
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=act != "confirm")
    with hub.reading() as connection:
        person = People(connection).get(person_id)
    if not errors:
        try:
            if act == ASK:
                resetting.ask(hub, person, by=visitor.person, reason=reason)
            elif act == "confirm":
                resetting.confirm(hub, person, by=visitor.person, code=form.get("code", ""))
            else:
                resetting.end(hub, person, by=visitor.person, reason=reason)
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, person_id, act, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/people/{person_id}?did=reset-{act}", SEE_OTHER)


def _show(
    request: Request, hub: Hub, visitor: Visitor, person_id: str, act: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    if act not in (ASK, *ACTS):
        raise NotFound("There is no such page of a person.")
    with hub.reading() as connection:
        one = person_line(connection, hub, person_id)
        waits = next(iter(Resets(connection, at=hub.clock.now()).waiting(person_id)), None)
    return page(
        "person_reset", request, hub, visitor, status=status, section="people", one=one, errors=errors or {},
        reason=reason, duties=duties_of(one.grants), act=act, waits=waits, why_not=_why_not(visitor, one, waits, act),
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip


def _why_not(visitor: Visitor, one: PersonLine, waits: ResetLine | None, act: str) -> str:
    """Why this visitor cannot do that now; nothing where they can."""
    if not one.second_factor:
        return f"{one.display_name} has no second factor; nothing is to be taken away."
    if not administrates(visitor, one):
        return "Nobody changes their own rights; another administrator must."
    if act == ASK:
        return "It is asked for already; another administrator must confirm it." if waits else ""
    if waits is None:
        return "No reset waits for anybody; it may have been decided already."
    if act == "confirm" and waits.asker == visitor.person.counts_as:
        return "You asked for this yourself; another administrator must confirm it."
    return ""
