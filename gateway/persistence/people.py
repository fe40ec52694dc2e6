"""People, their personal tokens for the command line, and their sessions in the console."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from gateway.domain.errors import NotFound
from gateway.persistence.tables import people, sessions, tokens

PEOPLE_MAX = 1_000
FAILURES_MAX = 5
"""Wrong passwords in a row before a person is locked out."""
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account of a person. ``password`` is an Argon2id hash; ``failures`` counts wrong passwords since the last
    right one. ``same_as`` names the person's first account where this is another one: a person counts once, over all.
    """

    id: str
    name: str
    display_name: str
    password: str
    created_at: datetime
    same_as: str | None = None
    failures: int = 0
    locked_until: datetime | None = None
    disabled_at: datetime | None = None

    @property
    def counts_as(self) -> str:
        """The person behind this account, wherever persons are counted (promise P6)."""
        return self.same_as or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A personal token: ``sha256`` is the digest of the whole token."""

    id: str
    person_id: str
    prefix: str
    sha256: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; ``sha256`` is the digest of the cookie, ``csrf`` goes into every form.

    ``issuer`` is the configured name of the sign-in service the person came from; None stands for a password.
    """

    sha256: str
    person_id: str
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    issuer: str | None = None


class People:
    """The people of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, person: Person) -> None:
        """Stores a person."""
        values = {name: getattr(person, name) for name in Person.__dataclass_fields__}
        self._connection.execute(insert(people).values(**values))

    def with_name(self, name: str) -> Person | None:
        """The enabled person who signs in as ``name``."""
        query = select(people).where(people.c.name == name, people.c.disabled_at.is_(None))
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _person(row)

    def get(self, person_id: str) -> Person:
        """One person; raises :class:`NotFound`."""
        row = self._connection.execute(select(people).where(people.c.id == person_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no person {person_id}.")
        return _person(row)

    def all(self) -> list[Person]:
        """Everybody by name."""
        query = select(people).order_by(people.c.name).limit(PEOPLE_MAX)
        return [_person(row) for row in self._connection.execute(query).mappings()]

    def failed(self, person_id: str, at: datetime) -> None:
        """Counts a wrong password; the one that reaches ``FAILURES_MAX`` locks the person out for ``LOCKED_FOR``."""
        self._connection.execute(update(people).where(people.c.id == person_id).values(failures=people.c.failures + 1))
        self._connection.execute(
            update(people)
            .where(people.c.id == person_id, people.c.failures >= FAILURES_MAX)
            .values(locked_until=at + LOCKED_FOR, failures=0)
        )

    def succeeded(self, person_id: str, *, password: str | None = None) -> None:
        """Forgets wrong passwords; ``password`` replaces the stored hash where its parameters got too weak."""
        values = {"failures": 0, "locked_until": None} | ({} if password is None else {"password": password})
        self._connection.execute(update(people).where(people.c.id == person_id).values(**values))

    def disable(self, name: str, at: datetime) -> None:
        """This person can no longer do anything; raises :class:`NotFound`."""
        person = self.with_name(name)
        if person is None:
            raise NotFound(f"There is no person called {name}.")
        self._connection.execute(update(people).where(people.c.id == person.id).values(disabled_at=at))
        self.end_sessions(person.id)

    def add_token(self, token: Token) -> None:
        """Stores a personal token."""
        self._connection.execute(
            insert(tokens).values(**{name: getattr(token, name) for name in Token.__dataclass_fields__})
        )

    def token(self, prefix: str, at: datetime) -> tuple[Token, Person] | None:
        """The token that starts with ``prefix`` and its enabled owner, unless it was revoked or ran out."""
        query = select(tokens).where(tokens.c.prefix == prefix, tokens.c.revoked_at.is_(None), tokens.c.expires_at > at)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        person = self.get(row["person_id"])
        if person.disabled_at is not None:
            return None
        return Token(**{name: row[name] for name in Token.__dataclass_fields__}), person

    def revoke_tokens(self, person_id: str, at: datetime) -> int:
        """Takes every token of a person back; says how many there were."""
        return self._connection.execute(
            update(tokens).where(tokens.c.person_id == person_id, tokens.c.revoked_at.is_(None)).values(revoked_at=at)
        ).rowcount

    def add_session(self, session: Session) -> None:
        """Stores a session."""
        self._connection.execute(
            insert(sessions).values(**{name: getattr(session, name) for name in Session.__dataclass_fields__})
        )

    def session(self, sha256: str, at: datetime, *, idle: timedelta) -> tuple[Session, Person] | None:
        """The session of that cookie digest and its enabled owner, unless it ran out or nobody used it for ``idle``."""
        query = select(sessions).where(
            sessions.c.sha256 == sha256, sessions.c.expires_at > at, sessions.c.seen_at > at - idle
        )
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        person = self.get(row["person_id"])
        return None if person.disabled_at is not None else (Session(**row), person)

    def seen(self, sha256: str, at: datetime) -> None:
        """The session is in use."""
        self._connection.execute(update(sessions).where(sessions.c.sha256 == sha256).values(seen_at=at))

    def end_sessions(self, person_id: str) -> None:
        """Signs a person out everywhere: what they may do has changed."""
        self._connection.execute(delete(sessions).where(sessions.c.person_id == person_id))

    def end_session(self, sha256: str) -> None:
        """Signs out."""
        self._connection.execute(delete(sessions).where(sessions.c.sha256 == sha256))


def _person(row: RowMapping) -> Person:
    return Person(**{name: row[name] for name in Person.__dataclass_fields__})
