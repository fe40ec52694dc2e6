"""Giving a role, confirming what another administrator asked for, and ending a grant: each on a page of its own."""

from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.console import words
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.people import duties_of, person_line
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from gateway.domain.roles import BY_TWO, EVERY, GRANTABLE, Role, Verb
from gateway.persistence import grant_desk
from gateway.persistence.grants import GrantRow
from gateway.persistence.people import People, Person
from gateway.persistence.queries.people import GrantLine, PersonLine, list_grants
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
LAST_DAY_MAX = date(9998, 12, 31)
ACTS = ("confirm", "end")


@router.get("/people/{person_id}/grant")
def show_asking(request: Request, hub: TheHub, visitor: TheVisitor, person_id: str) -> Response:
    """The form for a new grant."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _show_asking(request, hub, visitor, person_id, {})


@router.post("/people/{person_id}/grant")
def post_asking(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, person_id: str
) -> Response:  # fmt: skip
    """Gives a role at once, or has it wait for a second administrator."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    role, entity = form.get("role", ""), form.get("entity", "")
    if role not in GRANTABLE:
        errors["role"] = "Choose a role."
    if entity not in entities_of(hub):
        errors["entity"] = "Choose an entity, or all of them."
    ends_at = end_of_day(form, "until", errors)
    row: GrantRow | None = None
    if not errors:
        try:
            with hub.unit_of_work(actor=visitor.person.id) as work:
                row = grant_desk.grant(
                    work, People(work.connection).get(person_id), Role(role), entity, by=visitor.person, reason=reason,
                    ends_at=ends_at,
                )  # fmt: skip
                work.commit()
        except (Conflict, Forbidden, Unacceptable) as err:
            errors["page"] = err.message
    if row is None:
        return _show_asking(request, hub, visitor, person_id, form, errors=errors, status=422)
    did = "asked" if row.since is None else "granted"
    return RedirectResponse(f"{PATH}/people/{person_id}?did={did}", SEE_OTHER)


@router.get("/grants/{grant_id}/{act}")
def show_deciding(request: Request, hub: TheHub, visitor: TheVisitor, grant_id: str, act: str) -> Response:
    """The page before a grant is confirmed or ended."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _show_deciding(request, hub, visitor, grant_id, act)


@router.post("/grants/{grant_id}/{act}")
def post_deciding(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, grant_id: str, act: str
) -> Response:  # fmt: skip
    """Confirms a grant, or ends it."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    if act not in ACTS:
        raise NotFound("There is no such page of a grant.")
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=act == "end")
    row: GrantRow | None = None
    if not errors:
        try:
            row = _decide(hub, visitor, grant_id, act, reason=reason, code=form.get("code", ""))
        except (Conflict, Forbidden, Unacceptable) as err:
            errors["page"] = err.message
    if row is None:
        return _show_deciding(request, hub, visitor, grant_id, act, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/people/{row.person_id}?did={act}", SEE_OTHER)


def _decide(hub: Hub, visitor: Visitor, grant_id: str, act: str, *, reason: str, code: str) -> GrantRow:
    if act == "confirm":
        second_factor.prove(hub, visitor.person.id, code)
    with hub.unit_of_work(actor=visitor.person.id) as work:
        if act == "confirm":
            row = grant_desk.confirm(work, grant_id, by=visitor.person)
        else:
            row = grant_desk.end(work, grant_id, by=visitor.person, reason=reason)
        work.commit()
    return row


def entities_of(hub: Hub) -> list[str]:
    """What a grant can be for: every entity that an account belongs to, and all of them."""
    return [*sorted({one.entity for one in hub.accounts.values()}), EVERY]


def end_of_day(form: Form, field: str, errors: dict[str, str]) -> datetime | None:
    """The end (UTC) of the day that was typed, None where none was; notes in ``errors`` what is wrong with it."""
    typed = form.get(field, "").strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        errors[field] = "Write the day like 2026-12-31."
        return None
    return datetime.combine(min(day, LAST_DAY_MAX) + timedelta(days=1), time.min, UTC)


def _show_asking(
    request: Request, hub: Hub, visitor: Visitor, person_id: str, typed: Form, *,
    errors: dict[str, str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        one = person_line(connection, hub, person_id)
    return page(
        "grant_new", request, hub, visitor, status=status, section="people", one=one, errors=errors or {},
        duties=duties_of(one.grants), roles=[(role.value, words.ROLE[role.value]) for role in GRANTABLE],
        entities=[(name, words.entity(name)) for name in entities_of(hub)], by_two=sorted(BY_TWO),
        typed={name: typed.get(name, "") for name in ("role", "entity", "until", "reason")},
        why_not=_own(visitor, one),
    )  # fmt: skip


def _show_deciding(
    request: Request, hub: Hub, visitor: Visitor, grant_id: str, act: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    if act not in ACTS:
        raise NotFound("There is no such page of a grant.")
    with hub.reading() as connection:
        row = next((one for one in list_grants(connection) if one.id == grant_id), None)
        if row is None:
            raise NotFound(f"There is no grant {grant_id}.")
        one = person_line(connection, hub, row.person_id)
        why_not = _why_not(connection, visitor, one, row, act, hub)
    return page(
        "grant", request, hub, visitor, status=status, section="people", act=act, row=row, one=one,
        errors=errors or {}, reason=reason, duties=duties_of(one.grants), why_not=why_not, unusual=_unusual(one, row),
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip


def _own(visitor: Visitor, one: PersonLine) -> str | None:
    if visitor.person.counts_as == (one.same_as or one.id):
        return "Nobody changes their own rights; another administrator must."
    return None


def _why_not(
    connection: Connection, visitor: Visitor, one: PersonLine, row: GrantLine, act: str, hub: Hub
) -> str | None:
    """Why this visitor cannot decide that now, or None."""
    over = row.ended_at is not None or (row.ends_at is not None and row.ends_at <= hub.clock.now())
    if over or (act == "confirm" and row.since is not None):
        return "This grant has ended already." if over else "This grant holds already; nobody needs to confirm it."
    if act == "confirm" and row.asked_by in {each.name for each in accounts_of(connection, visitor)}:
        return "You asked for this grant yourself; another administrator must confirm it."
    return _own(visitor, one)


def accounts_of(connection: Connection, visitor: Visitor) -> list[Person]:
    """Every account of the visitor: persons count, not accounts."""
    return [one for one in People(connection).all() if one.counts_as == visitor.person.counts_as]


def _unusual(one: PersonLine, row: GrantLine) -> list[str]:
    """What an administrator should see before confirming, one sentence each."""
    said = []
    held = {grant.role for grant in one.grants if EVERY in (grant.entity, row.entity) or grant.entity == row.entity}
    if {row.role, *held} >= {Role.MAKER, Role.APPROVER}:
        said.append(f"{one.display_name} would both bring and approve batches; never the same one, but both.")
    if row.role in BY_TWO and not one.second_factor:
        said.append(f"{one.display_name} has no second factor: whoever knows the password could act in this name.")
    if row.entity == EVERY:
        said.append("It is for all entities, also those that come later.")
    if row.ends_at is None and row.role in BY_TWO:
        said.append("It has no end: it holds until somebody ends it.")
    return said
