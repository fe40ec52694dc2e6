"""Bank files and windows as people look at them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from gateway.domain.errors import NotFound
from gateway.domain.lifecycle import FileState, State
from gateway.domain.work import Job
from gateway.persistence.columns import exact_sum
from gateway.persistence.queries.batches import Group, stopped_by
from gateway.persistence.queries.scope import LIMIT_DEFAULT, Page, Scope, Total, page, pick, totals
from gateway.persistence.tables import attempts, batches, evidence, file_moves, files, payments


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One bank file in a list."""

    id: str
    bank: str
    batch_id: str
    message: str
    name: str
    state: str
    sha256: str
    size: int
    count: int
    totals: list[Total]
    window_id: str | None
    generated_at: datetime
    submitted_at: datetime | None
    answer_due_at: datetime | None
    answer_overdue: bool
    bank_reference: str | None
    iso_status: str | None
    reason_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMove:
    """One row of a file's history."""

    at: datetime
    source: str
    target: str
    step: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """One try to hand a file over; without an outcome nobody knows."""

    number: int
    started_at: datetime
    staged_at: datetime | None
    recalled_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    detail: str | None
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """What proved something about a file."""

    kind: str
    text: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDetail(FileLine):
    """One bank file with its way to the bank. ``stopped`` is what a person must mend before it goes on."""

    version: int
    stopped: str | None
    approval_digest: str
    profile_digest: str
    moves: list[FileMove]
    attempts: list[AttemptLine]
    evidence: list[EvidenceLine]


def list_files(
    connection: Connection, scope: Scope, *, bank: str | None = None, state: FileState | None = None,
    batch_id: str | None = None, after: str | None = None, limit: int = LIMIT_DEFAULT,
) -> Page[FileLine]:  # fmt: skip
    """Bank files, newest first."""
    query = select(files).order_by(files.c.id.desc())
    if scope.limits_batches:
        query = query.join(batches, batches.c.id == files.c.batch_id).where(*scope.of_batches())
    for column, value in ((files.c.bank, bank), (files.c.state, state and state.value), (files.c.batch_id, batch_id)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(files.c.id < after)
    return page(connection, query, limit=limit, turn=lambda row: pick(FileLine, row, totals=totals(row["totals"])))


def get_file(connection: Connection, scope: Scope, file_id: str) -> FileDetail:
    """One file; raises :class:`NotFound`, also when it belongs to somebody else."""
    query = select(files).join(batches, batches.c.id == files.c.batch_id)
    row = connection.execute(query.where(files.c.id == file_id, *scope.of_batches())).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no file {file_id}.")
    moves = select(file_moves).where(file_moves.c.file_id == file_id).order_by(file_moves.c.version)
    tries = select(attempts).where(attempts.c.file_id == file_id).order_by(attempts.c.number)
    proofs = select(evidence).where(evidence.c.file_id == file_id).order_by(evidence.c.id)
    return pick(
        FileDetail,
        row,
        totals=totals(row["totals"]),
        stopped=stopped_by(connection, Job(kind="file", subject=file_id)),
        moves=[pick(FileMove, one) for one in connection.execute(moves).mappings()],
        attempts=[pick(AttemptLine, one) for one in connection.execute(tries).mappings()],
        evidence=[pick(EvidenceLine, one) for one in connection.execute(proofs).mappings()],
    )


def withdrawable_in_files(connection: Connection, batch_id: str) -> list[Group]:
    """Payments of a batch in files that are not staged at their bank yet, by currency."""
    query = (
        select(payments.c.currency, func.count().label("count"), exact_sum(payments.c.amount).label("amount"))
        .join(files, files.c.id == payments.c.file_id)
        .where(payments.c.batch_id == batch_id, payments.c.state == State.GENERATED.value)
        .where(files.c.state == FileState.GENERATED.value)
        .group_by(payments.c.currency)
    )
    rows = connection.execute(query).mappings()
    return [pick(Group, row, state=State.GENERATED.value, held=False) for row in rows]
