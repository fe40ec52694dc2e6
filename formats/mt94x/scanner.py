"""From bytes to fields: the tags at line starts, whatever the envelope, line ends and character set around them.

Banks send MT940 in UTF-8, Latin-1, Windows-1252 or a mixture, with or without SWIFT blocks, with CRLF or LF. A tag is
a tag only at the start of a line, and only if it is one of SWIFT's account report tags: text may begin with a colon.
"""

import re
from collections.abc import Iterator

from formats.errors import TooLarge, Unreadable
from formats.source import Feed

CHUNK_BYTES = 512 * 1024
FIELD_CHARACTERS_MAX = 256 * 1024
"""How long one field may be, in characters; SWIFT allows 390."""

_TAGS = r"20|21|13D?|25P?|28C?|34F|6[02][FM]|6[0245]F?|61|86|90[CD]|NS"
_FIELD = re.compile(rf"\n[ \t]?:({_TAGS})[ ]?:")
_DAMAGED = re.compile(r"\n:?(6[02][FM])(?=[CD]\d{6}[A-Z]{3})")
_END = re.compile(r"\n(?:[-\xad](?:\}.*|XXX.*|\u00e5.*)?[ \t]*(?=\n|$)|\{1:|\{4:)")

_SUSPECT = re.compile(r"\n(?:[-\xad{:]|6[02])")
"""What a value must hold before anything in it can be an end or a damaged balance."""

Field = tuple[str, str, int]
"""Tag, value with LF between its lines, and the line it begins on, 1-based."""

PREAMBLE = ""
"""The tag of what stands before the first field of all."""
DAMAGED = "?"
"""The tag of a balance line whose colons are broken; its value begins with the tag it meant."""


def fields(feed: Feed) -> Iterator[Field]:
    """Every field of the file, in order; what stands between the end of a message and the next is left out.

    Raises :class:`Unreadable` for bytes no statement holds, :class:`TooLarge` for a field without end.
    """
    rest = "\n"
    line = 0
    tag = PREAMBLE
    for text in _texts(feed):
        *parts, rest = _FIELD.split(rest + text)
        for value, following in zip(parts[::2], parts[1::2], strict=True):
            if "\n" not in value:
                yield tag, value, line
                line += 1
            elif _SUSPECT.search(value) is None:
                yield tag, value.rstrip("\n"), line
                line += value.count("\n") + 1
            else:
                yield from _field(tag, value, line)
                line += value.count("\n") + 1
            tag = following
        # A tag may lie across two chunks, so the last lines wait for the next one. Line ends were made LF before.
        if len(rest) > FIELD_CHARACTERS_MAX:
            raise TooLarge("A field of the statement", limit=FIELD_CHARACTERS_MAX, unit="characters")
    yield from _field(tag, rest, line)


def _field(tag: str, value: str, line: int) -> Iterator[Field]:
    """One field, without what follows the end of its message; and the damaged balance lines inside it."""
    end = _END.search(value)
    if end is not None:
        value = value[: end.start()]
    damaged = _DAMAGED.search(value)
    if damaged is not None:
        yield tag, value[: damaged.start()], line
        yield DAMAGED, value[damaged.start() + 1 :], line + value.count("\n", 0, damaged.start() + 1)
        return
    yield tag, value.rstrip("\n"), line


def _texts(feed: Feed) -> Iterator[str]:
    """The text in whole lines, LF only. The character set is decided line by line where UTF-8 fails."""
    held = b""
    first = True
    while data := feed.read(CHUNK_BYTES):
        if first:
            data = data.removeprefix(b"\xef\xbb\xbf")
            first = False
        if b"\x00" in data:
            raise Unreadable("The file holds NUL bytes: it is binary or UTF-16 without a mark.", code="mt.nul")
        cut = data.rfind(b"\n") + 1 or data.rfind(b"\r")
        if cut <= 0:
            held += data
            if len(held) > FIELD_CHARACTERS_MAX:
                raise TooLarge("A line of the statement", limit=FIELD_CHARACTERS_MAX, unit="bytes")
            continue
        yield _unix(_decoded(held + data[:cut]))
        held = data[cut:]
    if held:
        yield _unix(_decoded(held))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_line(line) for line in data.splitlines(keepends=True))


def _line(data: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
