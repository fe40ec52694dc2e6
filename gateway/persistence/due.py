"""What is due, asked of the database with reads only: whoever acts on an answer checks it again when writing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, exists, func, literal, or_, select

from gateway.domain.approval import Decision
from gateway.domain.lifecycle import FileState, State
from gateway.domain.recall import RecallState
from gateway.domain.work import Job
from gateway.persistence.recalls import owed
from gateway.persistence.tables import (
    approvals,
    attempts,
    counters,
    documents,
    events,
    files,
    payments,
    recalls,
    webhooks,
    windows,
    work,
)
from gateway.persistence.work import lapsed, waited

_STEP_OF_BATCH = {State.RECEIVED.value: "validate", State.APPROVED.value: "schedule", State.SCHEDULED.value: "generate"}
SIGNATURES = (Decision.APPROVE.value, Decision.RELEASE.value)
OPEN_FILES = (FileState.GENERATED.value, FileState.STAGED.value, FileState.IN_DOUBT.value)

OPEN_RECALLS = (RecallState.CONFIRMED.value, RecallState.SENDING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """A job nobody has said anything about in time. ``worker`` is None while no worker has claimed it."""

    job: Job
    workflow_id: str
    worker: str | None
    silent_ms: int
    """For how long its lease (or the patience with the queue) has been over."""


class Due:
    """Questions at one moment; each answer names at most ``limit`` subjects, oldest first."""

    def __init__(self, connection: Connection, *, at: datetime, now_ms: int, limit: int) -> None:
        self._connection = connection
        self._at = at
        self._now = now_ms
        self._limit = limit

    def of_batch(self, batch_id: str) -> frozenset[str]:
        """What can be done in a batch now: validate, schedule, roll (a window was missed), generate."""
        query = (
            select(payments.c.state, windows.c.opens_at, windows.c.release_by, payments.c.hold.is_not(None))
            .outerjoin(windows, windows.c.id == payments.c.window_id)
            .where(payments.c.batch_id == batch_id, payments.c.state.in_(list(_STEP_OF_BATCH)))
            .distinct()
        )
        steps = set()
        for state, opens_at, release_by, held in self._connection.execute(query):
            late = state == State.SCHEDULED.value and release_by is not None and release_by < self._at
            early = state == State.SCHEDULED.value and opens_at is not None and opens_at > self._at
            if not early and (late or not held or state != State.SCHEDULED.value):
                steps.add("roll" if late else _STEP_OF_BATCH[state])
        return frozenset(steps)

    def signed(self, *, after: str = "") -> list[tuple[str, int]]:
        """Batches of which something waits for people that somebody signed, with the number of signatures, by id."""
        waits = select(payments.c.id).where(
            payments.c.batch_id == approvals.c.batch_id, payments.c.state == State.VALIDATED.value,
            payments.c.hold.is_(None),
        )  # fmt: skip
        query = (
            select(approvals.c.batch_id, func.count().label("signatures"))
            .where(approvals.c.decision.in_(SIGNATURES), approvals.c.batch_id > after, exists(waits))
            .group_by(approvals.c.batch_id)
            .order_by(approvals.c.batch_id)
            .limit(self._limit)
        )
        return [(row.batch_id, row.signatures) for row in self._connection.execute(query)]

    def waited(self) -> bool:
        """Whether a row has waited long enough."""
        return self._any(select(work.c.key).where(waited(self._now)))

    def unnumbered_events(self) -> bool:
        """Whether events wait for their number."""
        return self._any(select(events.c.id).where(events.c.sequence.is_(None)))

    def webhooks(self) -> list[Job]:
        """Webhooks that have not heard everything and have no job yet."""
        last = self._connection.execute(select(counters.c.value).where(counters.c.name == "events")).scalar_one()
        query = select(webhooks.c.id).where(webhooks.c.state == "active", webhooks.c.cursor < last)
        return self._jobs("webhook", query.where(webhooks.c.next_at <= self._now))

    def subjects(self) -> list[Job]:
        """Batches, documents, files and recalls whose state says that something is to be done, without a job yet."""
        standing = select(payments.c.batch_id).where(payments.c.state.in_([State.RECEIVED.value, State.APPROVED.value]))
        to_send = (
            select(payments.c.batch_id)
            .join(windows, windows.c.id == payments.c.window_id)
            .where(
                payments.c.state == State.SCHEDULED.value,
                windows.c.opens_at <= self._at,
                or_(payments.c.hold.is_(None), windows.c.release_by < self._at),
            )
        )
        found = self._jobs("batch", standing.distinct()) + self._jobs("batch", to_send.distinct())
        return list({job.key: job for job in found + self._of_banks()}.values())

    def _of_banks(self) -> list[Job]:
        """What came from banks and goes to them, each in its bank's lane."""
        return self._documents() + self._files() + self._recalls()

    def _documents(self) -> list[Job]:
        query = select(documents.c.id, documents.c.bank).where(
            documents.c.state == "received", (literal("document:") + documents.c.id).not_in(select(work.c.key))
        )
        return [
            Job(kind="document", subject=row.id, lane=row.bank)
            for row in self._connection.execute(query.limit(self._limit))
        ]

    def _recalls(self) -> list[Job]:
        query = select(recalls.c.id, recalls.c.bank).where(
            recalls.c.state.in_(OPEN_RECALLS), (literal("recall:") + recalls.c.id).not_in(select(work.c.key))
        )
        return [
            Job(kind="recall", subject=row.id, lane=row.bank)
            for row in self._connection.execute(query.limit(self._limit))
        ]

    def _files(self) -> list[Job]:
        """Files that are on their way, and those at the end of it of which a copy may still stand at the bank."""
        left = select(attempts.c.file_id).where(attempts.c.outcome.is_(None))
        query = select(files.c.id, files.c.bank).where(
            or_(files.c.state.in_(OPEN_FILES), files.c.id.in_(left)),
            (literal("file:") + files.c.id).not_in(select(work.c.key)),
        )
        return [
            Job(kind="file", subject=row.id, lane=row.bank)
            for row in self._connection.execute(query.limit(self._limit))
        ]

    def overdue_files(self) -> bool:
        """Whether a bank owes an answer that nobody was told about yet."""
        query = select(files.c.id).where(
            files.c.state == FileState.SUBMITTED.value,
            files.c.answer_overdue.is_(False),
            files.c.answer_due_at <= self._at,
        )
        return self._any(query)

    def overdue_recalls(self) -> bool:
        """Whether a bank owes an answer to a recall that nobody was told about yet."""
        return self._any(select(recalls.c.id).where(owed(self._at), recalls.c.answer_overdue.is_(False)))

    def lapsed(self) -> list[Lapsed]:
        """Jobs whose lease (or patience with the queue) ran out, with the workflow and the worker that hold them."""
        query = (
            select(work)
            .where(work.c.workflow_id.is_not(None), lapsed(self._now))
            .order_by(work.c.lease_until)
            .limit(self._limit)
        )
        return [
            Lapsed(
                job=Job(kind=row.kind, subject=row.subject, lane=row.lane),
                workflow_id=row.workflow_id,
                worker=row.worker,
                silent_ms=self._now - row.lease_until,
            )
            for row in self._connection.execute(query)
        ]

    def unnamed(self, workflow_ids: list[str]) -> list[str]:
        """Those of some workflows that no row names: nobody waits for them."""
        query = select(work.c.workflow_id).where(work.c.workflow_id.in_(workflow_ids))
        named = set(self._connection.execute(query).scalars())
        return [one for one in workflow_ids if one not in named]

    def _jobs(self, kind: str, query: Select[tuple[str]]) -> list[Job]:
        column = query.selected_columns[0]
        fresh = query.where((literal(f"{kind}:") + column).not_in(select(work.c.key))).limit(self._limit)
        return [Job(kind=kind, subject=str(row[0])) for row in self._connection.execute(fresh)]

    def _any(self, query: Select[tuple[str]] | Select[tuple[int]]) -> bool:
        return self._connection.execute(query.limit(1)).first() is not None
