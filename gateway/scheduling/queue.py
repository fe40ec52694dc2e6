"""The queue: DBOS carries "advance this" to whichever worker is free; our own ``work`` table stays the truth.

A workflow is one short, re-runnable job without steps of its own. Its id is ours; a job whose worker died is cancelled
by the sweep (so that it frees its lane) and put on the queue again under a new id. Only public DBOS calls are used.

What DBOS calls the application's version is here the version of the contract between who asks and who works: the four
words of a job. Releases share it, so that old and new workers take each other's jobs; see ADR 0012.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection, Engine

from banks.settings import Limits
from gateway.domain.work import Job
from gateway.persistence.engine import limited
from gateway.wiring import Hub

CONTRACT = "jobs-1"
"""Changes only when a job's words change their meaning, never with a release."""
QUEUE = "payhub-steps"
LANES = "payhub-banks"
"""Files of the banks that have no limits of their own, a lane each."""
POLLS = "payhub-polls"
"""Polls, a lane each: asking a bank for answers never takes the place of a file, nor waits for one."""
DOCUMENTS = "payhub-documents"
"""What banks sent, a lane each: documents of one bank wait for each other, and nobody else waits for them."""
OWN = "payhub-bank-"
"""And the bank's name: the queue of one that has limits of its own."""
APPLICATION = "payhub"
WORKFLOW = "payhub.advance"
POLL_S = 0.1
"""How often a worker asks for files to carry, in seconds."""
STEPS_POLL_S = 0.2
"""And for batches and webhooks: each question costs the database as much as a statement of a step."""
POLLS_POLL_S = 1.0
"""And for banks to be asked for answers, which are in no hurry."""
STEPS_AT_ONCE = 4
DOCUMENTS_AT_ONCE = 4
"""Documents that a worker has in hand at the same time: one is in memory whole."""
PER_BANK_IN_HAND = 2
"""And of one bank: they are applied one at a time, and meanwhile the next one is read."""
PER_BANK_AT_ONCE = Limits().files_at_once
"""Files of one bank under way at the same time, over all workers; other banks do not wait for it."""
SHARED = {"poll": POLLS, "document": DOCUMENTS}
"""Queues that do not know the limits of the banks: nothing is sent there."""
MINUTE_S = 60
FINISHED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
KEPT_S = 3_600
"""Finished workflows are forgotten after an hour: the hub's own tables are the record."""
FORGET_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A workflow as the queue knows it: it ``waits``, or a worker took it (and may have died before its claim).

    One that is ``astray`` waits where no worker of today would look: on the queue of a bank whose limits changed, or
    under another version of the contract.
    """

    waits: bool
    taken_by: str | None
    astray: bool = False


class Queue:
    """Puts jobs on the queue from any process, and keeps it tidy."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._client = DBOSClient(
            system_database_engine=hub.engine,
            serializer=DBOSPortableJSONSerializer(),
            dbos_system_schema=_schema(hub.engine),
            application_name=APPLICATION,
            retry_connection_errors=False,  # callers of ours try again in their own time
        )

    def enqueue(self, connection: Connection, job: Job) -> str:
        """Within the caller's transaction: the job is on the queue if and only if that commits."""
        workflow = f"{job.kind}-{self._hub.ids.new(self._hub.clock.now())}"
        queue, lane = _place(self._hub, job)
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": queue,
            "workflow_id": workflow,
            "app_version": CONTRACT,
        }
        if lane:
            options["queue_partition_key"] = lane
        self._client.enqueue_in_transaction(connection, options, job.kind, job.subject, job.lane, workflow)
        return workflow

    def standing(self, jobs: Mapping[str, Job]) -> dict[str, Standing]:
        """Where workflows stand, by their ids; those that the queue does not know are left out."""
        if not jobs:
            return {}
        found = self._client.list_workflows(workflow_ids=list(jobs), load_input=False, load_output=False)
        return {
            one.workflow_id: Standing(
                waits=one.status == "ENQUEUED",
                taken_by=one.executor_id,
                astray=one.app_version != CONTRACT or one.queue_name != _place(self._hub, jobs[one.workflow_id])[0],
            )
            for one in found
        }

    def running(self, before: datetime, *, limit: int) -> list[str]:
        """Workflows that were taken before a moment and have not ended."""
        found = self._client.list_workflows(
            status="PENDING", dequeued_before=before.isoformat(), limit=limit, load_input=False, load_output=False
        )
        return [one.workflow_id for one in found]

    def cancel(self, workflow_id: str) -> None:
        """Frees the place a dead worker's workflow holds."""
        self._client.cancel_workflow(workflow_id)

    def forget_finished(self, before: datetime) -> int:
        """Throws away what finished before a moment; says how many."""
        old = self._client.list_workflows(
            status=list(FINISHED),
            completed_before=before.isoformat(),
            limit=FORGET_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if old:
            self._client.delete_workflows([one.workflow_id for one in old])
        return len(old)

    def close(self) -> None:
        """Lets go of the client."""
        self._client.destroy()


def _place(hub: Hub, job: Job) -> tuple[str, str]:
    """The queue a job belongs on, and its lane there."""
    if not job.lane:
        return QUEUE, ""
    if job.kind in SHARED:
        return SHARED[job.kind], job.lane
    return (f"{OWN}{job.lane}", "") if job.lane in _limited(hub) else (LANES, job.lane)


def _limited(hub: Hub) -> dict[str, Limits]:
    """The banks that have limits of their own."""
    return {bank: profile.limits for bank, profile in hub.profiles.items() if profile.limits != Limits()}


def _schema(engine: Engine) -> str | None:
    return None if engine.dialect.name == "sqlite" else "dbos"


def migrate(hub: Hub) -> None:
    """Creates or updates DBOS's own tables beside ours."""
    _configure(hub, executor="migrate", migrating=True)
    DBOS.launch()
    _register_queues(hub)
    DBOS.destroy(destroy_registry=True)


def start(hub: Hub, *, executor: str, advance: Callable[[str, str, str, str], None]) -> None:
    """Starts taking jobs in this process; ``advance(kind, subject, lane, workflow_id)`` runs each."""

    def run(kind: str, subject: str, lane: str, workflow_id: str) -> None:
        advance(kind, subject, lane, workflow_id)

    _configure(hub, executor=executor)
    DBOS.workflow(name=WORKFLOW)(run)
    DBOS.listen_queues([QUEUE, LANES, POLLS, DOCUMENTS, *(f"{OWN}{bank}" for bank in _limited(hub))])
    DBOS.launch()
    _register_queues(hub)


def stop(*, patience_s: int) -> None:
    """Stops taking jobs; lets those under way finish for at most ``patience_s`` seconds."""
    DBOS.destroy(workflow_completion_timeout_sec=patience_s, destroy_registry=True)


def _register_queues(hub: Hub) -> None:
    """Who was started last has the newest profiles: its limits hold for all."""
    DBOS.register_queue(
        QUEUE, worker_concurrency=STEPS_AT_ONCE, polling_interval_sec=STEPS_POLL_S, on_conflict="always_update"
    )
    DBOS.register_queue(
        LANES, partition_concurrency=PER_BANK_AT_ONCE, polling_interval_sec=POLL_S, on_conflict="always_update"
    )
    DBOS.register_queue(POLLS, partition_concurrency=1, polling_interval_sec=POLLS_POLL_S, on_conflict="always_update")
    DBOS.register_queue(
        DOCUMENTS, worker_concurrency=DOCUMENTS_AT_ONCE, partition_worker_concurrency=PER_BANK_IN_HAND,
        polling_interval_sec=POLL_S, on_conflict="always_update",
    )  # fmt: skip
    for bank, limits in _limited(hub).items():
        DBOS.register_queue(
            f"{OWN}{bank}",
            global_concurrency=limits.files_at_once,
            limiter=None if limits.per_minute is None else {"limit": limits.per_minute, "period": MINUTE_S},
            polling_interval_sec=POLL_S,
            on_conflict="always_update",
        )


def _configure(hub: Hub, *, executor: str, migrating: bool = False) -> None:
    settings: dict[str, Any] = {
        "name": APPLICATION,
        "system_database_url": limited(hub.settings.database_url).render_as_string(hide_password=False),
        "application_version": CONTRACT,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "use_listen_notify": False,
        "log_level": "WARNING",
        "enable_otlp": False,
        "run_migrations": migrating,
    }
    if hub.engine.dialect.name == "sqlite" and not migrating:
        # its own connections count first and claim later, so that two workers could both find the same room; ours take
        # the write lock at the beginning
        settings["system_database_engine"] = hub.engine
    config: DBOSConfig = settings  # type: ignore[assignment]  # built from plain names
    DBOS(config=config)
