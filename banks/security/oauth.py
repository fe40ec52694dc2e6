"""An OAuth2 access token by client credentials (RFC 6749, section 4.4), kept until shortly before it expires."""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus

from banks.api_settings import Authentication, OAuthSettings
from banks.errors import Refused, Unreachable
from banks.secrets import Secrets
from banks.security import assertion, jws

RENEW_BEFORE_S = 60.0
"""A token is not used in its last minute: it must outlive the request that carries it."""
LIFETIME_USUAL_S = 300.0
"""Taken where the server names no ``expires_in``, which is only recommended."""


Post = Callable[[str, Mapping[str, str], Mapping[str, str]], tuple[int, bytes]]
"""Sends a form with headers to an address, and gives status and body."""


@dataclass(slots=True)
class _Kept:
    token: str | None = None
    renew_at: float = 0.0


@dataclass(slots=True)
class Shelf:
    """Where the tokens of one process lie, by bank and client: its channels to one bank share one. For threads."""

    _kept: dict[tuple[str, OAuthSettings], _Kept] = field(default_factory=dict, repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def place(self, bank: str, settings: OAuthSettings) -> _Kept:
        """The one place of a client's token at a bank."""
        with self.lock:
            return self._kept.setdefault((bank, settings), _Kept())


@dataclass(slots=True, kw_only=True)
class TokenSource:
    """Gives the current token. ``ticks`` is a monotonic clock in seconds, ``now_s`` the time in seconds since 1970,
    ``ids`` names assertions. Raises ``Unreachable`` or ``Refused``.
    """

    bank: str
    settings: OAuthSettings
    secrets: Secrets
    post: Post
    ticks: Callable[[], float]
    now_s: Callable[[], int]
    ids: Callable[[], str]
    shelf: Shelf

    def token(self) -> str:
        """The token that is held, or a new one."""
        kept = self.shelf.place(self.bank, self.settings)
        with self.shelf.lock:
            if kept.token is not None and self.ticks() < kept.renew_at:
                return kept.token
        # not under the lock: a token server that is slow must not hold up another bank
        token, lifetime_s = self._read(self._fetched())
        with self.shelf.lock:
            kept.token = token
            kept.renew_at = self.ticks() + max(lifetime_s - RENEW_BEFORE_S, lifetime_s / 2)
        return token

    def forget(self, token: str) -> None:
        """The bank did not accept this token: the next call gets a new one, unless another channel has one already."""
        kept = self.shelf.place(self.bank, self.settings)
        with self.shelf.lock:
            if kept.token == token:
                kept.token = None

    def _fetched(self) -> bytes:
        form, headers = self._proof()
        form["grant_type"] = "client_credentials"
        if self.settings.scope is not None:
            form["scope"] = self.settings.scope
        status, body = self.post(self.settings.token_url, form, headers)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unreachable("The bank's token server is not available.", bank=self.bank, detail=f"HTTP {status}")
        if status != HTTPStatus.OK:
            raise Refused(
                f"The bank gives {self.settings.client_id} no token: check client id and {self._by()}.",
                bank=self.bank,
                detail=f"HTTP {status}",
            )
        return body

    def _proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """Form and headers by which the token server knows us."""
        by, client = self.settings.authentication, self.settings.client_id
        if by is Authentication.SIGNED_ASSERTION:
            signing = self.settings.assertion
            assert signing is not None, "a profile whose client signs names its key"
            try:
                key = jws.private_key(self.secrets(signing.key), signing.algorithm)
            except jws.BadKey as err:
                raise Refused(f"Our key {signing.key} cannot be used: {err}.", bank=self.bank) from err
            proof = assertion.assertion(self.settings, signing, key, now_s=self.now_s(), identifier=self.ids())
            return {"client_id": client, "client_assertion_type": assertion.TYPE, "client_assertion": proof}, {}
        if by is Authentication.CERTIFICATE:
            return {"client_id": client}, {}
        secret = self.secrets(self.settings.client_secret or "")
        if by is Authentication.SECRET_IN_HEADER:
            pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
            return {}, {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        return {"client_id": client, "client_secret": secret}, {}

    def _by(self) -> str:
        by = self.settings.authentication
        if by is Authentication.SIGNED_ASSERTION:
            return "the public key the bank has of us"
        return "certificate" if by is Authentication.CERTIFICATE else "secret"

    def _read(self, answer: bytes) -> tuple[str, float]:
        try:
            body: Any = json.loads(answer)
        except ValueError:
            body = None
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(token, str) or not token:
            raise Refused("The bank's token server answered without a token.", bank=self.bank)
        lifetime = body.get("expires_in")
        lifetime_s: float = LIFETIME_USUAL_S
        if isinstance(lifetime, int | float) and not isinstance(lifetime, bool):
            lifetime_s = lifetime
        return token, lifetime_s
