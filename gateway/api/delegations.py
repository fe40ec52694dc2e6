"""``/v1/delegations``: who signs for whom and until when; holders ask, an administrator confirms, either side ends."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from gateway.api import second_factor
from gateway.api.auth import Anybody, Caller, TheHub
from gateway.api.people import CREATED, Ending, Granter, Reason
from gateway.api.signing import Code
from gateway.domain.errors import Forbidden, Unacceptable
from gateway.domain.roles import EVERY, Role, Verb, role_of
from gateway.persistence import delegation_desk
from gateway.persistence.delegations import DelegationLine, Delegations
from gateway.persistence.people import People, Person
from gateway.wiring import Hub

router = APIRouter(tags=["people"])


class DelegationView(BaseModel):
    """One delegation. ``stands``: waiting for an administrator, coming, holds, over."""

    id: str
    giver: str
    taker: str
    role: Role
    entity: str
    reason: str
    stands: str
    asked_at: datetime
    starts_at: datetime
    ends_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None


class DelegationList(BaseModel):
    """Delegations, newest first, those that are over too."""

    items: list[DelegationView]


class NewDelegation(BaseModel):
    """Whom (by the name they sign in with) the caller lets sign for them, as what, and in which days."""

    to: Annotated[str, Field(min_length=1, max_length=140)]
    role: Annotated[str, Field(max_length=20)]
    entity: Annotated[str, Field(min_length=1, max_length=35)]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Reason


def person(caller: Anybody) -> Caller:
    """The caller, who is a person: an API client signs nothing and has nothing to hand over."""
    if not caller.is_person:
        raise Forbidden("Only a person may do this, with a personal token (php_…).", code="request.person_needed")
    return caller


APerson = Annotated[Caller, Depends(person)]


@router.get("/delegations")
def list_delegations(hub: TheHub, caller: APerson) -> DelegationList:
    """Everybody's for those who may see people; for others, what they gave and got."""
    sees = any(one.entity == EVERY and one.allows(Verb.PEOPLE_SEE) for one in caller.grants)
    with hub.reading() as connection:
        lines = Delegations(connection).lines(account=None if sees else caller.id)
    return DelegationList(items=[_view(hub, one) for one in lines])


@router.post("/delegations", status_code=CREATED)
def post_delegation(hub: TheHub, caller: APerson, body: NewDelegation, x_second_factor: Code = None) -> DelegationView:
    """Lets somebody sign for the caller; it waits for an administrator."""
    role = role_of(body.role)
    check_entity(hub, body.entity)
    second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        people = People(work.connection)
        line = delegation_desk.delegate(
            work, people.get(caller.id), named(people, body.to), role, body.entity, starts_at=body.starts_at,
            ends_at=body.ends_at, reason=body.reason,
        )  # fmt: skip
        work.commit()
    return _view(hub, line)


@router.post("/delegations/{delegation_id}/confirmation")
def post_confirmation(hub: TheHub, caller: Granter, delegation_id: str, x_second_factor: Code = None) -> DelegationView:
    """An administrator's word, with their second factor where they have one."""
    second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        line = delegation_desk.confirm(work, delegation_id, by=People(work.connection).get(caller.id))
        work.commit()
    return _view(hub, line)


@router.post("/delegations/{delegation_id}/end")
def post_end(hub: TheHub, caller: APerson, delegation_id: str, body: Ending) -> DelegationView:
    """Ends a delegation at once: who gave it, who got it, or an administrator."""
    with hub.unit_of_work(actor=caller.id) as work:
        line = delegation_desk.end(
            work, delegation_id, by=People(work.connection).get(caller.id), administrates=administrates(caller),
            reason=body.reason,
        )  # fmt: skip
        work.commit()
    return _view(hub, line)


def administrates(caller: Caller) -> bool:
    """Whether the caller administrates all entities."""
    return any(one.entity == EVERY and one.allows(Verb.PEOPLE_GRANT) for one in caller.grants)


def check_entity(hub: Hub, entity: str) -> None:
    """Raises :class:`Unacceptable` for an entity that no account belongs to, because it was typed."""
    if entity not in {EVERY} | {one.entity for one in hub.accounts.values()}:
        raise Unacceptable(f"No account belongs to {entity}.", code="person.unknown_entity")


def named(people: People, name: str) -> Person:
    """The person who signs in with a name; raises :class:`Unacceptable`, because it was typed."""
    found = people.with_name(name.strip())
    if found is None:
        raise Unacceptable(f"Nobody signs in as {name}.", code="delegation.unknown_person")
    return found


def _view(hub: Hub, line: DelegationLine) -> DelegationView:
    return DelegationView(
        id=line.id, giver=line.giver, taker=line.taker, role=line.role, entity=line.entity, reason=line.reason,
        stands=line.stands(hub.clock.now()), asked_at=line.asked_at, starts_at=line.starts_at, ends_at=line.ends_at,
        confirmed_at=line.confirmed_at, ended_at=line.ended_at,
    )  # fmt: skip
