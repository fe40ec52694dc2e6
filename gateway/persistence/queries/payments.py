"""Payments as people and ERPs look at them, and the story of one of them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from gateway.domain.errors import NotFound
from gateway.domain.hold import HoldWord
from gateway.domain.lifecycle import State
from gateway.persistence.holds import words_about
from gateway.persistence.queries.batches import FindingLine, list_findings
from gateway.persistence.queries.scope import LIMIT_DEFAULT, Page, Scope, page, pick
from gateway.persistence.tables import (
    answers,
    batches,
    claims,
    documents,
    hold_words,
    payment_holds,
    payment_moves,
    payments,
    recalls,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLine:
    """One payment in a list. ``iso_status`` and the reason are the bank's own words."""

    id: str
    batch_id: str
    position: int
    state: str
    updated_at: datetime
    entity: str
    debtor_account: str
    amount: Decimal
    currency: str
    creditor_name: str
    creditor_account: str
    end_to_end_id: str
    instruction_id: str | None
    uetr: str | None
    payment_information_id: str
    requested_date: date
    value_date: date | None
    bank: str | None
    product: str | None
    file_id: str | None
    window_id: str | None
    iso_status: str | None
    reason_code: str | None
    reason_text: str | None
    hold: str | None
    hold_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDetail(PaymentLine):
    """One payment with the ERP's keys, what was found about it, and what people said of the hold it has now."""

    version: int
    content_sha256: str
    fingerprint: str
    line: int | None
    hold_id: str | None
    hold_owner: str | None
    hold_by: str | None
    hold_at: datetime | None
    hold_words: list[HoldWord]
    message_id: str
    erp: dict[str, str]
    findings: list[FindingLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened to a payment. ``kind``: move, hold (put on), word (of a person about it), release, answer
    (of the bank) booking, or recall.
    """

    at: datetime
    kind: str
    step: str
    source: str | None
    target: str | None
    reason: str
    actor: str | None
    iso_status: str | None
    reason_code: str | None
    file_id: str | None
    document_id: str | None
    entry_id: str | None


def list_payments(
    connection: Connection, scope: Scope, *, batch_id: str | None = None, file_id: str | None = None,
    state: State | None = None, held: bool | None = None, end_to_end_id: str | None = None,
    among: Collection[State] = (), after: str | None = None, limit: int = LIMIT_DEFAULT,
) -> Page[PaymentLine]:  # fmt: skip
    """Payments in the order they came in. Within a batch that is the order of the ERP's own message."""
    query = select(payments).order_by(payments.c.id)
    if scope.limits_batches:
        query = query.join(batches, batches.c.id == payments.c.batch_id).where(*scope.of_batches())
    if batch_id is not None:
        query = query.where(payments.c.batch_id == batch_id)
    if file_id is not None:
        query = query.where(payments.c.file_id == file_id)
    if state is not None:
        query = query.where(payments.c.state == state.value)
    if among:
        query = query.where(payments.c.state.in_([one.value for one in among]))
    if held is not None:
        query = query.where(payments.c.hold.is_not(None) if held else payments.c.hold.is_(None))
    if end_to_end_id is not None:
        query = query.where(payments.c.end_to_end_id == end_to_end_id)
    if after is not None:
        query = query.where(payments.c.id > after)
    return page(connection, query, limit=limit, turn=lambda row: pick(PaymentLine, row))


def get_payment(connection: Connection, scope: Scope, payment_id: str) -> PaymentDetail:
    """One payment; raises :class:`NotFound`, also when it belongs to somebody else."""
    query = (
        select(payments, batches.c.message_id, batches.c.erp)
        .join(batches, batches.c.id == payments.c.batch_id)
        .where(payments.c.id == payment_id, *scope.of_batches())
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no payment {payment_id}.")
    findings = list_findings(connection, row["batch_id"], payment_id=payment_id)
    said = words_about(connection, payment_id, row["hold_id"])
    return pick(PaymentDetail, row, erp=dict(row["erp"]), findings=findings, hold_words=said)


def timeline(connection: Connection, scope: Scope, payment_id: str) -> list[Moment]:
    """Everything that happened to a payment, oldest first: moves, the bank's answers, bookings."""
    get_payment(connection, scope, payment_id)
    moves = select(payment_moves).where(payment_moves.c.payment_id == payment_id).order_by(payment_moves.c.version)
    found = [
        Moment(
            at=row.at, kind="move", step=row.step, source=row.source or None, target=row.target, reason=row.reason,
            actor=row.actor, iso_status=row.iso_status, reason_code=row.reason_code, file_id=row.file_id,
            document_id=None, entry_id=None,
        )
        for row in connection.execute(moves)
    ]  # fmt: skip
    said = (
        select(answers, documents.c.received_at)
        .join(documents, documents.c.id == answers.c.document_id)
        .where(answers.c.payment_id == payment_id)
    )
    found += [
        Moment(
            at=row.received_at, kind="answer", step="acknowledge", source=None, target=None,
            reason=row.note or row.reason_text or "", actor=None, iso_status=row.status, reason_code=row.reason_code,
            file_id=row.file_id, document_id=row.document_id, entry_id=None,
        )
        for row in connection.execute(said)
    ]  # fmt: skip
    booked = select(claims).where(claims.c.payment_id == payment_id)
    found += [
        Moment(
            at=row.at, kind="booking", step="reconcile", source=None, target=None, reason=row.evidence,
            actor=row.actor, iso_status=None, reason_code=None, file_id=None, document_id=None, entry_id=row.entry_id,
        )
        for row in connection.execute(booked)
    ]  # fmt: skip
    return sorted((*found, *_holds(connection, payment_id), *_recalls(connection, payment_id)), key=lambda one: one.at)


def _holds(connection: Connection, payment_id: str) -> Iterator[Moment]:
    """Every hold there was: who put it and why, what people said of it, and when it was lifted."""

    def told(kind: str, at: datetime, reason: str, actor: str) -> Moment:
        return Moment(
            at=at, kind=kind, step="approve", source=None, target=None, reason=reason, actor=actor, iso_status=None,
            reason_code=None, file_id=None, document_id=None, entry_id=None,
        )  # fmt: skip

    for row in connection.execute(select(payment_holds).where(payment_holds.c.payment_id == payment_id)):
        yield told("hold", row.put_at, f"{row.kind}: {row.reason}", row.put_by)
        if row.lifted_at is not None:
            yield told("release", row.lifted_at, "enough people said that it is meant", row.lifted_by)
    for row in connection.execute(select(hold_words).where(hold_words.c.payment_id == payment_id)):
        yield told("word", row.at, f"{row.person_name}: {row.reason}", row.person_id)


def _recalls(connection: Connection, payment_id: str) -> Iterator[Moment]:
    """What became of every recall: who asked and confirmed, when it was sent, and what the bank said."""
    for row in connection.execute(select(recalls).where(recalls.c.payment_id == payment_id)):
        said = " ".join(filter(None, (row.status, row.status_reason, row.status_text)))
        over = row.over_at if row.state == "withdrawn" else None
        for at, target, reason, actor, document in (
            (row.asked_at, "asked", f"{row.reason_code}: {row.reason}", row.asked_by, None),
            (row.confirmed_at, "confirmed", f"{row.confirmed_by_name} agreed", row.confirmed_by, None),
            (row.sent_at, "sent", row.evidence or "", None, None),
            (row.answered_at, row.state, said, None, row.document_id),
            (over, "withdrawn", row.evidence or "", None, None),
        ):  # fmt: skip
            if at is not None:
                yield Moment(
                    at=at, kind="recall", step="submit", source=None, target=target, reason=reason, actor=actor,
                    iso_status=row.status if document else None, reason_code=row.reason_code,
                    file_id=row.file_id, document_id=document, entry_id=None,
                )  # fmt: skip
