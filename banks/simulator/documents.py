"""What the bank has to say, and how it gets out: a file in /out, or an item of the API's list."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from sqlite3 import Connection
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from banks.simulator import sights
from banks.simulator.behaviours import DOCUMENTS, DocumentPlan
from banks.simulator.config import BankConfig
from banks.simulator.days import BusinessDays
from banks.simulator.rules import Facts, RuleBook
from banks.simulator.store import Store, stamp
from banks.simulator.writing import written_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDocument:
    """A document as the API lists it. ``type`` is the message name (``camt.053.001.08``)."""

    id: str
    name: str
    type: str
    size: int
    sha256: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where everything leaves: who writes, what the scenario does to it, and the bank's idea of the time."""

    connection: Connection
    store: Store
    config: BankConfig
    days: BusinessDays
    book: RuleBook

    def moment(self, at: datetime) -> str:
        """An instant as this bank writes it into a message."""
        return written_moment(self.config, at)

    def offer(self, *, doors: tuple[str, ...], name: str, kind: str, content: bytes, at: datetime) -> None:
        """Puts a document behind each door, as the scenario lets it; a name that was used before gets a number."""
        for door in doors:
            plan = self._plan(door, name, kind)
            if plan.lost:
                continue
            left = spoilt(content, plan, name)
            for _ in range(plan.copies):
                free = self._free(door, name)
                self.connection.execute(
                    "INSERT INTO documents (door, name, type, content, sha256, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (door, free, kind, left, sha256(left).hexdigest(), stamp(at)),
                )
                if plan.hide_looks or plan.hide_s:
                    shown_from = sights.until(at, plan.hide_s)
                    sights.hide(self.store, shown_as(door, free), looks=plan.hide_looks, until=shown_from)

    def _plan(self, door: str, name: str, kind: str) -> DocumentPlan:
        if not self.book.speaks_of(DOCUMENTS):
            return DocumentPlan()
        day = int(self.store.fact("day_number") or 0)
        about = Facts(channel=door, document=kind, file_name=name, business_day=day)
        return self.book.plan(DOCUMENTS, DocumentPlan(), about)

    def _free(self, door: str, name: str) -> str:
        stem, dot, suffix = name.rpartition(".")
        used, free = 1, name
        while self.connection.execute("SELECT 1 FROM documents WHERE door = ? AND name = ?", (door, free)).fetchone():
            used += 1
            free = f"{stem}_{used}{dot}{suffix}" if dot else f"{name}_{used}"
        return free


def shown_as(door: str, name: str) -> str:
    """What a document is called where names are hidden: over SFTP it is a name in a folder like any other."""
    return name if door == "sftp" else f"api:{name}"


def spoilt(content: bytes, plan: DocumentPlan, name: str) -> bytes:
    """The bytes that really leave."""
    if plan.truncate_at is not None:
        return content[: plan.truncate_at or len(content) // 2]
    if plan.spoilt == "misencoded":
        # what a mainframe does: one byte a letter, under a header that promises UTF-8
        return content.replace(b"</Document>", "<!-- geprüft für Österreich --></Document>".encode("latin-1"))
    if plan.spoilt == "emptied":
        return b""
    if plan.spoilt == "zipped":
        return zipped(name, content)
    return content


def zipped(name: str, content: bytes) -> bytes:
    """A ZIP archive with one member, the same bytes for the same content."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo(name), content)
    return packed.getvalue()


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


def listed(store: Store, after: int, *, limit: int, at: datetime) -> list[OfferedDocument]:
    """The API's documents behind the cursor ``after`` that were not receipted and are shown at ``at``, oldest first."""
    rows = store.rows(
        "SELECT id, name, type, length(content) AS size, sha256, created_at FROM documents"
        " WHERE door = 'http' AND receipted_at IS NULL AND id > ? ORDER BY id LIMIT ?",
        after,
        limit,
    )
    hidden = sights.hidden(store, at)
    if hidden:
        sights.looked(store, *(shown_as("http", row["name"]) for row in rows))
        rows = [row for row in rows if shown_as("http", row["name"]) not in hidden]
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
