"""Building a payment message: a list, a document or another version goes in, one proven message of a version comes out.

``build(source, to="pain.001.001.09", out=…, at=…)`` is what ``payhub build`` runs. What comes out is written beside its
place first, so that a refusal leaves nothing behind.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from formats import flat, pain001, pain008
from formats.charsets import CHARSETS, transliterated
from formats.errors import NotSupported, Unbuildable
from formats.findings import Finding
from formats.initiation import Initiation
from formats.initiations.grouping import group as grouped
from formats.initiations.writer import Written
from formats.registry import detect
from formats.source import Feed, Source, opened

VERSIONS: tuple[str, ...] = (*pain001.VERSIONS, *pain008.VERSIONS)
"""The versions that can be built, by name."""
WAITING_BYTES_MAX = 8 * 1024 * 1024
"""How much of a message for a stream waits in memory for its end, in bytes; a longer one waits on disk."""
_TOLERATED = frozenset({"XSD", "XSD-NONE", "XML-UNREAD"})
"""Findings about the source that do not keep the new message from being right: it is proven on its own."""
_WORKBOOK = b"PK\x03\x04"
_ADVICE = "Payments can be built from pain.001, pain.008, JSON, CSV and Excel."


class SourceRefused(Unbuildable):
    """What was read holds mistakes that keep it from being a payment message; ``findings`` are all that was found."""

    code = "build.source"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        stopping = [finding for finding in findings if _stops(finding)]
        first = stopping[0]
        more = f" (and {len(stopping) - 1:,} more)" if len(stopping) > 1 else ""
        super().__init__(f"{first.message}{more}", path=first.path, line=first.line)
        self.findings = findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was ``written``, and the ``findings`` about the source that did not stop it."""

    written: Written
    findings: tuple[Finding, ...]


def build(
    source: Source | Initiation,
    *,
    to: str,
    out: Path | BinaryIO,
    at: datetime,
    message_id: str | None = None,
    charset: str | None = None,
    group: bool = False,
    schemas: Path | None = None,
) -> Built:
    """Builds the message ``to`` (a name of ``VERSIONS``) into ``out``, a path or a binary stream.

    ``source`` is a pain.001 or pain.008 of any version, JSON, CSV, .xlsx, or an :class:`Initiation` of your own.
    ``at`` is the creation time where it has none, ``message_id`` replaces its id, ``charset`` (a name of
    ``formats.charsets.CHARSETS``) its letters, and ``group`` divides blocks that mix accounts, days, kinds or
    currencies. ``schemas`` is a folder of official XSDs.

    Raises :class:`SourceRefused` for a source with mistakes, :class:`formats.errors.Unbuildable` for what the version
    cannot carry, with path and line, any other :class:`formats.errors.FormatError` for a source that cannot be read,
    and OSError for files. ``out`` is then as it was.
    """
    if to not in VERSIONS:
        raise Unbuildable(f"There is no version '{to}'. Known: {', '.join(VERSIONS)}.", code="build.version")
    if charset is not None and charset not in CHARSETS:
        raise Unbuildable(f"There is no character set '{charset}'. Known: {', '.join(CHARSETS)}.", code="build.charset")
    if isinstance(source, Initiation):
        message = _named(source, message_id)
        message = _divided(message) if group else message
    else:
        message = prepared(source, at=at, message_id=message_id, group=group)
    if any(_stops(finding) for finding in message.findings):
        raise SourceRefused(message.findings)
    if charset is not None:
        message = transliterated(message, CHARSETS[charset])
    return Built(written=_written(message, to, out, at, schemas), findings=message.findings)


def prepared(source: Source, *, at: datetime, message_id: str | None = None, group: bool = False) -> Initiation:
    """The message in a source of any kind :func:`build` takes, with its findings, ready to be built.

    A list gets its blocks divided; a list without an id is named after ``at``. Raises as :func:`build` does, but for
    mistakes in the payments, which stand in the message's findings.
    """
    with opened(source) as feed:
        message, listed = _message(feed, message_id or f"MSG-{at:%Y%m%d-%H%M%S}")
    message = _named(message, message_id)
    if (group or listed) and not any(_stops(finding) for finding in message.findings):
        return _divided(message)
    return message


def _stops(finding: Finding) -> bool:
    return finding.blocks and finding.rule not in _TOLERATED


def _named(message: Initiation, message_id: str | None) -> Initiation:
    return message if message_id is None else replace(message, message_id=message_id)


def _divided(message: Initiation) -> Initiation:
    return replace(message, batches=grouped(message.batches, merge=False))


def _message(feed: Feed, message_id: str) -> tuple[Initiation, bool]:
    """The message, and whether it came as a list, which knows no blocks."""
    if feed.head.startswith(_WORKBOOK):
        return flat.xlsx.read(feed, message_id=message_id), True
    detected = detect(feed)
    match detected.family:
        case "JSON":
            return flat.json.read(feed), False
        case "CSV":
            return flat.csv.read(feed, message_id=message_id), True
        case "pain.001":
            return pain001.read(feed), False
        case "pain.008":
            return pain008.read(feed), False
    raise NotSupported(detected.message, _ADVICE)


def _beside(out: Path, write: Callable[[BinaryIO], Written]) -> Written:
    """Writes a file that only its owner may read beside its place, and puts it there when it is whole."""
    handle, name = tempfile.mkstemp(prefix=".payhub-build-", dir=out.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            written = write(file)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return written


def _written(message: Initiation, to: str, out: Path | BinaryIO, at: datetime, schemas: Path | None) -> Written:
    write = pain001.write if to in pain001.VERSIONS else pain008.write
    if isinstance(out, str | Path):
        return _beside(Path(out), lambda file: write(message, to, file, at=at, schemas=schemas))
    with tempfile.SpooledTemporaryFile(WAITING_BYTES_MAX) as waiting:
        spool = cast(BinaryIO, waiting)
        written = write(message, to, spool, at=at, schemas=schemas)
        spool.seek(0)
        shutil.copyfileobj(spool, out)
    return written
