"""Grants and their history: each row is one grant, from who asked for it to who ended it. Rows are never deleted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, insert, or_, select, update

from gateway.domain.errors import NotFound
from gateway.domain.roles import ALLOWED, EVERY, Grant, Role, Verb
from gateway.persistence.people import Person
from gateway.persistence.tables import grants, people

GRANTS_MAX = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """One grant as stored. It holds from ``since`` (None: it waits for a second administrator) until it ends."""

    id: str
    person_id: str
    role: Role
    entity: str
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None = None
    since: datetime | None = None
    ends_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None


class Grants:
    """The grants of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: GrantRow) -> None:
        """Stores a grant."""
        self._connection.execute(
            insert(grants).values(**{name: getattr(row, name) for name in GrantRow.__dataclass_fields__})
        )

    def get(self, grant_id: str) -> GrantRow:
        """One grant, locked until the end of this transaction; raises :class:`NotFound`."""
        query = select(grants).where(grants.c.id == grant_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no grant {grant_id}.")
        return _row(row)

    def all(self, person_id: str | None = None) -> list[GrantRow]:
        """The history of one person's grants or of everybody's, newest first."""
        query = select(grants).order_by(grants.c.asked_at.desc(), grants.c.id.desc()).limit(GRANTS_MAX)
        if person_id is not None:
            query = query.where(grants.c.person_id == person_id)
        return [_row(row) for row in self._connection.execute(query).mappings()]

    def held(self, person_id: str, at: datetime) -> tuple[Grant, ...]:
        """What this account may do at a moment."""
        query = select(grants).where(grants.c.person_id == person_id, *_holding(at)).order_by(grants.c.id)
        return tuple(
            Grant(role=Role(row["role"]), entity=row["entity"], ends_at=row["ends_at"])
            for row in self._connection.execute(query).mappings()
        )

    def held_by_all(self, at: datetime) -> dict[str, tuple[Grant, ...]]:
        """What each account may do at a moment."""
        found: dict[str, list[Grant]] = {}
        for row in self._connection.execute(select(grants).where(*_holding(at)).order_by(grants.c.id)).mappings():
            grant = Grant(role=Role(row["role"]), entity=row["entity"], ends_at=row["ends_at"])
            found.setdefault(row["person_id"], []).append(grant)
        return {person_id: tuple(several) for person_id, several in found.items()}

    def of_person(self, person: Person, at: datetime) -> set[Role]:
        """Every role a person holds or was asked to get, over all their accounts."""
        query = (
            select(grants.c.role)
            .join(people, people.c.id == grants.c.person_id)
            .where(
                or_(people.c.id == person.counts_as, people.c.same_as == person.counts_as),
                people.c.disabled_at.is_(None),
                grants.c.ended_at.is_(None), or_(grants.c.ends_at.is_(None), grants.c.ends_at > at),
            )
        )  # fmt: skip
        return {Role(one) for one in self._connection.execute(query).scalars()}

    def administrators(self, at: datetime) -> int:
        """How many persons administrate, whoever has two accounts counting once."""
        person = func.coalesce(people.c.same_as, people.c.id)
        query = (
            select(func.count(person.distinct()))
            .select_from(grants.join(people, people.c.id == grants.c.person_id))
            .where(grants.c.role == Role.ADMINISTRATOR.value, people.c.disabled_at.is_(None), *_holding(at))
        )
        return int(self._connection.execute(query).scalar_one())

    def change(self, grant_id: str, **facts: object) -> None:
        """Writes down who confirmed or ended a grant."""
        self._connection.execute(update(grants).where(grants.c.id == grant_id).values(**facts))


def approving(entity: str, at: datetime) -> Select[tuple[str]]:
    """The accounts that may approve for an entity."""
    roles = sorted(ALLOWED[Verb.BATCH_APPROVE])
    return select(grants.c.person_id).where(
        grants.c.role.in_(roles), grants.c.entity.in_((EVERY, entity)), *_holding(at)
    )


def _holding(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        grants.c.since.is_not(None), grants.c.since <= at, grants.c.ended_at.is_(None),
        or_(grants.c.ends_at.is_(None), grants.c.ends_at > at),
    )  # fmt: skip


def _row(row: RowMapping) -> GrantRow:
    values = {name: row[name] for name in GrantRow.__dataclass_fields__}
    return GrantRow(**(values | {"role": Role(values["role"])}))
