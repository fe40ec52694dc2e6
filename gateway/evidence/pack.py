"""Writes an evidence pack: a ZIP whose bytes depend on its content only, with a manifest of digests.

Everything streams: a row or a chunk at a time goes through the digest into the archive.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from sqlalchemy import Connection

from gateway.anchors import Signer
from gateway.audit import canonical, moment_text
from gateway.domain.errors import NotFound
from gateway.evidence import page
from gateway.persistence import vault_examination
from gateway.persistence.queries import evidence
from gateway.persistence.queries.evidence import Subject
from gateway.persistence.vault import Vault

FORMAT = "payhub evidence 1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The moment every member bears: that of writing would make each pack another one."""
MODE = 0o644 << 16
LEVEL = 6


@dataclass(frozen=True, slots=True)
class Written:
    """A pack that was written: the digest of its manifest names all of its content."""

    manifest_sha256: str
    members: int
    removed: tuple[str, ...]


class _Archive:
    """The members written so far, with their sizes and digests."""

    def __init__(self, out: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, MODE, 3
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as member:
            for part in parts:
                digest.update(part)
                size += len(part)
                member.write(part)
        self.members[name] = {"sha256": digest.hexdigest(), "size": size}

    def close(self) -> None:
        self._zip.close()


def write(connection: Connection, vault: Vault, subject: Subject, out: BinaryIO, *, signer: Signer | None) -> Written:
    """Writes everything known of ``subject``, as ``connection`` sees it at one moment."""
    archive = _Archive(out)
    story = page.Story(subject=subject.id, is_payment=subject.payment_id is not None)
    numbers: list[int] = []
    for name, rows in evidence.tables(connection, subject):
        archive.add(f"{name}.jsonl", _lines(_heard(name, rows, story, numbers)))
    anchors = evidence.around(connection, numbers[0], numbers[-1]) if numbers else iter(())
    archive.add("anchors.jsonl", _lines(anchors))
    removed = []
    for folder, sha256 in evidence.blobs(connection, subject):
        chunks = vault.chunks(sha256)
        try:
            first = next(chunks, b"")
        except NotFound:
            removed.append(sha256)
            continue
        archive.add(f"{folder}/{sha256}", _from(first, chunks))
    archive.add("timeline.html", [page.render(story).encode()])
    erased = [{"sha256": one.sha256, "says": one.says} for one in vault_examination.removed(connection, removed)]
    manifest = canonical(
        {"format": FORMAT, "subject": subject.id, "batch": subject.batch_id, "members": archive.members,
         "not_in_the_vault": removed, "erased": erased}
    ).encode()  # fmt: skip
    archive.add(MANIFEST, [manifest])
    if signer is not None:
        signed = {"key_id": signer.key_id, "signature": signer.sign(message(manifest))}
        archive.add(SIGNATURE, [canonical(signed).encode()])
    archive.close()
    return Written(hashlib.sha256(manifest).hexdigest(), len(archive.members), tuple(removed))


def message(manifest: bytes) -> bytes:
    """What is signed."""
    return FORMAT.encode() + b" manifest\n" + manifest


def _heard(name: str, rows: evidence.Rows, story: page.Story, numbers: list[int]) -> Iterator[Mapping[str, Any]]:
    """The rows, after the timeline took from them what it tells."""
    for row in rows:
        story.hear(name, row)
        if name == "audit":
            numbers[1:] = [row["sequence"]]
            if len(numbers) == 1:
                numbers.append(row["sequence"])
        yield row


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        plain = {name: _plain(value) for name, value in row.items()}
        yield (json.dumps(plain, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return moment_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _from(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
