"""What the bank has and does not show yet: names that a listing leaves out until it was looked at often enough."""

from datetime import datetime, timedelta

from banks.simulator.store import Store, stamp

NEVER = "9999"
"""Sorts behind every stamp: shown at no time."""


def hide(store: Store, name: str, *, looks: int, until: datetime | None, staged: str | None = None) -> None:
    """Hides ``name`` for so many looks and until that moment (None is never shown); ``staged`` is what is shown in its
    place meanwhile, where a listing is old.
    """
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO hidden (name, staged, looks, until) VALUES (?, ?, ?, ?)",
            (name, staged, looks, NEVER if until is None else stamp(until)),
        )


def until(at: datetime, seconds: int) -> datetime:
    """The moment so many seconds later; what is hidden for no time at all is hidden by looks alone."""
    return at + timedelta(seconds=seconds)


def hidden(store: Store, at: datetime) -> dict[str, str | None]:
    """Names that are not shown at ``at``, each with what is shown in its place. Counts no look."""
    rows = store.rows("SELECT name, staged FROM hidden WHERE looks > 0 OR until > ?", stamp(at))
    return {row["name"]: row["staged"] for row in rows}


def looked(store: Store, *names: str) -> None:
    """Notes that somebody looked for these names."""
    with store.transaction() as connection:
        connection.executemany(
            "UPDATE hidden SET looks = looks - 1 WHERE name = ? AND looks > 0", [(name,) for name in names]
        )
