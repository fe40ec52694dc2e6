"""Bytes whose time is over: which they are, what holds them back, and their removal. Rows, hashes and the trail stay.

What is not finished is held: payments that can still move, files in doubt, documents in quarantine, open breaks and
everything they touch. Bytes that several things share go when the last of them may.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, exists, select

from gateway.domain.ids import batch_of
from gateway.domain.lifecycle import FINAL, FileState, State
from gateway.domain.recall import RecallState
from gateway.persistence.tables import (
    answers,
    batches,
    breaks,
    documents,
    entries,
    files,
    payments,
    recalls,
    statements,
    vault_blobs,
)
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.persistence.vault_examination import REMOVED

IDS_PER_QUERY = 500
FINISHED_FILES = tuple(
    one.value for one in (FileState.SUBMITTED, FileState.ACKNOWLEDGED, FileState.REFUSED, FileState.WITHDRAWN)
)
"""States in which a file goes with its payments: when none of them can move any more, it is over. Some banks never
answer a file and book its payments, so that it stays submitted for ever."""
FINISHED_RECALLS = (RecallState.ACCEPTED.value, RecallState.REFUSED.value, RecallState.WITHDRAWN.value)
FINISHED_DOCUMENTS = ("processed",)
_FINISHED = tuple(sorted(one.value for one in FINAL | {State.RECONCILED}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Stored bytes that may go. ``kind`` is the class that they belong to."""

    kind: str
    id: str
    sha256: str
    size: int
    since: datetime


def due(connection: Connection, days: Mapping[str, int], at: datetime) -> list[Due]:
    """What may go at a moment; a class without a number of days keeps everything."""
    held = held_batches(connection)
    found = [
        *_batches(connection, held, days, at),
        *_files(connection, held, days, at),
        *_recalls(connection, held, days, at),
        *_documents(connection, held, days, at),
    ]
    first: dict[str, Due] = {}
    for one in found:
        first.setdefault(one.sha256, one)
    may_go = {(one.kind, one.id) for one in found}
    kept = {sha256 for kind, number, sha256 in _references(connection, first) if (kind, number) not in may_go}
    return [one for sha256, one in first.items() if sha256 not in kept]


def rule_of(kind: str, days: Mapping[str, int]) -> str:
    """The setting by which something of a class goes, as the trail says it."""
    return f"[retention] {kind}_days = {days.get(kind, 0)}"


def remove(work: UnitOfWork, portion: Iterable[Due], days: Mapping[str, int]) -> int:
    """Removes the bytes; a row of the trail for each says so. Gives how many bytes they were."""
    size = 0
    for one in portion:
        work.vault.remove(one.sha256)
        rule = rule_of(one.kind, days)
        data = {"class": one.kind, "of": one.id, "size": one.size, "reason": "retention", "rule": rule}
        work.note(action=REMOVED, subject=one.sha256, data=data)
        size += one.size
    return size


def held_batches(connection: Connection) -> set[str]:
    """Batches that an open break speaks of."""
    query = select(breaks.c.payment_id, breaks.c.payment_ids).where(breaks.c.state == "open")
    return {
        batch_of(payment)
        for row in connection.execute(query)
        for payment in (*([row.payment_id] if row.payment_id else ()), *row.payment_ids)
    }


def limit_of(days: Mapping[str, int], kind: str, at: datetime) -> datetime | None:
    """What is older than this may go; None keeps a class for ever."""
    return at - timedelta(days=days[kind]) if days.get(kind) else None


