"""Bytes by their SHA-256, compressed and encrypted (AES-256-GCM), each blob under a key of its own.

The blob's key is wrapped by a key-encryption key that never enters the database, and bound to everything its row says.
A chunk's nonce is its number: unique under a key that encrypts one blob only. Chunk and blob digest are bound together,
so that chunks cannot be swapped.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, LargeBinary, Row, cast, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.audit import moment_text
from gateway.domain.errors import NotFound
from gateway.domain.ids import Ids
from gateway.persistence.key_ring import KEY_BYTES, NONCE_BYTES, KeyRing, Tampered
from gateway.persistence.tables import vault_blobs, vault_chunks

CHUNK_BYTES = 1 << 20
COMPRESSION_LEVEL = 3


class Vault:
    """The blobs of one unit of work."""

    def __init__(self, connection: Connection, *, ring: KeyRing, ids: Ids, at: datetime) -> None:
        self._connection = connection
        self._ring = ring
        self._ids = ids
        self._at = at

    def put(self, source: BinaryIO | bytes, sha256: str) -> None:
        """Stores the bytes once; asserts that they have the digest they are said to have."""
        if self._connection.execute(select(vault_blobs.c.sha256).where(vault_blobs.c.sha256 == sha256)).first():
            return
        with self._connection.begin_nested() as point:
            try:
                self._store(source, sha256)
            except IntegrityError:
                point.rollback()  # somebody stored the same bytes at the same moment, and was first

    def _store(self, source: BinaryIO | bytes, sha256: str) -> None:
        key = self._ids.secret(KEY_BYTES)
        digest, size, number = hashlib.sha256(), 0, 0
        cipher = AESGCM(key)
        for number, plain in enumerate(_chunks(source), 1):
            digest.update(plain)
            size += len(plain)
            data = cipher.encrypt(
                _nonce(number), zlib.compress(plain, COMPRESSION_LEVEL), f"{sha256}:{number}".encode()
            )
            self._connection.execute(insert(vault_chunks).values(sha256=sha256, number=number, data=data))
        assert digest.hexdigest() == sha256, "the vault was given other bytes than it was told"
        self._connection.execute(
            insert(vault_blobs).values(
                sha256=sha256, size=size, chunks=number, key_id=self._ring.current, created_at=self._at,
                wrapped_key=self._ring.wrap(
                    key, _label(sha256, size, number, moment_text(self._at)), self._ids.secret(NONCE_BYTES)
                ),
            )
        )  # fmt: skip

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The bytes in portions of ``CHUNK_BYTES``; raises :class:`Tampered` or :class:`NotFound`."""
        blob = self._blob(sha256)
        if blob is None:
            raise NotFound(f"The vault holds no document {sha256[:12]}.")
        cipher = AESGCM(self._key(sha256, blob))
        digest = hashlib.sha256()
        for number in range(1, blob.chunks + 1):
            query = select(vault_chunks.c.data).where(vault_chunks.c.sha256 == sha256, vault_chunks.c.number == number)
            data = self._connection.execute(query).scalar_one_or_none()
            try:
                plain = zlib.decompress(cipher.decrypt(_nonce(number), data or b"", f"{sha256}:{number}".encode()))
            except (InvalidTag, ValueError) as err:
                raise Tampered(f"Part {number} of the stored document {sha256[:12]} was changed.") from err
            digest.update(plain)
            yield plain
        if digest.hexdigest() != sha256:
            raise Tampered(f"The stored document {sha256[:12]} is not what was stored.")

    def _blob(self, sha256: str) -> Row[int, int, Any, bytes, Any] | None:
        """What is said of a document, ``created_at`` and the key's name as texts that may be damaged."""
        created, key_id = vault_blobs.c.created_at, vault_blobs.c.key_id
        raw = self._connection.dialect.name == "sqlite"
        query = select(
            vault_blobs.c.size, vault_blobs.c.chunks, cast(key_id, LargeBinary) if raw else key_id,
            vault_blobs.c.wrapped_key, cast(created, LargeBinary) if raw else created,
        ).where(vault_blobs.c.sha256 == sha256)  # fmt: skip
        return self._connection.execute(query).one_or_none()

    def _key(self, sha256: str, blob: Row[int, int, Any, bytes, Any]) -> bytes:
        size, chunks, key_id, wrapped, created = blob
        label = _label(sha256, size, chunks, _text(created))
        try:
            return self._ring.unwrap(wrapped, label, _text(key_id))
        except Tampered:
            return self._ring.unwrap(wrapped, sha256, _text(key_id))  # stored before the row's facts were bound to it

    def rewrap(self, limit: int) -> int:
        """Wraps anew, with the ring's present key, the keys of at most ``limit`` documents; says of how many."""
        query = select(vault_blobs.c.sha256).where(vault_blobs.c.key_id != self._ring.current).limit(limit)
        found = self._connection.execute(query).scalars().all()
        for sha256 in found:
            blob = self._blob(sha256)
            assert blob is not None, "what was found in this transaction is there"
            label = _label(sha256, blob.size, blob.chunks, _text(blob[4]))
            wrapped = self._ring.wrap(self._key(sha256, blob), label, self._ids.secret(NONCE_BYTES))
            self._connection.execute(
                update(vault_blobs)
                .where(vault_blobs.c.sha256 == sha256)
                .values(key_id=self._ring.current, wrapped_key=wrapped)
            )
        return len(found)

    def remove(self, sha256: str) -> None:
        """Removes the bytes; without their key what a backup still holds can be opened by nobody."""
        self._connection.execute(delete(vault_chunks).where(vault_chunks.c.sha256 == sha256))
        self._connection.execute(delete(vault_blobs).where(vault_blobs.c.sha256 == sha256))

    def get(self, sha256: str) -> bytes:
        """All the bytes of a document; for those known to be of moderate size."""
        return b"".join(self.chunks(sha256))


def _label(sha256: str, size: int, chunks: int, created: str) -> str:
    return f"{sha256}:{size}:{chunks}:{created}"


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _chunks(source: BinaryIO | bytes) -> Iterable[bytes]:
    if isinstance(source, bytes):
        for start in range(0, len(source), CHUNK_BYTES):
            yield source[start : start + CHUNK_BYTES]
        return
    while chunk := source.read(CHUNK_BYTES):
        yield chunk
