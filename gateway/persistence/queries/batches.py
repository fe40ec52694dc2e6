"""Batches as people and ERPs look at them: with where their payments stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, exists, func, select

from formats.findings import Severity
from gateway.domain.errors import NotFound
from gateway.domain.lifecycle import State
from gateway.domain.work import Job
from gateway.persistence.columns import exact_sum
from gateway.persistence.queries.scope import LIMIT_DEFAULT, Page, Scope, Total, page, pick, totals
from gateway.persistence.tables import approvals, batches, events, findings, payments, work

FINDINGS_SHOWN = 500
_WORST_FIRST = {severity.value: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Payments of one batch or window that stand in one state, in one currency."""

    state: str
    held: bool
    currency: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One batch in a list."""

    id: str
    client_id: str
    entity: str
    source: str
    message_id: str
    file_name: str | None
    maker: str
    maker_is_person: bool
    received_at: datetime
    payments: int
    totals: list[Total]
    states: list[Group]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """One finding as stored."""

    rule: str
    severity: str
    message: str
    advice: str
    path: str | None
    line: int | None
    payment_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLine:
    """One person's decision; it counts for ``digest`` only. ``right_of`` is whose right it was, where not their own."""

    person_id: str
    person_name: str
    decision: str
    digest: str
    reason: str
    at: datetime
    right_of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDetail(BatchLine):
    """One batch with everything known about it; ``findings_total`` counts also those not shown. ``stopped`` is what a
    person must mend before it goes on.
    """

    document_sha256: str
    erased_at: datetime | None
    erp: dict[str, str]
    findings: list[FindingLine]
    findings_total: int
    approvals: list[ApprovalLine]
    stopped: str | None


def list_batches(
    connection: Connection, scope: Scope, *, after: str | None = None, limit: int = LIMIT_DEFAULT,
    state: State | None = None, entity: str | None = None, held: bool | None = None,
) -> Page[BatchLine]:  # fmt: skip
    """Batches, newest first; ``after`` is the cursor of the page before."""
    query = select(batches).where(*scope.of_batches()).order_by(batches.c.id.desc())
    if after is not None:
        query = query.where(batches.c.id < after)
    if entity is not None:
        query = query.where(batches.c.entity == entity)
    if state is not None or held is not None:
        some = [payments.c.batch_id == batches.c.id]
        if state is not None:
            some.append(payments.c.state == state.value)
        if held is not None:
            some.append(payments.c.hold.is_not(None) if held else payments.c.hold.is_(None))
        query = query.where(exists().where(*some))
    found = page(connection, query, limit=limit, turn=dict)
    standing = groups(connection, [row["id"] for row in found.items])
    return Page(
        [pick(BatchLine, row, totals=totals(row["totals"]), states=standing.get(row["id"], [])) for row in found.items],
        found.next,
    )


def get_batch(connection: Connection, scope: Scope, batch_id: str) -> BatchDetail:
    """One batch; raises :class:`NotFound`, also when it belongs to somebody else."""
    query = select(batches).where(batches.c.id == batch_id, *scope.of_batches())
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no batch {batch_id}.")
    said = select(approvals).where(approvals.c.batch_id == batch_id).order_by(approvals.c.id)
    count = select(func.count()).select_from(findings).where(findings.c.batch_id == batch_id)
    return pick(
        BatchDetail,
        row,
        totals=totals(row["totals"]),
        states=groups(connection, [batch_id]).get(batch_id, []),
        erp=dict(row["erp"]),
        findings=list_findings(connection, batch_id),
        findings_total=connection.execute(count).scalar_one(),
        approvals=[pick(ApprovalLine, one) for one in connection.execute(said).mappings()],
        stopped=stopped_by(connection, Job(kind="batch", subject=batch_id)),
    )


def stopped_by(connection: Connection, job: Job) -> str | None:
    """What people were told that a job cannot go on without, if its last try said that still. Other troubles pass."""
    told = select(events.c.data).where(
        events.c.subject_kind == job.kind, events.c.subject == job.subject,
        events.c.type == f"payhub.{job.kind}.stopped.v1",
    )  # fmt: skip
    last = connection.execute(told.order_by(events.c.id.desc()).limit(1)).scalar_one_or_none()
    error = connection.execute(select(work.c.error).where(work.c.key == job.key)).scalar_one_or_none()
    return error if last is not None and last.get("reason") == error else None


def list_findings(connection: Connection, batch_id: str, *, payment_id: str | None = None) -> list[FindingLine]:
    """The findings of a batch or of one payment, worst first."""
    query = select(findings).where(findings.c.batch_id == batch_id).order_by(findings.c.id).limit(FINDINGS_SHOWN)
    if payment_id is not None:
        query = query.where(findings.c.payment_id == payment_id)
    rows = [pick(FindingLine, row) for row in connection.execute(query).mappings()]
    return sorted(rows, key=lambda row: _WORST_FIRST[row.severity])


def groups(connection: Connection, batch_ids: Iterable[str]) -> Mapping[str, list[Group]]:
    """Where the payments of these batches stand: one statement for all of them."""
    held = payments.c.hold.is_not(None).label("held")
    query = (
        select(
            payments.c.batch_id, payments.c.state, held, payments.c.currency, func.count().label("count"),
            exact_sum(payments.c.amount).label("amount"),
        )
        .where(payments.c.batch_id.in_(list(batch_ids)))
        .group_by(payments.c.batch_id, payments.c.state, held, payments.c.currency)
        .order_by(payments.c.batch_id, payments.c.state, payments.c.currency)
    )  # fmt: skip
    found: dict[str, list[Group]] = {}
    for row in connection.execute(query).mappings():
        values: dict[str, Any] = dict(row)
        found.setdefault(row["batch_id"], []).append(pick(Group, values, held=bool(row["held"])))
    return found
