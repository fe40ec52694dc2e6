"""A TCP proxy that breaks a line at a chosen moment. One fault is armed at a time and strikes once.

``request`` swallows what the client sends next and hangs up: the server never saw it. ``answer`` lets the client's next
bytes through and hangs up when the server answers: it was done, and the client does not know. ``bytes`` lets that many
of the client's bytes through first. ``stall`` goes silent without hanging up, ``corrupt`` flips a bit of the client's.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["request", "answer", "stall", "corrupt"]

CHUNK_BYTES = 65_536
RESET = struct.pack("ii", 1, 0)


@dataclass
class Proxy:
    """Listens on ``host:port`` and forwards to ``target``. ``struck`` counts the faults that happened."""

    target: tuple[str, int]
    host: str = "127.0.0.1"
    port: int = 0
    struck: int = 0
    connections: int = 0
    refusing: bool = False
    _fault: Fault | None = None
    _spare_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)
    _listener: socket.socket | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def arm(self, fault: Fault, *, after_bytes: int = 0) -> None:
        """The next bytes of any client meet ``fault``, after ``after_bytes`` more of them went through."""
        with self._lock:
            self._fault, self._spare_bytes = fault, after_bytes

    def disarm(self) -> None:
        with self._lock:
            self._fault = None

    def hang_up(self) -> None:
        """Cuts every open line."""
        with self._lock:
            lines = list(self._open)
        for line in lines:
            _cut(line)

    def start(self) -> None:
        self._listener = socket.create_server((self.host, 0))
        self.port = self._listener.getsockname()[1]
        self._run(self._accept)

    def stop(self) -> None:
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(timeout=5)

    def _run(self, act, *arguments) -> None:
        thread = threading.Thread(target=act, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.refusing:
                _cut(client)
                client.close()
                continue
            try:
                server = socket.create_connection(self.target, timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            pair = _Pair(client, server)
            self._run(self._pump_requests, pair)
            self._run(self._pump_answers, pair)

    def _pump_requests(self, pair: "_Pair") -> None:
        while data := _received(pair.client):
            allowed, fault = self._meets(data)
            if not _sent(pair.server, data[:allowed]):
                break
            if fault == "request":
                break
            if fault == "answer":
                pair.swallow_answer = True
            if fault == "stall":
                pair.stalled = True
            rest = data[allowed:]
            if fault == "corrupt" and rest:
                rest = bytes([rest[0] ^ 1]) + rest[1:]
            if not pair.stalled and not _sent(pair.server, rest):
                break
        self._end(pair)

    def _pump_answers(self, pair: "_Pair") -> None:
        while data := _received(pair.server):
            if pair.swallow_answer:
                break
            if not pair.stalled and not _sent(pair.client, data):
                break
        self._end(pair)

    def _meets(self, data: bytes) -> tuple[int, Fault | None]:
        """How many of these bytes go through untouched, and the fault that strikes after them."""
        with self._lock:
            if self._fault is None:
                return len(data), None
            if self._spare_bytes >= len(data):
                self._spare_bytes -= len(data)
                return len(data), None
            fault, allowed = self._fault, self._spare_bytes
            self._fault = None
            self.struck += 1
            return allowed, fault

    def _end(self, pair: "_Pair") -> None:
        for line in (pair.client, pair.server):
            _cut(line)
            with self._lock:
                self._open.discard(line)
        if pair.ended:
            pair.client.close()
            pair.server.close()
        pair.ended = True


@dataclass
class _Pair:
    client: socket.socket
    server: socket.socket
    swallow_answer: bool = False
    stalled: bool = False
    ended: bool = False


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(CHUNK_BYTES)
    except OSError:
        return b""


def _sent(line: socket.socket, data: bytes) -> bool:
    try:
        line.sendall(data)
    except OSError:
        return False
    return True


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def between(host: str, port: int) -> Iterator[Proxy]:
    """A proxy in front of ``host:port`` for the length of a test."""
    proxy = Proxy(target=(host, port))
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
