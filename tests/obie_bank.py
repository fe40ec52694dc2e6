"""A small bank for file payments with a consent first, for tests: it counts and checks what was promised."""

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE = "/open-banking/v3.1/pisp"


@dataclass
class Bank:
    """``silent`` answers nothing to the next submission, after it was carried out."""

    port: int = 0
    consents: dict[str, dict] = field(default_factory=dict)
    payments: dict[str, dict] = field(default_factory=dict)
    keys: dict[str, tuple[str, dict]] = field(default_factory=dict)
    silent: bool = False
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def post(self, path, headers, body):
        key = headers.get("x-idempotency-key", "")
        if not 0 < len(key) <= 40:
            return 400, {"Message": "no key"}
        if key in self.keys:
            return (201, self.keys[key][1]) if self.keys[key][0] == path else (400, {"Message": "key used"})
        status, told = self._post(path, body)
        if status < 300:
            self.keys[key] = (path, told)
        return status, told

    def _post(self, path, body):
        self.bodies.append(body)
        if path == "/file-payment-consents":
            number = f"C{len(self.consents) + 1}"
            self.consents[number] = {"Status": "AwaitingUpload", "Initiation": json.loads(body)["Data"]["Initiation"]}
            return 201, {"Data": {"ConsentId": number, "Status": "AwaitingUpload"}}
        if path.endswith("/file"):
            consent = self.consents[path.split("/")[2]]
            wanted = consent["Initiation"]
            counted, hashed = body.count(b"<CdtTrfTxInf>"), base64.b64encode(hashlib.sha256(body).digest()).decode()
            if wanted["FileHash"] != hashed or wanted["NumberOfTransactions"] != str(counted):
                return 400, {"Message": "the file is not the one that was consented to"}
            consent["Status"] = "Authorised"
            return 200, {}
        told = json.loads(body)["Data"]
        consent = self.consents.get(told["ConsentId"])
        if consent is None or consent["Status"] != "Authorised" or consent["Initiation"] != told["Initiation"]:
            return 400, {"Message": "this consent is not good"}
        consent["Status"] = "Consumed"
        number = f"F{len(self.payments) + 1}"
        self.payments[number] = told
        return 201, {"Data": {"FilePaymentId": number, "Status": "ACTC"}}

    def get(self, path):
        noun, number = path.strip("/").split("/")
        if noun == "file-payments":
            return 200, {"Data": {"FilePaymentId": number, "Status": "ACSC"}}
        found = self.consents.get(number)
        return (200, {"Data": {"ConsentId": number, "Status": found["Status"]}}) if found else (404, {})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Tests are quiet."""

    def do_GET(self):
        self._answer(*self.server.bank.get(self.path.removeprefix(BASE)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path.endswith("/token"):
            self._answer(200, {"access_token": "T", "expires_in": 600})
            return
        bank, headers = self.server.bank, {name.lower(): value for name, value in self.headers.items()}
        answer = bank.post(self.path.removeprefix(BASE), headers, body)
        if bank.silent and self.path.endswith("/file-payments"):
            bank.silent, self.close_connection = False, True
            return
        self._answer(*answer)

    def _answer(self, status, told):
        body = json.dumps(told, default=lambda value: str(value) if isinstance(value, Decimal) else None).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that hung up."""


@contextmanager
def running():
    server = _Server(("127.0.0.1", 0), _Handler)
    server.bank = bank = Bank(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
