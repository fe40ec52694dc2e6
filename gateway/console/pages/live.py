"""The live line: tells an open page that something happened and what time it is; the page decides what to do."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from gateway.api.auth import TheHub
from gateway.api.paging import SEQUENCE_MAX, sequence_of
from gateway.console.figures import iso
from gateway.console.sessions import SignInFirst, TheVisitor, visitor_of
from gateway.persistence.queries import Scope, console
from gateway.wiring import Hub

router = APIRouter()
LOOK_EVERY_S = 1.0
HEARTBEAT_LOOKS = 10
"""Looks without news after which the line says that it lives, and what time it is."""
LOOKS_MAX = 3_600
"""Looks after which a line ends; the browser opens a new one by itself."""


@router.get("/live")
def listen(
    request: Request, hub: TheHub, visitor: TheVisitor,
    after: Annotated[int | None, Query(ge=0, le=SEQUENCE_MAX)] = None,
    about: Annotated[str, Query(max_length=80)] = "", last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:  # fmt: skip
    """Server-sent events: ``news`` with a count by kind, ``time`` with the hub's moment, ``over`` after a sign-out."""
    seen = sequence_of(last_event_id)
    since = after if seen is None else seen
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _told(request, hub, visitor.scope, since, about or None), media_type="text/event-stream", headers=headers
    )


async def _told(request: Request, hub: Hub, scope: Scope, start: int | None, about: str | None) -> AsyncIterator[str]:
    def look(since: int) -> console.News:
        with hub.reading() as connection:
            return console.news(connection, scope, after=since, about=about)

    def newest() -> int:
        with hub.reading() as connection:
            return console.newest_event(connection)

    after = await run_in_threadpool(newest) if start is None else start
    yield _event("time", {"at": iso(hub.clock.now())})
    for number in range(1, LOOKS_MAX + 1):
        found = await run_in_threadpool(look, after)
        if found.count:
            after = found.last
            yield _event("news", {"count": found.count, "kinds": found.kinds, "at": iso(hub.clock.now())}, after)
        if number % HEARTBEAT_LOOKS == 0:
            if not await run_in_threadpool(_signed_in, request, hub):
                yield _event("over", {})
                return
            yield _event("time", {"at": iso(hub.clock.now())})
        if await request.is_disconnected():
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _signed_in(request: Request, hub: Hub) -> bool:
    try:
        visitor_of(request, hub)
    except SignInFirst:
        return False
    return True


def _event(name: str, data: dict[str, object], number: int | None = None) -> str:
    told = f"event: {name}\ndata: {json.dumps(data)}\n\n"
    return told if number is None else f"id: {number}\n{told}"
