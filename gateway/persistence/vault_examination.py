"""Reads the whole vault and names what is not as it was stored: every blob, every chunk, what is missing, and every
encrypted value of a column.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Text, cast, or_, select, type_coerce, union

from gateway.domain.errors import NotFound
from gateway.persistence.key_ring import Tampered
from gateway.persistence.sealing import Sealed, cipher_of
from gateway.persistence.tables import audit, batches, documents, files, metadata, recalls, vault_blobs, vault_chunks
from gateway.persistence.vault import Vault

ROWS_PER_READ = 2_000
REMOVED = "vault.removed"
"""Action of the audit row that says that bytes were removed because their time was over."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A stored document that is not what was stored, and how."""

    sha256: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFlaw:
    """An encrypted value that is not what was stored: where it lies, and how."""

    table: str
    column: str
    row: str
    what: str

    @property
    def says(self) -> str:
        """One line."""
        return f"{self.table} {self.row}, {self.column}: {self.what}"


@dataclass(frozen=True, slots=True)
class Removed:
    """A document whose bytes went in time: when, by whom, and under which rule."""

    sha256: str
    at: datetime
    by: str
    rule: str

    @property
    def says(self) -> str:
        """One line."""
        return f"erased on {self.at:%d %B %Y} by {self.by} under {self.rule}"


def removed(connection: Connection, digests: Iterable[str] | None = None) -> Iterator[Removed]:
    """What the trail says was erased of the vault, or of some of its documents, and did not come again."""
    query = (
        select(audit.c.subject, audit.c.at, audit.c.actor, audit.c.data)
        .outerjoin(vault_blobs, vault_blobs.c.sha256 == audit.c.subject)
        .where(audit.c.action == REMOVED, vault_blobs.c.sha256.is_(None))
        .order_by(audit.c.sequence)
    )
    if digests is not None:
        query = query.where(audit.c.subject.in_(list(digests)))
    for row in connection.execute(query):
        rule = row.data.get("rule") or row.data.get("reason", "")
        yield Removed(sha256=row.subject, at=row.at, by=row.actor, rule=rule)


def examine(connection: Connection, vault: Vault) -> Iterator[Flaw]:
    """Every flaw; nothing means that all bytes are there and are what they were. One chunk is held at a time."""
    for sha256 in _digests(connection):
        try:
            for _ in vault.chunks(sha256):
                pass
        except (Tampered, NotFound) as err:
            yield Flaw(sha256, err.message)
    yield from _strays(connection)
    yield from _missing(connection)


def examine_columns(connection: Connection) -> Iterator[ColumnFlaw]:
    """Every encrypted value that does not open where it lies."""
    cipher = cipher_of(connection.dialect)
    for table in metadata.sorted_tables:
        sealed = [(one, one.type) for one in table.c if isinstance(one.type, Sealed)]
        if not sealed:
            continue
        keys = list(table.primary_key.columns)
        values = [_raw(connection, type_coerce(one, Text)) for one, _ in sealed]
        query = select(*keys, *values).order_by(*keys).execution_options(yield_per=ROWS_PER_READ)
        for row in connection.execute(query):
            for (column, kind), value in zip(sealed, row[len(keys) :], strict=True):
                try:
                    cipher.check(_told(value or ""), kind.label, kind.way)
                except Tampered as err:
                    name = " ".join(str(one) for one in row[: len(keys)])
                    yield ColumnFlaw(table=table.name, column=column.name, row=name, what=err.message)


def _raw(connection: Connection, column: ColumnElement[str]) -> ColumnElement[Any]:
    """A text that may be damaged."""
    return cast(column, LargeBinary) if connection.dialect.name == "sqlite" else column


def _digests(connection: Connection) -> Iterator[str]:
    column = vault_blobs.c.sha256
    for (value,) in connection.execute(select(_raw(connection, column)).order_by(column)).all():
        yield _told(value)


def _strays(connection: Connection) -> Iterator[Flaw]:
    """Chunks that belong to no document."""
    column = vault_chunks.c.sha256
    query = (
        select(_raw(connection, column), vault_chunks.c.number)
        .outerjoin(vault_blobs, vault_blobs.c.sha256 == column)
        .where(
            or_(vault_blobs.c.sha256.is_(None), vault_chunks.c.number < 1, vault_chunks.c.number > vault_blobs.c.chunks)
        )
    )
    for value, number in connection.execute(query):
        yield Flaw(_told(value), f"part {number} belongs to no stored document")


def _missing(connection: Connection) -> Iterator[Flaw]:
    """Bytes that the hub speaks of and does not hold, unless the trail says that they were removed in time."""
    named = union(
        select(batches.c.document_sha256.label("sha256")),
        select(files.c.sha256),
        select(files.c.sealed_sha256).where(files.c.sealed_sha256.is_not(None)),
        select(documents.c.sha256),
        select(recalls.c.sha256).where(recalls.c.sha256.is_not(None)),
        select(recalls.c.sealed_sha256).where(recalls.c.sealed_sha256.is_not(None)),
    ).subquery()
    removed = select(audit.c.subject).where(audit.c.action == REMOVED)
    query = (
        select(named.c.sha256)
        .outerjoin(vault_blobs, vault_blobs.c.sha256 == named.c.sha256)
        .where(vault_blobs.c.sha256.is_(None), named.c.sha256.not_in(removed))
        .order_by(named.c.sha256)
    )
    for (sha256,) in connection.execute(query):
        yield Flaw(sha256, "it is not in the vault, and the trail does not say that it was removed")


def _told(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
