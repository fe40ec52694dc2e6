"""Takes the wrapping off a message by hand, down to what was signed: armour, encryption, and compression, each layer
within limits. The library proves the signature afterwards; see :mod:`banks.security.pgp_session` for why.
"""

import base64
import bz2
import re
import zlib
from collections.abc import Iterator
from typing import Protocol

from banks.security.pgp_packets import ARMOUR, PKESK, SKIPPED, Head, packet_tag
from banks.security.pgp_session import CannotOpen, SecretKey, protected, session_key

COMPRESSED, PROTECTED = 8, 18
CONTENT = frozenset({2, 4, 11})
"""A signature, its announcement, or the content itself."""
LAYERS_MAX = 4
"""Compression inside compression: one layer is usual, and a bomb has many."""
AROUND_BYTES_MAX = 64 * 1024
"""What signatures and packet headers may add to the content."""
PIECE_BYTES = 1 << 20


class TooMuch(Exception):
    """More came out of a compressed layer than is allowed; it was stopped there."""


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def content_part(message: bytes, key: SecretKey | None, recipients: Head, *, size_max: int) -> bytes:
    """The packets that are the content and its signatures. ``key`` is None where the message is not encrypted.

    Raises :class:`CannotOpen` and :class:`TooMuch`.
    """
    most = size_max + size_max // 64 + AROUND_BYTES_MAX
    content = _binary(message)
    if key is not None:
        content = _decrypted(content, key, recipients)
    for _ in range(LAYERS_MAX):
        tag, body = next(_whole(content), (0, b""))
        if tag in CONTENT:
            return content
        if tag != COMPRESSED:
            raise CannotOpen("it is not whole, or not a message at all")
        content = _unpacked(body, most)
    raise CannotOpen("it is packed into itself too many times")


def _binary(message: bytes) -> bytes:
    text = message.lstrip()
    if not text.startswith(ARMOUR):
        return message
    body = re.split(rb"\r?\n[ \t]*\r?\n", text, maxsplit=1)[-1]
    letters = b"".join(re.split(rb"\n[=-]", body, maxsplit=1)[0].split())
    try:
        return base64.b64decode(letters, validate=True)
    except ValueError:
        raise CannotOpen("its armour is damaged or cut off") from None


def _decrypted(content: bytes, key: SecretKey, head: Head) -> bytes:
    """Tries our key on the session keys that may be meant for it, then opens the protected data."""
    wanted = (key.fingerprint[-8:], bytes(8))
    keys: list[bytes] = []
    failure = CannotOpen("No key to decrypt it")
    for tag, body in _whole(content):
        if tag == PKESK and body[:1] == b"\x03" and body[1:9] in wanted and len(keys) < len(head.recipients):
            try:
                keys.append(session_key(body, key))
            except CannotOpen as err:
                failure = err
        elif tag == PROTECTED:
            if not keys:
                raise failure
            return protected(body, keys[0])
    raise failure


def _unpacked(body: bytes, most: int) -> bytes:
    """One layer, stopped as soon as more than ``most`` bytes came out."""
    kind, rest = body[:1], body[1:]
    if kind == b"\x00":
        return rest
    unpacker = _unpacker(kind)
    pieces: list[bytes] = []
    size = 0
    while not unpacker.eof:
        try:
            piece = unpacker.decompress(rest, PIECE_BYTES)
        except (zlib.error, OSError, EOFError):
            raise CannotOpen("its compressed part is damaged") from None
        rest = getattr(unpacker, "unconsumed_tail", b"")
        size += len(piece)
        if size > most:
            raise TooMuch
        if not piece and not rest and not unpacker.eof:
            raise CannotOpen("it is cut off")
        pieces.append(piece)
    return b"".join(pieces)


def _unpacker(kind: bytes) -> _Unpacker:
    if kind == b"\x01":
        return zlib.decompressobj(-zlib.MAX_WBITS)
    if kind == b"\x02":
        return zlib.decompressobj()
    if kind == b"\x03":
        return bz2.BZ2Decompressor()
    raise CannotOpen("it is compressed in a way that is not known here")


def _whole(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and whole body of each packet, bodies in parts joined; padding and markers left out."""
    place = 0
    while place + 1 < len(data):
        tag = packet_tag(data[place])
        if tag == 0:
            raise CannotOpen("it is not whole, or not a message at all")
        body, place = _body(data, place)
        if tag not in SKIPPED:
            yield tag, body


def _body(data: bytes, place: int) -> tuple[bytes, int]:
    first = data[place]
    if not first & 0x40:
        size = (1, 2, 4, 0)[first & 3]
        begin = place + 1 + size
        length = int.from_bytes(data[place + 1 : begin]) if size else len(data) - begin
        return _cut(data, begin, length), begin + length
    pieces, place = [], place + 1
    while True:
        begin, length, more = _new_length(data, place)
        pieces.append(_cut(data, begin, length))
        place = begin + length
        if not more:
            return b"".join(pieces), place


def _new_length(data: bytes, place: int) -> tuple[int, int, bool]:
    """Where a body (or a part of one) begins, how long it is, and whether another part follows."""
    head = data[place : place + 5]
    if not head:
        raise CannotOpen("it is cut off")
    if head[0] < 192:
        return place + 1, head[0], False
    if head[0] < 224:
        return place + 2, ((head[0] - 192) << 8) + int.from_bytes(head[1:2]) + 192, False
    if head[0] == 255:
        return place + 5, int.from_bytes(head[1:5]), False
    return place + 1, 1 << (head[0] & 31), True


def _cut(data: bytes, begin: int, length: int) -> bytes:
    if begin + length > len(data):
        raise CannotOpen("it is cut off")
    return data[begin : begin + length]
