"""Letting a colleague sign for oneself, an administrator confirming that, and either side ending it."""

from datetime import UTC, date, datetime, time

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.api.delegations import named
from gateway.console import words
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.grants import end_of_day, entities_of
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.domain.delegation import DELEGABLE, LASTS_MAX
from gateway.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from gateway.domain.roles import EVERY, Role, Verb
from gateway.persistence import delegation_desk
from gateway.persistence.delegations import DelegationLine, Delegations
from gateway.persistence.people import People
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
ACTS = ("confirm", "end")
FIELDS = ("to", "duty", "from", "until", "reason")


@router.get("/people/{person_id}/delegate")
def show_asking(request: Request, hub: TheHub, visitor: TheVisitor, person_id: str) -> Response:
    """The form, for oneself only."""
    _check_own(visitor, person_id)
    return _show_asking(request, hub, visitor, {})


@router.post("/people/{person_id}/delegate")
def post_asking(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, person_id: str
) -> Response:  # fmt: skip
    """Asks; it then waits for an administrator."""
    _check_own(visitor, person_id)
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    if form.get("duty", "") not in dict(_duties(hub, visitor)):
        errors["duty"] = "Choose what is handed over."
    if not form.get("to", "").strip():
        errors["to"] = "Write the name your colleague signs in with."
    starts_at, ends_at = _begins(hub, form, errors), end_of_day(form, "until", errors)
    if ends_at is None and "until" not in errors:
        errors["until"] = "Choose the last day."
    if not errors and ends_at is not None:
        try:
            _delegate(hub, visitor, form, starts_at, ends_at, reason)
        except (Conflict, Forbidden, Unacceptable) as err:
            errors["to" if err.code == "delegation.unknown_person" else "page"] = err.message
    if errors:
        return _show_asking(request, hub, visitor, form, errors=errors, status=422)
    return RedirectResponse(f"{PATH}/people/{person_id}?did=delegated", SEE_OTHER)


@router.get("/delegations/{delegation_id}/{act}")
def show_deciding(request: Request, hub: TheHub, visitor: TheVisitor, delegation_id: str, act: str) -> Response:
    """The page before a delegation is confirmed or ended."""
    return _show_deciding(request, hub, visitor, delegation_id, act)


@router.post("/delegations/{delegation_id}/{act}")
def post_deciding(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, delegation_id: str, act: str
) -> Response:  # fmt: skip
    """Confirms a delegation, or ends it."""
    _check_concerned(visitor, _found(hub, delegation_id), act)
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=act == "end")
    if not errors:
        try:
            _decide(hub, visitor, delegation_id, act, reason=reason, code=form.get("code", ""))
        except (Conflict, Forbidden, Unacceptable) as err:
            errors["page"] = err.message
    if errors:
        return _show_deciding(request, hub, visitor, delegation_id, act, errors=errors, reason=reason, status=422)
    back = visitor.person.id if not visitor.may(Verb.PEOPLE_SEE) else _found(hub, delegation_id).person_id
    return RedirectResponse(f"{PATH}/people/{back}?did=delegation-{act}", SEE_OTHER)


def _delegate(
    hub: Hub, visitor: Visitor, form: Form, starts_at: datetime, ends_at: datetime, reason: str
) -> None:  # fmt: skip
    role, _, entity = form["duty"].partition(" ")
    second_factor.prove(hub, visitor.person.id, form.get("code", ""))
    with hub.unit_of_work(actor=visitor.person.id) as work:
        delegation_desk.delegate(
            work, visitor.person, named(People(work.connection), form["to"]), Role(role), entity, starts_at=starts_at,
            ends_at=ends_at, reason=reason,
        )  # fmt: skip
        work.commit()


def _decide(hub: Hub, visitor: Visitor, delegation_id: str, act: str, *, reason: str, code: str) -> None:
    if act == "confirm":
        second_factor.prove(hub, visitor.person.id, code)
    with hub.unit_of_work(actor=visitor.person.id) as work:
        if act == "confirm":
            delegation_desk.confirm(work, delegation_id, by=visitor.person)
        else:
            administrates = visitor.may(Verb.PEOPLE_GRANT, EVERY)
            delegation_desk.end(work, delegation_id, by=visitor.person, administrates=administrates, reason=reason)
        work.commit()


def _check_own(visitor: Visitor, person_id: str) -> None:
    if person_id != visitor.person.id:
        raise Forbidden("Only you yourself can let somebody sign for you.", code="delegation.not_yours")


def _check_concerned(visitor: Visitor, line: DelegationLine, act: str) -> None:
    """Raises unless the visitor may do that: an administrator anything, either side only end it."""
    if act not in ACTS:
        raise NotFound("There is no such page of a delegation.")
    if act == "end" and visitor.person.id in (line.giver_id, line.person_id):
        return
    visitor.check(Verb.PEOPLE_GRANT, EVERY)


def _found(hub: Hub, delegation_id: str) -> DelegationLine:
    with hub.reading() as connection:
        found = Delegations(connection).lines(delegation_id=delegation_id)
    if not found:
        raise NotFound(f"There is no delegation {delegation_id}.")
    return found[0]


def _begins(hub: Hub, form: Form, errors: dict[str, str]) -> datetime:
    """The beginning (UTC) of the day that was typed; now where none was."""
    typed = form.get("from", "").strip()
    try:
        return datetime.combine(date.fromisoformat(typed), time.min, UTC) if typed else hub.clock.now()
    except ValueError:
        errors["from"] = "Write the day like 2026-12-31."
        return hub.clock.now()


def _duties(hub: Hub, visitor: Visitor) -> list[tuple[str, str]]:
    """What the visitor can hand over: each duty of their own, for its entity, or for one where it is for all."""
    own = [one for one in visitor.grants if one.role in DELEGABLE and one.right_of is None]
    found = {
        (one.role.value, entity)
        for one in own
        for entity in (entities_of(hub) if one.entity == EVERY else (one.entity,))
    }
    return [(f"{role} {entity}", f"{role} for {words.entity(entity)}") for role, entity in sorted(found)]


def _show_asking(
    request: Request, hub: Hub, visitor: Visitor, typed: Form, *, errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    return page(
        "delegate", request, hub, visitor, status=status, section="people", errors=errors or {},
        duties=_duties(hub, visitor), typed={name: typed.get(name, "") for name in FIELDS}, days=LASTS_MAX.days,
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip


def _show_deciding(
    request: Request, hub: Hub, visitor: Visitor, delegation_id: str, act: str, *,
    errors: dict[str, str] | None = None, reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    line = _found(hub, delegation_id)
    _check_concerned(visitor, line, act)
    stands = line.stands(hub.clock.now())
    return page(
        "delegation", request, hub, visitor, status=status, section="people", act=act, line=line, stands=stands,
        errors=errors or {}, reason=reason, can=stands == "waiting" if act == "confirm" else stands != "over",
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip
