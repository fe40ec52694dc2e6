"""Counts what passes between two records of a document, so that nothing hostile piles up unseen."""

from collections.abc import Callable
from typing import Any

from formats.errors import TooLarge
from formats.source import Readable

RECORD_TAGS_MAX = 300_000
"""How many tags may pass between two records: small elements take far more memory than bytes."""
RECORD_BYTES_MAX = 8 * 1024 * 1024
"""How many bytes may pass between two records: what must be held in memory at once."""
RELIEF_BYTES = 256 * 1024
"""How large, in bytes, a record may grow before its reader is asked to take finished parts out."""

Relief = Callable[[Any], bool]
"""Asked to free parts of a record that grows large while it is still coming; is given the root."""


class Counted:
    """Counts what passes between two records, so that nothing hostile piles up unseen."""

    __slots__ = ("_feed", "_markup", "_relief", "_root", "_since_record")

    def __init__(self, feed: Readable, relief: Relief | None) -> None:
        self._feed = feed
        self._markup = 0
        self._relief = relief
        self._root: Any = None
        self._since_record = 0

    def release(self, record: Any) -> None:
        """A record was given: what follows counts anew."""
        self._since_record = 0
        self._markup = 0
        if self._root is None:
            self._root = record.getroottree().getroot()

    def read(self, size: int) -> bytes:
        """What the parser asks for. Raises :class:`TooLarge` where too much came without a record."""
        data = self._feed.read(size)
        self._since_record += len(data)
        self._markup += data.count(b"<")
        if self._since_record > RELIEF_BYTES or self._markup > RECORD_TAGS_MAX:
            self._relieve()
        return data

    def _relieve(self) -> None:
        # The parser waits for us here, so the tree may be changed; its last, unfinished branch must stay.
        if self._relief is not None and self._root is not None and self._relief(self._root):
            self._since_record = 0
            self._markup = 0
        elif self._markup > RECORD_TAGS_MAX:
            raise TooLarge("What stands between two entries or payments", limit=RECORD_TAGS_MAX, unit="tags")
        elif self._since_record > RECORD_BYTES_MAX:
            raise TooLarge("What stands between two entries or payments", limit=RECORD_BYTES_MAX, unit="bytes")
