"""What is packed is unpacked, layer by layer, known by what it begins with and never by its name.

A layer takes the bytes of one document and gives the documents inside of it; each of those is looked at again, so that
layers compose (a PGP message around a ZIP archive around a statement). Nothing that a container says about its own
sizes is believed: limits are enforced while expanding. Nothing is ever written to a disk under a name it gives.
"""

import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from banks.filenames import safe_name

MIB = 1 << 20
PIECE_BYTES = MIB
"""How much is expanded at a time before the limits are asked again."""
CENTRAL_BYTES_MAX = 2 * MIB
"""A directory of a thousand members fits many times; a larger one is made to fill the memory."""
ZIP_BEGINS = b"PK\x03\x04"
ZIP_EMPTY = b"PK\x05\x06"
GZIP_BEGINS = b"\x1f\x8b\x08"
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_COMMENT_BYTES_MAX = 65_535
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_DEFLATE = -zlib.MAX_WBITS
_GZIP = zlib.MAX_WBITS | 16
_GZIP_SUFFIX = ".gz"


class Unopened(Exception):
    """A container is refused as a whole; ``message`` is a sentence for the person who looks into the quarantine."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may come out of one document a bank sent, over all its layers. Sizes in bytes."""

    members_max: int = 1_000
    member_max: int = 200 * MIB
    expanded_max: int = 1_024 * MIB
    ratio_max: int = 250
    """How many times larger than its packed form a member may be; statements reach 50."""
    ratio_free: int = MIB
    """Below this size nobody asks for the ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One document out of a container. With a ``problem`` it could not be taken out, and ``data`` is its packed form
    as it lies there, kept as evidence.
    """

    name: str
    data: bytes
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One way of packing: what it is called, how it is known by its first bytes, and how it is opened."""

    kind: str
    knows: Callable[[bytes], bool]
    opened: Callable[[bytes, str, Limits], Iterator[Member]]
    """(data, name, limits): the members in order; raises :class:`Unopened` for the whole, at any point."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the audit trail keeps of the opening: who had signed, which key opened."""


def layer_of(data: bytes, layers: Sequence[Layer]) -> Layer | None:
    """The layer that lies outermost, if any."""
    return next((one for one in layers if one.knows(data)), None)


@dataclass(slots=True)
class _Budget:
    """What is left of the limits while one container is opened."""

    limits: Limits
    left: int

    def expand(self, packed: memoryview, form: int) -> tuple[bytes, int]:
        """Everything one compressed stream holds, and how many bytes it took of ``packed``; piece by piece, so that the
        first limit ends it. Raises :class:`Unopened` for a limit and :class:`zlib.error` for damage.
        """
        engine = zlib.decompressobj(form)
        pieces: list[bytes] = []
        size, read = 0, 0
        while not engine.eof:
            waiting = engine.unconsumed_tail
            if not waiting:
                waiting = bytes(packed[read : read + PIECE_BYTES])
                read += len(waiting)
            piece = engine.decompress(waiting, PIECE_BYTES)
            if not waiting and not piece:
                raise zlib.error("the stream ends too early")
            size += len(piece)
            self._check(size, read - len(engine.unconsumed_tail))
            pieces.append(piece)
        self.left -= size
        return b"".join(pieces), read - len(engine.unused_data)

    def keep(self, packed: memoryview) -> bytes:
        """What was not compressed, counted."""
        self._check(len(packed), len(packed))
        self.left -= len(packed)
        return bytes(packed)

    def _check(self, size: int, packed: int) -> None:
        if size > self.limits.member_max:
            raise Unopened(f"What is inside of it is larger than {self.limits.member_max:,} bytes.")
        if size > self.left:
            raise Unopened("What is inside of it, all together, is larger than is taken of one document.")
        if size > self.limits.ratio_free and size > self.limits.ratio_max * max(packed, 1):
            raise Unopened(
                f"What is inside of it is more than {self.limits.ratio_max} times larger than its packed form."
            )


def _open_gzip(data: bytes, name: str, limits: Limits) -> Iterator[Member]:
    """The one document in a gzip file; streams that follow one another are parts of the same document."""
    budget = _Budget(limits, min(limits.expanded_max, limits.member_max))
    rest, parts = memoryview(data), list[bytes]()
    try:
        while rest and (not parts or rest[0]):  # zeros after a stream are padding
            if len(parts) == limits.members_max:
                raise Unopened(f"It has more than {limits.members_max:,} parts.")
            part, used = budget.expand(rest, _GZIP)
            parts.append(part)
            rest = rest[used:]
    except zlib.error as err:
        raise Unopened("It is a gzip file that is cut short or damaged. Ask the bank for it again.") from err
    if bytes(rest).strip(b"\x00"):
        raise Unopened("Something that is not gzip follows on its content.")
    shorter = name[: -len(_GZIP_SUFFIX)] if name.lower().endswith(_GZIP_SUFFIX) else name
    yield Member(name=safe_name(shorter), data=b"".join(parts))


