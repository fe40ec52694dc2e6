"""Recalls as people look at them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Select, select

from gateway.domain.errors import NotFound
from gateway.domain.recall import RecallState
from gateway.persistence.queries.scope import LIMIT_DEFAULT, Page, Scope, page, pick
from gateway.persistence.tables import batches, payments, recalls


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallLine:
    """One recall with the payment it is about. ``status`` and its reason are the bank's own words."""

    id: str
    payment_id: str
    batch_id: str
    file_id: str
    bank: str
    entity: str
    amount: Decimal
    currency: str
    creditor_name: str
    end_to_end_id: str
    payment_state: str
    reason_code: str
    reason: str
    state: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    ask_by: datetime | None
    confirmed_by: str | None
    confirmed_by_name: str | None
    confirmed_at: datetime | None
    message: str | None
    name: str | None
    sha256: str | None
    sent_at: datetime | None
    answer_due_at: datetime | None
    answer_overdue: bool
    evidence: str | None
    answered_at: datetime | None
    status: str | None
    status_reason: str | None
    status_text: str | None
    document_id: str | None
    over_at: datetime | None


def list_recalls(
    connection: Connection, scope: Scope, *, payment_id: str | None = None, state: RecallState | None = None,
    bank: str | None = None, overdue: bool | None = None, after: str | None = None, limit: int = LIMIT_DEFAULT,
) -> Page[RecallLine]:  # fmt: skip
    """Recalls, newest first. ``overdue`` are those that people were told of because the bank does not answer."""
    query = _lines(scope).order_by(recalls.c.id.desc())
    for column, value in (
        (recalls.c.payment_id, payment_id), (recalls.c.state, state and state.value), (recalls.c.bank, bank),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if overdue is not None:
        query = query.where(recalls.c.answer_overdue.is_(overdue))
    if after is not None:
        query = query.where(recalls.c.id < after)
    return page(connection, query, limit=limit, turn=lambda row: pick(RecallLine, row))


def recalls_to_look_at(connection: Connection, scope: Scope, *, limit: int = LIMIT_DEFAULT) -> list[RecallLine]:
    """Recalls that wait for a person: to confirm, to ask the bank whether it came, or why it does not answer. The
    oldest first.
    """
    waits = recalls.c.state.in_([RecallState.ASKED.value, RecallState.UNCLEAR.value])
    query = _lines(scope).where(waits | recalls.c.answer_overdue.is_(True)).order_by(recalls.c.id).limit(limit)
    return [pick(RecallLine, row) for row in connection.execute(query).mappings()]


def get_recall(connection: Connection, scope: Scope, recall_id: str) -> RecallLine:
    """One recall; raises :class:`NotFound`, also when it belongs to somebody else."""
    row = connection.execute(_lines(scope).where(recalls.c.id == recall_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no recall {recall_id}.")
    return pick(RecallLine, row)


def _lines(scope: Scope) -> Select[tuple[object, ...]]:
    return (
        select(
            recalls, payments.c.entity, payments.c.amount, payments.c.currency, payments.c.creditor_name,
            payments.c.end_to_end_id, payments.c.state.label("payment_state"),
        )
        .join(payments, payments.c.id == recalls.c.payment_id)
        .join(batches, batches.c.id == recalls.c.batch_id)
        .where(*scope.of_batches())
    )  # fmt: skip
