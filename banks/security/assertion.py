"""The signed statement by which our client proves who it is to a token server (RFC 7523, ``private_key_jwt``)."""

from joserfc import jwt
from joserfc.jwk import Key

from banks.api_settings import OAuthSettings, SigningKey

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME_S = 120
"""Long enough for clocks that differ, short enough to be worth nothing to a thief."""


def assertion(oauth: OAuthSettings, signing: SigningKey, key: Key, *, now_s: int, identifier: str) -> str:
    """A JWT that only our key can make, for this token server, once: ``identifier`` is never used twice."""
    header = {"alg": signing.algorithm, "typ": "JWT"}
    if signing.key_id is not None:
        header["kid"] = signing.key_id
    claims = {
        "iss": oauth.client_id, "sub": oauth.client_id, "aud": oauth.audience or oauth.token_url,
        "jti": identifier, "iat": now_s, "exp": now_s + LIFETIME_S,
    }  # fmt: skip
    return jwt.encode(header, claims, key, algorithms=[signing.algorithm])
