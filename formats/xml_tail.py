"""What a parser that checks a schema does not tell: how a document ended, and how small ones looked.

Where a schema finds faults, libxml2 reports these and forgets what was wrong with the XML itself: a document cut short,
or with something behind its last element, looks like one that merely breaks its schema. So the bytes are watched here.
"""

import re

from formats.source import Feed

EXPLAINED_BYTES_MAX = 1024 * 1024
"""How large, in bytes, a document may be whose schema violations are told with line and path: while streaming, libxml2
knows neither, so the bytes are kept up to here and checked once more as a tree."""
TAIL_BYTES = 4096
"""How many bytes at the end must show the end of the root: comments and blanks may follow it."""

_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|apos|quot|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_CDATA_BEGINS = b"<![CDATA["
_SPLIT_BYTES = 12
"""A reference may lie across two reads; none that is allowed is longer."""


class Watched:
    """A feed that remembers its tail, small documents whole, and whether an unknown entity was used."""

    __slots__ = ("_carried", "_feed", "_kept", "_size", "_tail", "entity_seen")

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._kept: list[bytes] = []
        self._size = 0
        self._tail = b""
        self._carried = b""
        self.entity_seen = False

    def read(self, size: int = -1, /) -> bytes:
        """As the feed does."""
        data = self._feed.read(size)
        self._size += len(data)
        if self._size <= EXPLAINED_BYTES_MAX:
            self._kept.append(data)
        else:
            self._kept.clear()
        self._look_for_entities(data)
        self._tail = (self._tail + data[-TAIL_BYTES:])[-TAIL_BYTES:]
        return data

    def _look_for_entities(self, data: bytes) -> None:
        """What may go on in the next read, a reference or a CDATA section, is carried over to it."""
        seen = (self._carried + data).replace(b"\x00", b"")
        if b"&" not in seen:
            self._carried = seen[-_SPLIT_BYTES:]
            return
        seen = _CDATA.sub(b"", seen)
        begun = seen.rfind(_CDATA_BEGINS)
        end = len(seen) if not data else begun if begun >= 0 else max(0, len(seen) - _SPLIT_BYTES)
        if any(found.start() < end for found in _ENTITY.finditer(seen)):
            self.entity_seen = True
        self._carried = seen[end:][:EXPLAINED_BYTES_MAX]

    def whole(self) -> bytes | None:
        """All that was read, or None where it was more than ``EXPLAINED_BYTES_MAX``."""
        return b"".join(self._kept) if self._size <= EXPLAINED_BYTES_MAX else None

    def ends_with(self, root: str) -> bool:
        """Whether the end tag of ``root`` (a local name) is the last thing but for blanks and comments."""
        closed = rb"</(?:[^<>:/]+:)?" + re.escape(root.encode()) + rb"\s*>(?:\s|<!--.*?-->|<\?.*?\?>)*\Z"
        return re.search(closed, self._tail.replace(b"\x00", b""), re.DOTALL) is not None
