"""The alarm clock: asks the database what is due, and puts it on the queue. It remembers nothing itself.

Every worker has one. Two that ask at the same time do no harm: a subject has one row, and starting it is a
compare-and-set. A process that was down finds on its start whatever became due meanwhile (promise P9).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import select

from gateway.domain.lifecycle import FileState, State
from gateway.domain.work import Job
from gateway.persistence.tables import events, files, webhooks
from gateway.persistence.unit_of_work import QUEUE_PATIENCE_MS, UnitOfWork
from gateway.scheduling.queue import KEPT_S, Queue
from gateway.wiring import Hub

TICK_S = 0.5
SWEEP_S = 2
HOUSEKEEPING_S = 300
AT_ONCE = 200
"""Subjects started in one transaction; the next tick takes the next ones."""
ACTOR = "payhub"
log = structlog.get_logger()


class Alarm:
    """The timers of one worker process."""

    def __init__(self, hub: Hub, queue: Queue) -> None:
        self._hub = hub
        self._queue = queue
        self._polled: dict[str, int] = {}
        self._timers = BackgroundScheduler(timezone=UTC)
        for job, seconds in ((self.tick, TICK_S), (self.sweep, SWEEP_S), (self.tidy, HOUSEKEEPING_S)):
            self._timers.add_job(
                self._safely(job), "interval", seconds=seconds, coalesce=True, max_instances=1, id=job.__name__
            )

    def start(self) -> None:
        """Catches up once, then keeps time."""
        self._safely(self.sweep)()
        self._timers.start()

    def stop(self) -> None:
        """Stops the timers; a timer that is running finishes."""
        self._timers.shutdown(wait=True)

    def tick(self) -> None:
        """What is due by the clock: rows that waited, polls, events to number, webhooks to tell."""
        now = self._hub.machine_ms()
        with self._unit() as work:
            for job in work.work.due(limit=AT_ONCE):
                work.work.start_due(job, patience_ms=QUEUE_PATIENCE_MS)
            for bank, profile in self._hub.profiles.items():
                every_s = self._hub.settings.poll_every_s or profile.channel.pickup.poll_every_s
                if now - self._polled.get(bank, 0) >= every_s * 1000:
                    self._polled[bank] = now
                    self._start(work, Job(kind="poll", subject=bank, lane=bank))
            work.commit()
        self._publish()

    def sweep(self) -> None:
        """What fell between: subjects whose state says that something is to be done, and leases that lapsed."""
        with self._unit() as work:
            for state in (State.RECEIVED, State.APPROVED):
                for batch in work.batches.standing_in(state, limit=AT_ONCE):
                    self._start(work, Job(kind="batch", subject=batch))
            for batch in work.windows.batches_to_send(work.at, limit=AT_ONCE):
                self._start(work, Job(kind="batch", subject=batch))
            for document in work.documents.waiting(limit=AT_ONCE):
                self._start(work, Job(kind="document", subject=document))
            self._files(work)
            self._overdue(work)
            work.commit()
        self._restart_lapsed()

    def tidy(self) -> None:
        """Forgets what the queue finished long ago."""
        before = datetime.now(UTC) - timedelta(seconds=KEPT_S)
        self._queue.forget_finished(before.isoformat())

    def _start(self, work: UnitOfWork, job: Job) -> None:
        if not work.work.known(job):
            work.request(job.kind, job.subject, lane=job.lane)

    def _files(self, work: UnitOfWork) -> None:
        open_states = [FileState.GENERATED.value, FileState.STAGED.value, FileState.IN_DOUBT.value]
        query = select(files.c.id, files.c.bank).where(files.c.state.in_(open_states)).limit(AT_ONCE)
        for row in work.connection.execute(query).all():
            self._start(work, Job(kind="file", subject=row.id, lane=row.bank))

    def _overdue(self, work: UnitOfWork) -> None:
        for file in work.files.overdue(work.at):
            client = work.batches.get(file.batch_id).client_id
            work.alert(
                "payhub.file.overdue.v1", subject_kind="file", subject=file.id, client_id=client,
                data={"bank": file.bank, "expected_by": str(file.answer_due_at), "file": file.name},
            )  # fmt: skip

    def _publish(self) -> None:
        with self._hub.reading() as connection:
            waiting = connection.execute(select(events.c.id).where(events.c.sequence.is_(None)).limit(1)).first()
            listening = connection.execute(
                select(webhooks.c.id).where(webhooks.c.state == "active", webhooks.c.next_at <= self._hub.machine_ms())
            ).all()
        if waiting is None and not listening:
            return
        with self._unit() as work:
            if waiting is not None:
                work.outbox.publish()
            last = work.outbox.last()
            behind = select(webhooks.c.id).where(webhooks.c.state == "active", webhooks.c.cursor < last)
            for row in work.connection.execute(behind).all():
                self._start(work, Job(kind="webhook", subject=row.id))
            work.commit()

    def _restart_lapsed(self) -> None:
        with self._unit() as work:
            lapsed = work.work.lapsed(limit=AT_ONCE)
            work.commit()
        for job, workflow in lapsed:
            if self._queue.waiting(workflow):
                with self._unit() as work:
                    work.work.wait_longer(job, workflow, patience_ms=QUEUE_PATIENCE_MS)
                    work.commit()
                continue
            self._queue.cancel(workflow)
            with self._unit() as work:
                if work.work.restart(job, workflow, patience_ms=QUEUE_PATIENCE_MS):
                    log.warning("work.restarted", job=job.key, workflow=workflow)
                work.commit()

    def _unit(self) -> UnitOfWork:
        return self._hub.unit_of_work(actor=ACTOR)

    @staticmethod
    def _safely(act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
            except Exception:
                log.exception("alarm.failed", timer=act.__name__)

        return run
