"""What is fuzzed: every reader, as a function of bytes that may raise nothing but the library's own error."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from formats import camt, camt029, mt94x, pain001, pain002, registry
from formats.errors import FormatError
from formats.flat import csv, json, xlsx

SEEDS = Path(__file__).with_name("seeds")


def flat(data: bytes) -> object:
    """The first byte chooses among the three table and text forms."""
    readers = (csv.read, json.read, xlsx.read)
    return readers[data[0] % len(readers)](data[1:]) if data else None


READERS: dict[str, Callable[[bytes], object]] = {
    "camt": camt.read,
    "camt029": camt029.read,
    "flat": flat,
    "mt94x": mt94x.read,
    "pain001": pain001.read,
    "pain002": pain002.read,
    "registry": registry.read,
}


def attempt(reader: str, data: bytes) -> None:
    """Reads ``data``; anything but a message or a :class:`FormatError` is a bug and escapes."""
    with suppress(FormatError):
        READERS[reader](data)


def seeds(reader: str) -> list[Path]:
    """The seeds of a reader; the registry is tried with those of all others."""
    folders = [SEEDS / reader] if reader != "registry" else sorted(SEEDS.iterdir())
    return [path for folder in folders for path in sorted(folder.iterdir())]
