"""What the console's pages need beyond the lists: what waits for people, what must be looked at, who did it.

Every function is a few statements, whatever the number of payments.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.domain.batch import Batch
from gateway.domain.cutoff import Window
from gateway.domain.hold import HOLDABLE
from gateway.domain.lifecycle import State
from gateway.domain.roles import Verb
from gateway.persistence.columns import exact_sum
from gateway.persistence.grants import allowed
from gateway.persistence.queries.bank_side import BreakLine, StatementLine
from gateway.persistence.queries.batches import Group
from gateway.persistence.queries.cutoffs import WaitingKind
from gateway.persistence.queries.payments import PaymentLine
from gateway.persistence.queries.scope import LIMIT_MAX, Page, Scope, page, pick
from gateway.persistence.tables import (
    answers,
    audit,
    batches,
    breaks,
    claims,
    clients,
    documents,
    entries,
    events,
    files,
    payments,
    people,
    statements,
    webhooks,
)
from gateway.persistence.windows import Windows

SHOWN = 50
NEWS_MAX = 2_000
"""Events one look of the live line counts; more than that is "2,000 or more"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A count of things of one kind that somebody must look at."""

    kind: str
    who_acts: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """One row of the audit trail."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    data: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event as numbered in the feed."""

    sequence: int
    type: str
    subject_kind: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One entry of a statement that a payment was matched with."""

    entry_id: str
    statement_id: str
    kind: str
    amount: Decimal
    currency: str
    direction: str
    booking_date: date | None
    bank_reference: str | None
    rule: str
    evidence: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened after a number: how many events, about what, and the newest number."""

    last: int
    count: int
    kinds: dict[str, int]


def headers(connection: Connection, batch_ids: Iterable[str]) -> dict[str, Batch]:
    """Some batches by id, without their totals and ERP keys."""
    query = select(batches).where(batches.c.id.in_(list(batch_ids)))
    return {row["id"]: pick(Batch, row, totals=(), erp=()) for row in connection.execute(query).mappings()}


def held_batches(connection: Connection, scope: Scope) -> list[WaitingKind]:
    """Held payments by batch and currency."""
    query = (
        select(
            payments.c.batch_id, payments.c.currency, func.min(payments.c.debtor_account).label("debtor_account"),
            func.min(payments.c.requested_date).label("requested_date"), func.count().label("count"),
            exact_sum(payments.c.amount).label("amount"),
        )
        .where(
            payments.c.state.in_([state.value for state in HOLDABLE]), payments.c.hold.is_not(None),
            *scope.of_batch_ids(payments.c.batch_id),
        )
        .group_by(payments.c.batch_id, payments.c.currency)
        .order_by(payments.c.batch_id)
        .limit(SHOWN)
    )  # fmt: skip
    return [
        pick(WaitingKind, row, service_level=None, local_instrument=None, category_purpose=None)
        for row in connection.execute(query).mappings()
    ]


def largest(connection: Connection, batch_id: str, *, limit: int = 3) -> list[PaymentLine]:
    """The largest payments of a batch that wait for approval."""
    query = select(payments).where(
        payments.c.batch_id == batch_id, payments.c.state == State.VALIDATED.value, payments.c.hold.is_(None)
    )
    rows = connection.execute(query.with_only_columns(payments.c.id, payments.c.amount)).all()
    chosen = [row.id for row in sorted(rows, key=lambda row: row.amount, reverse=True)[:limit]]
    found = connection.execute(select(payments).where(payments.c.id.in_(chosen))).mappings()
    return sorted((pick(PaymentLine, row) for row in found), key=lambda one: one.amount, reverse=True)


def payments_by_id(connection: Connection, wanted: Iterable[str]) -> dict[str, PaymentLine]:
    """Some payments, by id."""
    query = select(payments).where(payments.c.id.in_(list(wanted)[:LIMIT_MAX]))
    return {row["id"]: pick(PaymentLine, row) for row in connection.execute(query).mappings()}


