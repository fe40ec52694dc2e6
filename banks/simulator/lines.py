"""Knows each HTTP connection by its client, so that the bank can cut the line without an answer."""

import asyncio
import socket
from hashlib import sha256

from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]


class Lines:
    """The open transports of one server, by the client's address and port."""

    def __init__(self) -> None:
        self._open: dict[Peer, tuple[asyncio.Transport, asyncio.AbstractEventLoop]] = {}

    def protocol(self) -> type[H11Protocol]:
        """A protocol class that tells this register of every connection."""
        lines = self

        class Registered(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
                super().connection_made(transport)
                if self.client is not None:
                    lines._open[self.client] = (transport, asyncio.get_running_loop())

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                if self.client is not None:
                    lines._open.pop(self.client, None)

        return Registered

    def certificate(self, peer: Peer) -> str | None:
        """The SHA-256 (hex) of the certificate the client showed, or None over a line that asked for none."""
        found = self._open.get(peer)
        secured = None if found is None else found[0].get_extra_info("ssl_object")
        shown = None if secured is None else secured.getpeercert(binary_form=True)
        return None if not shown else sha256(shown).hexdigest()

    def cut(self, peer: Peer) -> None:
        """Resets the connection; what the handler returns afterwards reaches nobody."""
        found = self._open.get(peer)
        if found is not None:
            transport, loop = found
            loop.call_soon_threadsafe(transport.abort)

    def hang_up_our_side(self, peer: Peer) -> None:
        """Sends nothing more, and goes on listening. Call it from the server's own loop."""
        found = self._open.get(peer)
        if found is not None:
            found[0].get_extra_info("socket").shutdown(socket.SHUT_WR)
