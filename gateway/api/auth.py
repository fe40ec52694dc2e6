"""Who is asking: an API client with its key, or a person with a personal token."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer
from sqlalchemy import Connection

from gateway.api import credentials, machines
from gateway.api.certificates import fits
from gateway.api.problems import Unauthenticated
from gateway.domain import roles
from gateway.domain.errors import Forbidden
from gateway.domain.roles import EVERY, Grant, Role, Verb
from gateway.origin import CURRENT
from gateway.persistence.clients import Client, Clients
from gateway.persistence.grants import Grants
from gateway.persistence.people import People
from gateway.persistence.queries import EVERYTHING, BreakLine, Scope, get_payment
from gateway.persistence.refusals import NOBODY
from gateway.wiring import Hub

_scheme = HTTPBearer(auto_error=False, description="phk_… (API client) or php_… (person)")

JWT_DOTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. ``counts_as`` is the person wherever persons are counted; ``scope`` is what the caller may see."""

    id: str
    name: str
    is_person: bool
    grants: tuple[Grant, ...]
    scope: Scope
    counts_as: str

    def check(self, verb: Verb, entity: str) -> None:
        """Raises :class:`Forbidden` unless the caller may do that for that entity (``EVERY``: for all)."""
        roles.check(self.grants, verb, entity)


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
    elif scheme.lower() == "bearer" and text.count(".") == JWT_DOTS:
        client = machines.client_of(hub, text)
        caller = None if client is None else client_caller(hub, client)
    elif authorization:
        hub.refuse("no key or token")
    if caller is None:
        raise Unauthenticated("Send your key: Authorization: Bearer phk_… (or php_… if you are a person).")
    return caller


def scope_of(hub: Hub, grants: Iterable[Grant], *, client_id: str | None = None) -> Scope:
    """What somebody with these grants may see. Documents of a bank need every entity that has an account there."""
    held = tuple(grants)
    seen, read = roles.entities(held, Verb.SEE), roles.entities(held, Verb.DOCUMENT_SEE)
    at_banks: dict[str, set[str]] = {}
    for one in hub.accounts.values():
        at_banks.setdefault(one.bank, set()).add(one.entity)
    return Scope(
        client_id=client_id,
        entities=None if client_id is not None else seen,
        accounts=None if seen is None else frozenset(n for n, one in hub.accounts.items() if one.entity in seen),
        banks=None if read is None else frozenset(bank for bank, members in at_banks.items() if members <= read),
    )


def audit_scope(hub: Hub, grants: Iterable[Grant]) -> Scope:
    """What somebody with these grants may see of the audit trail and the events: rows about their entities."""
    chosen = roles.entities(grants, Verb.AUDIT_SEE)
    if chosen is None:
        return EVERYTHING
    return scope_of(hub, (Grant(role=Role.AUDITOR, entity=one) for one in chosen))


def entities_of_bank(hub: Hub, bank: str) -> frozenset[str]:
    """The entities that have an account at a bank; where none has, only who may act for all may act."""
    return frozenset(one.entity for one in hub.accounts.values() if one.bank == bank) or frozenset({EVERY})


def entities_of_break(hub: Hub, connection: Connection, found: BreakLine) -> frozenset[str]:
    """Whose break it is: of the payment's entity, else of its account's, else of all with an account at the bank."""
    if found.payment_id is not None:
        return frozenset({get_payment(connection, EVERYTHING, found.payment_id).entity})
    account = hub.accounts.get(found.account or "")
    return frozenset({account.entity}) if account is not None else entities_of_bank(hub, found.bank)


def _client(hub: Hub, prefix: str, text: str) -> Caller | None:
    with hub.reading() as connection:
        client = Clients(connection).with_prefix(prefix)
    if client is None or not credentials.same(text, client.key_sha256):
        hub.refuse("key", who=NOBODY if client is None else client.id)
        return None
    if not fits(client.certificate, CURRENT.get().certificate):
        hub.refuse("key without its certificate", who=client.id)
        return None
    return client_caller(hub, client)


def client_caller(hub: Hub, client: Client) -> Caller:
    """An API client as a caller, however it proved who it is."""
    return Caller(
        id=client.id, name=client.name, is_person=False, grants=client.grants, counts_as=client.id,
        scope=scope_of(hub, client.grants, client_id=client.id),
    )  # fmt: skip


def _person(hub: Hub, prefix: str, text: str) -> Caller | None:
    at = hub.clock.now()
    with hub.reading() as connection:
        found = People(connection).token(prefix, at)
        right = found is not None and credentials.same(text, found[0].sha256)
        grants = Grants(connection).held(found[1].id, at) if found is not None and right else ()
    if found is None or not right:
        hub.refuse("personal token", who=NOBODY if found is None else found[1].id)
        return None
    person = found[1]
    return Caller(
        id=person.id, name=person.display_name, is_person=True, grants=grants, scope=scope_of(hub, grants),
        counts_as=person.counts_as,
    )  # fmt: skip


def caller_of(
    hub: TheHub, _shown: Annotated[object, Depends(_scheme)],
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Caller:  # fmt: skip
    """The caller of a request."""
    return authenticate(hub, authorization)


Anybody = Annotated[Caller, Depends(caller_of)]


def needs(*verbs: Verb, person: bool = False) -> Callable[[Caller], Caller]:
    """A dependency: the caller, who may do one of these for some entity at least; ``person`` turns API clients away.

    The endpoint then asks :meth:`Caller.check` about the entity at hand, or reads through the caller's scope.
    """

    def allowed(caller: Anybody) -> Caller:
        if person and not caller.is_person:
            raise Forbidden(
                "Only a person may do this, with a personal token (php_…); an API key decides nothing.",
                code="request.person_needed",
            )
        roles.check_any(caller.grants, verbs, None)
        return caller

    return allowed


Seer = Annotated[Caller, Depends(needs(Verb.SEE))]
