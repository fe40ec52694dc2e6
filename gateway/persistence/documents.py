"""What banks sent, by bank and digest, and what each document said about our payments."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from gateway.domain.document import Answer, Document
from gateway.domain.errors import NotFound
from gateway.persistence import bulk
from gateway.persistence.tables import answers, documents, marks, payments


class Documents:
    """The documents of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def add(
        self, document_id: str, *, bank: str, sha256: str, name: str, media_type: str | None, size: int
    ) -> Document | None:
        """Records a document; None when this bank sent exactly these bytes before (then it is counted as seen)."""
        values = {
            "id": document_id, "bank": bank, "sha256": sha256, "name": name, "media_type": media_type, "size": size,
            "state": "received", "received_at": self._at, "seen": 1, "archived": False,
        }  # fmt: skip
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(insert(documents).values(**values))
            except IntegrityError:
                point.rollback()
            else:
                return self.get(document_id)
        self._connection.execute(
            update(documents)
            .where(documents.c.bank == bank, documents.c.sha256 == sha256)
            .values(seen=documents.c.seen + 1)
        )
        return None

    def get(self, document_id: str) -> Document:
        """One document; raises :class:`NotFound`."""
        row = self._connection.execute(select(documents).where(documents.c.id == document_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no document {document_id}.")
        return Document(**row)

    def with_digest(self, bank: str, sha256: str) -> Document | None:
        """The document a bank sent with these bytes."""
        query = select(documents).where(documents.c.bank == bank, documents.c.sha256 == sha256)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else Document(**row)

    def waiting(self, *, limit: int) -> list[str]:
        """Documents received and not processed yet, oldest first."""
        query = select(documents.c.id).where(documents.c.state == "received").order_by(documents.c.id).limit(limit)
        return list(self._connection.execute(query).scalars())

    def processed(self, document_id: str, *, kind: str, message_id: str | None) -> None:
        """The document was understood and acted on."""
        self._connection.execute(
            update(documents)
            .where(documents.c.id == document_id)
            .values(state="processed", kind=kind, message_id=message_id, processed_at=self._at, reason=None)
        )

    def quarantine(self, document_id: str, *, reason: str, kind: str | None) -> None:
        """The document moves nothing until a person looked at it; its bytes are kept."""
        self._connection.execute(
            update(documents)
            .where(documents.c.id == document_id)
            .values(state="quarantined", kind=kind, processed_at=self._at, reason=reason)
        )

    def archived(self, document_id: str) -> None:
        """The document was taken off the bank's outbox."""
        self._connection.execute(update(documents).where(documents.c.id == document_id).values(archived=True))

    def add_answers(self, document_id: str, rows: Iterable[Answer]) -> int:
        """Keeps what a document says about each payment; said twice about one payment, the first one stays."""
        seen: set[str] = set()
        fresh = []
        for one in rows:
            if one.payment_id not in seen:
                seen.add(one.payment_id)
                fresh.append(
                    {
                        "document_id": document_id, "payment_id": one.payment_id, "file_id": one.file_id,
                        "status": one.status, "level": one.level, "reason_code": one.reason_code,
                        "reason_text": one.reason_text, "note": one.note,
                    }
                )  # fmt: skip
        return bulk.insert(self._connection, answers, fresh)

    def answer_whole_file(
        self, document_id: str, file_id: str, *, status: str, level: str, bank_batch_id: str | None,
        reason_code: str | None, reason_text: str | None,
    ) -> int:  # fmt: skip
        """The same answer for every payment of a file (or of one of its bank batches) that has none from this
        document yet: one statement, whatever their number.
        """
        said = select(answers.c.payment_id).where(answers.c.document_id == document_id)
        chosen = select(
            literal(document_id), payments.c.id, literal(file_id), literal(status), literal(level),
            literal(reason_code), literal(reason_text),
        ).where(payments.c.file_id == file_id, payments.c.id.not_in(said))  # fmt: skip
        if bank_batch_id is not None:
            chosen = chosen.where(payments.c.bank_batch_id == bank_batch_id)
        names = ["document_id", "payment_id", "file_id", "status", "level", "reason_code", "reason_text"]
        return self._connection.execute(insert(answers).from_select(names, chosen)).rowcount

    def answer_groups(self, document_id: str) -> list[Mapping[str, Any]]:
        """How a document's answers meet the payments of its file: one row per (file, state, known status,
        new status, level, reason), so that a decision is asked for once per row and not once per payment.
        """
        query = (
            select(
                answers.c.file_id, payments.c.state, payments.c.iso_status.label("known"), answers.c.status,
                answers.c.level, answers.c.reason_code, func.count().label("count"),
            )
            .join(payments, payments.c.id == answers.c.payment_id)
            .where(answers.c.document_id == document_id, answers.c.file_id == payments.c.file_id)
            .group_by(
                answers.c.file_id, payments.c.state, payments.c.iso_status, answers.c.status, answers.c.level,
                answers.c.reason_code,
            )
        )  # fmt: skip
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def apply_answers(self, document_id: str, group: Mapping[str, Any], *, mark: str) -> int:
        """Writes the bank's word beside the payments of one group and puts them on the scratch list ``mark``."""
        chosen = (
            select(literal(mark), payments.c.id)
            .join(answers, answers.c.payment_id == payments.c.id)
            .where(answers.c.document_id == document_id, *_same(group))
        )
        self._connection.execute(insert(marks).from_select(["mark", "payment_id"], chosen))
        reason = (
            select(answers.c.reason_text)
            .where(answers.c.document_id == document_id, answers.c.payment_id == payments.c.id)
            .scalar_subquery()
        )
        listed = select(marks.c.payment_id).where(marks.c.mark == mark)
        return self._connection.execute(
            update(payments)
            .where(payments.c.file_id == group["file_id"], payments.c.id.in_(listed))
            .values(
                iso_status=group["status"], iso_status_at=self._at, reason_code=group["reason_code"],
                reason_text=reason,
            )
        ).rowcount  # fmt: skip


def _same(group: Mapping[str, Any]) -> list[Any]:
    found = []
    for column, name in (
        (answers.c.file_id, "file_id"), (payments.c.state, "state"), (payments.c.iso_status, "known"),
        (answers.c.status, "status"), (answers.c.level, "level"), (answers.c.reason_code, "reason_code"),
    ):  # fmt: skip
        found.append(column.is_(None) if group[name] is None else column == group[name])
    return found
