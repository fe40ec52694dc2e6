"""Bearer tokens of the bank's API. They age in real seconds, as the client's do."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable

from joserfc import jwt
from joserfc.errors import JoseError

from banks.security import jws
from banks.simulator.config import HttpConfig

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_S_MAX = 300
CLOCKS_DIFFER_S = 60


class Tokens:
    """Issues tokens to the one client and knows which are good. ``real`` is a monotonic clock in seconds, ``now`` the
    time in seconds since 1970.
    """

    def __init__(
        self,
        config: HttpConfig,
        *,
        real: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._real = real
        self._now = now
        self._lock = threading.Lock()
        self._ends: dict[str, tuple[float, str | None]] = {}
        self._assertions: set[str] = set()
        self._keys = jws.public_keys(config.client_key) if config.client_key is not None else None
        self.issued = 0

    def issue(self, client_id: str, client_secret: str, *, certificate: str | None = None) -> str | None:
        """A new token, or None for wrong credentials; ``certificate`` is the digest of the one it is bound to."""
        known = hmac.compare_digest(client_id, self._config.client_id)
        if self._keys is not None or not (known and hmac.compare_digest(client_secret, self._config.client_secret)):
            return None
        return self._new(certificate)

    def issue_for(self, assertion: str, *, audience: str, certificate: str | None = None) -> str | None:
        """A new token for a client assertion (RFC 7523) that is right and was never shown before, or None."""
        if self._keys is None:
            return None
        try:
            # one key was agreed on: whatever the client calls it, no other is tried
            claims = jwt.decode(assertion, self._keys.keys[0], algorithms=list(jws.ALGORITHMS)).claims
        except (JoseError, ValueError):
            return None
        now, identifier, ends = self._now(), claims.get("jti"), claims.get("exp")
        told = claims.get("aud")
        rightful = (
            claims.get("iss") == claims.get("sub") == self._config.client_id
            and audience in (told if isinstance(told, list) else [told])
            and isinstance(ends, int)
            and now - CLOCKS_DIFFER_S < ends <= now + ASSERTION_S_MAX + CLOCKS_DIFFER_S
            and isinstance(identifier, str)
        )
        with self._lock:
            if not rightful or identifier in self._assertions:
                return None
            self._assertions.add(str(identifier))
        return self._new(certificate)

    def is_good(self, token: str, *, certificate: str | None = None) -> bool:
        """Whether the token was issued here, has not expired, and is shown over the certificate it is bound to."""
        with self._lock:
            ends, bound = self._ends.get(token, (0, None))
            return ends > self._real() and bound in (None, certificate)

    def forget(self) -> None:
        """Every token dies at once."""
        with self._lock:
            self._ends.clear()

    def _new(self, certificate: str | None) -> str:
        token = secrets.token_urlsafe(24)
        with self._lock:
            self.issued += 1
            self._ends[token] = (self._real() + self._config.token_lifetime_s, certificate)
        return token
