"""Who is who at the sign-in services: an issuer and its subject stand for one account of ours."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from gateway.audit import digest_of
from gateway.persistence.tables import identities

IDENTITIES_MAX = 5_000
SUBJECT_LENGTH_MAX = 255
"""As OpenID Connect says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One link. It counts from ``since``; until then it waits for a second administrator."""

    issuer: str
    subject: str
    person_id: str
    reason: str
    linked_by: str
    linked_at: datetime
    confirmed_by: str | None = None
    since: datetime | None = None

    @property
    def digest(self) -> str:
        """What the link is called where its subject must not stand: that may be a name or an address."""
        return digest_of({"issuer": self.issuer, "subject": self.subject})

    @property
    def address(self) -> str:
        """What the link is called in addresses. It says of whom: what somebody was shown and then confirms must not
        have become another person's meanwhile.
        """
        return digest_of({"issuer": self.issuer, "subject": self.subject, "person": self.person_id})


class Identities:
    """The links of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, issuer: str, subject: str) -> Identity | None:
        """A link, whether it counts or waits; locked until the end of this transaction."""
        query = select(identities).where(identities.c.issuer == issuer, identities.c.subject == subject)
        row = self._connection.execute(query.with_for_update()).mappings().one_or_none()
        return None if row is None else Identity(**row)

    def person(self, issuer: str, subject: str, at: datetime) -> str | None:
        """The account that a subject of an issuer stands for."""
        query = select(identities.c.person_id).where(
            identities.c.issuer == issuer, identities.c.subject == subject, identities.c.since <= at
        )
        found: str | None = self._connection.execute(query).scalar_one_or_none()
        return found

    def of(self, person_id: str) -> list[Identity]:
        """The links of one account, waiting ones too."""
        query = select(identities).where(identities.c.person_id == person_id).order_by(identities.c.issuer)
        return [Identity(**row) for row in self._connection.execute(query).mappings()]

    def all(self) -> list[Identity]:
        """Every link, by issuer and subject."""
        query = select(identities).order_by(identities.c.issuer, identities.c.subject).limit(IDENTITIES_MAX)
        return [Identity(**row) for row in self._connection.execute(query).mappings()]

    def add(self, row: Identity) -> None:
        """Stores a link; the database refuses a subject that is linked already."""
        self._connection.execute(
            insert(identities).values(**{name: getattr(row, name) for name in Identity.__dataclass_fields__})
        )

    def confirm(self, row: Identity, by: str, at: datetime) -> None:
        """From now on the link counts."""
        self._connection.execute(update(identities).where(*_this(row)).values(confirmed_by=by, since=at))

    def remove(self, row: Identity) -> None:
        """The subject stands for nobody; the audit trail remembers for whom it stood."""
        self._connection.execute(delete(identities).where(*_this(row)))


def _this(row: Identity) -> tuple[ColumnElement[bool], ...]:
    return identities.c.issuer == row.issuer, identities.c.subject == row.subject
