"""People as administrators and auditors look at them: what each may do, and how that came about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.domain.roles import Grant
from gateway.persistence.grants import GrantRow, Grants
from gateway.persistence.people import People
from gateway.persistence.queries.scope import pick
from gateway.persistence.tables import people, second_factors


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One account. ``grants`` are what it may do now; ``second_factor`` whether it has one."""

    id: str
    name: str
    display_name: str
    same_as: str | None
    grants: list[Grant]
    second_factor: bool
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
    desk = Grants(connection)
    return [
        PersonLine(
            id=one.id, name=one.name, display_name=one.display_name, same_as=one.same_as,
            grants=list(desk.held(one.id, at)), second_factor=one.id in has, locked_until=one.locked_until,
            created_at=one.created_at, disabled_at=one.disabled_at,
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
