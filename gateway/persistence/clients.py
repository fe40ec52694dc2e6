"""API clients: the ERPs that may hand over batches, each with one key and the legal entities it speaks for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from gateway.domain.errors import NotFound
from gateway.domain.roles import Grant, Role, Verb
from gateway.persistence.tables import clients, used_tokens

CLIENTS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """``key_sha256`` is the digest of the whole key; the key itself is shown once and kept nowhere.

    ``verbs`` narrows what the client may do; None is everything an API client may. ``certificate`` is the thumbprint
    of the TLS certificate without which neither its key nor a token speaks for it; None asks for none.
    """

    id: str
    name: str
    key_prefix: str
    key_sha256: str
    entities: frozenset[str]
    created_at: datetime
    disabled_at: datetime | None = None
    verbs: frozenset[Verb] | None = None
    certificate: str | None = None

    @property
    def grants(self) -> tuple[Grant, ...]:
        """What this client may do, in the words that hold for people too."""
        return tuple(Grant(role=Role.CLIENT, entity=one, verbs=self.verbs) for one in sorted(self.entities))


class Clients:
    """The clients of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, client: Client) -> None:
        """Stores a client."""
        values = {name: getattr(client, name) for name in Client.__dataclass_fields__}
        self._connection.execute(
            insert(clients).values(
                **(
                    values
                    | {
                        "entities": sorted(client.entities),
                        "verbs": None if client.verbs is None else sorted(client.verbs),
                    }
                )
            )
        )

    def with_prefix(self, prefix: str) -> Client | None:
        """The enabled client whose key starts with ``prefix``."""
        query = select(clients).where(clients.c.key_prefix == prefix, clients.c.disabled_at.is_(None))
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _client(row)

    def with_name(self, name: str) -> Client | None:
        """The client of that name, enabled or not."""
        row = self._connection.execute(select(clients).where(clients.c.name == name)).mappings().one_or_none()
        return None if row is None else _client(row)

    def all(self) -> list[Client]:
        """Every client by name."""
        query = select(clients).order_by(clients.c.name).limit(CLIENTS_MAX)
        return [_client(row) for row in self._connection.execute(query).mappings()]

    def use_token(self, issuer: str, jti: str, *, expires_at: datetime, now: datetime) -> None:
        """Writes down that a token was used; the database refuses the same one again. Forgets those that ran out."""
        self._connection.execute(delete(used_tokens).where(used_tokens.c.expires_at < now))
        self._connection.execute(insert(used_tokens).values(issuer=issuer, jti=jti, expires_at=expires_at))

    def bind(self, name: str, certificate: str | None) -> None:
        """From now on it needs that certificate, or none; raises :class:`NotFound`."""
        self._change(name, certificate=certificate)

    def disable(self, name: str, at: datetime) -> None:
        """Its key is refused from now on; raises :class:`NotFound`."""
        self._change(name, disabled_at=at)

    def _change(self, name: str, **values: Any) -> None:
        changed = self._connection.execute(
            update(clients).where(clients.c.name == name, clients.c.disabled_at.is_(None)).values(**values)
        ).rowcount
        if not changed:
            raise NotFound(f"There is no enabled client {name}.")


def _client(row: RowMapping) -> Client:
    values = {name: row[name] for name in Client.__dataclass_fields__}
    verbs = None if values["verbs"] is None else frozenset(Verb(one) for one in values["verbs"])
    return Client(**(values | {"entities": frozenset(values["entities"]), "verbs": verbs}))
