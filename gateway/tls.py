"""The API's own TLS: what uvicorn is told, and a protocol that shows the application who called.

uvicorn checks a client's certificate and then forgets it, and puts the address a proxy tells in the place of the
proxy's own. An application can ask for neither. So the protocol puts both into the scope of every request.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

from starlette.types import Receive, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.api.certificates import LINE, Line
from gateway.settings import Settings

LENGTHS = {b"content-length", b"transfer-encoding"}
"""Whoever says both tells two lengths (RFC 9112, section 6.1): a proxy that goes by the other one would let the rest of
the body through as a request of its own, with a ``Client-Cert`` that nobody checked.
"""
BAD_REQUEST = 400


class Showing(H11Protocol):
    """uvicorn's protocol, and what it knows of the other end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there, its handshake done."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        peer = transport.get_extra_info("peername")
        line = Line(
            peer=str(peer[0]) if peer else None,
            certificate=secured.getpeercert(binary_form=True) if secured is not None else None,
        )
        inner = self.app

        async def showing(scope: Any, receive: Receive, send: Send) -> None:
            if {name for name, _ in scope["headers"]} >= LENGTHS:
                await _refuse(send)
                return
            await inner({**scope, "extensions": {**scope.get("extensions", {}), LINE: line}}, receive, send)

        self.app = showing


async def _refuse(send: Send) -> None:
    """Ends the connection, with whatever follows on it."""
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": BAD_REQUEST, "headers": headers})
    await send({"type": "http.response.body", "body": b"Say the length of the body once."})


def options(settings: Settings) -> Mapping[str, Any]:
    """What uvicorn is told. A certificate is asked for and checked, and not demanded: browsers of people have none."""
    tls, found = settings.tls, dict[str, Any]()
    if tls is not None:
        found |= {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.certificate_key}
    if tls is not None and tls.client_authorities is not None:
        found |= {"ssl_ca_certs": str(tls.client_authorities), "ssl_cert_reqs": ssl.CERT_OPTIONAL}
    return found | {"http": Showing}
