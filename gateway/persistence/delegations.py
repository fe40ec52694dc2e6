"""Delegations and their history: each row is one, from who asked for it to who ended it. Rows are never deleted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from gateway.domain.errors import NotFound
from gateway.domain.roles import Role
from gateway.persistence.tables import delegations, grants, people

DELEGATIONS_MAX = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRow:
    """One delegation as stored: the account ``person_id`` may use the grant for ``entity`` between the two moments,
    once ``confirmed_by`` said so.
    """

    id: str
    grant_id: str
    person_id: str
    entity: str
    reason: str
    asked_at: datetime
    starts_at: datetime
    ends_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationLine(DelegationRow):
    """One delegation with the names of both, and what it draws on. ``void_at`` is when that grant ended or will."""

    role: Role
    giver_id: str
    giver: str
    taker: str
    void_at: datetime | None

    def stands(self, at: datetime) -> str:
        """``waiting`` for an administrator, ``coming``, ``holds`` or ``over``."""
        last = min(one for one in (self.ended_at, self.void_at, self.ends_at) if one is not None)
        if last <= at:
            return "over"
        if self.confirmed_at is None:
            return "waiting"
        return "coming" if self.starts_at > at else "holds"


class Delegations:
    """The delegations of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: DelegationRow) -> None:
        """Stores a delegation."""
        values = {name: getattr(row, name) for name in DelegationRow.__dataclass_fields__}
        self._connection.execute(insert(delegations).values(**values))

    def get(self, delegation_id: str) -> DelegationRow:
        """One delegation, locked until the end of this transaction; raises :class:`NotFound`."""
        query = select(delegations).where(delegations.c.id == delegation_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no delegation {delegation_id}.")
        return DelegationRow(**row)

    def of_grant(self, grant_id: str) -> list[DelegationRow]:
        """Delegations of a grant that nobody ended yet."""
        query = select(delegations).where(delegations.c.grant_id == grant_id, delegations.c.ended_at.is_(None))
        return [DelegationRow(**row) for row in self._connection.execute(query).mappings()]

    def change(self, delegation_id: str, **facts: object) -> None:
        """Writes down who confirmed or ended a delegation."""
        self._connection.execute(update(delegations).where(delegations.c.id == delegation_id).values(**facts))

    def lines(self, *, account: str | None = None, delegation_id: str | None = None) -> list[DelegationLine]:
        """Delegations with their history, newest first: everybody's, or those an account gave or got."""
        giver, taker = people.alias("giver"), people.alias("taker")
        query = (
            select(
                delegations, grants.c.role, grants.c.person_id.label("giver_id"),
                giver.c.display_name.label("giver"), taker.c.display_name.label("taker"),
                grants.c.ended_at.label("grant_ended"), grants.c.ends_at.label("grant_ends"),
                giver.c.disabled_at.label("giver_gone"),
            )
            .join(grants, grants.c.id == delegations.c.grant_id)
            .join(giver, giver.c.id == grants.c.person_id)
            .join(taker, taker.c.id == delegations.c.person_id)
            .order_by(delegations.c.asked_at.desc(), delegations.c.id.desc())
            .limit(DELEGATIONS_MAX)
        )  # fmt: skip
        if account is not None:
            query = query.where(or_(delegations.c.person_id == account, grants.c.person_id == account))
        if delegation_id is not None:
            query = query.where(delegations.c.id == delegation_id)
        return [_line(row) for row in self._connection.execute(query).mappings()]


def _line(row: RowMapping) -> DelegationLine:
    facts = {name: row[name] for name in DelegationRow.__dataclass_fields__}
    ends = [row[name] for name in ("grant_ended", "grant_ends", "giver_gone") if row[name] is not None]
    return DelegationLine(
        **facts, role=Role(row["role"]), giver_id=row["giver_id"], giver=row["giver"], taker=row["taker"],
        void_at=min(ends, default=None),
    )  # fmt: skip