def unfinished(batch_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a payment of the batch can still move."""
    return exists().where(payments.c.batch_id == batch_id, payments.c.state.not_in(_FINISHED))


def _batches(connection: Connection, held: set[str], days: Mapping[str, int], at: datetime) -> Iterator[Due]:
    limit = limit_of(days, "batches", at)
    if limit is None:
        return
    query = (
        select(batches.c.id, batches.c.document_sha256, vault_blobs.c.size, batches.c.received_at)
        .join(vault_blobs, vault_blobs.c.sha256 == batches.c.document_sha256)
        .where(batches.c.received_at < limit, ~unfinished(batches.c.id))
        .order_by(batches.c.id)
    )
    for number, sha256, size, since in connection.execute(query):
        if number not in held:
            yield Due(kind="batches", id=number, sha256=sha256, size=size, since=since)


def _files(connection: Connection, held: set[str], days: Mapping[str, int], at: datetime) -> Iterator[Due]:
    limit = limit_of(days, "files", at)
    if limit is None:
        return
    query = (
        select(files.c.id, vault_blobs.c.sha256, vault_blobs.c.size, files.c.generated_at, files.c.batch_id)
        .join(vault_blobs, vault_blobs.c.sha256.in_((files.c.sha256, files.c.sealed_sha256)))
        .where(files.c.generated_at < limit, files.c.state.in_(FINISHED_FILES), ~unfinished(files.c.batch_id))
        .order_by(files.c.id)
    )
    for number, sha256, size, since, batch_id in connection.execute(query):
        if batch_id not in held:
            yield Due(kind="files", id=number, sha256=sha256, size=size, since=since)


def _recalls(connection: Connection, held: set[str], days: Mapping[str, int], at: datetime) -> Iterator[Due]:
    """They belong to the files: what was sent to the bank."""
    limit = limit_of(days, "files", at)
    if limit is None:
        return
    query = (
        select(recalls.c.id, vault_blobs.c.sha256, vault_blobs.c.size, recalls.c.begun_at, recalls.c.batch_id)
        .join(vault_blobs, vault_blobs.c.sha256.in_((recalls.c.sha256, recalls.c.sealed_sha256)))
        .where(recalls.c.begun_at < limit, recalls.c.state.in_(FINISHED_RECALLS), ~unfinished(recalls.c.batch_id))
        .order_by(recalls.c.id)
    )
    for number, sha256, size, since, batch_id in connection.execute(query):
        if batch_id not in held:
            yield Due(kind="files", id=number, sha256=sha256, size=size, since=since)


def _documents(connection: Connection, held: set[str], days: Mapping[str, int], at: datetime) -> Iterator[Due]:
    limit = limit_of(days, "documents", at)
    if limit is None:
        return
    query = (
        select(documents.c.id, documents.c.sha256, vault_blobs.c.size, documents.c.received_at)
        .join(vault_blobs, vault_blobs.c.sha256 == documents.c.sha256)
        .where(documents.c.received_at < limit, *settled_documents())
        .order_by(documents.c.id)
    )
    told = spoken_of(connection, held)
    for number, sha256, size, since in connection.execute(query):
        if number not in told:
            yield Due(kind="documents", id=number, sha256=sha256, size=size, since=since)


def settled_documents() -> tuple[ColumnElement[bool], ...]:
    """Conditions of a document that nothing waits for: read, no page of it waits for others, no open break about it,
    no payment it told of can move.
    """
    waiting = exists().where(statements.c.document_id == documents.c.id, statements.c.verdict == "waiting")
    broken = exists().where(
        statements.c.document_id == documents.c.id,
        breaks.c.state == "open",
        (breaks.c.statement_id == statements.c.id)
        | breaks.c.entry_id.in_(select(entries.c.entry_id).where(entries.c.statement_id == statements.c.id)),
    )
    moving = exists().where(
        answers.c.document_id == documents.c.id,
        payments.c.id == answers.c.payment_id,
        payments.c.state.not_in(_FINISHED),
    )
    return documents.c.state.in_(FINISHED_DOCUMENTS), ~waiting, ~broken, ~moving


def spoken_of(connection: Connection, held: set[str]) -> set[str]:
    """Documents that answered about a batch which an open break speaks of."""
    found: set[str] = set()
    for portion in _portions(sorted(held)):
        query = select(answers.c.document_id).join(payments, payments.c.id == answers.c.payment_id)
        found |= set(connection.execute(query.where(payments.c.batch_id.in_(portion)).distinct()).scalars())
    return found


def _references(connection: Connection, digests: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Everything that speaks of the bytes, whatever its age."""
    for portion in _portions(list(digests)):
        for kind, number, sha256 in (
            ("batches", batches.c.id, batches.c.document_sha256), ("files", files.c.id, files.c.sha256),
            ("files", files.c.id, files.c.sealed_sha256), ("documents", documents.c.id, documents.c.sha256),
            ("files", recalls.c.id, recalls.c.sha256), ("files", recalls.c.id, recalls.c.sealed_sha256),
        ):  # fmt: skip
            for row in connection.execute(select(number, sha256).where(sha256.in_(portion))):
                yield kind, row[0], row[1]


def _portions(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), IDS_PER_QUERY):
        yield values[start : start + IDS_PER_QUERY]
