"""People as administrators and auditors look at them: what each may do, and how that came about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from gateway.domain.roles import Grant
from gateway.persistence.grants import GrantRow, Grants
from gateway.persistence.people import People
from gateway.persistence.queries.scope import pick
from gateway.persistence.tables import audit, people, second_factors

SIGNED_IN = "person.signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One account. ``grants`` are what it may do now; ``second_factor`` whether it has one; ``signed_in_at`` when it
    last came in by the console.
    """

    id: str
    name: str
    display_name: str
    same_as: str | None
    grants: list[Grant]
    second_factor: bool
    signed_in_at: datetime | None
    locked_until: datetime | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLine(GrantRow):
    """One grant with the name of who has it; ``asked_by`` and the others are names too."""

    person: str


def list_people(connection: Connection, at: datetime) -> list[PersonLine]:
    """Everybody by name."""
    factors = select(second_factors.c.person_id).where(second_factors.c.confirmed_at.is_not(None))
    has = set(connection.execute(factors).scalars())
    held = Grants(connection).held_by_all(at)
    last = _last_sign_ins(connection)
    return [
        PersonLine(
            id=one.id, name=one.name, display_name=one.display_name, same_as=one.same_as,
            grants=list(held.get(one.id, ())), second_factor=one.id in has, signed_in_at=last.get(one.id),
            locked_until=one.locked_until, created_at=one.created_at, disabled_at=one.disabled_at,
        )
        for one in People(connection).all()
    ]  # fmt: skip


def list_grants(connection: Connection, *, person_id: str | None = None) -> list[GrantLine]:
    """Grants with their history, newest first."""
    called = {row.id: row.name for row in connection.execute(select(people.c.id, people.c.name))}
    found = []
    for row in Grants(connection).all(person_id):
        values = {name: getattr(row, name) for name in GrantRow.__dataclass_fields__}
        for name in ("asked_by", "confirmed_by", "ended_by"):
            values[name] = called.get(values[name], values[name])
        found.append(pick(GrantLine, values, person=called.get(row.person_id, row.person_id)))
    return found


def _last_sign_ins(connection: Connection) -> dict[str, datetime]:
    """When each account last signed in, as the trail tells it."""
    query = (
        select(audit.c.subject, func.max(audit.c.at).label("at"))
        .where(audit.c.subject.in_(select(people.c.id)), audit.c.action == SIGNED_IN)
        .group_by(audit.c.subject)
    )
    return {row.subject: row.at for row in connection.execute(query)}
