"""paramiko's SFTP client with what it lacks: every answer of the server kept apart from a broken line, fsync, and
uploads and downloads that keep many requests under way and still see each answer.
"""

import math
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from paramiko import Message, SFTPAttributes, SFTPClient
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_EXTENDED_REPLY,
    CMD_HANDLE,
    CMD_INIT,
    CMD_OPEN,
    CMD_READ,
    CMD_STATUS,
    CMD_VERSION,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_TRUNC,
    SFTP_FLAG_WRITE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTPError,
    int64,
)

CHUNK_BYTES = 32 * 1024
"""What every server must accept in one request (draft-ietf-secsh-filexfer-02, section 3)."""
UNDER_WAY_MAX = 64
"""Requests sent ahead of their answers."""
FSYNC = "fsync@openssh.com"
STATVFS = "statvfs@openssh.com"
PROTOCOL_VERSION = 3


class Said(OSError):
    """The server answered a request with a no. The line is fine. ``code`` is the SFTP status."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text or f"status {code}")
        self.code = code

    @property
    def missing(self) -> bool:
        """There is no such name (or no such folder on the way to it)."""
        return self.code == SFTP_NO_SUCH_FILE


class Client(SFTPClient):
    """Whole files in, whole files out. Raises :class:`Said` for the server's no; anything else is a broken line."""

    extensions: frozenset[str] = frozenset()
    ticks: Callable[[], float] = staticmethod(time.monotonic)
    act_ends_at: float = math.inf
    """When the act under way has lasted too long, in ``ticks``: a server may drip without ever falling silent."""

    if TYPE_CHECKING:  # the stubs leave out what a subclass is meant to call
        _request: Callable[..., tuple[int, Message]]
        _async_request: Callable[..., int]
        _read_response: Callable[..., Any]
        _send_packet: Callable[[int, Message], None]
        _read_packet: Callable[[], tuple[int, bytes]]

    def write_whole(self, path: str, content: bytes, *, exclusive: bool, fsync: bool) -> None:
        """Writes ``content``; replaces what is there unless ``exclusive``. Returns after each chunk was confirmed."""
        flags = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | (SFTP_FLAG_EXCL if exclusive else SFTP_FLAG_TRUNC)
        with self._handle(path, flags) as handle:
            flight = _Flight(self._async_request, self._read_response)
            for offset in range(0, len(content), CHUNK_BYTES):
                flight.send(offset, CMD_WRITE, handle, int64(offset), content[offset : offset + CHUNK_BYTES])
                flight.land(UNDER_WAY_MAX)
            flight.land(0)
            if fsync and FSYNC in self.extensions:
                self._fsync(handle)

    def read_whole(self, path: str, *, size_max: int) -> bytes:
        """The bytes of a file; more than ``size_max`` of them as soon as it is longer, whatever its stat said."""
        size = min(self._size_hint(path), size_max + 1)
        content = bytearray()
        with self._handle(path, SFTP_FLAG_READ) as handle:
            flight = _Flight(self._async_request, self._read_response)
            for offset in range(0, size, CHUNK_BYTES):
                flight.send(offset, CMD_READ, handle, int64(offset), CHUNK_BYTES)
                flight.land(UNDER_WAY_MAX)
                content += flight.data.pop(len(content), b"")
            flight.land(0)
            while len(content) <= size_max:
                chunk = flight.data.pop(len(content), b"") or self._chunk(handle, len(content))
                if not chunk:
                    break
                content += chunk
        return bytes(content)

    def _chunk(self, handle: bytes, offset: int) -> bytes:
        try:
            kind, message = self._request(CMD_READ, handle, int64(offset), CHUNK_BYTES)
        except EOFError:
            return b""
        if kind != CMD_DATA:
            raise SFTPError("Expected data")
        return message.get_string()

    def _size_hint(self, path: str) -> int:
        try:
            return self.stat(path).st_size or 0
        except Said as err:
            if err.missing:
                raise
            return 0

    @contextmanager
    def _handle(self, path: str, flags: int) -> Iterator[bytes]:
        kind, message = self._request(CMD_OPEN, path, flags, SFTPAttributes())
        if kind != CMD_HANDLE:
            raise SFTPError("Expected a handle")
        handle = message.get_string()
        try:
            yield handle
        finally:
            self._request(CMD_CLOSE, handle)

    def _fsync(self, handle: bytes) -> None:
        try:
            self._request(CMD_EXTENDED, FSYNC, handle)
        except Said as err:
            if err.code != SFTP_OP_UNSUPPORTED:
                raise

    def free_bytes(self, path: str) -> int | None:
        """How many bytes we may still write where ``path`` is; None where the server does not tell."""
        if STATVFS not in self.extensions:
            return None
        try:
            kind, message = self._request(CMD_EXTENDED, STATVFS, path)
        except Said as err:
            if err.code == SFTP_OP_UNSUPPORTED:
                return None
            raise
        if kind != CMD_EXTENDED_REPLY:
            raise SFTPError("Expected the figures of a file system")
        _block, fragment, _blocks, _free, available = (message.get_int64() for _ in range(5))
        return fragment * available

    def _read_all(self, size: int) -> bytes:
        read = bytearray()
        while len(read) < size:
            if self.ticks() > self.act_ends_at:
                raise TimeoutError("The act lasted too long.")
            chunk = self.sock.recv(size - len(read))
            if not chunk:
                raise EOFError
            read += chunk
        return bytes(read)

    def _convert_status(self, message: Message) -> None:
        code = message.get_int()
        text = message.get_text()
        if code == SFTP_EOF:
            raise EOFError(text)
        if code != SFTP_OK:
            raise Said(code, text)

    def _send_version(self) -> int:
        hello = Message()
        hello.add_int(PROTOCOL_VERSION)
        self._send_packet(CMD_INIT, hello)
        kind, data = self._read_packet()
        if kind != CMD_VERSION:
            raise SFTPError("Incompatible sftp protocol")
        version: int = struct.unpack(">I", data[:4])[0]
        pairs = Message(data[4:])
        offered = set()
        while pairs.get_remainder():
            offered.add(pairs.get_string().decode("ascii", "replace"))
            pairs.get_string()
        self.extensions = frozenset(offered)
        return version


class _Flight:
    """Requests under way on one file. Answers may come in any order; the first no is raised once all have landed."""

    def __init__(self, request: Callable[..., int], respond: Callable[[], Any]) -> None:
        self._request = request
        self._respond = respond
        self._offsets: dict[int, int] = {}
        self._no: Said | None = None
        self.data: dict[int, bytes] = {}

    def send(self, offset: int, command: int, *arguments: object) -> None:
        number = self._request(self, command, *arguments)
        self._offsets[number] = offset

    def land(self, under_way: int) -> None:
        while len(self._offsets) > under_way:
            self._respond()
        if not self._offsets and self._no is not None:
            raise self._no

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        offset = self._offsets.pop(number)
        if kind == CMD_DATA:
            self.data[offset] = message.get_string()
        elif kind == CMD_STATUS:
            code = message.get_int()
            if code not in {SFTP_OK, SFTP_EOF} and self._no is None:
                self._no = Said(code, message.get_text())
