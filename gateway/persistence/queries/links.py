"""Links with sign-in services as administrators look at them."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from gateway.persistence.identities import Identities, Identity
from gateway.persistence.queries.scope import pick
from gateway.persistence.tables import people


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine(Identity):
    """One link with a sign-in service, with the name of the person; who linked and confirmed are names too."""

    person: str


def list_links(connection: Connection) -> list[LinkLine]:
    """Who signs in where, by service and subject."""
    called = {row.id: row.name for row in connection.execute(select(people.c.id, people.c.name))}
    found = []
    for row in Identities(connection).all():
        values = {name: getattr(row, name) for name in Identity.__dataclass_fields__}
        for name in ("linked_by", "confirmed_by"):
            values[name] = called.get(values[name], values[name])
        found.append(pick(LinkLine, values, person=called.get(row.person_id, row.person_id)))
    return found
