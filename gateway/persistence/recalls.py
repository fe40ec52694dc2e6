"""Recalls: asked for, sent, answered; each change by compare-and-set, so that of two only one counts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.domain.errors import Conflict, NotFound
from gateway.domain.recall import AWAITED, Recall, RecallState, check_move
from gateway.persistence.tables import payments, recalls


class Recalls:
    """The recalls of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def add(self, recall: Recall) -> None:
        """Stores a recall; raises :class:`Conflict` where one stands for the payment already (rulebook SCT-17)."""
        row = {name: getattr(recall, name) for name in Recall.__dataclass_fields__} | {"state": recall.state.value}
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(insert(recalls).values(**row))
            except IntegrityError as err:
                point.rollback()
                raise Conflict("A recall of this payment was already requested.", code="recall.stands") from err

    def get(self, recall_id: str) -> Recall:
        """One recall; raises :class:`NotFound`."""
        row = self._connection.execute(select(recalls).where(recalls.c.id == recall_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no recall {recall_id}.")
        return _recall(row)

    def of_bank(
        self, bank: str, *, ids: Collection[str] | None = None, payment_id: str | None = None,
        uetr: str | None = None, file_id: str | None = None,
    ) -> list[Recall]:  # fmt: skip
        """What a bank's answer may be about, newest first: recalls of these ids, of a payment, or of a file."""
        query = select(recalls).where(recalls.c.bank == bank).order_by(recalls.c.id.desc())
        if ids is not None:
            query = query.where(recalls.c.id.in_(sorted(ids)))
        if payment_id is not None:
            query = query.where(recalls.c.payment_id == payment_id)
        if uetr is not None:
            query = query.join(payments, payments.c.id == recalls.c.payment_id).where(payments.c.uetr == uetr)
        if file_id is not None:
            query = query.where(recalls.c.file_id == file_id)
        return [_recall(row) for row in self._connection.execute(query).mappings()]

    def change(self, recall: Recall, **assign: Any) -> Recall:
        """Writes facts down without a move; raises :class:`Conflict` if it moved or changed meanwhile."""
        return self._write(recall, assign)

    def move(self, recall: Recall, target: RecallState, **assign: Any) -> Recall:
        """Moves one recall; raises :class:`Conflict` if there is no way there, or if it moved or changed meanwhile."""
        check_move(recall.state, target)
        over = target in (RecallState.REFUSED, RecallState.WITHDRAWN)
        owes = recall.answer_overdue and target in AWAITED
        facts = {"state": target.value, "over_at": self._at if over else None, "answer_overdue": owes}
        return self._write(recall, {**assign, **facts})

    def overdue(self, at: datetime) -> list[Recall]:
        """Recalls whose bank owes a final answer since ``at`` and of which nobody was told; marks them told."""
        query = select(recalls).where(owed(at), recalls.c.answer_overdue.is_(False)).order_by(recalls.c.id)
        found = [_recall(row) for row in self._connection.execute(query).mappings()]
        return [self.change(one, answer_overdue=True) for one in found]

    def _write(self, recall: Recall, values: dict[str, Any]) -> Recall:
        with self._connection.begin_nested() as point:
            try:
                changed = self._connection.execute(
                    update(recalls)
                    .where(recalls.c.id == recall.id, recalls.c.version == recall.version)
                    .values(version=recall.version + 1, **values)
                ).rowcount
            except IntegrityError as err:  # an accepted one stands again, and so does another one
                point.rollback()
                raise Conflict("Another recall of this payment stands.", code="recall.stands") from err
        if changed != 1:
            raise Conflict(f"The recall {recall.id} moved on meanwhile; look again.", code="recall.moved_on")
        return self.get(recall.id)


def owed(at: datetime) -> ColumnElement[bool]:
    """Whether a bank owes a final answer to a recall, and its time was over at ``at``."""
    return recalls.c.state.in_([one.value for one in AWAITED]) & (recalls.c.answer_due_at <= at)


def _recall(row: RowMapping) -> Recall:
    return Recall(**{name: row[name] for name in Recall.__dataclass_fields__} | {"state": RecallState(row["state"])})
