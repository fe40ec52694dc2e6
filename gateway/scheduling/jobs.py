"""The jobs: what "advance this" means for each kind of subject. A job opens units of work, steps do the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from banks.errors import ChannelError, Refused
from banks.settings import AfterFetch
from gateway.domain.errors import Conflict, Fenced, HubError
from gateway.domain.payment_file import PaymentFile
from gateway.domain.work import Claim
from gateway.persistence.due import Due
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.scheduling import collecting, documents, formatting
from gateway.steps import generate, notify, schedule, submit, validate
from gateway.wiring import Hub

RETRY_FIRST_MS = 500
RETRY_LONGEST_MS = 60_000
ASK_AGAIN_MS = 300_000
"""A bank that refuses needs a person; we look again every five minutes all the same."""
DOCUMENT_MS_MAX = 3_600_000
"""How long one document may be worked on; 20,000 entries that nobody knows take minutes on a busy machine."""


@dataclass(frozen=True, slots=True)
class Later:
    """The job is not finished: come back at ``due_ms`` (machine time)."""

    due_ms: int
    error: str | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """The process that does the jobs."""

    hub: Hub
    name: str
    jitter: Callable[[], float]

    def units(self, claim: Claim) -> Callable[[], UnitOfWork]:
        """Units of work that commit only while ``claim`` holds."""
        return lambda: self.hub.unit_of_work(actor=self.name, claim=claim)

    def again(self, claim: Claim, error: str) -> Later:
        """A pause that doubles with each failure, half of it spread by chance."""
        pause = min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** min(claim.failures, 20))
        spread = int(pause * (0.5 + self.jitter() / 2))
        return Later(due_ms=self.hub.machine_ms() + spread, error=error, failures=claim.failures + 1)


def advance(worker: Worker, claim: Claim) -> Later | None:
    """Does the job of a claim; None when it is done."""
    try:
        return JOBS[claim.job.kind](worker, claim)
    except Fenced:
        raise
    except Refused as err:
        return Later(due_ms=worker.hub.machine_ms() + ASK_AGAIN_MS, error=err.message, failures=claim.failures + 1)
    except ChannelError as err:
        return worker.again(claim, err.message)
    except Conflict as err:
        return worker.again(claim, err.message)
    except HubError as err:
        return Later(due_ms=worker.hub.machine_ms() + ASK_AGAIN_MS, error=err.message, failures=claim.failures + 1)


def advance_batch(worker: Worker, claim: Claim) -> None:
    """Everything that can be done about a batch without people or banks: validate, schedule, roll, generate."""
    hub, batch_id, units = worker.hub, claim.job.subject, worker.units(claim)
    with hub.reading() as connection:
        look = Due(connection, at=hub.clock.now(), now_ms=hub.machine_ms(), limit=1)
        steps = look.of_batch(batch_id)  # a batch that only waits for its window costs one read, not three writes
    if "validate" in steps:
        with units() as work:
            validate.validate(
                work, batch_id, routes=hub.routes, accounts=hub.accounts, repair=formatting.repair,
                duplicate_days=hub.settings.duplicate_days,
            )  # fmt: skip
            work.commit()
    if steps & {"schedule", "roll"}:
        with units() as work:
            schedule.schedule(work, batch_id, routes=hub.routes, accounts=hub.accounts)
            schedule.roll(work, batch_id, routes=hub.routes)
            work.commit()
    if steps & {"schedule", "roll", "generate"}:
        with units() as work:
            tools = generate.Tools(
                write=formatting.write, read=formatting.read_initiation, name=formatting.file_name,
                accounts=hub.accounts,
            )  # fmt: skip
            generate.generate(work, batch_id, routes=hub.routes, tools=tools)
            work.commit()


def advance_file(worker: Worker, claim: Claim) -> Later | None:
    """Carries one file to its bank."""
    carrier = submit.Carrier(
        units=worker.units(claim), channel=worker.hub.channel, answer_within=_answer_within(worker.hub),
        stages=lambda bank: worker.hub.profiles[bank].connector != "https", fence=claim.fence, worker=worker.name,
        first_try=claim.failures == 0,
    )  # fmt: skip
    following = submit.submit(carrier, claim.job.subject)
    if following is submit.Next.RETRY:
        return worker.again(claim, "the bank could not be reached, or its answer is not clear yet")
    if following is submit.Next.ASK:
        return Later(
            due_ms=worker.hub.machine_ms() + ASK_AGAIN_MS, error="the bank refused; a person must act",
            failures=claim.failures + 1,
        )  # fmt: skip
    return None


def poll(worker: Worker, claim: Claim) -> None:
    """Fetches what a bank offers."""
    bank = claim.job.subject
    profile = worker.hub.profiles[bank]
    asks, pickup = profile.connector == "https", profile.channel.pickup
    leaves = not asks and pickup.after_fetch is AfterFetch.LEAVE
    look = collecting.Round(bank=bank, size_max=pickup.size_max, leaves=leaves, asks=asks)
    collecting.collect(worker.units(claim), worker.hub.channel, look)


def process_document(worker: Worker, claim: Claim) -> None:
    """Understands one document of a bank."""
    documents.process(worker.hub, worker.units(claim), claim.job.subject)


def endless(claim: Claim, *, held_ms: int) -> bool:
    """Whether a job is given up for having no end; only what strangers send can be made to have none."""
    return claim.job.kind == "document" and held_ms > DOCUMENT_MS_MAX


def deliver(worker: Worker, claim: Claim) -> Later | None:
    """Tells one webhook what happened."""
    due_ms = notify.deliver(worker.hub, claim.job.subject)
    return None if due_ms is None else Later(due_ms=due_ms)


def _answer_within(hub: Hub) -> Callable[[PaymentFile], timedelta]:
    def within(file: PaymentFile) -> timedelta:
        return hub.routes[file.bank][0].answer_within

    return within


JOBS: dict[str, Callable[[Worker, Claim], Later | None]] = {
    "batch": advance_batch,
    "file": advance_file,
    "poll": poll,
    "document": process_document,
    "webhook": deliver,
}
"""Every kind of job; the ``work`` table's ``kind`` is the key."""
