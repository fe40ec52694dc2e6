"""API clients that prove who they are with a token of an authorization server (OAuth2 client credentials, JWT).

The token names a client the hub knows, and may narrow what it does; it can never widen it. Whatever is wrong with a
token is said to nobody: the caller is unknown.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy.exc import IntegrityError

from gateway.domain.roles import Verb
from gateway.persistence.clients import Client, Clients
from gateway.settings_sign_in import Machines
from gateway.wiring import Hub

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a private key only: ``none`` and shared secrets are never a proof."""
TOKEN_LENGTH_MAX = 8_000
LEEWAY_S = 30
LIFETIME_S_MAX = 24 * 3600
"""A token that lives longer is refused: it would outlive the taking back of a client."""
KEYS_FOR_S = 300
FETCH_TIMEOUT_S = 5
JTI_LENGTH_MAX = 255


def client_of(hub: Hub, text: str) -> Client | None:
    """The client behind a token, narrowed to the verbs of its scope; None for whatever is not quite right."""
    rules = hub.settings.machines
    if rules is None or len(text) > TOKEN_LENGTH_MAX:
        return None
    now_s = hub.machine_ms() // 1000
    claims = _claims(rules, text, now_s)
    name = claims.get(rules.client_claim) if claims is not None else None
    if claims is None or not isinstance(name, str):
        return None
    with hub.reading() as connection:
        client = Clients(connection).with_name(name)
    if client is None or client.disabled_at is not None:
        return None
    if rules.one_time and not _first_use(hub, rules, claims):
        return None
    return _narrowed(client, claims.get("scope"))


def _claims(rules: Machines, text: str, now_s: int) -> dict[str, Any] | None:
    registry = jwt.JWTClaimsRegistry(
        now=now_s, leeway=LEEWAY_S, iss={"essential": True, "value": rules.issuer},
        aud={"essential": True, "value": rules.audience}, exp={"essential": True}, sub={"essential": True},
    )  # fmt: skip
    try:
        token = jwt.decode(text, _keys(rules.jwks, now_s // KEYS_FOR_S), algorithms=list(ALGORITHMS))
        registry.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError, httpx.HTTPError, OSError):
        return None
    claims: dict[str, Any] = token.claims
    lives_s = claims["exp"] - claims.get("iat", now_s)
    return claims if lives_s <= LIFETIME_S_MAX else None


@lru_cache(maxsize=8)
def _keys(source: str, _period: int) -> KeySet:
    """The public keys of an issuer, read again every ``KEYS_FOR_S``."""
    if source.startswith("https://"):
        answer = httpx.get(source, timeout=FETCH_TIMEOUT_S, follow_redirects=False)
        answer.raise_for_status()
        return KeySet.import_key_set(answer.json())
    return KeySet.import_key_set(json.loads(Path(source).read_text(encoding="utf-8")))


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
