"""Where bytes come from: a file, a stream or bytes, read forwards, with a bounded look ahead.

Nothing here reads a source whole: a gigabyte is looked at by its first 64 KiB before anyone decides what it is.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

HEAD_BYTES_MAX = 64 * 1024
"""How far, in bytes, a source is looked into to say what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A qualified name: ``namespace`` is None where the document gives none."""

    namespace: str | None
    local: str


class Readable(Protocol):
    """What a stream must be able to do; it need not be seekable."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, and none at the end."""
        ...  # pragma: no cover - a protocol


class Feed:
    """A source that remembers its head: ``head`` may be looked at, ``read`` still gives every byte once, in order."""

    __slots__ = ("_pending", "_raw", "head")

    def __init__(self, raw: Readable) -> None:
        self._raw = raw
        self.head = _fill(raw, HEAD_BYTES_MAX)
        self._pending = self.head

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes (all that is left where negative); empty at the end."""
        pending = self._pending
        if pending:
            if 0 <= size < len(pending):
                self._pending = pending[size:]
                return pending[:size]
            self._pending = b""
            return pending if size >= 0 else pending + self._raw.read()
        return self._raw.read(size)


Source = bytes | Path | BinaryIO | Feed
"""What every reader takes: the bytes, a path, a binary stream (seekable or not), or a feed already opened."""


@contextmanager
def opened(source: Source) -> Iterator[Feed]:
    """A feed over ``source``. A path is closed at the end, a stream stays the caller's. Raises OSError as files do."""
    if isinstance(source, Feed):
        yield source
    elif isinstance(source, bytes | bytearray | memoryview):
        yield Feed(io.BytesIO(source))
    elif isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            yield Feed(file)
    else:
        yield Feed(source)


def peek(source: Source) -> bytes:
    """The first ``HEAD_BYTES_MAX`` bytes; a seekable stream is put back where it was.

    A stream that cannot seek has to be wrapped in a :class:`Feed` first, or its head would be lost to the next reader.
    """
    if isinstance(source, Feed):
        return source.head
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source[:HEAD_BYTES_MAX])
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            return _fill(file, HEAD_BYTES_MAX)
    here = source.tell()
    head = _fill(source, HEAD_BYTES_MAX)
    source.seek(here)
    return head


def _fill(raw: Readable, size: int) -> bytes:
    """A stream may give less than it is asked for (a pipe does), so ask again until it has nothing left."""
    parts: list[bytes] = []
    missing = size
    while missing > 0:
        part = raw.read(missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
