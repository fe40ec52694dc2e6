"""The line to the bank's API: what the scenario does to a request before and while the API answers it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from banks.simulator.bank import SimulatedBank
from banks.simulator.behaviours import LinePlan
from banks.simulator.lines import Lines, Peer

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
FORBIDDEN, INSUFFICIENT_STORAGE = 403, 507


class _LineCut(Exception):
    """Nobody is on the line any more."""


def act_of(method: str, path: str) -> str | None:
    """What somebody does, in the words of a scenario; None for what no bank offers (``/_sim``)."""
    if path == "/oauth/token":
        return "sign_in"
    if not path.startswith("/v1/"):
        return None
    if method == "POST":
        return "remove" if path.endswith("/receipt") else "upload"
    if path.startswith("/v1/documents"):
        return "list" if path.rstrip("/") == "/v1/documents" else "download"
    return "look"


class Misbehaving:
    """An ASGI application in front of the API."""

    def __init__(self, app: Application, bank: SimulatedBank, lines: Lines) -> None:
        self._app = app
        self._bank = bank
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        act = act_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        plan = LinePlan()
        if act is not None:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            name = headers.get("x-file-name") or scope["path"].rpartition("/")[2]
            plan = self._bank.met(channel="http", act=act, file_name=name)
        if plan == LinePlan():
            await self._app(scope, receive, send)
            return
        client = scope["client"] or ("", 0)
        line = _Line(plan, self._lines, (client[0], client[1]))
        try:
            await line.act(self._app, scope, receive, send, uploads=act == "upload")
        except _LineCut:
            self._lines.cut(line.peer)
            while (await receive())["type"] != "http.disconnect":
                pass


@dataclass(slots=True)
class _Line:
    """One request on its line, and the bytes that have passed of what is being carried."""

    plan: LinePlan
    lines: Lines
    peer: Peer
    passed: int = 0
    is_cut: bool = False

    async def act(self, app: Application, scope: Scope, receive: Receive, send: Send, *, uploads: bool) -> None:
        if self.plan.deny:
            await _refuse(send, FORBIDDEN, "This is not allowed.")
        elif self.plan.full_at is not None:
            await _refuse(send, INSUFFICIENT_STORAGE, "There is no space left here.")
        elif uploads:
            await app(scope, lambda: self._received(receive), lambda message: self._answered(send, message))
        else:
            await app(scope, receive, lambda message: self._sent(send, message))

    async def _received(self, receive: Receive) -> Message:
        """A piece of an upload, when and if it comes through."""
        message = await receive()
        if message["type"] == "http.request":
            await self._pass(len(message.get("body", b"")), last=not message.get("more_body"))
        return message

    async def _answered(self, send: Send, message: Message) -> None:
        """The answer to an upload; what the API would say of a line that is dead reaches nobody."""
        if not self.is_cut:
            await send(message)

    async def _sent(self, send: Send, message: Message) -> None:
        """A piece of an answer; of one that is cut, what came before the cut is sent."""
        if message["type"] != "http.response.body":
            await send(message)
            return
        body, limit = message.get("body", b""), self.plan.drop_at
        if limit is not None and self.passed + len(body) > limit:
            await send({**message, "body": body[: max(0, limit - self.passed)], "more_body": True})
        if self.plan.bytes_per_s:
            for start in range(0, len(body), self.plan.bytes_per_s):
                await send({**message, "body": body[start : start + self.plan.bytes_per_s], "more_body": True})
                await asyncio.sleep(1)
            await send({"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)})
            return
        await self._pass(len(body), last=not message.get("more_body"))
        await send(message)

    async def _pass(self, size: int, *, last: bool) -> None:
        plan, before = self.plan, self.passed
        self.passed += size
        if self._reached(plan.half_close_at, before, last=last):
            self.lines.hang_up_our_side(self.peer)
        if self._reached(plan.stall_at, before, last=last):
            await asyncio.sleep(plan.stall_s)
        if self._reached(plan.drop_at, before, last=last):
            self.is_cut = True
            raise _LineCut
        if plan.bytes_per_s:
            await asyncio.sleep(size / plan.bytes_per_s)

    def _reached(self, limit: int | None, before: int, *, last: bool) -> bool:
        """Whether ``limit`` was passed just now; what is shorter than that does not escape at its end."""
        return limit is not None and before <= limit and (self.passed > limit or last)


async def _refuse(send: Send, status: int, text: str) -> None:
    body = json.dumps({"detail": text}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
