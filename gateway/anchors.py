"""Anchors: heads of the audit trail, signed and kept where whoever can write to the database cannot.

The chain alone shows an edit of one row; somebody who may write every table can also compute every hash anew. An anchor
outside says what the head was at a moment, under a key that never enters the database.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.audit import canonical, moment_text
from gateway.domain.errors import Misconfigured, Unacceptable

SEED_BYTES = 32
LINE_BYTES_MAX = 1_000
"""An anchor is about 300 bytes; a longer line is not one."""
_FIELDS = ("sequence", "hash", "at", "key_id", "signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One signed head. ``at`` is text, as it was signed; ``signature`` is hexadecimal."""

    sequence: int
    hash: str
    at: str
    key_id: str
    signature: str


class Signer:
    """Signs heads, and manifests of evidence, with one Ed25519 key."""

    def __init__(self, key_id: str, seed: str) -> None:
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        except ValueError as err:
            raise Misconfigured(
                f"The anchor key {key_id} is not {SEED_BYTES} bytes as hexadecimal digits.", code="audit.anchor_key"
            ) from err
        self.key_id = key_id

    @property
    def public_key(self) -> str:
        """What others check with."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature over a message."""
        return self._key.sign(message).hex()

    def anchor(self, sequence: int, digest: str, at: datetime) -> Anchor:
        """The signed head."""
        moment = moment_text(at)
        signature = self.sign(_message(sequence, digest, moment, self.key_id))
        return Anchor(sequence=sequence, hash=digest, at=moment, key_id=self.key_id, signature=signature)


def fault(anchor: Anchor, keys: Mapping[str, str]) -> str | None:
    """What is wrong with an anchor by itself; ``keys`` are public keys by their id."""
    public = keys.get(anchor.key_id)
    if public is None:
        return f"its key {anchor.key_id!r} is not known here: name it under [audit.public_keys]"
    message = _message(anchor.sequence, anchor.hash, anchor.at, anchor.key_id)
    return None if is_signed(message, anchor.signature, public) else "its signature does not hold"


def is_signed(message: bytes, signature: str, public_key: str) -> bool:
    """Whether a signature is one of the key over the message."""
    try:
        raw = bytes.fromhex(signature)
        if raw.hex() != signature:
            return False  # capital letters say the same and are a change all the same
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(raw, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def line(anchor: Anchor) -> str:
    """An anchor as one line for a sink."""
    return canonical({name: getattr(anchor, name) for name in _FIELDS})


def read(lines: Iterable[str]) -> Iterator[Anchor]:
    """The anchors of a sink's file; raises :class:`Unacceptable` at a line that is none."""
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            facts = json.loads(text[:LINE_BYTES_MAX])
            anchor = Anchor(**facts)
        except (ValueError, TypeError) as err:
            raise Unacceptable(f"Line {number} is not an anchor.", code="audit.not_an_anchor") from err
        if not isinstance(anchor.sequence, int) or {type(facts[name]) for name in _FIELDS[1:]} != {str}:
            raise Unacceptable(f"Line {number} is not an anchor.", code="audit.not_an_anchor")
        yield anchor


def _message(sequence: int, digest: str, at: str, key_id: str) -> bytes:
    facts = {"sequence": sequence, "hash": digest, "at": at, "key_id": key_id}
    return f"payhub audit anchor 1\n{canonical(facts)}".encode()