def _open_zip(data: bytes, name: str, limits: Limits) -> Iterator[Member]:
    """The files of an archive in the order of their names' appearance. What makes it hostile (names that climb, members
    that share bytes, bombs) refuses all of it; what is wrong with one member (encrypted, damaged) is told with it.
    """
    del name
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as err:
        raise Unopened("It is a ZIP archive that is cut short or damaged. Ask the bank for it again.") from err
    if len(listed) > limits.members_max:
        raise Unopened(f"It has more than {limits.members_max:,} members.")
    spans = _spans(data, listed)
    budget = _Budget(limits, limits.expanded_max)
    for info, packed in zip(listed, spans, strict=True):
        if not info.filename.endswith("/"):
            yield _taken_out(info, packed, budget)


def _taken_out(info: zipfile.ZipInfo, packed: memoryview, budget: _Budget) -> Member:
    problem, data = None, b""
    try:
        if info.flag_bits & _ENCRYPTED:
            problem = "it is encrypted, and ZIP encryption is not accepted"
        elif info.compress_type == zipfile.ZIP_STORED:
            data = budget.keep(packed)
        elif info.compress_type == zipfile.ZIP_DEFLATED:
            data, used = budget.expand(packed, _DEFLATE)
            problem = "its packed form is longer than it needs" if used != len(packed) else None
        else:
            problem = f"its way of packing (number {info.compress_type}) is not known"
    except zlib.error:
        problem = "it is damaged"
    if problem is None and (len(data) != info.file_size or zlib.crc32(data) != info.CRC):
        problem = "it is damaged: its checksum does not agree"
    return Member(name=safe_name(info.filename), data=bytes(packed) if problem else data, problem=problem)


def _check_directory(data: bytes) -> None:
    """Refuses a directory that is too large to be read, before anything reads it."""
    end = len(data) - _END.size
    if end < 0 or data[end : end + 4] != ZIP_EMPTY or data[-2:] != b"\x00\x00":
        end = data.rfind(ZIP_EMPTY, max(0, len(data) - _END.size - _COMMENT_BYTES_MAX))
    if end < 0 or end + _END.size > len(data):
        raise Unopened("It is a ZIP archive that is cut short. Ask the bank for it again.")
    if data[max(0, end - _ZIP64_LOCATOR_BYTES) : end].startswith(_ZIP64_LOCATOR):
        raise Unopened("It is a ZIP archive of the large kind (ZIP64), which no bank document needs.")
    if _END.unpack_from(data, end)[5] > CENTRAL_BYTES_MAX:
        raise Unopened("The directory of the ZIP archive is larger than any honest one.")


def _spans(data: bytes, listed: list[zipfile.ZipInfo]) -> list[memoryview]:
    """Where each member's packed bytes lie, proven to be apart from each other."""
    whole, spans, names = memoryview(data), [], set[str]()
    for info in listed:
        _check_name(info)
        if info.filename.casefold() in names:
            raise Unopened(f"It has two members named {safe_name(info.filename)}.")
        names.add(info.filename.casefold())
        if info.header_offset < 0 or info.header_offset + _LOCAL.size > len(data):
            raise Unopened("A member of the ZIP archive lies outside of it.")
        head = _LOCAL.unpack_from(data, info.header_offset)
        start = info.header_offset + _LOCAL.size + head[9] + head[10]
        if head[0] != ZIP_BEGINS or start + info.compress_size > len(data):
            raise Unopened("A member of the ZIP archive is not where its directory says.")
        spans.append((info.header_offset, start, start + info.compress_size))
    ordered = sorted(spans)
    if any(after[0] < before[2] for before, after in itertools.pairwise(ordered)):
        raise Unopened("Members of the ZIP archive share bytes.")
    return [whole[start:end] for _, start, end in spans]


def _check_name(info: zipfile.ZipInfo) -> None:
    """No honest software writes a name that leads out of a folder; ``orig_filename`` shows what a NUL would hide."""
    given = info.orig_filename.replace("\\", "/")
    climbs = given.startswith("/") or given[1:2] == ":" or ".." in given.split("/")
    if climbs or "\x00" in given:
        raise Unopened("A member of the ZIP archive has a name that leads out of its folder.")


ZIP = Layer(kind="zip", knows=lambda data: data.startswith((ZIP_BEGINS, ZIP_EMPTY)), opened=_open_zip)
GZIP = Layer(kind="gzip", knows=lambda data: data.startswith(GZIP_BEGINS), opened=_open_gzip)
PLAIN: tuple[Layer, ...] = (ZIP, GZIP)
"""The layers that need no key."""
