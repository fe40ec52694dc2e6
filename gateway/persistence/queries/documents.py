"""Documents as people look at them: what a bank sent, how it was told apart from what it sent before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.domain.errors import NotFound
from gateway.persistence.queries.scope import LIMIT_DEFAULT, Page, Scope, page, pick
from gateway.persistence.tables import document_names, documents

NAMES_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One document of a bank. ``reason`` says why it stands in quarantine, ``notes`` what is special about it."""

    id: str
    bank: str
    name: str
    sha256: str
    media_type: str | None
    size: int
    state: str
    kind: str | None
    message_id: str | None
    received_at: datetime
    processed_at: datetime | None
    reason: str | None
    seen: int
    seen_at: datetime | None
    parent_id: str | None
    amends: str | None
    name_of: str | None
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLine:
    """A name under which the bank sent these bytes, how often and when."""

    name: str
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDetail(DocumentLine):
    """One document with every name it came under, and how many documents were taken out of it."""

    names: list[NameLine]
    members: int


def list_documents(
    connection: Connection, scope: Scope, *, bank: str | None = None, state: str | None = None,
    parent: str | None = None, after: str | None = None, limit: int = LIMIT_DEFAULT,
) -> Page[DocumentLine]:  # fmt: skip
    """Documents, newest first; for people only, because one document may be about several clients."""
    query = select(documents).where(*scope.of_banks(documents.c.bank)).order_by(documents.c.id.desc())
    for column, value in ((documents.c.bank, bank), (documents.c.state, state), (documents.c.parent_id, parent)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(documents.c.id < after)
    return page(connection, query, limit=limit, turn=lambda row: pick(DocumentLine, row, notes=_notes(row)))


def get_document(connection: Connection, scope: Scope, document_id: str) -> DocumentDetail:
    """One document; raises :class:`NotFound`."""
    wanted = select(documents).where(documents.c.id == document_id, *scope.of_banks(documents.c.bank))
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no document {document_id}.")
    query = (
        select(document_names)
        .where(document_names.c.document_id == document_id)
        .order_by(document_names.c.first_at, document_names.c.name)
        .limit(NAMES_SHOWN)
    )
    names = [pick(NameLine, one) for one in connection.execute(query).mappings()]
    members = connection.execute(select(func.count()).where(documents.c.parent_id == document_id)).scalar_one()
    return pick(DocumentDetail, dict(row), notes=_notes(row), names=names, members=members)


def waiting_by_bank(connection: Connection, scope: Scope, *, bank: str | None = None) -> dict[str, int]:
    """How many documents of each bank wait for a person."""
    query = select(documents.c.bank, func.count()).group_by(documents.c.bank)
    query = query.where(documents.c.state == "quarantined", *scope.of_banks(documents.c.bank))
    if bank is not None:
        query = query.where(documents.c.bank == bank)
    return {row[0]: row[1] for row in connection.execute(query.order_by(documents.c.bank))}


def _notes(row: Mapping[Any, Any]) -> list[str]:
    """How it was told apart, one sentence each."""
    said = []
    if row["seen"] > 1:
        said.append(f"The bank sent these bytes {row['seen']} times; they counted once.")
    if row["amends"] is not None:
        said.append("It amends an earlier document: the same message or statement with other content.")
    if row["name_of"] is not None:
        said.append("Its name was used before, for other content.")
    if row["parent_id"] is not None:
        said.append("It was taken out of another document.")
    return said
