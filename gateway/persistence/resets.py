"""Requests to take a lost second factor away, and what became of them. Rows are never deleted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from gateway.persistence.tables import people, second_factor_resets, second_factors

WAITS_FOR = timedelta(days=7)
"""How long a request waits; whoever still cannot sign in after that asks again."""
RESETS_MAX = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """One request about the second factor that ``person_id`` had at ``asked_at``."""

    id: str
    person_id: str
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetLine(Reset):
    """A request with the names of the person and of who asked for it; ``asker`` is the person who did."""

    person: str
    asked_by_name: str
    asker: str


class Resets:
    """The requests of one transaction."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def add(self, row: Reset) -> None:
        """Stores a request."""
        values = {name: getattr(row, name) for name in Reset.__dataclass_fields__}
        self._connection.execute(insert(second_factor_resets).values(**values))

    def waiting(self, person_id: str | None = None) -> list[ResetLine]:
        """Requests that wait for a second administrator, newest first. One about a second factor that is gone, or that
        was set up since, waits for nobody.
        """
        about, asker = people.alias("about"), people.alias("asker")
        query = (
            select(
                second_factor_resets, about.c.display_name.label("person"),
                asker.c.display_name.label("asked_by_name"), func.coalesce(asker.c.same_as, asker.c.id).label("asker"),
            )
            .join(about, about.c.id == second_factor_resets.c.person_id)
            .join(asker, asker.c.id == second_factor_resets.c.asked_by)
            .join(second_factors, second_factors.c.person_id == second_factor_resets.c.person_id)
            .where(self._open())
            .order_by(second_factor_resets.c.id.desc())
            .limit(RESETS_MAX)
        )  # fmt: skip
        if person_id is not None:
            query = query.where(second_factor_resets.c.person_id == person_id)
        return [ResetLine(**row) for row in self._connection.execute(query).mappings()]

    def change(self, reset_id: str, **facts: object) -> None:
        """Writes down who confirmed or ended a request."""
        self._connection.execute(
            update(second_factor_resets).where(second_factor_resets.c.id == reset_id).values(**facts)
        )

    def _open(self) -> ColumnElement[bool]:
        row = second_factor_resets.c
        return and_(
            row.confirmed_at.is_(None), row.ended_at.is_(None), row.asked_at > self._at - WAITS_FOR,
            second_factors.c.confirmed_at <= row.asked_at,
        )  # fmt: skip
