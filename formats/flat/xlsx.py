"""Payment lists as Excel workbooks (.xlsx): the first sheet, its first row naming the columns."""

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, cast

from formats.errors import TooLarge, Unreadable
from formats.flat.events import Event, gathered
from formats.flat.rows import Row, Rows, is_identifier
from formats.initiation import Initiation
from formats.source import Source, opened

FILE_BYTES_MAX = 50 * 1024 * 1024
"""How large a workbook may be, in bytes."""
UNPACKED_BYTES_MAX = 500 * 1024 * 1024
"""How large what is packed in it may be, in bytes."""
MEMORY_BYTES_MAX = 4 * 1024 * 1024
"""Beyond this a workbook that came as a stream is kept in a temporary file while it is read."""
COLUMNS_MAX = 200
NUMBER_DIGITS_MAX = 15
"""Digits Excel itself keeps of a number; more cannot have been typed as a number."""
_CHUNK_BYTES = 256 * 1024


def read(source: Source, *, message_id: str = "") -> Initiation:
    """A whole workbook; what is wrong in it stands in its findings. Raises as :func:`stream` does."""
    return gathered(stream(source, message_id=message_id))


def stream(source: Source, *, message_id: str = "") -> Iterator[Event]:
    """The parts of the message the first sheet stands for, with every mistake by row and column.

    Raises :class:`Unreadable` for what is no workbook and :class:`TooLarge` for one that unpacks to too much.
    """
    with opened(source) as feed, tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX) as kept:
        size = 0
        while data := feed.read(_CHUNK_BYTES):
            size += len(data)
            if size > FILE_BYTES_MAX:
                raise TooLarge("The workbook", limit=FILE_BYTES_MAX, unit="bytes")
            kept.write(data)
        kept.seek(0)
        yield from _events(cast(BinaryIO, kept), message_id)


def _events(file: BinaryIO, message_id: str) -> Iterator[Event]:
    _refuse_bomb(file)
    import openpyxl  # noqa: PLC0415 - a third of a second that only workbooks need

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
    except _DAMAGE as err:
        raise _damaged(err) from err
    lines = _lines(sheet)
    rows = Rows(message_id)
    _, first = next(lines, (1, ()))
    if not any(first):
        raise Unreadable("The first sheet is empty; its first row must name the columns.", code="xlsx.empty")
    names = rows.header([str(name) if name is not None else "" for name in _trimmed(first)])
    yield from rows.drain()
    yield from rows.events(_rows(lines, names, rows))
    book.close()


_DAMAGE = (
    KeyError, ValueError, IndexError, TypeError, AttributeError, SyntaxError, NotImplementedError, RuntimeError,
    EOFError, OverflowError, OSError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What openpyxl, zipfile and ElementTree (whose ParseError is a SyntaxError) let through for a damaged workbook."""


def _lines(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows with their numbers. Only what openpyxl does is guarded, so that a fault of ours stays one."""
    try:
        yield from enumerate(sheet.iter_rows(values_only=True, max_col=COLUMNS_MAX), 1)
    except _DAMAGE as err:
        raise _damaged(err) from err


def _damaged(err: Exception) -> Unreadable:
    return Unreadable(f"The workbook is damaged: {err}.", code="xlsx.broken")


def _refuse_bomb(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as err:
        problem = "This is no Excel workbook of today (.xlsx). Save it as .xlsx or as 'CSV UTF-8'."
        raise Unreadable(problem, code="xlsx.broken") from err
    if unpacked > UNPACKED_BYTES_MAX:
        raise TooLarge("What is packed in the workbook", limit=UNPACKED_BYTES_MAX, unit="bytes")
    file.seek(0)


def _trimmed(cells: tuple[Any, ...]) -> list[Any]:
    values = list(cells)
    while values and values[-1] is None:
        values.pop()
    return values


def _rows(lines: Iterator[tuple[int, tuple[Any, ...]]], names: list[str], rows: Rows) -> Iterator[Row]:
    for number, cells in lines:
        rows.number = number
        row = {}
        for name, cell in zip(names, cells, strict=False):
            text = _text(name, cell, rows) if cell is not None and name else ""
            if text:
                row[name] = text
        if row:
            yield number, row


def _text(name: str, cell: Any, rows: Rows) -> str:
    """A cell as it would stand in a CSV file."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if is_identifier(name):
        advice = "Format the column as text and type it again, so that leading zeros and long numbers survive."
        rows.tell("FLAT-NUMBER", name, f"{cell} is stored as a number.", advice)
        return ""
    # Excel stores binary numbers; the shortest text that gives the same one is what was typed, up to 15 digits
    text = f"{Decimal(repr(cell)):f}"
    text = text.removesuffix(".0")
    if len(text.replace(".", "").strip("-0")) > NUMBER_DIGITS_MAX:
        rows.tell("FLAT-NUMBER", name, f"{cell} has more digits than Excel keeps.", "Type it as text.")
        return ""
    return text
