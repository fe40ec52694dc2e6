"""API clients that prove who they are with a token of an authorization server (OAuth2 client credentials, JWT).

The token names a client the hub knows, and may narrow what it does; it can never widen it. Whatever is wrong with a
token is said to nobody: the caller is unknown.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet
from sqlalchemy.exc import IntegrityError

from gateway.api.certificates import confirmed, fits
from gateway.api.signed_tokens import LEEWAY_S, NotBelieved, believed, key_set
from gateway.domain.roles import Verb
from gateway.origin import CURRENT
from gateway.persistence.clients import Client, Clients
from gateway.remote import NotFetched
from gateway.settings_sign_in import Machines
from gateway.wiring import Hub

LIFETIME_S_MAX = 24 * 3600
"""A token that lives longer is refused: it would outlive the taking back of a client."""
JTI_LENGTH_MAX = 255


def client_of(hub: Hub, text: str) -> Client | None:
    """The client behind a token, narrowed to the verbs of its scope; None for whatever is not quite right, of which
    the trail keeps the kind.
    """
    try:
        rules, claims = _claims(hub, text)
        client = _named(hub, rules, claims)
    except NotBelieved as err:
        hub.refuse(f"token: {err.reason}", who=err.who)
        return None
    return _narrowed(client, claims.get("scope"))


def _claims(hub: Hub, text: str) -> tuple[Machines, dict[str, Any]]:
    rules, now_s = hub.settings.machines, hub.machine_ms() // 1000
    if rules is None:
        raise NotBelieved("no issuer is configured")
    try:
        keys = _keys(hub, rules.jwks, now_s)
    except (NotFetched, ValueError, OSError) as err:
        raise NotBelieved("the keys cannot be read") from err
    claims = believed(text, keys, issuer=rules.issuer, audience=rules.audience, now_s=now_s)
    if claims["exp"] - claims.get("iat", now_s) > LIFETIME_S_MAX:
        raise NotBelieved("lives too long")
    return rules, claims


def _named(hub: Hub, rules: Machines, claims: dict[str, Any]) -> Client:
    name = claims.get(rules.client_claim)
    if not isinstance(name, str) or not name.isprintable():
        raise NotBelieved("names no client")
    with hub.reading() as connection:
        client = Clients(connection).with_name(name)
    if client is None:
        raise NotBelieved("names no client")
    if client.disabled_at is not None:
        raise NotBelieved("disabled", who=client.id)
    shown = CURRENT.get().certificate
    if not fits(client.certificate, shown) or not confirmed(claims, shown):
        raise NotBelieved("without its certificate", who=client.id)
    if rules.one_time and not _first_use(hub, rules, claims):
        raise NotBelieved("used before", who=client.id)
    return client


def _keys(hub: Hub, source: str, now_s: int) -> KeySet:
    """The public keys of an issuer."""
    if source.startswith("https://"):
        return key_set(hub.remote.document(source, now_s))
    return key_set(json.loads(Path(source).read_text(encoding="utf-8")))


def _first_use(hub: Hub, rules: Machines, claims: dict[str, Any]) -> bool:
    """Whether a token that may be used once was not used before; two at the same moment meet at the table's key."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= JTI_LENGTH_MAX:
        return False
    with hub.unit_of_work(actor=str(claims["sub"])) as work:
        try:
            Clients(work.connection).use_token(
                rules.issuer, jti, expires_at=datetime.fromtimestamp(claims["exp"] + LEEWAY_S, UTC),
                now=datetime.fromtimestamp(hub.machine_ms() / 1000, UTC),
            )  # fmt: skip
        except IntegrityError:
            return False
        work.commit()
    return True


def _narrowed(client: Client, scope: object) -> Client:
    """A scope that names verbs of ours narrows; one that names none leaves the client as it is."""
    named = {one for one in scope.split() if one in set(Verb)} if isinstance(scope, str) else set()
    if not named:
        return client
    verbs = frozenset(Verb(one) for one in named)
    return replace(client, verbs=verbs if client.verbs is None else client.verbs & verbs)
