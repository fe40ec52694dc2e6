"""Links with sign-in services as administrators look at them."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from gateway.domain.errors import NotFound
from gateway.persistence.identities import Identities, Identity
from gateway.persistence.queries.scope import pick
from gateway.persistence.tables import people


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine(Identity):
    """One link with a sign-in service, with the name of the person; who linked and confirmed are names too. ``id`` is
    its address.
    """

    id: str
    person: str


def list_links(connection: Connection, *, person_id: str | None = None) -> list[LinkLine]:
    """Who signs in where, by service and subject: everybody, or one account."""
    called = {row.id: row.name for row in connection.execute(select(people.c.id, people.c.name))}
    desk = Identities(connection)
    found = []
    for row in desk.all() if person_id is None else desk.of(person_id):
        values = {name: getattr(row, name) for name in Identity.__dataclass_fields__}
        for name in ("linked_by", "confirmed_by"):
            values[name] = called.get(values[name], values[name])
        found.append(pick(LinkLine, values, id=row.address, person=called.get(row.person_id, row.person_id)))
    return found


def get_link(connection: Connection, link_id: str) -> LinkLine:
    """One link; raises :class:`NotFound`, also when it has ended."""
    found = next((one for one in list_links(connection) if one.id == link_id), None)
    if found is None:
        raise NotFound("There is no such link with a sign-in service; it may have ended.")
    return found
