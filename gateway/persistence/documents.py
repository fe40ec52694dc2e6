"""What banks sent, by bank and digest, and what each document said about our payments."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.domain.document import Answer, Document
from gateway.domain.errors import Conflict, NotFound
from gateway.persistence import bulk
from gateway.persistence.tables import answers, document_names, documents, marks, payments, statements

MESSAGE_ID_LENGTH = 140
TURN_WAIT_MS = 5_000
"""How long a document waits for another one of its bank before its worker does something else."""
LOCK_NOT_AVAILABLE = "55P03"
UNOPENED = "unopened"
"""The kind of a document that is the packed form of what could not be taken out of its container."""


class Documents:
    """The documents of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def add(
        self, document_id: str, *, bank: str, sha256: str, name: str, media_type: str | None, size: int,
        parent: Document | None = None, own_name: bool = False,
    ) -> Document | None:  # fmt: skip
        """Records a document; None when this bank sent exactly these bytes before (then it is counted as seen).

        ``parent`` is the container it was in. ``own_name`` says that the bank chose the name for this one document, so
        that the same name with other bytes is worth telling.
        """
        values = {
            "id": document_id, "bank": bank, "sha256": sha256, "name": name, "media_type": media_type, "size": size,
            "state": "received", "received_at": self._at, "seen": 1, "archived": False, "tries": 0,
            "parent_id": parent and parent.id, "root_id": parent and parent.root,
            "depth": parent.depth + 1 if parent else 0, "name_of": self._named(bank, name) if own_name else None,
        }  # fmt: skip
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(insert(documents).values(**values))
            except IntegrityError:
                point.rollback()
            else:
                self._count_name(document_id, bank, name)
                return self.get(document_id)
        known = self.with_digest(bank, sha256)
        assert known is not None, "what cannot be added is known"
        self.served_again(known.id, bank=bank, name=name)
        return None

    def take_turn(self, bank: str) -> None:
        """One document of a bank is applied at a time: a refusal and a booking that are judged at the same moment each
        take the payment for what it was before the other. SQLite has one writer anyway. Ends with the transaction.

        Raises :class:`Conflict` after :data:`TURN_WAIT_MS`; nor does this transaction then wait longer for any row. A
        process that was put to sleep while it waited would get its turn in its sleep, and keep it for a minute.
        """
        if self._connection.dialect.name != "postgresql":
            return
        patience = func.set_config("lock_timeout", f"{TURN_WAIT_MS}ms", True)
        turn = func.pg_advisory_xact_lock(func.hashtextextended(f"documents of {bank}", 0))
        try:
            self._connection.execute(select(patience, turn))
        except OperationalError as err:
            if getattr(err.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            raise Conflict(f"Another document of {bank} is being applied; this one waits.") from err

    def served_again(self, document_id: str, *, bank: str, name: str) -> None:
        """The bank sent the same bytes again, under this name."""
        self._connection.execute(
            update(documents).where(documents.c.id == document_id).values(seen=documents.c.seen + 1, seen_at=self._at)
        )
        self._count_name(document_id, bank, name)

    def _named(self, bank: str, name: str) -> str | None:
        query = select(func.max(document_names.c.document_id)).where(
            document_names.c.bank == bank, document_names.c.name == name
        )
        found: str | None = self._connection.execute(query).scalar_one()
        return found

    def _count_name(self, document_id: str, bank: str, name: str) -> None:
        changed = self._connection.execute(
            update(document_names)
            .where(document_names.c.document_id == document_id, document_names.c.name == name)
            .values(times=document_names.c.times + 1, last_at=self._at)
        ).rowcount
        if not changed:
            self._connection.execute(
                insert(document_names).values(
                    document_id=document_id, name=name, bank=bank, times=1, first_at=self._at, last_at=self._at
                )
            )

    def get(self, document_id: str) -> Document:
        """One document; raises :class:`NotFound`."""
        row = self._connection.execute(select(documents).where(documents.c.id == document_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no document {document_id}.")
        return _document(row)

    def with_digest(self, bank: str, sha256: str) -> Document | None:
        """The document a bank sent with these bytes."""
        query = select(documents).where(documents.c.bank == bank, documents.c.sha256 == sha256)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _document(row)

    def waiting(self, *, limit: int) -> list[str]:
        """Documents received and not processed yet, oldest first."""
        query = select(documents.c.id).where(documents.c.state == "received").order_by(documents.c.id).limit(limit)
        return list(self._connection.execute(query).scalars())

    def begin_try(self, document_id: str) -> None:
        """Counts a try before it begins, so that one that ends without a word (a crash, no memory) is counted too."""
        self._count_try(document_id, 1)

    def spare_try(self, document_id: str) -> None:
        """Takes back a try that failed for a reason that is not the document's."""
        self._count_try(document_id, -1)

    def _count_try(self, document_id: str, one: int) -> None:
        self._connection.execute(
            update(documents).where(documents.c.id == document_id).values(tries=documents.c.tries + one)
        )

    def processed(self, document_id: str, *, kind: str, message_id: str | None) -> None:
        """The document was understood and acted on."""
        self._connection.execute(
            update(documents)
            .where(documents.c.id == document_id)
            .values(
                state="processed", kind=kind, message_id=_kept(message_id), processed_at=self._at, reason=None
            )
        )  # fmt: skip

    def quarantine(self, document_id: str, *, reason: str, kind: str | None) -> None:
        """The document moves nothing until a person looked at it; its bytes are kept."""
        self._connection.execute(
            update(documents)
            .where(documents.c.id == document_id)
            .values(state="quarantined", kind=kind, processed_at=self._at, reason=reason.replace("\x00", "?"))
        )

    def replay(self, document_id: str) -> None:
        """Has a quarantined document processed again; raises :class:`Conflict` when it is not in quarantine."""
        changed = self._connection.execute(
            update(documents)
            .where(
                documents.c.id == document_id,
                documents.c.state == "quarantined",
                documents.c.kind.is_distinct_from(UNOPENED),
            )
            .values(state="received", reason=None, kind=None, processed_at=None, tries=0)
        ).rowcount
        if changed:
            return
        now = self.get(document_id)
        if now.state == "quarantined":
            raise Conflict(
                "It could not be taken out of what it was packed in. Ask the bank to send that again.",
                code="document.unopened",
            )
        raise Conflict(
            "It is not in quarantine: it was read before, or is being read now.", code="document.not_quarantined"
        )

    def adopt(self, document_id: str, parent: Document) -> None:
        """What stood in quarantine because nobody vouched for it came again inside of ``parent``: it is read anew."""
        self._connection.execute(
            update(documents)
            .where(documents.c.id == document_id, documents.c.state == "quarantined")
            .values(
                state="received", reason=None, kind=None, processed_at=None, tries=0, parent_id=parent.id,
                root_id=parent.root, depth=parent.depth + 1,
            )
        )  # fmt: skip

    def quarantined(self, bank: str, *, limit: int) -> list[str]:
        """What of a bank could be processed again, oldest first."""
        query = select(documents.c.id).where(
            documents.c.bank == bank, documents.c.state == "quarantined", documents.c.kind.is_distinct_from(UNOPENED)
        )
        return list(self._connection.execute(query.order_by(documents.c.id).limit(limit)).scalars())

    def expanded(self, root_id: str) -> tuple[int, int]:
        """How many documents came out of a container so far, over all layers, and their bytes."""
        query = select(func.count(), func.coalesce(func.sum(documents.c.size), 0)).where(documents.c.root_id == root_id)
        count, size = self._connection.execute(query).one()
        return int(count), int(size)

    def earlier(self, document: Document, *, by_message: bool, by_statement: bool) -> str | None:
        """The last document before this one that said to be the same message, or to hold the same statement."""
        now = self.get(document.id)
        found = None
        if by_message and now.message_id is not None:
            query = select(func.max(documents.c.id)).where(
                documents.c.bank == now.bank, documents.c.message_id == now.message_id, documents.c.kind == now.kind,
                documents.c.id < now.id, documents.c.state == "processed",
            )  # fmt: skip
            found = self._connection.execute(query).scalar_one()
        if found is None and by_statement:
            other = statements.alias()
            query = (
                select(func.max(other.c.document_id))
                .join(
                    statements,
                    (other.c.account == statements.c.account) & (other.c.currency == statements.c.currency)
                    & (other.c.kind == statements.c.kind) & (other.c.statement_id == statements.c.statement_id)
                    & other.c.closing_date.is_not_distinct_from(statements.c.closing_date),
                )
                .where(
                    statements.c.document_id == now.id, other.c.bank == now.bank, other.c.document_id < now.id
                )
            )  # fmt: skip
            found = self._connection.execute(query).scalar_one()
        return found

    def amends(self, document_id: str, earlier: str) -> None:
        """Remembers that a document is a later version of an earlier one."""
        self._connection.execute(update(documents).where(documents.c.id == document_id).values(amends=earlier))

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
            literal(reason_code), literal(reason_text, answers.c.reason_text.type),
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

    def choose_answers(self, document_id: str, group: Mapping[str, Any], *, mark: str) -> None:
        """Puts the payments of one group on the scratch list ``mark``. All groups are chosen before the first is
        applied: what becomes of one may look like another.
        """
        chosen = (
            select(literal(mark), payments.c.id)
            .join(answers, answers.c.payment_id == payments.c.id)
            .where(answers.c.document_id == document_id, *_same(group))
        )
        self._connection.execute(insert(marks).from_select(["mark", "payment_id"], chosen))

    def apply_answers(self, document_id: str, group: Mapping[str, Any], *, mark: str) -> int:
        """Writes the bank's word beside the payments of a group that were chosen; says of how many."""
        reason = (
            select(answers.c.reason_text)
            .where(answers.c.document_id == document_id, answers.c.payment_id == payments.c.id)
            .scalar_subquery()
        )
        listed = select(marks.c.payment_id).where(marks.c.mark == mark)
        return self._connection.execute(
            update(payments)
            .where(
                payments.c.file_id == group["file_id"], payments.c.state == group["state"], payments.c.id.in_(listed)
            )
            .values(
                iso_status=group["status"], iso_status_at=self._at, reason_code=group["reason_code"],
                reason_text=reason,
            )
        ).rowcount  # fmt: skip


def _kept(message_id: str | None) -> str | None:
    """A message id as far as it is kept: banks write what they like into it."""
    return message_id and message_id.replace("\x00", "?")[:MESSAGE_ID_LENGTH]


def _same(group: Mapping[str, Any]) -> list[Any]:
    found = []
    for column, name in (
        (answers.c.file_id, "file_id"), (payments.c.state, "state"), (payments.c.iso_status, "known"),
        (answers.c.status, "status"), (answers.c.level, "level"), (answers.c.reason_code, "reason_code"),
    ):  # fmt: skip
        found.append(column.is_(None) if group[name] is None else column == group[name])
    return found


def _document(row: RowMapping) -> Document:
    return Document(**{name: row[name] for name in Document.__dataclass_fields__})
