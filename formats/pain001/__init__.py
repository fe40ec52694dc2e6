"""Credit transfers (pain.001): every version since 2005 is read, the living ones are written.

``read(source)`` gives the whole :class:`formats.initiation.Initiation`, ``stream(source)`` its parts as they come,
``write(message, version, out, at=…)`` writes it. A version is one file here and one line of ``VERSIONS``.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from formats.errors import Unbuildable
from formats.initiation import Initiation
from formats.initiations import reader, writer
from formats.initiations.grouping import group
from formats.initiations.reader import Event
from formats.initiations.version import Version
from formats.initiations.writer import Family, Written, declared
from formats.pain001 import transfer_texts, v03, v08, v09, v10, v11, v12
from formats.pain001.dialect import CREDIT_TRANSFER
from formats.source import Source

__all__ = ["VERSIONS", "Event", "Written", "declared", "group", "read", "stream", "write"]

VERSIONS: dict[str, Version] = {module.VERSION.message: module.VERSION for module in (v03, v08, v09, v10, v11, v12)}
"""The versions that can be written, by name."""
_FAMILY = Family(
    root="CstmrCdtTrfInitn",
    transaction="CdtTrfTxInf",
    block=transfer_texts.block,
    payment=transfer_texts.payment,
)


def read(source: Source, *, schemas: Path | None = None) -> Initiation:
    """A whole pain.001 of any version; see :func:`formats.initiations.reader.read` for what it raises."""
    return reader.read(source, CREDIT_TRANSFER, schemas=schemas)


def stream(source: Source, *, schemas: Path | None = None) -> Iterator[Event]:
    """The parts of a pain.001 in document order; see :func:`formats.initiations.reader.stream`."""
    return reader.stream(source, CREDIT_TRANSFER, schemas=schemas)


def write(message: Initiation, version: str, out: BinaryIO, *, at: datetime, schemas: Path | None = None) -> Written:
    """Writes ``message`` as ``version`` (``pain.001.001.09``): one line, checked against its schema on the way.

    ``at`` is the creation time where the message has none. Blocks and payments may come from generators, if the header
    then declares its totals; see :func:`formats.initiations.writer.write`. Raises :class:`Unbuildable`.
    """
    if version not in VERSIONS:
        raise Unbuildable(f"{version} cannot be written; choose one of {', '.join(VERSIONS)}.", code="build.version")
    if message.collection:
        raise Unbuildable("These are direct debits; a pain.001 holds credit transfers.", code="build.family")
    return writer.write(message, _FAMILY, VERSIONS[version], out, at=at, schemas=schemas)
