"""Payment lists as CSV: UTF-8 (with or without BOM) or Latin-1, delimited by semicolon, comma or tab."""

import csv
import io
from collections.abc import Iterator

from formats.errors import TooLarge, Unreadable
from formats.flat.columns import COLUMNS
from formats.flat.events import Event, gathered
from formats.flat.rows import Row, Rows
from formats.initiation import Initiation
from formats.source import Feed, Source, opened

LINE_CHARS_MAX = 100_000
"""How long one line may be, in characters."""
_DELIMITERS = ";,\t"


def read(source: Source, *, message_id: str = "") -> Initiation:
    """A whole list; what is wrong in it stands in its findings. Raises as :func:`stream` does."""
    return gathered(stream(source, message_id=message_id))


def stream(source: Source, *, message_id: str = "") -> Iterator[Event]:
    """The parts of the message the list stands for, with every mistake by row and column.

    ``message_id`` counts where the list has no such column. Raises :class:`Unreadable` for what is no text or no table,
    and :class:`TooLarge` for an endless line.
    """
    with opened(source) as feed:
        lines = _lines(feed)
        first = next(lines, "")
        if not first.strip():
            raise Unreadable("The list is empty; its first row must name the columns.", code="csv.empty", line=1)
        delimiter = max(_DELIMITERS, key=lambda one: _known_names(first, one))
        rows = Rows(message_id)
        names = rows.header(next(csv.reader([first], delimiter=delimiter)))
        yield from rows.drain()
        yield from rows.events(_rows(lines, delimiter, names, rows))


def _known_names(line: str, delimiter: str) -> int:
    return sum(
        name.strip().lower().replace(" ", "_") in COLUMNS for name in next(csv.reader([line], delimiter=delimiter))
    )


def _rows(lines: Iterator[str], delimiter: str, names: list[str], rows: Rows) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        # a quoted cell may hold line breaks, so the number of a row is the line it begins on
        number = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            raise Unreadable(f"The table is broken: {err}.", code="csv.broken", line=number) from err
        texts = [cell.strip() for cell in cells]
        if not any(texts):
            continue
        if len(texts) > len(names) and any(texts[len(names) :]):
            rows.number = number
            rows.tell("FLAT-ROW", None, f"The row has {len(texts)} cells and there are {len(names)} columns.")
        yield number, {name: text for name, text in zip(names, texts, strict=False) if text and name}


def _lines(feed: Feed) -> Iterator[str]:
    """The lines as text. What the head is not as UTF-8, the whole is read as Latin-1."""
    if feed.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("The list is UTF-16; save it as 'CSV UTF-8'.", code="csv.encoding", line=1)
    text = io.TextIOWrapper(io.BufferedReader(_Raw(feed)), encoding=_encoding(feed.head), newline="")
    number = 0
    try:
        while line := text.readline(LINE_CHARS_MAX + 1):
            number += 1
            if len(line) > LINE_CHARS_MAX:
                raise TooLarge(f"Line {number} of the list", limit=LINE_CHARS_MAX, unit="characters")
            if "\0" in line:
                raise Unreadable("This is no text: it holds zero bytes.", code="csv.binary", line=number)
            yield line
    except UnicodeDecodeError as err:
        problem = "The list begins as UTF-8 and goes on as something else; save it as 'CSV UTF-8'."
        raise Unreadable(problem, code="csv.encoding", line=number + 1) from err


def _encoding(head: bytes) -> str:
    try:
        # a character may be cut by the end of the head: at most three bytes of it
        head[: max(len(head) - 3, head.rfind(b"\n") + 1)].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


class _Raw(io.RawIOBase):
    """A feed as the raw stream Python's text layer wants."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # a buffer is what it is given
        """Fills ``buffer`` as far as the feed gives."""
        data = self._feed.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
