"""The little of OpenPGP's packets (RFC 9580) that we read and write ourselves: whether bytes are a message at all,
which keys it is encrypted to, and a frame around a key of ours that makes the library open old messages with it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ARMOUR = b"-----BEGIN PGP "
MESSAGE_ARMOUR = ARMOUR + b"MESSAGE-----"
HEAD_BYTES_MAX = 64 * 1024
"""The session keys stand in front; a message for more people than fit in here is not for us."""
RECIPIENTS_MAX = 64
PKESK, SIGNATURE, SKESK, ONE_PASS = 1, 2, 3, 4
BEGINNINGS = frozenset({PKESK, SIGNATURE, SKESK, ONE_PASS, 8, 9, 10, 18, 20, 21})
"""Packets a message may begin with: session keys, signatures, compressed or encrypted data, marker, padding."""
ENCRYPTED = frozenset({9, 18, 20})
SKIPPED = frozenset({10, 21})
ANYBODY = "0" * 16
"""The key id of a recipient that is not named: whoever holds a key tries it."""

SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY = 5, 6, 7
ED25519_LEGACY, SHA256 = 22, 8
ED25519_OID = bytes.fromhex("092b06010401da470f01")
DIRECT_KEY, SUBKEY_BINDING = 0x1F, 0x18
CERTIFIES, ENCRYPTS = 0x01, 0x0C
CREATED, KEY_FLAGS, ISSUER = 2, 27, 33


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in front of a message. ``recipients`` are key ids (16 hexadecimal digits)."""

    encrypted: bool
    recipients: tuple[str, ...] = ()
    password: bool = False
    signature_only: bool = False


def is_message(data: bytes) -> bool:
    """Whether bytes are OpenPGP, armoured or not. Told from what is inside, never from a name."""
    if data[:HEAD_BYTES_MAX].lstrip().startswith(ARMOUR):
        return True
    return bool(data) and packet_tag(data[0]) in BEGINNINGS and next(_packets(data[:HEAD_BYTES_MAX]), None) is not None


def head(data: bytes) -> Head:
    """The session keys a message begins with. A text signed in the clear and a lone signature have none."""
    plain = data[:HEAD_BYTES_MAX].lstrip()
    if plain.startswith(ARMOUR):
        if not plain.startswith(MESSAGE_ARMOUR):
            return Head(encrypted=False, signature_only=True)
        plain = _unarmoured(plain)
    else:
        plain = data[:HEAD_BYTES_MAX]
    recipients: list[str] = []
    password = False
    for tag, body in _packets(plain):
        if tag == PKESK and len(recipients) < RECIPIENTS_MAX:
            recipients.append(_recipient(body))
        elif tag == SKESK:
            password = True
        elif tag not in SKIPPED:
            return Head(
                encrypted=tag in ENCRYPTED, recipients=tuple(recipients), password=password,
                signature_only=tag == SIGNATURE and len(list(_packets(plain))) == 1,
            )  # fmt: skip
    return Head(encrypted=True, recipients=tuple(recipients), password=password)


def _unarmoured(text: bytes) -> bytes:
    """As much of the armour's base64 as is whole."""
    body = re.split(rb"\r?\n[ \t]*\r?\n", text, maxsplit=1)
    letters = re.sub(rb"\s+", b"", re.split(rb"\n[=-]", body[-1], maxsplit=1)[0])
    try:
        return base64.b64decode(letters[: len(letters) // 4 * 4])
    except binascii.Error:
        return b""


def packet_tag(first: int) -> int:
    """The packet type in a packet's first byte; 0 (reserved) where it is none."""
    if not first & 0x80:
        return 0
    return first & 0x3F if first & 0x40 else (first & 0x3C) >> 2


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of packets; ends with the first one that is not wholly there (its body is cut off)."""
    place = 0
    while place + 1 < len(data):
        tag = packet_tag(data[place])
        if tag == 0:
            return
        length, begin = _length(data, place)
        yield tag, data[begin : begin + length]
        if begin + length > len(data):
            return
        place = begin + length


def _length(data: bytes, place: int) -> tuple[int, int]:
    """The length of a body and where it begins. A partial or open length counts as all there is."""
    first, after = data[place], data[place + 1 : place + 6]
    if first & 0x40:
        if after[0] < 192:
            return after[0], place + 2
        if after[0] < 224 and len(after) > 1:
            return ((after[0] - 192) << 8) + after[1] + 192, place + 3
        if after[0] == 255:
            return int.from_bytes(after[1:5]), place + 6
        return len(data), place + 2
    size = (1, 2, 4, 0)[first & 3]
    return (int.from_bytes(after[:size]), place + 1 + size) if size else (len(data), place + 1)


def _recipient(body: bytes) -> str:
    """The key id a session key is encrypted to, of both versions of the packet in use."""
    if body[:1] == b"\x03":
        return body[1:9].hex()
    if body[:1] == b"\x06" and len(body) > 2 and body[1] > 0:
        fingerprint = body[3 : 2 + body[1]]
        return (fingerprint[:8] if body[2] == 6 else fingerprint[-8:]).hex()
    return ANYBODY


def framed(secret: bytes, public: bytes, created: datetime) -> bytes:
    """A key block in which one secret key of ours (packet bodies) is the encryption subkey of a primary key that is
    no secret: nobody trusts it, and nothing is signed with it.

    The library opens with the first encryption subkey that has not ended. A bank that answers late encrypts to a key
    that has, or to the second one of two; in a frame of its own each of them still opens what it always could.
    """
    owner = Ed25519PrivateKey.from_private_bytes(bytes(32))
    point = owner.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    since = int(created.timestamp()).to_bytes(4)
    primary = b"\x04" + since + bytes([ED25519_LEGACY]) + ED25519_OID + _integer(b"\x40" + point)
    about = _hashed(primary)
    issuer = b"\x04" + hashlib.sha1(about, usedforsecurity=False).digest()
    return b"".join(
        (
            _packet(PUBLIC_KEY, primary),
            _packet(SIGNATURE, _signature(owner, DIRECT_KEY, about, since, CERTIFIES, issuer)),
            _packet(SECRET_SUBKEY, secret),
            _packet(SIGNATURE, _signature(owner, SUBKEY_BINDING, about + _hashed(public), since, ENCRYPTS, issuer)),
        )
    )


def _hashed(public: bytes) -> bytes:
    """A version 4 key as it enters fingerprints and signatures."""
    return b"\x99" + len(public).to_bytes(2) + public


def _signature(owner: Ed25519PrivateKey, kind: int, about: bytes, since: bytes, flags: int, issuer: bytes) -> bytes:
    notes = _note(CREATED, since) + _note(KEY_FLAGS, bytes([flags])) + _note(ISSUER, issuer)
    signed = bytes([4, kind, ED25519_LEGACY, SHA256]) + len(notes).to_bytes(2) + notes
    digest = hashlib.sha256(about + signed + b"\x04\xff" + len(signed).to_bytes(4)).digest()
    proof = owner.sign(digest)
    return signed + bytes(2) + digest[:2] + _integer(proof[:32]) + _integer(proof[32:])


def _note(kind: int, content: bytes) -> bytes:
    return bytes([len(content) + 1, kind]) + content


def _integer(content: bytes) -> bytes:
    """A multiprecision integer: its length in bits, then its bytes without leading zeros."""
    value = content.lstrip(b"\x00")
    return int.from_bytes(value).bit_length().to_bytes(2) + value


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4) + body
