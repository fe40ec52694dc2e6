"""What the API accepts: idempotent orders, kept before they are answered."""

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row

from banks.simulator.receiving import note_replay, receive
from banks.simulator.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An upload as the API answers it; ``replayed`` where the same key brought the same bytes before."""

    order_id: str
    reference: str
    status: str
    received_at: str
    replayed: bool = False


class KeyReused(Exception):
    """The idempotency key was used for other bytes."""


def place(store: Store, content: bytes, digest: str, *, name: str, key: str, at: datetime) -> Order:
    """Keeps an upload once; the same key with the same bytes gives the same order, with others :class:`KeyReused`.

    ``digest`` is that of the request: a payment that came as JSON is kept as the file that stands for it.
    """
    with store.transaction() as connection:
        known = connection.execute("SELECT sha256, arrival FROM keys WHERE key = ?", (key,)).fetchone()
        if known is None:
            arrival = receive(store, content, channel="http", name=name, at=at, key=key)
            connection.execute("UPDATE keys SET sha256 = ? WHERE key = ?", (digest, key))
            return _order(_row(store, arrival.id), replayed=False)
        if known["sha256"] != digest:
            raise KeyReused
        note_replay(store, known["arrival"], at=at)
        return _order(_row(store, known["arrival"]), replayed=True)


def orders_with(store: Store, reference: str) -> list[Row]:
    """The API orders that carry this message id, oldest first."""
    return store.rows(
        "SELECT order_id, message_id AS reference, status, sha256 FROM arrivals"
        " WHERE message_id = ? AND channel = 'http' AND order_id IS NOT NULL ORDER BY id",
        reference,
    )


def _row(store: Store, number: int) -> Row:
    row = store.row("SELECT * FROM arrivals WHERE id = ?", number)
    assert row is not None
    return row


def _order(row: Row, *, replayed: bool) -> Order:
    return Order(
        order_id=row["order_id"],
        reference=row["message_id"] or "",
        status="RCVD",
        received_at=row["received_at"],
        replayed=replayed,
    )
