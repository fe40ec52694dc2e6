"""Bearer tokens of the bank's API. They age in real seconds, as the client's do."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable

from banks.simulator.config import HttpConfig


class Tokens:
    """Issues tokens to the one client and knows which are good. ``real`` is a monotonic clock in seconds."""

    def __init__(self, config: HttpConfig, *, real: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._real = real
        self._lock = threading.Lock()
        self._ends: dict[str, float] = {}

    def issue(self, client_id: str, client_secret: str) -> str | None:
        """A new token, or None for wrong credentials."""
        known = hmac.compare_digest(client_id, self._config.client_id)
        if not (known and hmac.compare_digest(client_secret, self._config.client_secret)):
            return None
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._ends[token] = self._real() + self._config.token_lifetime_s
        return token

    def is_good(self, token: str) -> bool:
        """Whether the token was issued here and has not expired."""
        with self._lock:
            return self._ends.get(token, 0) > self._real()

    def forget(self) -> None:
        """Every token dies at once."""
        with self._lock:
            self._ends.clear()
