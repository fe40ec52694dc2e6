"""Detached JWS (RFC 7515 appendix F, RFC 7797): signing what we send, verifying what the bank says it sent.

The signature is over the very bytes on the wire, of any encoding; joserfc brings keys and algorithms, and the signing
input is put together here, because a body may be larger and less textual than a token.
"""

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry

ALGORITHMS = ("ES256", "PS256", "RS256")
HEADER_BYTES_MAX = 8 * 1024
"""A protected header and its signature are small; what is larger is no signature of a bank."""
PRIVATE = re.compile(r"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----")
CERTIFICATE = "-----BEGIN CERTIFICATE-----"
KINDS: Mapping[str, type] = {"ES256": ECKey, "PS256": RSAKey, "RS256": RSAKey, "HS256": OctKey}


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of one signer. Those of a JWKS are told apart by their ``kid``, a key from PEM has no name of its own."""

    keys: tuple[Key, ...]
    named: bool


class BadKey(ValueError):
    """The text is not a key that can be used for this."""


class BadSignature(ValueError):
    """The signature is not that of the bank over these bytes; the message is for the log, never for the sender."""


def private_key(text: str, algorithm: str) -> Key:
    """Our own key for an algorithm, from PEM; raises :class:`BadKey`."""
    if PRIVATE.search(text) is None:
        raise BadKey("it is not a private key in PEM without a passphrase")
    return _imported(text, algorithm)


def public_keys(text: str) -> Keys:
    """The bank's keys from a JWKS, or its key from PEM (a public key or a certificate); raises :class:`BadKey`."""
    try:
        if text.lstrip().startswith("{"):
            found = json.loads(text)
            return Keys(tuple(KeySet.import_key_set(found if "keys" in found else {"keys": [found]}).keys), named=True)
        if CERTIFICATE in text:
            shown = x509.load_pem_x509_certificate(text.encode()).public_key()
            text = shown.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        return Keys((ECKey.import_key(text) if _is_elliptic(text) else RSAKey.import_key(text),), named=False)
    except (ValueError, TypeError, KeyError, JoseError) as err:
        raise BadKey(f"it is neither a JWKS nor a public key or certificate in PEM: {err}") from err


def sign(protected: Mapping[str, Any], payload: bytes, key: Key) -> str:
    """``header..signature`` over the payload, encoded or, where the header says ``b64: false``, as it is."""
    head = _encoded(json.dumps(dict(protected), separators=(",", ":")).encode())
    signed = JWSRegistry.algorithms[protected["alg"]].sign(_input(head, payload, protected), key)
    return f"{head}..{_encoded(signed)}"


def sign_bytes(content: bytes, algorithm: str, key: Key) -> str:
    """A bare signature in Base64, as HTTP signatures carry it."""
    return base64.b64encode(JWSRegistry.algorithms[algorithm].sign(content, key)).decode()


def verify(
    token: str, payload: bytes, keys: Keys, *, critical: Collection[str] = (), algorithms: Collection[str] = ALGORITHMS
) -> Mapping[str, Any]:
    """The protected header of a detached JWS whose signature over ``payload`` is right; raises :class:`BadSignature`.

    ``critical`` are the header names we understand beyond ``b64``; a name under ``crit`` that is not among them fails.
    """
    parts = token.strip().split(".")
    if len(parts) != 3 or parts[1] or len(token) > HEADER_BYTES_MAX:
        raise BadSignature("it is not a detached JWS")
    protected = _header(parts[0])
    algorithm = protected.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise BadSignature(f"the algorithm {algorithm!r} is not one we take")
    _check_critical(protected, critical)
    given, signed = _decoded(parts[2]), _input(parts[0], payload, protected)
    for key in _fitting(keys, protected.get("kid"), algorithm):
        try:
            if JWSRegistry.algorithms[algorithm].verify(signed, given, key):
                return protected
        except (ValueError, JoseError):
            continue
    raise BadSignature("no key of the bank fits")


def _imported(text: str, algorithm: str) -> Key:
    try:
        key: Key = ECKey.import_key(text) if algorithm == "ES256" else RSAKey.import_key(text)
        JWSRegistry.algorithms[algorithm].check_key(key)
        JWSRegistry.algorithms[algorithm].sign(b"payhub", key)
    except (ValueError, TypeError, KeyError, JoseError) as err:
        raise BadKey(f"it cannot be used for {algorithm}: {err}") from err
    return key


def _is_elliptic(pem: str) -> bool:
    try:
        ECKey.import_key(pem)
    except (ValueError, TypeError, JoseError):
        return False
    return True


def _header(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except (ValueError, RecursionError) as err:
        raise BadSignature("its header cannot be read") from err
    if not isinstance(found, dict):
        raise BadSignature("its header is not an object")
    return found


def _check_critical(protected: Mapping[str, Any], understood: Collection[str]) -> None:
    named = protected.get("crit", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise BadSignature("its crit is not a list of names")
    if ("crit" in protected and not named) or any(name not in protected for name in named):
        raise BadSignature("its crit names what is not there")
    if set(named) - {"b64", *understood}:
        raise BadSignature("its crit names what we do not understand")
    if protected.get("b64", True) is not True and (protected["b64"] is not False or "b64" not in named):
        raise BadSignature("its b64 is not under crit")


def _fitting(keys: Keys, kid: object, algorithm: str) -> list[Key]:
    kind = KINDS[algorithm]
    found = [key for key in keys.keys if isinstance(key, kind)]
    return [key for key in found if not keys.named or kid is None or key.kid == kid]


def _input(head: str, payload: bytes, protected: Mapping[str, Any]) -> bytes:
    return head.encode() + b"." + (payload if protected.get("b64") is False else _encoded(payload).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as err:
        raise BadSignature("it is not Base64") from err
