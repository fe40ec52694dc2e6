"""The alarm clock: asks the database what is due, and puts it on the queue. It remembers nothing itself.

Every worker has one. Two that ask at the same time do no harm: a subject has one row, and starting it is a
compare-and-set. A process that was down finds on its start whatever became due meanwhile (promise P9).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from banks.circuit import Stand
from banks.polling import is_open, pause_longest_ms, pause_ms
from banks.settings import pins
from gateway.domain.work import Job
from gateway.persistence import channel_desk
from gateway.persistence.channels import ChannelRow, Channels
from gateway.persistence.due import Due, Lapsed
from gateway.persistence.engine import BUSY_TIMEOUT_MS
from gateway.persistence.idempotency import KEPT_DAYS, IdempotencyKeys
from gateway.persistence.unit_of_work import LEASE_MS, QUEUE_PATIENCE_MS, UnitOfWork
from gateway.recalling import remind
from gateway.scheduling import anchoring, escalation, keys, letting_go
from gateway.scheduling.liveness import lives_here
from gateway.scheduling.queue import KEPT_S, Queue
from gateway.scheduling.timers import Timers, safely
from gateway.steps import reconcile
from gateway.wiring import Hub

TICK_S = 0.5
SWEEP_S = 2
RELEASE_S = 10
HOUSEKEEPING_S = 300
WARN_S = 20
ANCHOR_S = 30
LET_GO_S = 60
KEYS_S = 3_600
"""Keys end by the day; looked at by the hour, a worker that is often restarted misses none."""
AT_ONCE = 200
"""Subjects started in one transaction; the next tick takes the next ones."""
SILENT_MS_MAX = BUSY_TIMEOUT_MS
"""How long past its lease a living worker may be silent: SQLite makes nobody wait longer for its one writer."""
ACTOR = "payhub"
log = structlog.get_logger()


class Alarm:
    """The timers of one worker process."""

    def __init__(self, hub: Hub, queue: Queue, worker: str, draw: Callable[[], float]) -> None:
        self._hub = hub
        self._queue = queue
        self._worker = worker
        self._draw = draw
        self._patient = hub.engine.dialect.name == "sqlite"
        """SQLite has one writer: a worker may be silent because another one's long transaction keeps it waiting."""
        self._timers = Timers()
        for job, seconds in (
            (self.tick, TICK_S), (self.sweep, SWEEP_S), (self.release, RELEASE_S), (self.tidy, HOUSEKEEPING_S),
            (self.warn, WARN_S), (self.keys, KEYS_S), (self.anchor, ANCHOR_S),
            (self.let_go, LET_GO_S),
        ):  # fmt: skip
            self._timers.add(job, every_s=seconds)

    def start(self) -> None:
        """Catches up once, then keeps time."""
        safely(self._lift)()
        safely(self.sweep)()
        safely(self.keys)()
        self._timers.start()

    def stop(self) -> None:
        """Stops the timers; a timer that is running finishes."""
        self._timers.stop()

    def tick(self) -> None:
        """What is due by the clock: rows that waited, polls, events to number, webhooks to tell.

        Looks first and writes only what it found, each in a short transaction of its own.
        """
        with self._hub.reading() as connection:
            look = Due(connection, at=self._hub.clock.now(), now_ms=self._hub.machine_ms(), limit=AT_ONCE)
            waited, unnumbered, behind = look.waited(), look.unnumbered_events(), look.webhooks()
        if waited:
            with self._unit() as work:
                for job in work.work.due(limit=AT_ONCE):
                    work.work.start_due(job, patience_ms=QUEUE_PATIENCE_MS)
                work.commit()
        self._polls()
        if unnumbered:
            with self._unit() as work:
                work.outbox.publish()
                work.commit()
        self._request(behind)

    def sweep(self) -> None:
        """What fell between: subjects whose state says that something is to be done, and leases that lapsed."""
        with self._hub.reading() as connection:
            look = Due(connection, at=self._hub.clock.now(), now_ms=self._hub.machine_ms(), limit=AT_ONCE)
            jobs, overdue, lapsed = look.subjects(), look.overdue_files(), look.lapsed()
            unanswered = look.overdue_recalls()
        self._request(jobs)
        if overdue:
            self._overdue()
        if unanswered:
            with self._unit() as work:
                remind.remind(work)
                work.commit()
        if lapsed:
            self._take_up(lapsed)

    def release(self) -> None:
        """Frees the places in the queue that the dead hold: a worker that was killed after it had written down the end
        of its job, and before the queue knew. Four of them would bring a whole bank to a standstill.
        """
        self._lift()
        old = self._queue.running(datetime.now(UTC) - timedelta(milliseconds=LEASE_MS), limit=AT_ONCE)
        if not old:
            return
        with self._hub.reading() as connection:
            look = Due(connection, at=self._hub.clock.now(), now_ms=self._hub.machine_ms(), limit=AT_ONCE)
            unnamed = look.unnamed(old)
        for workflow in unnamed:
            log.warning("work.released", workflow=workflow)
            self._queue.cancel(workflow)

    def tidy(self) -> None:
        """What can wait some minutes: bookings that are overdue, and what need not be remembered any longer."""
        with self._unit() as work:
            reconcile.look_for_missing(work)
            IdempotencyKeys(work.connection).forget(work.at - timedelta(days=KEPT_DAYS))
            work.commit()
        self._queue.forget_finished(datetime.now(UTC) - timedelta(seconds=KEPT_S))

    def warn(self) -> None:
        """Windows that close soon, with what waits for them."""
        escalation.warn(self._hub)

    def let_go(self) -> None:
        """Batches that everybody has signed whom the policy still asks for."""
        letting_go.look(self._hub)

    def anchor(self) -> None:
        """The head of the audit trail, signed and taken outside."""
        anchoring.keep(self._hub)

    def keys(self) -> None:
        """Keys and certificates that end soon: people are told while there is time to change them."""
        keys.warn(self._hub, actor=ACTOR)

    def _polls(self) -> None:
        """Asks each bank that is due, whoever of the workers sees it first; a stopped channel is left alone."""
        now, at = self._hub.machine_ms(), self._hub.clock.now()
        every_s = self._hub.settings.poll_every_s
        with self._hub.reading() as connection:
            rows = Channels(connection=connection).all()
        for bank, profile in self._hub.profiles.items():
            row, polling = rows.get(bank, ChannelRow(bank=bank)), profile.polling
            longest_ms = pause_longest_ms(polling, every_s=every_s)
            due = row.next_poll_at <= now or row.next_poll_at > now + longest_ms
            if not due or row.circuit.stand is Stand.STOPPED or not is_open(polling, at):
                continue
            next_ms = now + pause_ms(polling, every_s=every_s, draw=self._draw())
            job = Job(kind="poll", subject=bank, lane=bank)
            with self._unit() as work:
                desk = Channels(connection=work.connection)
                if desk.take_poll(bank, now_ms=now, next_ms=next_ms, longest_ms=longest_ms):
                    if not work.work.known(job):
                        work.request(job.kind, job.subject, lane=job.lane)
                    work.commit()

    def _lift(self) -> None:
        """A profile that pins the key a stopped channel was shown settles the matter: who may deploy may decide."""
        with self._hub.reading() as connection:
            rows = Channels(connection=connection).all()
        for bank, row in rows.items():
            profile = self._hub.profiles.get(bank)
            if row.circuit.stand is not Stand.STOPPED or profile is None or not row.offered_key:
                continue
            if pins(profile, row.offered_key):
                with self._unit() as work:
                    channel_desk.lift(work, bank, how="the profile pins the new host key", pinned=True)
                    work.commit()

    def _request(self, jobs: list[Job]) -> None:
        """Starts subjects that have no row yet; those that have one are on the queue, in work, or waiting."""
        if not jobs:
            return
        with self._unit() as work:
            for job in jobs:
                if not work.work.known(job):
                    work.request(job.kind, job.subject, lane=job.lane)
            work.commit()

    def _overdue(self) -> None:
        with self._unit() as work:
            for file in work.files.overdue(work.at):
                client = work.batches.get(file.batch_id).client_id
                work.alert(
                    "payhub.file.overdue.v1", subject_kind="file", subject=file.id, client_id=client,
                    data={"bank": file.bank, "expected_by": str(file.answer_due_at), "file": file.name},
                )  # fmt: skip
            work.commit()

    def _take_up(self, lapsed: list[Lapsed]) -> None:
        """What is still in the queue gets more time; what a silent worker had (claimed or not yet) and what waits where
        nobody looks any more starts anew. Only then are the places of the dead freed: a sleeper may hold one of them
        fast for a minute, and no job waits for that.
        """
        stands = self._queue.standing({one.workflow_id: one.job for one in lapsed})
        waiting, dead = [], []
        for one in lapsed:
            stand = stands.get(one.workflow_id)
            if stand is not None and stand.waits and not stand.astray:
                waiting.append(one)
                continue
            astray = stand is not None and stand.waits  # nobody would ever take it where it is
            if astray or not self._believed(one.worker or (stand.taken_by if stand else None), one.silent_ms):
                dead += [one.workflow_id] if self._restart(one.job, one.workflow_id) else []
        if waiting:
            with self._unit() as work:
                for one in waiting:
                    work.work.wait_longer(one.job, one.workflow_id, patience_ms=QUEUE_PATIENCE_MS)
                work.commit()
        for workflow in dead:  # should we die before that, :meth:`release` frees them
            self._queue.cancel(workflow)

    def _believed(self, worker: str | None, silent_ms: int) -> bool:
        """Whether a silent worker is only kept waiting by another one's transaction."""
        return self._patient and silent_ms <= SILENT_MS_MAX and lives_here(worker, me=self._worker)

    def _restart(self, job: Job, workflow: str) -> bool:
        with self._unit() as work:
            restarted = work.work.restart(job, workflow, patience_ms=QUEUE_PATIENCE_MS)
            work.commit()
        if restarted:
            log.warning("work.restarted", job=job.key, workflow=workflow)
        return restarted

    def _unit(self) -> UnitOfWork:
        return self._hub.unit_of_work(actor=ACTOR)
