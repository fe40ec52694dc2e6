"""Client certificates of machines (mutual TLS), and where their connection shows them.

A certificate is known by its thumbprint: SHA-256 over its DER, as RFC 8705 binds tokens to it. It is seen on our own
TLS connection, which has checked it against ``[api] client_authorities``; or a proxy that ends TLS before us says it in
``Client-Cert`` (RFC 9440), and is believed only from an address of ``[api] proxies``.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.datastructures import Headers
from starlette.types import Scope

from gateway.domain.errors import Unacceptable

HEADER = "Client-Cert"
HEADER_LENGTH_MAX = 16_384
LINE = "payhub.line"
"""Extension of an ASGI scope, a :class:`Line`: what the connection itself knows of the other end."""
CONFIRMATION = "x5t#S256"
"""The member of a token's ``cnf`` that names the certificate it is bound to (RFC 8705, section 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The address at the other end of the connection, whatever ``X-Forwarded-For`` says, and the DER of the certificate
    that our own TLS has checked.
    """

    peer: str | None
    certificate: bytes | None = None


def thumbprint(der: bytes) -> str:
    """How a certificate is known here: 64 hexadecimal digits."""
    return hashlib.sha256(der).hexdigest()


def presented(scope: Scope, proxies: Collection[str]) -> str | None:
    """The thumbprint of the certificate that a request came with, or None.

    Where a proxy is believed, what it says is what holds, for the TLS connection is its own then. Said twice or not
    to be read, it says nothing.
    """
    line = scope.get("extensions", {}).get(LINE)
    if line is None:
        return None
    der = _said(Headers(scope=scope).getlist(HEADER)) if line.peer in proxies else line.certificate
    return None if der is None else thumbprint(der)


def fits(expected: str | None, shown: str | None) -> bool:
    """Whether who is bound to a certificate came with that one; who is bound to none may come with any."""
    return expected is None or (shown is not None and hmac.compare_digest(expected, shown))


def confirmed(claims: dict[str, Any], shown: str | None) -> bool:
    """Whether a token that is bound came on the connection of its certificate. A binding we cannot check is not met."""
    if "cnf" not in claims:
        return True
    bound = claims["cnf"]
    if not isinstance(bound, dict) or set(bound) != {CONFIRMATION} or not isinstance(bound[CONFIRMATION], str):
        return False
    if shown is None:
        return False
    mine = base64.urlsafe_b64encode(bytes.fromhex(shown)).rstrip(b"=")
    return hmac.compare_digest(mine, bound[CONFIRMATION].encode())


def of_file(path: Path) -> str:
    """The thumbprint of the certificate in a PEM or DER file; raises :class:`Unacceptable`."""
    try:
        content = path.read_bytes()
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in content else x509.load_der_x509_certificate
        return thumbprint(load(content).public_bytes(Encoding.DER))
    except (OSError, ValueError) as err:
        raise Unacceptable(
            f"{path} cannot be read as a certificate in PEM or DER: {err}", code="client.certificate"
        ) from err


def _said(values: list[str]) -> bytes | None:
    """The bytes of a structured field (RFC 8941): base64 between colons."""
    if len(values) != 1 or len(values[0]) > HEADER_LENGTH_MAX:
        return None
    text = values[0].strip()
    if len(text) <= len("::") or not text.startswith(":") or not text.endswith(":"):
        return None
    try:
        return base64.b64decode(text[1:-1], validate=True)
    except ValueError:  # no base64, or no ASCII
        return None
