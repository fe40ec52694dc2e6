"""Grants and their history: each row is one grant, from who asked for it to who ended it. Rows are never deleted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    func,
    insert,
    or_,
    select,
    update,
)

from gateway.domain.delegation import HANDED_OVER
from gateway.domain.errors import NotFound
from gateway.domain.roles import ALLOWED, EVERY, Grant, Role, Verb
from gateway.persistence.people import Person
from gateway.persistence.tables import delegations, grants, people

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
        """What this account may do at a moment, by its own grants and by what others handed over to it."""
        return self.held_by_all(at, person_id=person_id).get(person_id, ())

    def held_by_all(self, at: datetime, *, person_id: str | None = None) -> dict[str, tuple[Grant, ...]]:
        """What each account (or one) may do at a moment; what it holds itself comes first."""
        found: dict[str, list[Grant]] = {}
        own = select(grants).where(*_holding(at)).order_by(grants.c.id)
        if person_id is not None:
            own = own.where(grants.c.person_id == person_id)
        for row in self._connection.execute(own).mappings():
            grant = Grant(role=Role(row["role"]), entity=row["entity"], ends_at=row["ends_at"])
            found.setdefault(row["person_id"], []).append(grant)
        for row in self._connection.execute(handed_over(at, to=person_id)).mappings():
            found.setdefault(row["person_id"], []).append(
                Grant(
                    role=Role(row["role"]), entity=row["entity"], ends_at=row["ends_at"], verbs=HANDED_OVER,
                    right_of=row["right_of"], right_of_name=row["right_of_name"],
                )
            )  # fmt: skip
        return {one: tuple(several) for one, several in found.items()}

    def of_account(self, person_id: str, at: datetime) -> list[GrantRow]:
        """The grants an account holds itself at a moment, those without an end first."""
        query = select(grants).where(grants.c.person_id == person_id, *_holding(at)).order_by(grants.c.id)
        rows = [_row(row) for row in self._connection.execute(query).mappings()]
        return sorted(rows, key=lambda one: (one.ends_at is not None, -(one.ends_at or at).timestamp()))

    def lock_person(self, person: Person) -> None:
        """Lets one transaction at a time change what a person may do, over all their accounts: two roles that exclude
        each other must not be given at the same moment. SQLite has one writer anyway.
        """
        self._connection.execute(
            select(people.c.id).where(people.c.id == person.counts_as).with_for_update(key_share=True)
        )

    def of_person(self, person: Person, at: datetime) -> set[Role]:
        """Every role a person holds or was asked to get, over all their accounts, handed over to them or their own."""
        accounts = select(people.c.id).where(
            or_(people.c.id == person.counts_as, people.c.same_as == person.counts_as), people.c.disabled_at.is_(None)
        )
        borrowed = (
            select(grants.c.role)
            .join(delegations, delegations.c.grant_id == grants.c.id)
            .where(delegations.c.person_id.in_(accounts), delegations.c.ended_at.is_(None), delegations.c.ends_at > at)
        )
        query = (
            select(grants.c.role)
            .join(people, people.c.id == grants.c.person_id)
            .where(
                or_(people.c.id == person.counts_as, people.c.same_as == person.counts_as),
                people.c.disabled_at.is_(None),
                grants.c.ended_at.is_(None), or_(grants.c.ends_at.is_(None), grants.c.ends_at > at),
            )
        )  # fmt: skip
        return {Role(one) for both in (query, borrowed) for one in self._connection.execute(both).scalars()}

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


def allowed(verb: Verb, entity: str, at: datetime) -> Select[tuple[str]]:
    """The accounts that may do something for an entity by a right of their own."""
    return select(grants.c.person_id).where(
        grants.c.role.in_(sorted(ALLOWED[verb])), grants.c.entity.in_((EVERY, entity)), *_holding(at)
    )


def handed_over(at: datetime, *, to: str | None = None) -> Select[Any]:
    """What people may do for others at a moment: confirmed, within its days, while the other one's own grant holds and
    their account is open. It ends with the grant it draws on.
    """
    giver = people.alias("giver")
    query = (
        select(
            delegations.c.person_id, grants.c.role, delegations.c.entity, delegations.c.ends_at,
            func.coalesce(giver.c.same_as, giver.c.id).label("right_of"), giver.c.display_name.label("right_of_name"),
        )
        .join(grants, grants.c.id == delegations.c.grant_id)
        .join(giver, giver.c.id == grants.c.person_id)
        .where(
            delegations.c.confirmed_at.is_not(None), delegations.c.ended_at.is_(None),
            delegations.c.starts_at <= at, delegations.c.ends_at > at, giver.c.disabled_at.is_(None), *_holding(at),
        )
        .order_by(delegations.c.id)
    )  # fmt: skip
    return query if to is None else query.where(delegations.c.person_id == to)


def signing(entity: str, at: datetime) -> Select[tuple[str, str]]:
    """The accounts that may sign for an entity, as approver or releaser, each with the role."""
    roles = [one.value for one in (Role.APPROVER, Role.RELEASER)]
    return select(grants.c.person_id, grants.c.role).where(
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
