"""People: who may do what for which entity, what waits for a second administrator, and one person's page."""

from collections import Counter
from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from gateway.api.auth import TheHub
from gateway.console import words
from gateway.console.pages.lists import AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import TheVisitor, Visitor
from gateway.domain.delegation import DELEGABLE
from gateway.domain.errors import NotFound
from gateway.domain.roles import EVERY, Grant, Verb
from gateway.persistence.delegations import Delegations
from gateway.persistence.people import People
from gateway.persistence.queries.links import list_links
from gateway.persistence.queries.people import GrantLine, PersonLine, list_grants, list_people
from gateway.persistence.resets import Resets
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
COLUMNS = ("id", "name", "display_name", "may", "second_factor", "signed_in_at", "locked_until", "disabled_at")


@router.get("/people")
def list_everybody(request: Request, hub: TheHub, visitor: TheVisitor, form: AsCsv = "html") -> Response:
    """Everybody by name, and the grants that wait for a second administrator."""
    visitor.check(Verb.PEOPLE_SEE, EVERY)
    with hub.reading() as connection:
        rows = list_people(connection, hub.clock.now())
        waiting = waiting_among(list_grants(connection), hub)
        lent = [one for one in Delegations(connection).lines() if one.stands(hub.clock.now()) == "waiting"]
        resets = Resets(connection, at=hub.clock.now()).waiting()
        links = [one for one in list_links(connection) if one.since is None]
    accounts = [each.person_id for each in waiting] + [each.person_id for each in lent]
    accounts += [each.person_id for each in resets] + [each.person_id for each in links]
    duties = {one.id: duties_of(one.grants) for one in rows}
    if form == "csv":
        facts = ([duties[o.id] if c == "may" else getattr(o, c) for c in COLUMNS] for o in rows)
        return csv_file("people", COLUMNS, facts)
    return page(
        "people", request, hub, visitor, section="people", rows=rows, duties=duties, waiting=waiting, topic=None,
        by_person=Counter(accounts), lent=lent, resets=resets, links=links,
        called={one.id: one.display_name for one in rows}, csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/people/{person_id}")
def show_person(request: Request, hub: TheHub, visitor: TheVisitor, person_id: str, did: Word = "") -> Response:
    """One person, with the history of their grants; everybody may look at themselves."""
    if person_id != visitor.person.id:
        visitor.check(Verb.PEOPLE_SEE, EVERY)
    with hub.reading() as connection:
        one = person_line(connection, hub, person_id)
        grants = list_grants(connection, person_id=person_id)
        lines = Delegations(connection).lines(account=person_id)
        resets = Resets(connection, at=hub.clock.now()).waiting(person_id)
        links = list_links(connection, person_id=person_id)
        same_as = None if one.same_as is None else People(connection).get(one.same_as).display_name
    locked = one.locked_until is not None and one.locked_until > hub.clock.now()
    return page(
        "person", request, hub, visitor, section="people", one=one, did=did, topic=None, same_as=same_as,
        duties=duties_of(one.grants), waiting=waiting_among(grants, hub),
        holding=[row for row in grants if row.since is not None and not _over(row, hub)],
        ended=[row for row in grants if _over(row, hub)], locked=locked,
        lent=[(line, line.stands(hub.clock.now())) for line in lines],
        lends=any(each.role in DELEGABLE and each.right_of is None for each in one.grants),
        resets=resets, links=links, services={one.issuer: one.title for one in hub.settings.sign_in.issuers.values()},
        mine=person_id == visitor.person.id, administrates=administrates(visitor, one),
    )  # fmt: skip


def person_line(connection: Connection, hub: Hub, person_id: str) -> PersonLine:
    """One line of the list; raises :class:`NotFound`."""
    found = next((one for one in list_people(connection, hub.clock.now()) if one.id == person_id), None)
    if found is None:
        raise NotFound(f"There is no person {person_id}.")
    return found


def duties_of(grants: Iterable[Grant]) -> str:
    """What somebody may do, in words: "approver for ACME-AT and ACME-NO; auditor for all entities"."""
    places: dict[str, list[str]] = {}
    for one in grants:
        role = f"{one.role} (signing for {one.right_of_name})" if one.right_of else one.role.value
        places.setdefault(role, []).append(one.entity)
    return "; ".join(f"{role} for {_listed(of)}" for role, of in sorted(places.items()))


def waiting_among(grants: Iterable[GrantLine], hub: Hub) -> list[GrantLine]:
    """Those that still wait for a second administrator."""
    return [one for one in grants if one.since is None and not _over(one, hub)]


def _listed(entities: list[str]) -> str:
    if EVERY in entities:
        return words.entity(EVERY)
    names = sorted(set(entities))
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _over(row: GrantLine, hub: Hub) -> bool:
    return row.ended_at is not None or (row.ends_at is not None and row.ends_at <= hub.clock.now())


def administrates(visitor: Visitor, one: PersonLine) -> bool:
    """Whether the visitor may change what this person may do: an administrator, and not about themselves."""
    return visitor.may(Verb.PEOPLE_GRANT, EVERY) and visitor.person.counts_as != (one.same_as or one.id)
