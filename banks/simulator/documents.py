"""What the bank has to say, and how it gets out: a file in /out, or an item of the API's list."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection

from banks.simulator.config import BankConfig
from banks.simulator.store import Store, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDocument:
    """A document as the API lists it. ``type`` is the message name (``camt.053.001.08``)."""

    id: str
    name: str
    type: str
    size: int
    sha256: str
    created_at: str


def offer(
    connection: Connection, *, doors: tuple[str, ...], name: str, kind: str, content: bytes, at: datetime
) -> None:
    """Puts a document behind each door; a name that was used before gets a number."""
    for door in doors:
        stem, dot, suffix = name.rpartition(".")
        used, free = 1, name
        while connection.execute("SELECT 1 FROM documents WHERE door = ? AND name = ?", (door, free)).fetchone():
            used += 1
            free = f"{stem}_{used}{dot}{suffix}"
        connection.execute(
            "INSERT INTO documents (door, name, type, content, sha256, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (door, free, kind, content, sha256(content).hexdigest(), stamp(at)),
        )


def doors_of_statements(config: BankConfig) -> tuple[str, ...]:
    """Where statements go: as configured, else the first door the bank has."""
    if config.statements_over == "both":
        return ("sftp", "http")
    return (config.statements_over or ("http" if config.sftp is None and config.http is not None else "sftp"),)


def put_out(store: Store, folder: Path) -> int:
    """Writes what waits behind the SFTP door into ``folder``, whole or not at all; how many files."""
    waiting = store.rows("SELECT id, name, content FROM documents WHERE door = 'sftp' AND put = 0 ORDER BY id")
    for row in waiting:
        staged = folder / f".{row['name']}.tmp"
        staged.write_bytes(row["content"])
        staged.replace(folder / row["name"])
        with store.transaction() as connection:
            connection.execute("UPDATE documents SET put = 1 WHERE id = ?", (row["id"],))
    return len(waiting)


def listed(store: Store, after: int, *, limit: int) -> list[OfferedDocument]:
    """The API's documents behind the cursor ``after`` that were not receipted, oldest first."""
    rows = store.rows(
        "SELECT id, name, type, length(content) AS size, sha256, created_at FROM documents"
        " WHERE door = 'http' AND receipted_at IS NULL AND id > ? ORDER BY id LIMIT ?",
        after,
        limit,
    )
    return [OfferedDocument(**{**dict(row), "id": str(row["id"])}) for row in rows]


def content_of(store: Store, number: int) -> tuple[str, bytes] | None:
    """Type and bytes of an API document, or None."""
    row = store.row("SELECT type, content FROM documents WHERE door = 'http' AND id = ?", number)
    return None if row is None else (row["type"], row["content"])


def receipted(store: Store, number: int, at: datetime) -> bool:
    """Notes that the client has the document; False where there is no such document."""
    with store.transaction() as connection:
        done = connection.execute(
            "UPDATE documents SET receipted_at = coalesce(receipted_at, ?) WHERE door = 'http' AND id = ?",
            (stamp(at), number),
        )
        return done.rowcount == 1
