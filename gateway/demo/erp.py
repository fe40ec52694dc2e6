"""The demonstration's ERP: hands batches over the API, and listens for what became of them."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from gateway.demo.batches import Handover

TIMEOUT_S = 30.0
BODY_BYTES_MAX = 1 << 20


class HandoverRefused(Exception):
    """The hub did not take a batch of the story; the message holds its answer."""


class Erp:
    """Everything it heard is kept; a call whose signature is wrong is counted and refused."""

    def __init__(self) -> None:
        self.secret = ""
        self.events: dict[str, dict[str, Any]] = {}
        self.states: dict[str, tuple[int, str]] = {}
        self.calls = 0
        self.forged = 0
        self._lock = threading.Lock()
        erp = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), BODY_BYTES_MAX))
                status = 204 if erp.hear(dict(self.headers.items()), body) else 401
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it that
                """Says nothing: the demonstration has its own table."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="erp", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/payhub"

    def hear(self, headers: dict[str, str], body: bytes) -> bool:
        """Checks the signature over the raw bytes (Standard Webhooks) and keeps the event, once."""
        named = {name.lower(): value for name, value in headers.items()}
        signed = f"{named.get('webhook-id')}.{named.get('webhook-timestamp')}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        with self._lock:
            self.calls += 1
            given = named.get("webhook-signature", "").split()
            if not any(hmac.compare_digest(wanted, one) for one in given):
                self.forged += 1
                return False
            event = json.loads(body)
            self.events[event["id"]] = event
            self._note_state(event)
        return True

    def _note_state(self, event: dict[str, Any]) -> None:
        data = event.get("data", {})
        state, reference = data.get("state"), data.get("end_to_end_id")
        number = int(event["sequence"])
        if state and reference and number > self.states.get(reference, (0, ""))[0]:
            self.states[reference] = (number, state)

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def hand_over(api: str, key: str, handover: Handover) -> str:
    """Posts a batch; gives its id. Raises :class:`HandoverRefused`."""
    answer = httpx.post(
        f"{api}/v1/batches",
        content=handover.body,
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": handover.media_type,
            "Idempotency-Key": f'"{hashlib.sha256(handover.body).hexdigest()[:32]}"',
            "X-File-Name": handover.file_name,
            "X-ERP-Keys": json.dumps({"SystemId": "S4P", "RunId": handover.name, "DocNo": "0000123"}),
        },
        timeout=TIMEOUT_S,
    )
    if answer.is_error:
        raise HandoverRefused(f"The hub refused the {handover.name}: {answer.text}")
    return str(answer.json()["id"])
