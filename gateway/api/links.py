"""``/v1/links``: whom sign-in services stand for here; one administrator asks, another confirms, either ends it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.api.people import CREATED, Ending, Granter, Looker, Reason
from gateway.api.signing import Code
from gateway.domain.errors import Unacceptable
from gateway.persistence import identity_desk
from gateway.persistence.identities import SUBJECT_LENGTH_MAX
from gateway.persistence.people import People
from gateway.persistence.queries.links import LinkLine, get_link, list_links
from gateway.wiring import Hub

router = APIRouter(tags=["people"])


class LinkList(BaseModel):
    """Links with sign-in services, by service and subject; one without ``since`` waits for an administrator."""

    items: list[LinkLine]


class NewLink(BaseModel):
    """A sign-in service, by its name in payhub.toml, and what it calls the person (the claim ``sub``)."""

    issuer: Annotated[str, Field(min_length=1, max_length=140)]
    subject: Annotated[str, Field(min_length=1, max_length=SUBJECT_LENGTH_MAX)]
    reason: Reason


@router.get("/links")
def get_links(hub: TheHub, _caller: Looker) -> LinkList:
    """Who signs in where, and what waits for a second administrator."""
    with hub.reading() as connection:
        return LinkList(items=list_links(connection))


@router.post("/people/{person_id}/links", status_code=CREATED)
def post_link(hub: TheHub, caller: Granter, person_id: str, body: NewLink) -> LinkLine:
    """Asks that somebody may sign in at a service; a second administrator confirms it, whatever the person may do."""
    address = issuer_address(hub, body.issuer)
    with hub.unit_of_work(actor=caller.id) as work:
        people = People(work.connection)
        row = identity_desk.link(
            work, people.get(person_id), issuer=address, subject=body.subject, by=people.get(caller.id),
            reason=body.reason,
        )  # fmt: skip
        line = get_link(work.connection, row.address)
        work.commit()
    return line


@router.post("/links/{link_id}/confirmation")
def post_confirmation(hub: TheHub, caller: Granter, link_id: str, x_second_factor: Code = None) -> LinkLine:
    """The second administrator's word, with their second factor where they have one."""
    second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        line = get_link(work.connection, link_id)
        identity_desk.confirm(
            work, issuer=line.issuer, subject=line.subject, person_id=line.person_id,
            by=People(work.connection).get(caller.id),
        )  # fmt: skip
        line = get_link(work.connection, link_id)
        work.commit()
    return line


@router.post("/links/{link_id}/end")
def post_end(hub: TheHub, caller: Granter, link_id: str, body: Ending) -> LinkLine:
    """Ends a link at once, or withdraws one that waits; the person is signed out. Gives the link as it was."""
    with hub.unit_of_work(actor=caller.id) as work:
        line = get_link(work.connection, link_id)
        identity_desk.unlink(
            work, issuer=line.issuer, subject=line.subject, by=People(work.connection).get(caller.id),
            reason=body.reason,
        )  # fmt: skip
        work.commit()
    return line


def issuer_address(hub: Hub, name: str) -> str:
    """The address of a sign-in service; raises :class:`Unacceptable`, because its name was typed."""
    found = hub.settings.sign_in.issuers.get(name)
    if found is None:
        known = ", ".join(hub.settings.sign_in.issuers) or "none"
        raise Unacceptable(
            f"There is no sign-in service {name} in payhub.toml; there are: {known}.", code="person.unknown_issuer"
        )
    return found.issuer
