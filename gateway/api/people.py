"""``/v1/people`` and ``/v1/grants``: who may do what, and administrators changing it, two of them where it matters."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from gateway.api import resetting, second_factor
from gateway.api.auth import Caller, TheHub, needs
from gateway.api.signing import Code
from gateway.domain.errors import Unacceptable
from gateway.domain.roles import EVERY, Verb, role_of
from gateway.persistence import grant_desk
from gateway.persistence.people import People, Person
from gateway.persistence.queries.people import GrantLine, PersonLine, list_grants, list_people
from gateway.persistence.resets import ResetLine, Resets
from gateway.wiring import Hub

router = APIRouter(tags=["people"])
CREATED = 201
Reason = Annotated[str, Field(min_length=3, max_length=500)]


class Everybody(BaseModel):
    """All people by name."""

    items: list[PersonLine]


class GrantHistory(BaseModel):
    """Grants, newest first, those that ended too."""

    items: list[GrantLine]


class WaitingResets(BaseModel):
    """Requests to take a lost second factor away, newest first."""

    items: list[ResetLine]


class NewGrant(BaseModel):
    """A role for one legal entity (``*``: all), until a moment or until somebody ends it."""

    role: Annotated[str, Field(max_length=20)]
    entity: Annotated[str, Field(min_length=1, max_length=35)]
    reason: Reason
    ends_at: AwareDatetime | None = None


class Ending(BaseModel):
    """Why something is taken away."""

    reason: Reason


def looker(caller: Annotated[Caller, Depends(needs(Verb.PEOPLE_SEE, person=True))]) -> Caller:
    """The caller, who may see everybody: people belong to no entity, so it takes a grant for all of them."""
    caller.check(Verb.PEOPLE_SEE, EVERY)
    return caller


def granter(caller: Annotated[Caller, Depends(needs(Verb.PEOPLE_GRANT, person=True))]) -> Caller:
    """The caller, who administrates all entities."""
    caller.check(Verb.PEOPLE_GRANT, EVERY)
    return caller


Looker = Annotated[Caller, Depends(looker)]
Granter = Annotated[Caller, Depends(granter)]


@router.get("/people")
def list_everybody(hub: TheHub, _caller: Looker) -> Everybody:
    """Everybody, with what they may do now."""
    with hub.reading() as connection:
        return Everybody(items=list_people(connection, hub.clock.now()))


@router.get("/grants")
def grant_history(hub: TheHub, _caller: Looker) -> GrantHistory:
    """Who granted what to whom, and until when."""
    with hub.reading() as connection:
        return GrantHistory(items=list_grants(connection))


@router.post("/people/{person_id}/grants", status_code=CREATED)
def post_grant(hub: TheHub, caller: Granter, person_id: str, body: NewGrant) -> GrantLine:
    """Grants a role, or asks a second administrator to confirm it (approver, releaser, administrator)."""
    role = role_of(body.role)
    known = {EVERY} | {one.entity for one in hub.accounts.values()}
    if body.entity not in known:
        raise Unacceptable(f"No account belongs to {body.entity}.", code="person.unknown_entity")
    with hub.unit_of_work(actor=caller.id) as work:
        people = People(work.connection)
        row = grant_desk.grant(
            work, people.get(person_id), role, body.entity, by=people.get(caller.id), reason=body.reason,
            ends_at=body.ends_at,
        )  # fmt: skip
        work.commit()
    return _line(hub, row.id)


@router.get("/second-factor-resets")
def waiting_resets(hub: TheHub, _caller: Looker) -> WaitingResets:
    """Second factors that an administrator asked to take away, and that wait for another one's word."""
    with hub.reading() as connection:
        return WaitingResets(items=Resets(connection, at=hub.clock.now()).waiting())


@router.post("/people/{person_id}/second-factor-reset", status_code=CREATED)
def post_reset(hub: TheHub, caller: Granter, person_id: str, body: Ending) -> ResetLine:
    """Asks that a lost second factor is taken away; another administrator confirms it."""
    person, by = _both(hub, person_id, caller)
    return resetting.ask(hub, person, by=by, reason=body.reason)


@router.post("/people/{person_id}/second-factor-reset/confirmation")
def post_reset_confirmation(hub: TheHub, caller: Granter, person_id: str, x_second_factor: Code = None) -> PersonLine:
    """The second administrator's word, with their second factor where they have one. The person sets up a new one
    before anything that asks for a code.
    """
    person, by = _both(hub, person_id, caller)
    resetting.confirm(hub, person, by=by, code=x_second_factor)
    return _person(hub, person_id)


@router.post("/people/{person_id}/second-factor-reset/end")
def post_reset_end(hub: TheHub, caller: Granter, person_id: str, body: Ending) -> PersonLine:
    """Takes such a request back; the second factor stays."""
    person, by = _both(hub, person_id, caller)
    resetting.end(hub, person, by=by, reason=body.reason)
    return _person(hub, person_id)


@router.post("/grants/{grant_id}/confirmation")
def post_confirmation(hub: TheHub, caller: Granter, grant_id: str, x_second_factor: Code = None) -> GrantLine:
    """The second administrator's word, with their second factor where they have one."""
    second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        grant_desk.confirm(work, grant_id, by=People(work.connection).get(caller.id))
        work.commit()
    return _line(hub, grant_id)


@router.post("/grants/{grant_id}/end")
def post_end(hub: TheHub, caller: Granter, grant_id: str, body: Ending) -> GrantLine:
    """Ends a grant at once."""
    with hub.unit_of_work(actor=caller.id) as work:
        grant_desk.end(work, grant_id, by=People(work.connection).get(caller.id), reason=body.reason)
        work.commit()
    return _line(hub, grant_id)


def _both(hub: Hub, person_id: str, caller: Caller) -> tuple[Person, Person]:
    with hub.reading() as connection:
        people = People(connection)
        return people.get(person_id), people.get(caller.id)


def _person(hub: Hub, person_id: str) -> PersonLine:
    with hub.reading() as connection:
        return next(one for one in list_people(connection, hub.clock.now()) if one.id == person_id)


def _line(hub: Hub, grant_id: str) -> GrantLine:
    with hub.reading() as connection:
        return next(one for one in list_grants(connection) if one.id == grant_id)
