"""Signing webhooks as Standard Webhooks 1.0 says: HMAC-SHA256 over ``id.timestamp.body`` with a ``whsec_`` secret.

During a rotation every request carries two signatures, so that the receiver may change over when it likes. Secrets are
sealed in the database by the vault's key ring.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.ids import Ids
from gateway.persistence.key_ring import NONCE_BYTES, KeyRing
from gateway.persistence.webhooks import label_of

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not one
SECRET_BYTES = 32
ROTATION_MS = 24 * 3_600_000
"""How long the secret before the current one still signs."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret; ``until_ms`` is the machine time up to which it signs (None: it is the current one)."""

    text: str
    until_ms: int | None = None


def new_secret(ids: Ids) -> Secret:
    """A fresh secret of 256 bits."""
    return Secret(SECRET_PREFIX + base64.b64encode(ids.secret(SECRET_BYTES)).decode())


def rotated(secrets: Iterable[Secret], fresh: Secret, now_ms: int) -> tuple[Secret, ...]:
    """The fresh secret first; the one it replaces signs a while longer, older ones no more."""
    current = next(one for one in secrets if one.until_ms is None)
    return (fresh, Secret(current.text, now_ms + ROTATION_MS))


def signature(secret: str, *, message_id: str, timestamp_s: int, body: bytes) -> str:
    """``v1,`` and the Base64 of the HMAC over the raw bytes."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(secrets: Iterable[Secret], *, message_id: str, now_ms: int, body: bytes) -> dict[str, str]:
    """The three headers of one request."""
    timestamp_s = now_ms // 1000
    valid = [one.text for one in secrets if one.until_ms is None or one.until_ms > now_ms]
    signatures = [signature(one, message_id=message_id, timestamp_s=timestamp_s, body=body) for one in valid]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signatures),
    }


def seal(ring: KeyRing, ids: Ids, webhook_id: str, secrets: Iterable[Secret]) -> bytes:
    """The secrets of one webhook, encrypted for the database."""
    plain = json.dumps([[one.text, one.until_ms] for one in secrets]).encode()
    return ring.seal(plain, label_of(webhook_id), ids.secret(NONCE_BYTES))


def unseal(ring: KeyRing, webhook_id: str, sealed: bytes) -> tuple[Secret, ...]:
    """The way back; raises :class:`gateway.persistence.key_ring.Tampered`."""
    return tuple(Secret(text, until) for text, until in json.loads(ring.open(sealed, label_of(webhook_id))))
