"""Checks a pack with nothing but the pack, and a public key where its signature is to count."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway import anchors
from gateway.audit import GENESIS, Stored, canonical, holds
from gateway.evidence.pack import FORMAT, MANIFEST, SIGNATURE, message

READ_BYTES = 1 << 20
MANIFEST_BYTES_MAX = 64 << 20
LINE_BYTES_MAX = 4 << 20
FOLDERS = ("original", "sent", "sealed", "received")


class NotAPack(Exception):
    """The file is no evidence pack at all."""


def check(path: Path, public_key: str | None = None) -> Iterator[str]:
    """Everything that does not hold, as sentences; raises :class:`NotAPack`."""
    try:
        with zipfile.ZipFile(path) as pack:
            manifest = _read(pack, MANIFEST, MANIFEST_BYTES_MAX)
            facts = json.loads(manifest)
            if facts.get("format") != FORMAT:
                raise NotAPack("Its manifest is not one of an evidence pack.")
            yield from _signature(pack, manifest, public_key)
            yield from _members(pack, facts["members"])
            yield from _readable_trail(pack, public_key)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, AttributeError, TypeError) as err:
        raise NotAPack(f"It cannot be read as an evidence pack: {err}") from err


def _signature(pack: zipfile.ZipFile, manifest: bytes, public_key: str | None) -> Iterator[str]:
    if public_key is None:
        return
    if SIGNATURE not in pack.namelist():
        yield "the manifest is not signed"
        return
    said = json.loads(_read(pack, SIGNATURE, READ_BYTES))
    if not anchors.is_signed(message(manifest), str(said.get("signature")), public_key):
        yield "the signature of the manifest does not hold under this key"


def _members(pack: zipfile.ZipFile, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    names = pack.namelist()
    if len(set(names)) != len(names):
        yield "a member is there twice"
    there = set(names) - {MANIFEST, SIGNATURE}
    yield from (f"{name} is not in the manifest" for name in sorted(there - listed.keys()))
    yield from (f"{name} is missing" for name in sorted(listed.keys() - there))
    for name in sorted(there & listed.keys()):
        digest = hashlib.sha256()
        try:
            with pack.open(name) as member:
                while part := member.read(READ_BYTES):
                    digest.update(part)
        except (zipfile.BadZipFile, OSError, ValueError) as err:
            yield f"{name} cannot be read: {err}"
            continue
        folder, _, named = name.partition("/")
        if digest.hexdigest() != listed[name]["sha256"] or (folder in FOLDERS and named != digest.hexdigest()):
            yield f"{name} was changed"


def _readable_trail(pack: zipfile.ZipFile, public_key: str | None) -> Iterator[str]:
    try:
        yield from _trail(pack, public_key)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as err:
        yield f"the rows of the trail or its anchors cannot be read: {err}"


def _trail(pack: zipfile.ZipFile, public_key: str | None) -> Iterator[str]:
    """The rows of the trail hold by their own hashes, neighbours are chained, and anchored heads are the rows' own."""
    before: Stored | None = None
    hashes = {}
    for facts in _rows(pack, "audit.jsonl"):
        row = Stored(**{**facts, "data": canonical(facts["data"])})
        if not holds(row):
            yield f"audit row {row.sequence} is not what its hash covers"
        follows = before is not None and before.sequence + 1 == row.sequence
        if (row.sequence == 1 and row.previous != GENESIS) or (
            follows and before is not None and before.hash != row.previous
        ):
            yield f"audit row {row.sequence} is not chained to the row before it"
        before, hashes[row.sequence] = row, row.hash
    for facts in _rows(pack, "anchors.jsonl"):
        anchor = anchors.Anchor(**facts)
        if hashes.get(anchor.sequence, anchor.hash) != anchor.hash:
            yield f"audit row {anchor.sequence} is not the one that was anchored"
        if public_key is not None and anchors.fault(anchor, {anchor.key_id: public_key}) is not None:
            yield f"the anchor of audit row {anchor.sequence} is not signed by this key"


def _rows(pack: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    with pack.open(name) as lines:
        while line := lines.readline(LINE_BYTES_MAX):
            yield json.loads(line)


def _read(pack: zipfile.ZipFile, name: str, most: int) -> bytes:
    with pack.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise NotAPack(f"Its {name} is larger than any of ours.")
    return data
