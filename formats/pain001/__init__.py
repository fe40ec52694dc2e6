"""Credit transfers (pain.001): every version since 2005 is read, the living ones are written.

``read(source)`` gives the whole :class:`formats.initiation.Initiation`, ``stream(source)`` its parts as they come.
"""

from collections.abc import Iterator
from pathlib import Path

from formats.initiation import Initiation
from formats.pain001 import reader
from formats.pain001.dialect import CREDIT_TRANSFER
from formats.pain001.reader import Event
from formats.source import Source

__all__ = ["Event", "read", "stream"]


def read(source: Source, *, schemas: Path | None = None) -> Initiation:
    """A whole pain.001 of any version; see :func:`formats.pain001.reader.read` for what it raises."""
    return reader.read(source, CREDIT_TRANSFER, schemas=schemas)


def stream(source: Source, *, schemas: Path | None = None) -> Iterator[Event]:
    """The parts of a pain.001 in document order; see :func:`formats.pain001.reader.stream`."""
    return reader.stream(source, CREDIT_TRANSFER, schemas=schemas)
