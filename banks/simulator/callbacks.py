"""The bank calls its client: each status of an order that came by the API, signed, again until it was heard."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from uuid import uuid4

import httpx
from joserfc.jwk import ECKey

from banks.security import jws
from banks.simulator.answering import order_status
from banks.simulator.bank import SimulatedBank
from banks.simulator.config import HttpConfig

LOOK_EVERY_S = 0.2
TIMEOUT_S = 5
AGAIN_MAX = 50
"""How often one status is told at most."""


class Callbacks:
    """Calls from a thread of its own. ``to`` is set by :meth:`start`, or stands in the bank's configuration; without
    either it never starts.
    """

    def __init__(self, bank: SimulatedBank, config: HttpConfig) -> None:
        self._bank = bank
        self._config = config
        self._to = config.callback_url
        self._key = ECKey.generate_key("P-256", auto_kid=True)
        self._heard: dict[str, str] = {}
        self._tried: dict[tuple[str, str], int] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"callbacks-{bank.config.name}", daemon=True)

    @property
    def public_key(self) -> str:
        """The bank's key as a JWKS."""
        return json.dumps({"keys": [self._key.as_dict(private=False)]})

    def start(self, to: str | None = None) -> None:
        """Begins to call ``to``, or whom the configuration names, if anybody."""
        self._to = to or self._to
        if self._to is not None:
            self._thread.start()

    def stop(self) -> None:
        """Ends; a call under way is finished."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def signed(self, body: bytes, identifier: str, at_s: int) -> dict[str, str]:
        """The headers that make a body this bank's."""
        secret = self._config.callback_secret
        if secret is None:
            protected = {
                "alg": "ES256", "kid": self._key.kid, "b64": False, "crit": ["b64"], "iat": at_s, "jti": identifier,
            }  # fmt: skip
            return {self._config.signature_header: jws.sign(protected, body, self._key)}
        mac = hmac.digest(secret.encode(), f"{identifier}.{at_s}.".encode() + body, hashlib.sha256)
        return {
            "webhook-id": identifier, "webhook-timestamp": str(at_s),
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        }  # fmt: skip

    def _live(self) -> None:
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
            while not self._stop.wait(LOOK_EVERY_S):
                for row in self._bank.store.rows(
                    "SELECT order_id, status FROM arrivals WHERE channel = 'http' AND answered = 1"
                    " AND coalesce(json_extract(plan, '$.answer'), 1)"
                ):
                    told = (row["order_id"], row["status"])
                    if self._heard.get(told[0]) != told[1] and self._tried.get(told, 0) < AGAIN_MAX:
                        self._tried[told] = self._tried.get(told, 0) + 1
                        self._tell(client, *told)

    def _tell(self, client: httpx.Client, order: str, status: str) -> None:
        found = order_status(self._bank.store, order, self._bank.config)
        if found is None or found.group_status != status:
            return
        body = json.dumps(asdict(found)).encode()
        identifier = self._ids.setdefault((order, status), str(uuid4()))
        headers: Mapping[str, str] = {
            "Content-Type": "application/json", **self.signed(body, identifier, int(time.time())),
        }  # fmt: skip
        try:
            answer = client.post(self._to or "", content=body, headers=headers)
        except httpx.TransportError:
            return
        if answer.is_success:
            self._heard[order] = status
