"""Direct debits (pain.008): the roles swap, so ``debtor`` of the model's block is the creditor who collects.

``read``, ``stream`` and ``write`` are those of :mod:`formats.pain001`.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from formats.errors import Unbuildable
from formats.initiation import Initiation
from formats.initiations import reader, writer
from formats.initiations.reader import Event
from formats.initiations.version import Version
from formats.initiations.writer import Family, Written, declared
from formats.pain008 import debit_texts, v02, v08
from formats.pain008.dialect import COLLECTION
from formats.source import Source

__all__ = ["VERSIONS", "Event", "Written", "declared", "read", "stream", "write"]

VERSIONS: dict[str, Version] = {module.VERSION.message: module.VERSION for module in (v02, v08)}
"""The versions that can be written, by name."""
_FAMILY = Family(
    root="CstmrDrctDbtInitn", transaction="DrctDbtTxInf", block=debit_texts.block, payment=debit_texts.payment
)


def read(source: Source, *, schemas: Path | None = None) -> Initiation:
    """A whole pain.008 of any version; see :func:`formats.initiations.reader.read` for what it raises."""
    return reader.read(source, COLLECTION, schemas=schemas)


def stream(source: Source, *, schemas: Path | None = None) -> Iterator[Event]:
    """The parts of a pain.008 in document order; see :func:`formats.initiations.reader.stream`."""
    return reader.stream(source, COLLECTION, schemas=schemas)


def write(message: Initiation, version: str, out: BinaryIO, *, at: datetime, schemas: Path | None = None) -> Written:
    """Writes ``message`` as ``version`` (``pain.008.001.08``); see :func:`formats.initiations.writer.write`.

    ``at`` is the creation time where the message has none. Raises :class:`Unbuildable`.
    """
    if version not in VERSIONS:
        raise Unbuildable(f"{version} cannot be written; choose one of {', '.join(VERSIONS)}.", code="build.version")
    if not message.collection:
        raise Unbuildable("These are credit transfers; a pain.008 holds direct debits.", code="build.family")
    return writer.write(message, _FAMILY, VERSIONS[version], out, at=at, schemas=schemas)
