"""Every arrival is written down the moment it arrives, whatever becomes of it: the bank's own count of files."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from banks.simulator.store import Store, stamp

MESSAGE_ID_SEARCHED_BYTES = 65_536
"""The group header stands at the start of a file."""
_MESSAGE_ID = re.compile(rb"<(?:[\w.-]+:)?(?:MsgId|Assgnmt>\s*<(?:[\w.-]+:)?Id)>\s*([^<]{1,140}?)\s*</")
"""A recall has the id of its assignment instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file as the bank received it. ``outcome`` is ``accepted`` (taken in hand), ``duplicate`` (its message id was
    taken before), ``unreadable``, or ``replayed`` (the same API order again; no new file). ``received_at`` is the
    bank's simulated time, ``status`` what the bank made of it.
    """

    id: int
    channel: str
    name: str
    sha256: str
    size: int
    message_id: str | None
    received_at: str
    outcome: str
    order_id: str | None
    status: str


def message_id_of(content: bytes) -> str | None:
    """The message id near the start of a file, found without parsing it."""
    found = _MESSAGE_ID.search(content[:MESSAGE_ID_SEARCHED_BYTES])
    return None if found is None else found.group(1).decode("utf-8", errors="replace")


def receive(
    store: Store,
    content: bytes,
    *,
    channel: str,
    name: str,
    at: datetime,
    kept_as: str | None = None,
    key: str | None = None,
) -> Arrival:
    """Records an arrival with its bytes and gives it an order id."""
    digest, message_id = sha256(content).hexdigest(), message_id_of(content)
    with store.transaction() as connection:
        taken = (
            message_id is not None
            and connection.execute(
                "SELECT 1 FROM arrivals WHERE message_id = ? AND outcome = 'accepted'", (message_id,)
            ).fetchone()
        )
        moment = stamp(at)
        cursor = connection.execute(
            "INSERT INTO arrivals"
            " (channel, name, kept_as, sha256, size, message_id, received_at, outcome, key, status_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                channel,
                name,
                kept_as,
                digest,
                len(content),
                message_id,
                moment,
                "duplicate" if taken else "accepted",
                key,
                moment,
            ),
        )
        number = int(cursor.lastrowid or 0)
        connection.execute("UPDATE arrivals SET order_id = ? WHERE id = ?", (f"ORD{number:08d}", number))
        connection.execute("INSERT INTO arrival_bytes VALUES (?, ?)", (number, content))
        if key is not None:
            connection.execute("INSERT INTO keys VALUES (?, ?, ?)", (key, digest, number))
    return arrivals(store, number)[0]


def note_replay(store: Store, first: int, *, at: datetime) -> None:
    """Writes down that an API order came again under its own key: the same order, no second file."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT INTO arrivals (channel, name, sha256, size, message_id, received_at, outcome, status_at, decided)"
            " SELECT channel, name, sha256, size, message_id, ?, 'replayed', ?, 1 FROM arrivals WHERE id = ?",
            (stamp(at), stamp(at), first),
        )


def arrivals(store: Store, number: int | None = None) -> list[Arrival]:
    """Every arrival in order, or the one numbered ``number``."""
    rows = store.rows(
        "SELECT id, channel, name, sha256, size, message_id, received_at, outcome, order_id, status FROM arrivals"
        " WHERE ? IS NULL OR id = ? ORDER BY id",
        number,
        number,
    )
    return [Arrival(**dict(row)) for row in rows]
