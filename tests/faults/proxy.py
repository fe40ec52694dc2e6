"""A TCP proxy that breaks a line at a chosen moment. One fault is armed at a time and strikes once.

``request`` swallows what the client sends next and hangs up: the server never saw it. ``answer`` lets the client's next
bytes through and hangs up when the server answers: it was done, and the client does not know. ``after_bytes`` lets that
many bytes through first. ``stall`` goes silent without hanging up, ``corrupt`` flips a bit, ``half_close`` ends one
direction only, ``delay`` keeps the bytes back for a while, ``throttle`` lets them drip from then on. A fault may count
the server's bytes instead of the client's, and may wait for the next new line, so that its first bytes can be met.
"""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["request", "answer", "stall", "corrupt", "half_close", "delay", "throttle"]
Side = Literal["client", "server"]

CHUNK_BYTES = 65_536
DELAY_S = 1.0
DRIP_BYTES, DRIP_S = 512, 0.02
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
    carried: dict[Side, int] = field(default_factory=lambda: {"client": 0, "server": 0})
    """Bytes that arrived from each side, over all lines."""
    _fault: Fault | None = None
    _spare_bytes: int = 0
    _side: Side = "client"
    _only: "_Pair | None" = None
    _for_the_next: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)
    _listener: socket.socket | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def arm(self, fault: Fault, *, after_bytes: int = 0, side: Side = "client", fresh: bool = False) -> None:
        """The next bytes of ``side`` meet ``fault``, after ``after_bytes`` more of them went through: of any line, or
        of the next one that is opened (``fresh``).
        """
        with self._lock:
            self._fault, self._spare_bytes, self._side = fault, after_bytes, side
            self._for_the_next, self._only = fresh, None

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
            with self._lock:
                if self._for_the_next:
                    self._for_the_next, self._only = False, pair
            self._run(self._pump_requests, pair)
            self._run(self._pump_answers, pair)

    def _pump_requests(self, pair: "_Pair") -> None:
        self._pump(pair, "client", pair.client, pair.server)

    def _pump_answers(self, pair: "_Pair") -> None:
        self._pump(pair, "server", pair.server, pair.client)

    def _pump(self, pair: "_Pair", side: Side, source: socket.socket, target: socket.socket) -> None:
        while data := _received(source):
            if side == "server" and pair.swallow_answer:
                break
            self.carried[side] += len(data)
            allowed, fault = self._meets(data, pair, side)
            if not pair.stalled and not _sent(target, data[:allowed], drips=pair.drips):
                break
            if not self._passes(pair, fault, data[allowed:], target):
                break
        self._end(pair)

    def _passes(self, pair: "_Pair", fault: Fault | None, rest: bytes, target: socket.socket) -> bool:
        """What becomes of the bytes after the fault; False ends the line."""
        if fault == "request":
            return False
        if fault == "half_close":
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)
            pair.half_closed = True
            return True
        if fault == "delay":
            time.sleep(DELAY_S)
        pair.swallow_answer |= fault == "answer"
        pair.stalled |= fault == "stall"
        pair.drips |= fault == "throttle"
        if fault == "corrupt" and rest:
            rest = bytes([rest[0] ^ 1]) + rest[1:]
        return pair.stalled or pair.half_closed or _sent(target, rest, drips=pair.drips)

    def _meets(self, data: bytes, pair: "_Pair", side: Side) -> tuple[int, Fault | None]:
        """How many of these bytes go through untouched, and the fault that strikes after them."""
        with self._lock:
            aimed = self._only is pair or (self._only is None and not self._for_the_next)
            if self._fault is None or side != self._side or not aimed:
                return len(data), None
            if self._spare_bytes >= len(data):
                self._spare_bytes -= len(data)
                return len(data), None
            fault, allowed = self._fault, self._spare_bytes
            self._fault = self._only = None
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
    half_closed: bool = False
    drips: bool = False
    ended: bool = False


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(CHUNK_BYTES)
    except OSError:
        return b""


def _sent(line: socket.socket, data: bytes, *, drips: bool = False) -> bool:
    try:
        if drips:
            for start in range(0, len(data), DRIP_BYTES):
                line.sendall(data[start : start + DRIP_BYTES])
                time.sleep(DRIP_S)
        else:
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
