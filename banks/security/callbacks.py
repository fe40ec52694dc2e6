"""Tells a bank's own callback from a forgery: on the raw bytes, before anything of them is understood."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from banks.api_settings import Callback, CallbackScheme
from banks.secrets import Secrets
from banks.security import jws
from banks.security.jws import BadSignature

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not one
SIGNATURES_MAX = 8
"""During a rotation a bank sends two; more than this many is somebody who guesses."""
IDENTIFIER_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A callback that the bank signed: its id (never good twice) and its time in seconds since 1970."""

    identifier: str
    timestamp_s: int


def verify(settings: Callback, secrets: Secrets, headers: Mapping[str, str], body: bytes, *, now_s: int) -> Verified:
    """Who signed, when, under which id. ``headers`` are found by any case.

    Raises :class:`BadSignature` for a wrong signature and for one that is too old or too new, ``SecretMissing`` and
    :class:`banks.security.jws.BadKey` where our own configuration is at fault.
    """
    token = headers.get(settings.header)
    if not token:
        raise BadSignature("it carries no signature")
    if settings.scheme is CallbackScheme.JWS:
        found = _by_jws(settings, secrets, token, body)
    else:
        found = _by_hmac(settings, secrets, headers, token, body)
    if abs(now_s - found.timestamp_s) > settings.tolerance_s:
        raise BadSignature(f"its time is {now_s - found.timestamp_s} s away from ours")
    return found


def load(settings: Callback, secrets: Secrets) -> str:
    """Loads the key as a callback would, and says what it is: for a check. Raises as :func:`verify` does."""
    if settings.scheme is CallbackScheme.HMAC:
        return f"a shared secret of {len(_shared(secrets(settings.key)))} bytes"
    return f"{len(jws.public_keys(secrets(settings.key)).keys)} public keys of the bank"


def _by_jws(settings: Callback, secrets: Secrets, token: str, body: bytes) -> Verified:
    keys = jws.public_keys(secrets(settings.key))
    understood = (*settings.critical, settings.identifier, settings.timestamp)
    protected = jws.verify(token, body, keys, critical=understood)
    identifier, timestamp = protected.get(settings.identifier), protected.get(settings.timestamp)
    if not isinstance(timestamp, int) or isinstance(timestamp, bool):
        raise BadSignature(f"its header says no time under {settings.timestamp}")
    if identifier is None:
        # a bank that numbers nothing: the same words at the same time are the same callback, however often it signs
        identifier = "sha256:" + hashlib.sha256(f"{timestamp}.".encode() + body).hexdigest()
    return Verified(identifier=_identifier(identifier), timestamp_s=timestamp)


def _by_hmac(settings: Callback, secrets: Secrets, headers: Mapping[str, str], token: str, body: bytes) -> Verified:
    identifier, stamp = _identifier(headers.get(settings.identifier)), headers.get(settings.timestamp, "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        raise BadSignature("it says no time in seconds")
    signed = f"{identifier}.{stamp}.".encode() + body
    right = hmac.digest(_shared(secrets(settings.key)), signed, hashlib.sha256)
    given = token.split(" ")[:SIGNATURES_MAX]
    if not any(hmac.compare_digest(right, _decoded(one.removeprefix("v1,"))) for one in given):
        raise BadSignature("no signature of it is ours")
    return Verified(identifier=identifier, timestamp_s=int(stamp))


def _identifier(found: object) -> str:
    if not isinstance(found, str) or not 0 < len(found) <= IDENTIFIER_LENGTH_MAX or not found.isprintable():
        raise BadSignature("its id is missing, too long or unreadable")
    return found


def _shared(secret: str) -> bytes:
    secret = secret.strip()
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    found = key if secret.startswith(SECRET_PREFIX) else secret.encode()
    if len(found) < 16:
        raise jws.BadKey("a shared secret has at least 16 bytes")
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
