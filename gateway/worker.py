"""A worker process: takes jobs from the queue, keeps their leases alive, and runs the alarm clock."""

import random
import threading
from collections.abc import Callable

import structlog
from sqlalchemy import select

from gateway.clock import passed_ms
from gateway.domain.errors import Fenced
from gateway.domain.work import Claim, Job
from gateway.persistence.unit_of_work import LEASE_MS, QUEUE_PATIENCE_MS
from gateway.scheduling import jobs, queue
from gateway.scheduling.alarm import Alarm
from gateway.scheduling.liveness import worker_name
from gateway.wiring import Hub

HEARTBEAT_S = 2.0
STOP_PATIENCE_S = 20
REST_MS = {"poll": 2_000}
"""A bank that takes files one after the other is asked for answers once in so long, not after each of them."""
AWAY_MS_MAX = 10_000
"""After a longer outage of the database the worker ends: the queue's threads may then sleep for a minute and more."""
ASLEEP_MS = LEASE_MS
"""A pause between two beats that is longer than this was a sleep of the whole process."""
log = structlog.get_logger()


class WorkerProcess:
    """One worker: start it, and stop it when the process is asked to end.

    ``on_lost`` is called when the database is back after it was away for too long (see :data:`AWAY_MS_MAX`): a new
    process then begins at once, and this one's threads would not.
    """

    def __init__(self, hub: Hub, *, on_lost: Callable[[], None] = lambda: None) -> None:
        self._hub = hub
        self._on_lost = on_lost
        self._missed = False
        """Whether the database failed to answer since :attr:`_heard_ms`."""
        self._heard_ms = self._beat_ms = passed_ms()
        self.name = worker_name(hub.ids.new(hub.clock.now())[-8:])
        self._queue = queue.Queue(hub)
        hub.enqueue = self._queue.enqueue
        self._worker = jobs.Worker(hub=hub, name=self.name, jitter=random.SystemRandom().random)
        self._alarm = Alarm(hub, self._queue, self.name, self._worker.jitter)
        self._claims: dict[str, tuple[Claim, int]] = {}
        """What is held, and since when in machine time."""
        self._guard = threading.Lock()
        self._ending = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="leases", daemon=True)

    def start(self) -> None:
        """Begins to work."""
        self._hub.check_configuration()
        self._hub.note_configuration()
        queue.start(self._hub, executor=self.name, advance=self._advance)
        self._heart.start()
        self._alarm.start()
        log.info("worker.started", worker=self.name)

    def stop(self) -> None:
        """Stops taking jobs, lets those under way finish, and lets go of everything."""
        self._alarm.stop()
        queue.stop(patience_s=STOP_PATIENCE_S)
        self._ending.set()
        self._heart.join(timeout=HEARTBEAT_S * 2)
        self._queue.close()
        log.info("worker.stopped", worker=self.name)

    def _advance(self, kind: str, subject: str, lane: str, workflow_id: str) -> None:
        job = Job(kind=kind, subject=subject, lane=lane)
        with self._hub.unit_of_work(actor=self.name) as work:
            claim = work.work.claim(job, workflow_id, self.name, lease_ms=LEASE_MS)
            work.commit()
        if claim is None:
            return
        about = {f"{job.kind}_id": job.subject, "fence": claim.fence}
        with self._holding(claim), structlog.contextvars.bound_contextvars(**about):
            try:
                self._end(claim, self._outcome(claim))
            except Fenced:
                log.warning("work.fenced")

    def _outcome(self, claim: Claim) -> jobs.Later | None:
        """What the job came to. A failure nobody foresaw is ours: it is told, and the job is tried again later."""
        try:
            return jobs.advance(self._worker, claim)
        except Fenced:
            raise
        except Exception as err:
            log.exception("work.failed")
            return self._worker.again(claim, f"the hub failed: {err!r}")

    def _end(self, claim: Claim, later: jobs.Later | None) -> None:
        with self._hub.unit_of_work(actor=self.name) as work:
            if later is None:
                work.work.finish(claim, patience_ms=QUEUE_PATIENCE_MS, rest_ms=REST_MS.get(claim.job.kind, 0))
            else:
                if later.error is not None:
                    log.info("work.postponed", reason=later.error, failures=later.failures)
                work.work.postpone(claim, due_ms=later.due_ms, error=later.error, failures=later.failures)
            work.commit()

    def _holding(self, claim: Claim) -> "_Held":
        return _Held(lambda: self._note(claim, holds=True), lambda: self._note(claim, holds=False))

    def _note(self, claim: Claim, *, holds: bool) -> None:
        with self._guard:
            if holds:
                self._claims[claim.workflow_id] = (claim, self._hub.machine_ms())
            else:
                self._claims.pop(claim.workflow_id, None)

    def _kept_alive(self) -> list[Claim]:
        """The claims whose leases are renewed. A job that has no end loses its lease, its place in the queue and the
        right to commit, so that the next try can count it; its thread cannot be stopped.
        """
        now = self._hub.machine_ms()
        with self._guard:
            return [claim for claim, since in self._claims.values() if not jobs.endless(claim, held_ms=now - since)]

    def _beat(self) -> None:
        while not self._ending.wait(HEARTBEAT_S):
            if passed_ms() - self._beat_ms > ASLEEP_MS:
                self._heard_ms = passed_ms()  # we were away, not the database
            try:
                self._keep(self._kept_alive())
            except Exception:
                log.exception("leases.failed")
                self._missed = True
            else:
                self._heard()
            self._beat_ms = passed_ms()

    def _keep(self, held: list[Claim]) -> None:
        """Keeps the leases; a worker that holds none only asks whether the database is there."""
        if not held:
            with self._hub.reading() as connection:
                connection.execute(select(1))
            return
        with self._hub.unit_of_work(actor=self.name) as work:
            work.work.keep(held, lease_ms=LEASE_MS)
            work.commit()

    def _heard(self) -> None:
        """The database answers; was it away for long? Counted from its last answer: on a busy machine the first
        failure comes late, and the queue's threads have slept by then.
        """
        for_ms, missed = passed_ms() - self._heard_ms, self._missed
        self._missed, self._heard_ms = False, passed_ms()
        if missed and for_ms > AWAY_MS_MAX:
            log.warning("worker.database_was_away", for_ms=for_ms)
            self._on_lost()


class _Held:
    """Counts a claim among those whose lease is kept alive, for as long as the job runs."""

    def __init__(self, begin: Callable[[], None], end: Callable[[], None]) -> None:
        self._begin = begin
        self._end = end

    def __enter__(self) -> None:
        self._begin()

    def __exit__(self, *_: object) -> None:
        self._end()
