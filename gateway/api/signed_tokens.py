"""The one way of believing a signed token (JWT): of API clients, and of people who come from a sign-in service."""

from typing import Any

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet

from gateway.persistence.refusals import NOBODY

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a private key only: ``none`` and shared secrets are never a proof."""
TOKEN_LENGTH_MAX = 8_000
LEEWAY_S = 30
"""How far the clocks of an issuer and of this machine may be apart."""


class NotBelieved(Exception):
    """A token that proves nothing. ``reason`` is a word for the operator, ``who`` the account it names, where there is
    one; callers are told neither.
    """

    def __init__(self, reason: str, *, who: str = NOBODY) -> None:
        super().__init__(reason)
        self.reason = reason
        self.who = who


def believed(
    text: str, keys: KeySet, *, issuer: str, audience: str, now_s: int, needed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The claims of a token signed by one of ``keys`` for us and not run out; raises :class:`NotBelieved`."""
    if len(text) > TOKEN_LENGTH_MAX:
        raise NotBelieved("length")
    registry = jwt.JWTClaimsRegistry(
        now=now_s, leeway=LEEWAY_S, iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience}, exp={"essential": True}, sub={"essential": True},
    )  # fmt: skip
    try:
        token = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
        registry.validate(token.claims)
    except InvalidKeyIdError as err:
        raise NotBelieved("key") from err
    except UnsupportedAlgorithmError as err:
        raise NotBelieved("algorithm") from err
    except BadSignatureError as err:
        raise NotBelieved("signature") from err
    except ExpiredTokenError as err:
        raise NotBelieved("expired") from err
    except (MissingClaimError, InvalidClaimError) as err:
        raise NotBelieved(f"claim {err.claim}") from err
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as err:
        raise NotBelieved("form") from err
    claims: dict[str, Any] = token.claims
    for name in needed:
        if claims.get(name) is None:
            raise NotBelieved(f"claim {name}")
    return claims


def key_set(document: Any) -> KeySet:
    """The keys in a published document (JWKS); raises :class:`NotBelieved` where it is none."""
    try:
        return KeySet.import_key_set(document)
    except (JoseError, ValueError, TypeError, KeyError) as err:
        raise NotBelieved("keys") from err
