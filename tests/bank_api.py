"""A small bank behind the payhub bank API, for tests of our side alone: it does what it is told, and counts."""

import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

CLIENT, SECRET = "payhub", "open sesame"
PAGE = 2


@dataclass
class Bank:
    """What the bank holds. ``answers`` are (status, headers, body) given instead of the next right answers."""

    port: int = 0
    orders: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    tokens_given: int = 0
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def offer(self, name: str, content: bytes) -> None:
        self.documents[f"D{len(self.documents) + 1}/{name}"] = (name, content)

    def token(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        if form.get("client_secret") != [SECRET] or form.get("client_id") != [CLIENT]:
            return 401, {"error": "invalid_client"}
        self.tokens_given += 1
        token = f"T{self.tokens_given}"
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 600}

    def post_file(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
        key, digest = headers["idempotency-key"], hashlib.sha256(body).hexdigest()
        if key in self.keys:
            known = next(order for order in self.orders if order["order_id"] == self.keys[key])
            if known["sha256"] != digest:
                return 422, {}, {"code": "idempotency.other_payload"}
            return 200, {"Idempotency-Replayed": "true"}, known
        number = f"O{len(self.orders) + 1}"
        order = {"order_id": number, "reference": headers["x-file-reference"], "status": "RCVD", "sha256": digest}
        self.orders.append(order)
        self.keys[key] = number
        self.contents[number] = body
        return 202, {}, order

    def get(self, path: str, query: dict[str, list[str]]) -> tuple[int, str, bytes]:
        if path == "/v1/files":
            wanted = query["reference"][0]
            return _json({"orders": [order for order in self.orders if order["reference"] == wanted]})
        if path.startswith("/v1/files/"):
            order = next(order for order in self.orders if order["order_id"] == path.split("/")[3])
            return _json({**order, "group_status": "ACSC", "payments": []})
        if path == "/v1/documents":
            return self._page(query.get("after", [""])[0])
        name = unquote(path.removeprefix("/v1/documents/"))
        return (200, "application/xml", self.documents[name][1]) if name in self.documents else (404, "", b"")

    def _page(self, after: str) -> tuple[int, str, bytes]:
        waiting = [number for number in self.documents if number not in self.acknowledged and number > after][:PAGE]
        listed = [
            {
                "id": number,
                "name": self.documents[number][0],
                "type": "camt.053.001.08",
                "size": len(self.documents[number][1]),
                "sha256": hashlib.sha256(self.documents[number][1]).hexdigest(),
                "created_at": "2026-09-30T09:00:00Z",
            }
            for number in waiting
        ]
        return _json({"documents": listed, "next": waiting[-1] if waiting else None})


def _json(body: dict[str, Any]) -> tuple[int, str, bytes]:
    return 200, "application/json", json.dumps(body).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def bank(self) -> Bank:
        return self.server.bank

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) == length:
            self._serve(body)
        else:
            self.close_connection = True

    def _serve(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.bank.lock:
            self.bank.requests.append((self.command, parts.path, headers))
            self._answer(*self._decided(parts.path, parse_qs(parts.query), headers, body))

    def _decided(self, path: str, query: dict[str, list[str]], headers: dict[str, str], body: bytes):
        if path == "/oauth/token":
            status, token = self.bank.token(parse_qs(body.decode()))
            return status, {}, json.dumps(token).encode()
        if self.bank.answers:
            return self.bank.answers.pop(0)
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.bank.tokens:
            return 401, {}, b"{}"
        if self.command == "POST" and path == "/v1/files":
            status, more, order = self.bank.post_file(headers, body)
            return status, more, json.dumps(order).encode()
        if self.command == "POST" and path.endswith("/receipt"):
            self.bank.acknowledged.add(unquote(path.removeprefix("/v1/documents/").removesuffix("/receipt")))
            return 204, {}, b""
        status, kind, content = self.bank.get(path, query)
        return status, {"Content-Type": kind}, content

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A client that hung up is what some tests are about."""


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Bank]:
    """The bank on a free loopback port, behind ``tls`` where a context is given."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.bank = bank = Bank(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
