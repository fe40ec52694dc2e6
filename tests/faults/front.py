"""A TLS front before a bank's API that sees each request in clear and breaks off exactly where it is told to."""

import re
import socket
import ssl
import threading
import time
from contextlib import suppress

import trustme

from tests.faults.proxy import _cut

STAGES = ("token", "upload", "status", "documents", "document", "receipt")
MOMENTS = ("header", "body", "unanswered", "status line", "answer body")
KINDS = ("cut", "stall", "half_close", "delay", "throttle")
DELAY_S = 1.0
QUIET_WITHIN_S = 30
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:\s*chunked", re.IGNORECASE)


class _Broken(Exception):
    """The line was broken as planned."""


class Front:
    """Terminates TLS on ``port`` and forwards whole requests to ``target``. One fault is armed at a time."""

    def __init__(self, target, *, stall_s):
        self.target = target
        self.struck = 0
        self.authority = trustme.CA()
        self._stall_s = stall_s
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1").configure_cert(self._context)
        self._armed = None
        self._lock = threading.Lock()
        self._open = set()
        self._serving = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, stage, moment, kind):
        """The next request of ``stage`` meets ``kind`` at ``moment``."""
        with self._lock:
            self._armed = (stage, moment, kind)

    def disarm(self):
        with self._lock:
            self._armed = None

    def wait_until_quiet(self):
        """Returns when no request is under way any more, those included whose client gave up."""
        deadline = time.monotonic() + QUIET_WITHIN_S
        while self._serving:
            assert time.monotonic() < deadline, f"requests were under way for {QUIET_WITHIN_S} s"
            time.sleep(0.01)

    def close(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            lines = list(self._open)
        for line in lines:
            _cut(line)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, raw):
        server = None
        with self._lock:
            self._serving += 1
        try:
            client = self._context.wrap_socket(raw, server_side=True)
            server = socket.create_connection(self.target, timeout=10)
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            while self._exchange(client, server):
                pass
        except (OSError, _Broken, ValueError):
            pass
        finally:
            for line in (raw, server):
                if line is not None:
                    _cut(line)
                    line.close()
            with suppress(NameError, OSError):
                client.close()
            with self._lock:
                self._serving -= 1

    def _exchange(self, client, server):
        head, rest = _head(client)
        if not head:
            return False
        met = self._met(head)
        self._send(server, head, met, "header")
        self._send(server, _body(head, rest, client), met, "body")
        answer, rest = _head(server)
        content = _body(answer, rest, server)
        if met is not None and met[0] == "unanswered":
            self._break(client, met[1], b"", answer)
        else:
            self._send(client, answer, met, "status line")
        self._send(client, content, met, "answer body")
        return b"connection: close" not in answer.lower()

    def _met(self, head):
        stage = _stage(*head.split(b" ", 2)[:2])
        with self._lock:
            if self._armed is None or self._armed[0] != stage:
                return None
            met, self._armed = self._armed[1:], None
            self.struck += 1
            return met

    def _send(self, line, data, met, moment):
        if met is None or met[0] != moment:
            line.sendall(data)
        else:
            self._break(line, met[1], data[: len(data) // 2], data[len(data) // 2 :])

    def _break(self, line, kind, before, after):
        """Sends what comes before the fault, then what the fault leaves of the rest."""
        line.sendall(before)
        if kind in ("delay", "throttle"):
            step = len(after) if kind == "delay" else max(1, len(after) // 20)
            for start in range(0, len(after), max(1, step)):
                time.sleep(DELAY_S if kind == "delay" else DELAY_S / 20)
                line.sendall(after[start : start + step])
            return
        if kind == "half_close":
            line.shutdown(socket.SHUT_WR)
        if kind in ("stall", "half_close"):
            time.sleep(self._stall_s)
        raise _Broken


def _stage(method, path):
    if b"/oauth/" in path:
        return "token"
    if path.endswith(b"/receipt"):
        return "receipt"
    if b"/documents/" in path:
        return "document"
    if b"/documents" in path:
        return "documents"
    return "upload" if method == b"POST" else "status"


def _head(line):
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65_536)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _body(head, data, line):
    found = LENGTH.search(head)
    if found is None and not CHUNKED.search(head):
        return data
    while (len(data) < int(found[1])) if found else (not data.endswith(b"0\r\n\r\n")):
        more = line.recv(65_536)
        if not more:
            raise OSError("the line ended in the middle of a body")
        data += more
    return data
