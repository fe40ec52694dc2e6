"""Signs a request as a profile says: over its bytes, or over chosen headers with the digest of its bytes among them."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from joserfc.jwk import Key

from banks import mapping
from banks.api_settings import Signing, SigningStyle
from banks.secrets import Secrets
from banks.security import jws

REQUEST_TARGET = "(request-target)"
HTTP_ALGORITHMS = {"RS256": "rsa-sha256", "PS256": "hs2019", "ES256": "ecdsa-sha256"}
"""What HTTP signatures call our algorithms."""
ARMOUR = re.compile(r"-----[A-Z ]+-----|\s")


def digest(body: bytes) -> str:
    """The ``Digest`` header of a body (RFC 3230 as banks use it)."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """Our signature under requests, and the bank's under answers. Raises what :mod:`banks.security.jws` raises."""

    settings: Signing
    key: Key
    certificate: str | None
    answers: jws.Keys | None

    @classmethod
    def made(cls, settings: Signing, secrets: Secrets) -> "Signer":
        """With its keys loaded; raises :class:`banks.security.jws.BadKey` or ``SecretMissing``."""
        shown = None if settings.certificate is None else ARMOUR.sub("", secrets(settings.certificate))
        return cls(
            settings=settings,
            key=jws.private_key(secrets(settings.key.key), settings.key.algorithm),
            certificate=shown,
            answers=None if settings.answers_key is None else jws.public_keys(secrets(settings.answers_key)),
        )

    def headers(self, method: str, target: str, sent: Mapping[str, str], body: bytes, at: datetime) -> dict[str, str]:
        """What is to be added to a request: its signature and what that is over. ``target`` is the path with its query.

        A request without a body has nothing to sign where the signature is over the body.
        """
        style = self.settings.style
        by_body = style in (SigningStyle.DETACHED, SigningStyle.ENCODED)
        if by_body and not body:
            return {}
        added = {"Date": format_datetime(at, usegmt=True)} if "date" in self.settings.signed else {}
        if "digest" in self.settings.signed:
            added["Digest"] = digest(body)
        if self.certificate is not None:
            added[self.settings.certificate_header] = self.certificate
        if by_body:
            return added | {self.settings.header: jws.sign(self._protected(sent, at), body, self.key)}
        lines = self._lines(method, target, {**sent, **added})
        if style is SigningStyle.HEADERS:
            protected = self._protected(sent, at) | {"hdr": list(self.settings.signed)}
            return added | {self.settings.header: jws.sign(protected, lines, self.key)}
        parts = {
            "keyId": self.settings.key.key_id or "", "algorithm": HTTP_ALGORITHMS[self.settings.key.algorithm],
            "headers": " ".join(self.settings.signed),
            "signature": jws.sign_bytes(lines, self.settings.key.algorithm, self.key),
        }  # fmt: skip
        return added | {self.settings.header: ",".join(f'{name}="{value}"' for name, value in parts.items())}

    def check_answer(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises :class:`banks.security.jws.BadSignature` where the bank's key is known and this is not its word."""
        if self.answers is None:
            return
        token = headers.get(self.settings.header)
        if token is None:
            raise jws.BadSignature("the answer carries no signature")
        jws.verify(token, body, self.answers, critical=self.settings.critical)

    def _protected(self, sent: Mapping[str, str], at: datetime) -> dict[str, Any]:
        protected: dict[str, Any] = {"alg": self.settings.key.algorithm}
        if self.settings.key.key_id is not None:
            protected["kid"] = self.settings.key.key_id
        critical = list(self.settings.critical)
        if self.settings.style is not SigningStyle.ENCODED:
            protected["b64"] = False
            critical = ["b64", *critical]
        for name, template in self.settings.claims.items():
            now = template == "{now}"
            values = {"now": str(int(at.timestamp())), "request_id": sent.get("X-Request-ID")}
            filled = mapping.filled(template, values) if isinstance(template, str) else template
            protected[name] = int(filled) if now else filled
        if critical:
            protected["crit"] = critical
        return protected

    def _lines(self, method: str, target: str, sent: Mapping[str, str]) -> bytes:
        known = {name.lower(): value for name, value in sent.items()}
        known[REQUEST_TARGET] = f"{method.lower()} {target}"
        return "\n".join(f"{name}: {known.get(name, '')}" for name in self.settings.signed).encode()
