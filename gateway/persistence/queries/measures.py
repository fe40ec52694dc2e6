"""What monitoring counts: how many of what is in which state."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from gateway.persistence.tables import audit_head, breaks, counters, documents, events, files, payments, webhooks, work

_COUNTED = {
    "payments": payments.c.state,
    "files": files.c.state,
    "documents": documents.c.state,
    "breaks": breaks.c.state,
    "webhooks": webhooks.c.state,
    "work": work.c.kind,
}


def is_set_up(connection: Connection) -> bool:
    """Whether the rows are there that setting up leaves behind; raises what the database raises when it is not."""
    return connection.execute(select(audit_head.c.id)).first() is not None


def counts(connection: Connection) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """For each kind of thing, how many are in each state (work: of each kind)."""
    for name, column in _COUNTED.items():
        rows = connection.execute(select(column, func.count()).group_by(column))
        yield name, [(value, count) for value, count in rows]


def unnumbered_events(connection: Connection) -> int:
    """Events that wait for their number."""
    return connection.execute(select(func.count()).select_from(events).where(events.c.sequence.is_(None))).scalar_one()


def newest_event(connection: Connection) -> int:
    """The number of the newest event; 0 before the first."""
    return connection.execute(select(counters.c.value).where(counters.c.name == "events")).scalar_one_or_none() or 0


def webhook_failures(connection: Connection) -> list[tuple[str, int]]:
    """For each webhook, how often the event it waits for has failed."""
    return [(row.id, row.failures) for row in connection.execute(select(webhooks.c.id, webhooks.c.failures))]
