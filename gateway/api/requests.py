"""Gives each request an id that both sides know (X-Request-ID), and remembers where it came from.

The caller's own id is taken where it has one; it stands in the answer, in problem documents, in logs and on the audit
rows of the request. The address is the connection's: a proxy in front must be one that the server was told to trust.
"""

import re

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.certificates import presented
from gateway.origin import CURRENT, Origin
from gateway.wiring import Hub

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9._~+/=:-]{1,64}")
ADDRESS_LENGTH_MAX = 64


class Requests:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self._app = app
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        known = given if _ACCEPTED.fullmatch(given) else self._hub.ids.new(self._hub.clock.now())
        client = scope.get("client")
        address = str(client[0])[:ADDRESS_LENGTH_MAX] if client else None
        # not taken back afterwards: the task ends with the request, and an answer to a bug is written after us
        shown = presented(scope, self._hub.settings.proxies)
        CURRENT.set(Origin(address=address, request_id=known, certificate=shown))
        structlog.contextvars.bind_contextvars(request_id=known)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault(HEADER, known)
            await send(message)

        await self._app(scope, receive, told)
