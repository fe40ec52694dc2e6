"""Who is asking: an API client with its key, or a person with a personal token."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer

from gateway.api import credentials
from gateway.api.problems import Unauthenticated
from gateway.domain import roles
from gateway.domain.errors import Forbidden
from gateway.persistence.clients import Clients
from gateway.persistence.people import People
from gateway.persistence.queries import EVERYTHING, Scope
from gateway.wiring import Hub

_scheme = HTTPBearer(auto_error=False, description="phk_… (API client) or php_… (person)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. ``entities`` are the legal entities it may pay for; ``scope`` is what it may see."""

    id: str
    name: str
    is_person: bool
    entities: frozenset[str]
    scope: Scope
    roles: frozenset[str] = frozenset()


def hub_of(request: Request) -> Hub:
    """The hub this application was made for."""
    hub = request.app.state.hub
    assert isinstance(hub, Hub)
    return hub


TheHub = Annotated[Hub, Depends(hub_of)]


def authenticate(hub: Hub, authorization: str | None) -> Caller:
    """The caller behind an Authorization header; raises :class:`Unauthenticated` without saying what was wrong."""
    scheme, _, text = (authorization or "").partition(" ")
    text = text.strip()
    known = credentials.parse(text) if scheme.lower() == "bearer" else None
    caller = None
    if known is not None:
        kind, prefix = known
        caller = _client(hub, prefix, text) if kind == credentials.CLIENT_KEY else _person(hub, prefix, text)
    if caller is None:
        raise Unauthenticated("Send your key: Authorization: Bearer phk_… (or php_… if you are a person).")
    return caller


def _client(hub: Hub, prefix: str, text: str) -> Caller | None:
    with hub.reading() as connection:
        client = Clients(connection).with_prefix(prefix)
    if client is None or not credentials.same(text, client.key_sha256):
        return None
    accounts = frozenset(number for number, one in hub.accounts.items() if one.entity in client.entities)
    return Caller(
        id=client.id, name=client.name, is_person=False, entities=client.entities,
        scope=Scope(client_id=client.id, accounts=accounts),
    )  # fmt: skip


def _person(hub: Hub, prefix: str, text: str) -> Caller | None:
    with hub.reading() as connection:
        found = People(connection).token(prefix, hub.clock.now())
    if found is None or not credentials.same(text, found[0].sha256):
        return None
    person = found[1]
    entities = frozenset(one.entity for one in hub.accounts.values())
    return Caller(
        id=person.id, name=person.display_name, is_person=True, entities=entities, scope=EVERYTHING,
        roles=frozenset(person.roles),
    )  # fmt: skip


def caller_of(
    hub: TheHub, _shown: Annotated[object, Depends(_scheme)], authorization: Annotated[str | None, Header()] = None
) -> Caller:
    """The caller of a request."""
    return authenticate(hub, authorization)


Anybody = Annotated[Caller, Depends(caller_of)]


def person_of(caller: Anybody) -> Caller:
    """The caller, who must be a person: API clients decide nothing (promise P6)."""
    if not caller.is_person:
        raise Forbidden(
            "Only a person may do this, with a personal token (php_…); an API key decides nothing.",
            code="request.person_needed",
        )
    return caller


OnlyAPerson = Annotated[Caller, Depends(person_of)]


def payer_of(caller: Anybody) -> Caller:
    """The caller, who must not be an administrator: those neither create nor approve payments."""
    roles.check_decides(caller.roles)
    return caller


def decider_of(person: OnlyAPerson) -> Caller:
    """The person who decides about payments."""
    return payer_of(person)


APayer = Annotated[Caller, Depends(payer_of)]
ADecider = Annotated[Caller, Depends(decider_of)]
