"""The feed: published events after a number, a page at a time; what ``GET /v1/events`` and webhooks read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from gateway.events.cloudevents import render
from gateway.persistence.outbox import Outbox

EVENTS_PER_PAGE = 1_000
_NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
"""The outbox asks for a moment that only writing uses."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """CloudEvents, the number to go on after, and the newest number there is."""

    events: list[dict[str, Any]]
    cursor: int
    last: int


def read(
    connection: Connection,
    *,
    after: int,
    limit: int,
    client_id: str | None = None,
    types: tuple[str, ...] = (),
    entities: frozenset[str] | None = None,
) -> FeedPage:
    """One page. ``cursor`` passes over events that were filtered out, so that they are not looked at again."""
    outbox = Outbox(connection, at=_NO_MOMENT)
    last = outbox.last()
    rows = outbox.feed(
        after=after, limit=min(limit, EVENTS_PER_PAGE), client_id=client_id, types=types, entities=entities
    )
    rows = [row for row in rows if row["sequence"] <= last]
    full = len(rows) >= min(limit, EVENTS_PER_PAGE)
    cursor = rows[-1]["sequence"] if full and rows else max(after, last)
    return FeedPage([render(row) for row in rows], cursor, last)
