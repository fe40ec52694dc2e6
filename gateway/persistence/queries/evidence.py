"""Everything that is known of a batch or a payment, table by table, as rows that stream."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select, union

from gateway.domain.errors import NotFound
from gateway.persistence.queries.scope import Scope
from gateway.persistence.tables import (
    anchors,
    answers,
    approvals,
    attempts,
    audit,
    batches,
    breaks,
    claims,
    documents,
    entries,
    events,
    evidence,
    file_moves,
    files,
    findings,
    hold_words,
    payment_holds,
    payment_moves,
    payments,
    recalls,
    renewed_contents,
    rulings,
    statements,
)

ROWS_AT_ONCE = 1_000
Rows = Iterator[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the evidence is about; ``payment_id`` is None for a whole batch."""

    batch_id: str
    payment_id: str | None = None

    @property
    def id(self) -> str:
        """The batch, or the payment."""
        return self.payment_id or self.batch_id


def find(connection: Connection, scope: Scope, wanted: str) -> Subject:
    """The batch or payment of an id; raises :class:`NotFound`, also where the reader may not see it."""
    seen = scope.of_batches()
    if connection.execute(select(batches.c.id).where(batches.c.id == wanted, *seen)).first():
        return Subject(wanted)
    query = select(payments.c.batch_id).join(batches, batches.c.id == payments.c.batch_id)
    row = connection.execute(query.where(payments.c.id == wanted, *seen)).first()
    if row is None:
        raise NotFound(f"There is no batch or payment {wanted}.")
    return Subject(row.batch_id, wanted)


def tables(connection: Connection, subject: Subject) -> Iterator[tuple[str, Rows]]:
    """Names and rows in a fixed order; the rows of one are read before the next is asked for."""
    for name, query in _queries(subject).items():
        yield name, _streamed(connection, query)


def blobs(connection: Connection, subject: Subject) -> list[tuple[str, str]]:
    """Folder and digest of every stored document: as received, as sent, as answered."""
    queries = _queries(subject)
    found = []
    for folder, name, column in (
        ("original", "batch", batches.c.document_sha256), ("sent", "files", files.c.sha256),
        ("sealed", "files", files.c.sealed_sha256),
        ("recalled", "recalls", recalls.c.sha256), ("sealed", "recalls", recalls.c.sealed_sha256),
        ("received", "documents", documents.c.sha256),
    ):  # fmt: skip
        rows = connection.execute(queries[name].with_only_columns(column).order_by(None).order_by(column).distinct())
        found += [(folder, sha256) for sha256 in rows.scalars() if sha256 is not None]
    return found


def around(connection: Connection, first: int, last: int) -> Rows:
    """The anchors from the last one before ``first`` to the first one that covers ``last``."""
    before = connection.execute(
        select(anchors.c.sequence).where(anchors.c.sequence < first).order_by(anchors.c.sequence.desc()).limit(1)
    ).scalar_one_or_none()
    after = connection.execute(
        select(anchors.c.sequence).where(anchors.c.sequence >= last).order_by(anchors.c.sequence).limit(1)
    ).scalar_one_or_none()
    query = select(anchors).where(anchors.c.sequence >= (before or 0)).order_by(anchors.c.sequence)
    return _streamed(connection, query if after is None else query.where(anchors.c.sequence <= after))


def _queries(subject: Subject) -> dict[str, Select[Any]]:
    batch = subject.batch_id
    one = [] if subject.payment_id is None else [payments.c.id == subject.payment_id]
    mine = select(payments.c.id).where(payments.c.batch_id == batch, *one)
    sent = select(files.c.id).where(files.c.batch_id == batch)
    if subject.payment_id is not None:
        sent = select(payments.c.file_id).where(payments.c.id == subject.payment_id, payments.c.file_id.is_not(None))
    matched = claims.c.payment_id.in_(mine)
    booked = select(entries.c.statement_id).join(
        claims, (claims.c.entry_id == entries.c.entry_id) & (claims.c.part == entries.c.part)
    )
    said = select(answers.c.document_id).where(answers.c.payment_id.in_(mine))
    shown = select(statements.c.document_id).where(statements.c.id.in_(booked.where(matched)))
    recalled = select(recalls.c.document_id).where(recalls.c.payment_id.in_(mine), recalls.c.document_id.is_not(None))
    heard = documents.c.id.in_(union(said, shown, recalled))
    broken = breaks.c.payment_id.in_(mine)
    found = findings.c.batch_id == batch
    if subject.payment_id is not None:
        found &= or_(findings.c.payment_id.is_(None), findings.c.payment_id == subject.payment_id)
    subjects = union(
        select(batches.c.id).where(batches.c.id == batch), mine, sent, select(documents.c.id).where(heard),
        select(statements.c.id).where(statements.c.id.in_(booked.where(matched))), select(breaks.c.id).where(broken),
    ).subquery()  # fmt: skip
    named = select(subjects.c.id)
    claimed = select(entries).join(
        claims, (claims.c.entry_id == entries.c.entry_id) & (claims.c.part == entries.c.part)
    )
    return {
        "batch": _all(batches, batches.c.id == batch),
        "findings": _all(findings, found),
        "payments": _all(payments, payments.c.id.in_(mine)),
        "renewed_contents": _all(renewed_contents, renewed_contents.c.payment_id.in_(mine)),
        "moves": _all(payment_moves, payment_moves.c.payment_id.in_(mine)),
        "holds": _all(payment_holds, payment_holds.c.payment_id.in_(mine)),
        "hold_words": _all(hold_words, hold_words.c.payment_id.in_(mine)),
        "approvals": _all(approvals, approvals.c.batch_id == batch),
        "files": _all(files, files.c.id.in_(sent)),
        "file_moves": _all(file_moves, file_moves.c.file_id.in_(sent)),
        "attempts": _all(attempts, attempts.c.file_id.in_(sent)),
        "evidence": _all(evidence, evidence.c.file_id.in_(sent)),
        "rulings": _all(rulings, rulings.c.file_id.in_(sent)),
        "recalls": _all(recalls, recalls.c.payment_id.in_(mine)),
        "answers": _all(answers, answers.c.payment_id.in_(mine)),
        "documents": _all(documents, heard),
        "statements": _all(statements, statements.c.id.in_(booked.where(matched))),
        "entries": claimed.where(matched).order_by(entries.c.entry_id, entries.c.part).distinct(),
        "matches": _all(claims, matched),
        "breaks": _all(breaks, broken),
        "events": _all(events, events.c.subject.in_(named)),
        "audit": _all(audit, audit.c.subject.in_(named)),
    }


def _all(table: Table, where: ColumnElement[bool]) -> Select[Any]:
    return select(table).where(where).order_by(*table.primary_key.columns)


def _streamed(connection: Connection, query: Select[Any]) -> Rows:
    result = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    for row in result.mappings():
        yield dict(row)
