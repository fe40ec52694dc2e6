"""What banks booked, as people look at it: statements with their proof, breaks."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from gateway.domain.errors import NotFound
from gateway.persistence.queries.scope import LIMIT_DEFAULT, Page, Scope, page, pick
from gateway.persistence.tables import breaks, claims, entries, statements

ENTRIES_SHOWN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One statement with its proof: ``verdict``, and in words why opening plus entries is not closing."""

    id: str
    document_id: str
    bank: str
    message: str
    kind: str
    account: str
    currency: str
    statement_id: str | None
    sequence: str | None
    opening: Decimal | None
    closing: Decimal | None
    booked: Decimal
    closing_date: date | None
    verdict: str
    proof_text: str
    entries: int
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One entry of a statement. ``matched`` counts its payments; ``payment_id`` and ``rule`` are of the first one."""

    entry_id: str
    part: int
    statement_id: str
    position: int
    kind: str
    amount: Decimal
    currency: str
    direction: str
    status: str | None
    booking_date: date | None
    value_date: date | None
    bank_reference: str | None
    end_to_end_id: str | None
    counterparty: str | None
    remittance: str | None
    state: str
    matched: int
    payment_id: str | None
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakLine:
    """One thing that does not fit, why, and who must act."""

    id: str
    kind: str
    bank: str
    account: str | None
    statement_id: str | None
    entry_id: str | None
    part: int | None
    payment_id: str | None
    payment_ids: list[str]
    expected: Decimal | None
    booked: Decimal | None
    currency: str | None
    reason: str
    who_acts: str
    opened_at: datetime
    state: str
    resolution: str | None
    resolved_by: str | None
    resolved_at: datetime | None


def list_statements(
    connection: Connection, scope: Scope, *, bank: str | None = None, account: str | None = None,
    verdict: str | None = None, after: str | None = None, limit: int = LIMIT_DEFAULT,
) -> Page[StatementLine]:  # fmt: skip
    """Statements, newest first."""
    query = select(statements).where(*scope.of_accounts(statements.c.account)).order_by(statements.c.id.desc())
    wanted = ((statements.c.bank, bank), (statements.c.account, account), (statements.c.verdict, verdict))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(statements.c.id < after)
    return page(connection, query, limit=limit, turn=lambda row: pick(StatementLine, row))


def get_statement(connection: Connection, scope: Scope, statement_id: str) -> StatementLine:
    """One statement; raises :class:`NotFound`."""
    query = select(statements).where(statements.c.id == statement_id, *scope.of_accounts(statements.c.account))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no statement {statement_id}.")
    return pick(StatementLine, row)


def list_entries(
    connection: Connection, scope: Scope, statement_id: str, *, after: str | None = None, limit: int = ENTRIES_SHOWN
) -> Page[EntryLine]:
    """The entries of a statement, each with the payment it was matched with, if any."""
    get_statement(connection, scope, statement_id)
    found = (
        select(
            claims.c.entry_id,
            claims.c.part,
            func.count().label("matched"),
            func.min(claims.c.payment_id).label("payment_id"),
            func.min(claims.c.rule).label("rule"),
        )
        .join(entries, (entries.c.entry_id == claims.c.entry_id) & (entries.c.part == claims.c.part))
        .where(entries.c.statement_id == statement_id)
        .group_by(claims.c.entry_id, claims.c.part)
        .subquery()
    )
    query = (
        select(entries, func.coalesce(found.c.matched, 0).label("matched"), found.c.payment_id, found.c.rule)
        .outerjoin(found, (found.c.entry_id == entries.c.entry_id) & (found.c.part == entries.c.part))
        .where(entries.c.statement_id == statement_id)
        .order_by(entries.c.position, entries.c.part)
    )
    if after is not None:
        position, part = entry_cursor(after)
        query = query.where(
            (entries.c.position > position) | ((entries.c.position == position) & (entries.c.part > part))
        )
    return page(connection, query, limit=limit, keys=("position", "part"), turn=lambda row: pick(EntryLine, row))


def entry_cursor(text: str) -> tuple[int, int]:
    """Position and part of a cursor; what is none asks for the start."""
    position, _, part = text.partition(".")
    return (int(position), int(part)) if position.isdecimal() and part.isdecimal() else (-1, -1)


def list_breaks(
    connection: Connection, scope: Scope, *, state: str | None = "open", kind: str | None = None,
    bank: str | None = None, after: str | None = None, limit: int = LIMIT_DEFAULT,
) -> Page[BreakLine]:  # fmt: skip
    """Breaks, newest first; only open ones unless asked otherwise."""
    query = select(breaks).where(*scope.of_either(breaks.c.account, breaks.c.payment_id)).order_by(breaks.c.id.desc())
    for column, value in ((breaks.c.state, state), (breaks.c.kind, kind), (breaks.c.bank, bank)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(breaks.c.id < after)
    return page(connection, query, limit=limit, turn=lambda row: pick(BreakLine, row))


def get_break(connection: Connection, scope: Scope, break_id: str) -> BreakLine:
    """One break; raises :class:`NotFound`."""
    query = select(breaks).where(breaks.c.id == break_id, *scope.of_either(breaks.c.account, breaks.c.payment_id))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no break {break_id}.")
    return pick(BreakLine, row)
