"""What is to be done: one row a subject (batch, file, poll …), so that no subject is worked on twice at a time.

The row says who works on it, until when (the lease, in machine time) and under which fencing token. The queue only
carries "advance this"; this table is the truth. Waiting is a row with a due moment, not a sleeping process.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.domain.errors import Fenced
from gateway.domain.work import WAITS_FOR_CHANNEL, Claim, Job
from gateway.persistence.tables import work

LEASE_AHEAD_MS_MAX = 120_000
"""No lease ends later than this: one that seems to was written by a clock that has been set back since. It is longer
than SQLite lets anybody wait for its one writer."""
WAIT_MS_MAX = 3_900_000
"""Nor does a failed job wait longer for its next try than the hour a bank may ask for."""
Enqueue = Callable[[Connection, Job], str]
"""Puts a job on the queue within the caller's transaction; gives the id of what it put there."""


class Work:
    """The work rows of one unit of work. ``now`` and leases are machine time in whole milliseconds."""

    def __init__(self, connection: Connection, *, now_ms: int, enqueue: Enqueue) -> None:
        self._connection = connection
        self._now = now_ms
        self._enqueue = enqueue

    def request(self, job: Job, *, patience_ms: int, patient: bool = False) -> None:
        """Makes sure the subject will be advanced after this transaction commits: now, or again once it is free.

        ``patient`` leaves one that waits for its moment to it.
        """
        again = update(work).where(work.c.key == job.key, work.c.workflow_id.is_not(None)).values(again=True)
        fresh = self._added(job)
        if not fresh and self._connection.execute(again).rowcount:
            return  # it is on the queue or being worked on; without a workflow it waited for its moment, which is now
        if not fresh and not self.known(job):  # it was finished between the two statements
            self.request(job, patience_ms=patience_ms, patient=patient)
            return
        if patient and not fresh:
            return
        self._start(job, patience_ms=patience_ms)

    def _added(self, job: Job) -> bool:
        """Whether the subject had no row; one that somebody else adds at the same moment is waited for."""
        insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        row = insert(work).values(
            key=job.key, kind=job.kind, subject=job.subject, lane=job.lane, workflow_id=None, fence=0, lease_until=0,
            due_at=self._now, again=False, failures=0,
        )  # fmt: skip
        added = row.on_conflict_do_nothing(index_elements=["key"]).returning(work.c.key)
        return self._connection.execute(added).first() is not None

    def known(self, job: Job) -> bool:
        """Whether the subject has a row already: on the queue, being worked on, or waiting for its moment."""
        return self._connection.execute(select(work.c.key).where(work.c.key == job.key)).first() is not None

    def _start(self, job: Job, *, patience_ms: int) -> None:
        workflow = self._enqueue(self._connection, job)
        self._connection.execute(
            update(work)
            .where(work.c.key == job.key)
            .values(workflow_id=workflow, worker=None, lease_until=self._now + patience_ms, again=False)
        )

    def claim(self, job: Job, workflow_id: str, worker: str, *, lease_ms: int) -> Claim | None:
        """Takes the subject for this workflow under a new fence; None when the row moved on to another workflow."""
        row = self._connection.execute(
            update(work)
            .where(work.c.key == job.key, work.c.workflow_id == workflow_id)
            .values(fence=work.c.fence + 1, worker=worker, lease_until=self._now + lease_ms, again=False)
            .returning(work.c.fence, work.c.failures, work.c.error)
        ).one_or_none()
        if row is None:
            return None
        return Claim(
            job=job, workflow_id=workflow_id, fence=row.fence, worker=worker, failures=row.failures, error=row.error
        )  # fmt: skip

    def guard(self, claim: Claim, *, lease_ms: int) -> None:
        """Raises :class:`Fenced` unless the claim still holds; locks the row until this transaction ends, and has the
        lease start anew if it commits.
        """
        if not self.renew(claim, lease_ms=lease_ms):
            raise _overtaken(claim)

    def renew(self, claim: Claim, *, lease_ms: int) -> bool:
        """Extends the lease; says whether the claim still holds."""
        changed = self._connection.execute(
            update(work).where(*_held(claim)).values(lease_until=self._now + lease_ms)
        ).rowcount
        return bool(changed)

    def keep(self, claims: Iterable[Claim], *, lease_ms: int) -> None:
        """Extends leases without waiting: a row that is locked belongs to a transaction which renews it, or took it."""
        for claim in claims:
            free = select(work.c.key).where(work.c.key == claim.job.key).with_for_update(skip_locked=True)
            if self._connection.execute(free).first() is not None:
                self.renew(claim, lease_ms=lease_ms)

    def finish(self, claim: Claim, *, patience_ms: int, rest_ms: int = 0) -> None:
        """Done: the row goes, unless somebody asked again meanwhile; then it starts anew, after ``rest_ms`` if told."""
        gone = self._connection.execute(delete(work).where(*_held(claim), work.c.again.is_(False))).rowcount
        if gone:
            return
        if rest_ms:
            self._wait(claim, due_at=self._now + rest_ms, error=None, failures=0)
            return
        self.guard(claim, lease_ms=patience_ms)
        self._start(claim.job, patience_ms=patience_ms)

    def postpone(self, claim: Claim, *, due_ms: int, error: str | None, failures: int) -> None:
        """Not now: the row waits until ``due_ms`` without holding a place in the queue.

        Somebody who asked again meanwhile knows something the job did not: then it is due at once.
        """
        self._wait(claim, due_at=case((work.c.again, self._now), else_=due_ms), error=error, failures=failures)

    def _wait(self, claim: Claim, *, due_at: object, error: str | None, failures: int) -> None:
        changed = self._connection.execute(
            update(work)
            .where(*_held(claim))
            .values(workflow_id=None, worker=None, due_at=due_at, again=False, failures=failures, error=error)
        ).rowcount
        if not changed:
            raise _overtaken(claim)

    def due(self, *, limit: int) -> list[Job]:
        """Rows that waited long enough."""
        query = (
            select(work).where(waited(self._now)).order_by(work.c.due_at).limit(limit).with_for_update(skip_locked=True)
        )
        return [_job(row) for row in self._connection.execute(query).mappings()]

    def wake(self, lane: str) -> None:
        """Makes due at once what waited for a bank's channel only."""
        self._connection.execute(
            update(work)
            .where(work.c.lane == lane, work.c.workflow_id.is_(None), work.c.error == WAITS_FOR_CHANNEL)
            .values(due_at=self._now)
        )

    def start_due(self, job: Job, *, patience_ms: int) -> None:
        """Puts a row that waited on the queue."""
        self._start(job, patience_ms=patience_ms)

    def wait_longer(self, job: Job, workflow_id: str, *, patience_ms: int) -> None:
        """The workflow is still in the queue: give it more time."""
        self._connection.execute(
            update(work)
            .where(work.c.key == job.key, work.c.workflow_id == workflow_id)
            .values(lease_until=self._now + patience_ms)
        )

    def restart(self, job: Job, stale: str, *, patience_ms: int) -> bool:
        """Starts a lapsed subject anew under another workflow id. False when somebody did so already, or is in the
        middle of a transaction about it: then the next look decides, and nothing else waits for it.
        """
        lapsed_row = select(work.c.key).where(work.c.key == job.key, work.c.workflow_id == stale, lapsed(self._now))
        if self._connection.execute(lapsed_row.with_for_update(skip_locked=True)).first() is None:
            return False
        self._connection.execute(update(work).where(work.c.key == job.key).values(fence=work.c.fence + 1))
        self._start(job, patience_ms=patience_ms)
        return True


def lapsed(now_ms: int) -> ColumnElement[bool]:
    """Whether a row's lease is over, or cannot be true."""
    return or_(work.c.lease_until < now_ms, work.c.lease_until > now_ms + LEASE_AHEAD_MS_MAX)


def waited(now_ms: int) -> ColumnElement[bool]:
    """Whether a row has waited long enough, or longer than anybody may have told it to."""
    too_far = and_(work.c.failures > 0, work.c.due_at > now_ms + WAIT_MS_MAX)
    return and_(work.c.workflow_id.is_(None), or_(work.c.due_at <= now_ms, too_far))


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        work.c.key == claim.job.key, work.c.fence == claim.fence, work.c.workflow_id == claim.workflow_id,
    )  # fmt: skip


def _overtaken(claim: Claim) -> Fenced:
    return Fenced(f"Another worker has taken over {claim.job.key}.")


def _job(row: RowMapping) -> Job:
    return Job(kind=row["kind"], subject=row["subject"], lane=row["lane"])
