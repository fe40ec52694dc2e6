"""Personal data whose time is over, in rows: names, accounts and texts go; amounts, references and digests stay.

Bytes go first (``retention``): each document in the vault has a key of its own, which goes with it. Then the rows that
were made of it forget whom it was about: they lie encrypted all along (``sealing``), but the hub reads them until then.
The trail holds digests and ids only, so it stays whole, and says who erased what under which rule.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, or_, select, update

from gateway.persistence import retention
from gateway.persistence.tables import (
    answers,
    batches,
    breaks,
    claims,
    documents,
    entries,
    events,
    files,
    findings,
    payments,
    recalls,
    statements,
    suggestions,
    vault_blobs,
)
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.settings_proof import PERSONAL

ERASED = "personal.erased"
"""Action of the audit row that says that personal data were erased, and under which rule."""
MASK = "erased"
"""What stands in a column that cannot be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgettable:
    """A batch or document whose rows may forget whom they are about."""

    kind: str
    id: str
    since: datetime


def due(connection: Connection, days: Mapping[str, int], at: datetime) -> list[Forgettable]:
    """What may be forgotten at a moment: finished, old enough, and its bytes gone. Nothing without a number of days."""
    limit = retention.limit_of(days, PERSONAL, at)
    if limit is None:
        return []
    held = retention.held_batches(connection)
    return [*_batches(connection, held, limit), *_documents(connection, held, limit)]


def erase(work: UnitOfWork, portion: Iterable[Forgettable], days: Mapping[str, int]) -> int:
    """Forgets, in a few statements for each batch or document whatever its size. Gives how many there were."""
    count, rule = 0, retention.rule_of(PERSONAL, days)
    for one in portion:
        forget = _forget_batch if one.kind == "batch" else _forget_document
        rows = forget(work.connection, one.id, work.at)
        work.note(
            action=ERASED, subject=one.id, data={"kind": one.kind, "rows": rows, "rule": rule}
        )  # fmt: skip
        count += 1
    return count


def _batches(connection: Connection, held: set[str], limit: datetime) -> Iterator[Forgettable]:
    stored = exists().where(vault_blobs.c.sha256 == batches.c.document_sha256)
    sent = exists().where(
        files.c.batch_id == batches.c.id, vault_blobs.c.sha256.in_((files.c.sha256, files.c.sealed_sha256))
    )
    recalled = exists().where(
        recalls.c.batch_id == batches.c.id, vault_blobs.c.sha256.in_((recalls.c.sha256, recalls.c.sealed_sha256))
    )
    query = (
        select(batches.c.id, batches.c.received_at)
        .where(
            batches.c.received_at < limit, batches.c.erased_at.is_(None), ~retention.unfinished(batches.c.id), ~stored,
            ~sent, ~recalled,
        )
        .order_by(batches.c.id)
    )  # fmt: skip
    for number, since in connection.execute(query):
        if number not in held:
            yield Forgettable(kind="batch", id=number, since=since)


def _documents(connection: Connection, held: set[str], limit: datetime) -> Iterator[Forgettable]:
    stored = exists().where(vault_blobs.c.sha256 == documents.c.sha256)
    query = (
        select(documents.c.id, documents.c.received_at)
        .where(
            documents.c.received_at < limit, documents.c.erased_at.is_(None), *retention.settled_documents(), ~stored
        )
        .order_by(documents.c.id)
    )
    told = retention.spoken_of(connection, held)
    for number, since in connection.execute(query):
        if number not in told:
            yield Forgettable(kind="document", id=number, since=since)


def _forget_batch(connection: Connection, batch_id: str, at: datetime) -> int:
    """Its payments, their findings and the events about them. The ERP's own references stay: they name an invoice."""
    mine = select(payments.c.id).where(payments.c.batch_id == batch_id)
    sent = select(files.c.id).where(files.c.batch_id == batch_id)
    about = or_(events.c.subject == batch_id, events.c.subject.in_(mine), events.c.subject.in_(sent))
    connection.execute(update(events).where(about, events.c.subject_sequence == 0).values(data={MASK: True}))
    connection.execute(update(findings).where(findings.c.batch_id == batch_id).values(message=MASK, advice=""))
    connection.execute(
        update(recalls).where(recalls.c.batch_id == batch_id).values(reason=MASK, evidence=None, status_text=None)
    )
    rows = connection.execute(
        update(payments)
        .where(payments.c.batch_id == batch_id)
        .values(
            content="", creditor_name=MASK, creditor_account="", fingerprint=MASK, hold_reason=None, reason_text=None
        )
    ).rowcount
    connection.execute(update(batches).where(batches.c.id == batch_id).values(erased_at=at))
    return rows


def _forget_document(connection: Connection, document_id: str, at: datetime) -> int:
    """The entries of its statements, what the bank wrote about payments, and what was said of its breaks."""
    told = select(statements.c.id).where(statements.c.document_id == document_id)
    of_these = select(entries.c.entry_id).where(entries.c.statement_id.in_(told))
    connection.execute(
        update(answers).where(answers.c.document_id == document_id).values(reason_text=None, note=None)
    )  # fmt: skip
    connection.execute(update(recalls).where(recalls.c.document_id == document_id).values(status_text=None))
    spoken = or_(breaks.c.statement_id.in_(told), breaks.c.entry_id.in_(of_these))
    connection.execute(update(breaks).where(spoken).values(reason=MASK))
    connection.execute(update(claims).where(claims.c.entry_id.in_(of_these)).values(evidence=MASK))
    connection.execute(update(suggestions).where(suggestions.c.entry_id.in_(of_these)).values(evidence=MASK))
    rows = connection.execute(
        update(entries).where(entries.c.statement_id.in_(told)).values(counterparty=None, remittance=None, detail=None)
    ).rowcount
    connection.execute(update(documents).where(documents.c.id == document_id).values(erased_at=at))
    return rows
