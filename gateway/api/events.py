"""``/v1/events``: the feed, to be asked or to be listened to."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from gateway.api.auth import Caller, Seer, TheHub
from gateway.api.paging import SEQUENCE_MAX, sequence_of
from gateway.api.problems import AWAY
from gateway.events import feed
from gateway.events.cloudevents import text_of
from gateway.wiring import Hub

router = APIRouter(tags=["events"])
LOOK_EVERY_S = 1.0
"""How often an open stream asks the database."""
HEARTBEAT_EVERY = 15
"""Looks without an event after which a comment is sent, so that nobody in between closes the line."""
STREAM_LOOKS_MAX = 3_600
"""Looks after which a stream ends; the browser comes back with Last-Event-ID."""
After = Annotated[int, Query(ge=0, le=SEQUENCE_MAX, description="The sequence number of the last event you have.")]
Types = Annotated[list[str] | None, Query(description="Only these types; repeat it or separate them by commas.")]


class EventPage(BaseModel):
    """CloudEvents in the order of their sequence. ``next`` is what to ask ``after`` next time."""

    items: list[dict[str, Any]]
    next: int
    last: int


@router.get("/events")
def list_events(
    hub: TheHub, caller: Seer, after: After = 0, limit: Annotated[int, Query(ge=1, le=feed.EVENTS_PER_PAGE)] = 100,
    types: Types = None,
) -> EventPage:  # fmt: skip
    """Events after a sequence number. None there is no error: ask again later with the same number."""
    with hub.reading() as connection:
        page = feed.read(
            connection, after=after, limit=limit, client_id=caller.scope.client_id, entities=caller.scope.entities,
            types=_types(types),
        )  # fmt: skip
    return EventPage(items=page.events, next=page.cursor, last=page.last)


@router.get("/events/stream", response_class=StreamingResponse)
def stream_events(
    request: Request, hub: TheHub, caller: Seer, after: After = 0, types: Types = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:  # fmt: skip
    """The same as server-sent events; a client that reconnects with Last-Event-ID misses nothing."""
    seen = sequence_of(last_event_id)
    since = after if seen is None else seen
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    told = _told(request, hub, caller, since, _types(types))
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


async def _told(request: Request, hub: Hub, caller: Caller, after: int, types: tuple[str, ...]) -> AsyncIterator[str]:
    def look(since: int) -> feed.FeedPage:
        with hub.reading() as connection:
            return feed.read(
                connection, after=since, limit=feed.EVENTS_PER_PAGE, client_id=caller.scope.client_id, types=types,
                entities=caller.scope.entities,
            )  # fmt: skip

    yield ": payhub events\n\n"
    for number in range(1, STREAM_LOOKS_MAX + 1):
        try:
            page = await run_in_threadpool(look, after)
        except AWAY:
            return  # the listener comes back with the last number it heard, and misses nothing
        after = page.cursor
        for event in page.events:
            yield f"id: {event['sequence']}\nevent: {event['type']}\ndata: {text_of(event)}\n\n"
        if await request.is_disconnected():
            return
        if not page.events:
            if number % HEARTBEAT_EVERY == 0:
                yield f": {page.last}\n\n"
            await asyncio.sleep(LOOK_EVERY_S)


def _types(types: list[str] | None) -> tuple[str, ...]:
    return tuple(one for text in types or () for one in text.split(",") if one)