def open_breaks(connection: Connection, scope: Scope) -> list[Tile]:
    """Open breaks by kind and who acts, the most numerous first."""
    count = func.count().label("count")
    query = (
        select(breaks.c.kind, breaks.c.who_acts, count)
        .where(breaks.c.state == "open", *scope.of_either(breaks.c.account, breaks.c.payment_id))
        .group_by(breaks.c.kind, breaks.c.who_acts)
        .order_by(count.desc(), breaks.c.kind)
    )
    return [pick(Tile, row) for row in connection.execute(query).mappings()]


def quarantined(connection: Connection, scope: Scope) -> int:
    """Documents in quarantine."""
    query = (
        select(func.count())
        .select_from(documents)
        .where(documents.c.state == "quarantined", *scope.of_banks(documents.c.bank))
    )
    return int(connection.execute(query).scalar_one())


def entities(connection: Connection, scope: Scope) -> list[str]:
    """The legal entities that batches were brought for."""
    query = select(batches.c.entity).where(*scope.of_batches()).distinct().order_by(batches.c.entity)
    return list(connection.execute(query).scalars())


def names(connection: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """What people and clients with these ids are called; ids of others are left out."""
    wanted = sorted({one for one in ids if one})
    if not wanted:
        return {}
    found = {
        row.id: row.display_name
        for row in connection.execute(select(people.c.id, people.c.display_name).where(people.c.id.in_(wanted)))
    }
    rest = [one for one in wanted if one not in found]
    if rest:
        query = select(clients.c.id, clients.c.name).where(clients.c.id.in_(rest))
        found |= {row.id: f"{row.name} (ERP)" for row in connection.execute(query)}
    return found


def deciders(connection: Connection, *, entity: str, at: datetime, besides: Iterable[str]) -> list[str]:
    """The names of the people who can say what became of a file of an entity, by name: that is not handed over."""
    person, gone = func.coalesce(people.c.same_as, people.c.id), list(besides)
    able = allowed(Verb.FILE_SETTLE, entity, at)
    query = (
        select(people.c.display_name)
        .where(people.c.disabled_at.is_(None), person.not_in(gone), people.c.id.in_(able))
        .order_by(people.c.display_name)
        .limit(SHOWN)
    )
    return list(connection.execute(query).scalars())


def bookings(connection: Connection, payment_id: str) -> list[Booking]:
    """The entries a payment was matched with."""
    query = (
        select(claims, entries.c.statement_id, entries.c.direction, entries.c.booking_date, entries.c.bank_reference)
        .join(entries, (entries.c.entry_id == claims.c.entry_id) & (entries.c.part == claims.c.part))
        .where(claims.c.payment_id == payment_id)
        .order_by(claims.c.at)
    )
    return [pick(Booking, row) for row in connection.execute(query).mappings()]


def told(connection: Connection, payment_id: str, client_id: str) -> bool | None:
    """Whether every active webhook of the client has the last event of a payment; None where there is no webhook."""
    last = connection.execute(
        select(func.max(events.c.sequence), func.count(), func.count(events.c.sequence)).where(
            events.c.subject == payment_id
        )
    ).one()
    slowest = connection.execute(
        select(func.min(webhooks.c.cursor)).where(webhooks.c.client_id == client_id, webhooks.c.state == "active")
    ).scalar_one()
    if slowest is None:
        return None
    return bool(last[1] == last[2] and (last[0] or 0) <= slowest)


def trail(
    connection: Connection, scope: Scope, *, subject: str | None = None, before: int | None = None, limit: int = SHOWN
) -> Page[TrailLine]:
    """The audit trail, newest first; ``before`` is the cursor of the page before."""
    query = select(audit).where(*scope.of_subjects(audit.c.subject)).order_by(audit.c.sequence.desc())
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if before is not None:
        query = query.where(audit.c.sequence < before)
    return page(connection, query, limit=limit, keys=("sequence",), turn=lambda row: pick(TrailLine, row))


def event_lines(
    connection: Connection, scope: Scope, *, subject: str | None = None, before: int | None = None, limit: int = SHOWN
) -> Page[EventLine]:
    """Published events, newest first."""
    seen = scope.of_subjects(events.c.subject)
    query = select(events).where(events.c.sequence.is_not(None), *seen).order_by(events.c.sequence.desc())
    if subject is not None:
        query = query.where(events.c.subject == subject)
    if before is not None:
        query = query.where(events.c.sequence < before)
    return page(connection, query, limit=limit, keys=("sequence",), turn=lambda row: pick(EventLine, row))


def news(connection: Connection, scope: Scope, *, after: int, about: str | None = None) -> News:
    """What happened after a number. ``about`` narrows it to a batch with its payments and files, or to one thing."""
    some = select(events.c.sequence, events.c.subject_kind).where(
        events.c.sequence > after, *scope.of_subjects(events.c.subject)
    )
    if about is not None:
        of_batch = select(files.c.id).where(files.c.batch_id == about)
        some = some.where(
            (events.c.subject == about)
            | events.c.subject.startswith(f"{about}-", autoescape=True)
            | events.c.subject.in_(of_batch)
        )
    chosen = some.order_by(events.c.sequence).limit(NEWS_MAX).subquery()
    query = select(chosen.c.subject_kind, func.count(), func.max(chosen.c.sequence)).group_by(chosen.c.subject_kind)
    kinds: dict[str, int] = {}
    last = after
    for kind, count, newest in connection.execute(query):
        kinds[kind] = count
        last = max(last, newest)
    return News(last=last, count=sum(kinds.values()), kinds=kinds)


def newest_event(connection: Connection) -> int:
    """The number of the newest event."""
    return int(connection.execute(select(func.coalesce(func.max(events.c.sequence), 0))).scalar_one())


def statement_totals(connection: Connection, statement_id: str) -> list[Mapping[str, Any]]:
    """The entries of a statement by where they ended: count and exact sum by direction and currency."""
    keys = (entries.c.state, entries.c.direction, entries.c.currency)
    query = (
        select(*keys, func.count().label("count"), exact_sum(entries.c.amount).label("amount"))
        .where(entries.c.statement_id == statement_id)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def window(connection: Connection, window_id: str | None) -> Window | None:
    """The window a payment or file goes through, if it has one."""
    return None if window_id is None else Windows(connection).get(window_id)


def groups_of_file(connection: Connection, file_id: str) -> list[Group]:
    """Where the payments of a file stand."""
    keys = (payments.c.state, payments.c.currency)
    query = (
        select(*keys, func.count().label("count"), exact_sum(payments.c.amount).label("amount"))
        .where(payments.c.file_id == file_id)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [pick(Group, row, held=False) for row in connection.execute(query).mappings()]


def breaks_of(connection: Connection, statement_id: str) -> list[BreakLine]:
    """The breaks that one statement opened."""
    query = select(breaks).where(breaks.c.statement_id == statement_id).order_by(breaks.c.id).limit(SHOWN)
    return [pick(BreakLine, row) for row in connection.execute(query).mappings()]


def statements_of(connection: Connection, document_id: str) -> list[StatementLine]:
    """The statements that came in one document."""
    query = select(statements).where(statements.c.document_id == document_id).order_by(statements.c.id).limit(SHOWN)
    return [pick(StatementLine, row) for row in connection.execute(query).mappings()]


def answers_of(connection: Connection, document_id: str) -> list[Mapping[str, Any]]:
    """What a status report said, by file, status and reason: how many payments each."""
    keys = (answers.c.file_id, answers.c.status, answers.c.reason_code)
    query = (
        select(*keys, func.count().label("count"))
        .where(answers.c.document_id == document_id)
        .group_by(*keys)
        .order_by(*keys)
        .limit(SHOWN)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
