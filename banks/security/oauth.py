"""An OAuth2 access token by client credentials (RFC 6749, section 4.4), kept until shortly before it expires."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from banks.errors import Refused, Unreachable
from banks.secrets import Secrets
from banks.settings import OAuthSettings

RENEW_BEFORE_S = 60.0
"""A token is not used in its last minute: it must outlive the request that carries it."""
LIFETIME_USUAL_S = 300.0
"""Taken where the server names no ``expires_in``, which is only recommended."""


@dataclass(slots=True, kw_only=True)
class TokenSource:
    """Gives the current token. ``ticks`` is a monotonic clock in seconds. Raises ``Unreachable`` or ``Refused``."""

    bank: str
    settings: OAuthSettings
    secrets: Secrets
    client: httpx.Client
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
        try:
            answer = self.client.post(self.settings.token_url, data=form, headers={"Accept": "application/json"})
        except httpx.TransportError as err:
            raise Unreachable("The bank's token server does not answer.", bank=self.bank, detail=repr(err)) from err
        if (
            answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
            or answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        ):
            raise Unreachable(
                "The bank's token server is not available.", bank=self.bank, detail=f"HTTP {answer.status_code}"
            )
        if answer.status_code != httpx.codes.OK:
            raise Refused(
                f"The bank gives {self.settings.client_id} no token: check client id and secret.",
                bank=self.bank,
                detail=f"HTTP {answer.status_code}",
            )
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> str:
        try:
            body = answer.json()
        except ValueError:
            body = None
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(token, str) or not token:
            raise Refused("The bank's token server answered without a token.", bank=self.bank)
        lifetime = body.get("expires_in")
        known = isinstance(lifetime, int | float) and not isinstance(lifetime, bool)
        lifetime_s = float(lifetime) if known else LIFETIME_USUAL_S  # type: ignore[arg-type]  # known says so
        self._renew_at = self.ticks() + max(lifetime_s - RENEW_BEFORE_S, lifetime_s / 2)
        return token
