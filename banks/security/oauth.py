"""An OAuth2 access token by client credentials (RFC 6749, section 4.4), kept until shortly before it expires."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from banks.errors import Refused, Unreachable
from banks.secrets import Secrets
from banks.settings import OAuthSettings

RENEW_BEFORE_S = 60.0
"""A token is not used in its last minute: it must outlive the request that carries it."""
LIFETIME_USUAL_S = 300.0
"""Taken where the server names no ``expires_in``, which is only recommended."""


@dataclass(slots=True, kw_only=True)
class TokenSource:
    """Gives the current token. ``post`` sends a form and gives status and body; ``ticks`` is a monotonic clock in
    seconds. Raises ``Unreachable`` or ``Refused``.
    """

    bank: str
    settings: OAuthSettings
    secrets: Secrets
    post: Callable[[str, Mapping[str, str]], tuple[int, bytes]]
    ticks: Callable[[], float]
    _token: str | None = field(default=None, repr=False)
    _renew_at: float = 0.0

    def token(self) -> str:
        """The token that is held, or a new one."""
        if self._token is None or self.ticks() >= self._renew_at:
            self._token = self._fetched()
        return self._token

    def forget(self) -> None:
        """The bank did not accept the token: the next call gets a new one."""
        self._token = None

    def _fetched(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.settings.client_id,
            "client_secret": self.secrets(self.settings.client_secret),
        }
        if self.settings.scope is not None:
            form["scope"] = self.settings.scope
        status, body = self.post(self.settings.token_url, form)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unreachable("The bank's token server is not available.", bank=self.bank, detail=f"HTTP {status}")
        if status != HTTPStatus.OK:
            raise Refused(
                f"The bank gives {self.settings.client_id} no token: check client id and secret.",
                bank=self.bank,
                detail=f"HTTP {status}",
            )
        return self._read(body)

    def _read(self, answer: bytes) -> str:
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
        self._renew_at = self.ticks() + max(lifetime_s - RENEW_BEFORE_S, lifetime_s / 2)
        return token
