"""The jobs: what "advance this" means for each kind of subject. A job opens units of work, steps do the rest."""

from collections.abc import Callable
from dataclasses import dataclass

from banks.errors import ChannelError
from banks.retrying import PATIENCE, pause_ms
from banks.settings import AfterFetch, FolderSettings, HttpsSettings, SftpSettings, takes_single_payments
from gateway import outcomes, recalls
from gateway.domain.errors import Conflict, Fenced, HubError
from gateway.domain.payment_file import HandOver
from gateway.domain.work import WAITS_FOR_CHANNEL, Claim
from gateway.persistence.due import Due
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.persistence.windows import Windows
from gateway.recalling import send
from gateway.scheduling import collecting, documents, formatting, sealing
from gateway.scheduling.breaker import Breaker, NotNow
from gateway.steps import generate, notify, schedule, submit, validate
from gateway.wiring import Hub

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

    def breaker(self, claim: Claim) -> Breaker:
        """The job's way to the banks."""
        return Breaker(self.hub, claim, self.units(claim), self.jitter)

    def again(
        self, claim: Claim, reason: str, *, error: ChannelError | None = None, ends_in_ms: int | None = None
    ) -> Later:
        """After the pause that the trouble asks for, and by the end of the window at the latest."""
        pause = pause_ms(error, failures=claim.failures, jitter=self.jitter(), ends_in_ms=ends_in_ms)
        return Later(due_ms=self.hub.machine_ms() + pause, error=reason, failures=claim.failures + 1)

    def ask(self, claim: Claim, reason: str) -> Later:
        """After the pause that a person needs to act."""
        due_ms = self.hub.machine_ms() + PATIENCE.refused_ms
        return Later(due_ms=due_ms, error=reason, failures=claim.failures + 1)


def advance(worker: Worker, claim: Claim) -> Later | None:
    """Does the job of a claim; None when it is done."""
    try:
        return JOBS[claim.job.kind](worker, claim)
    except Fenced:
        raise
    except NotNow as err:
        return Later(due_ms=err.until_ms, error=WAITS_FOR_CHANNEL, failures=claim.failures)
    except ChannelError as err:
        return worker.again(claim, err.message, error=err)
    except Conflict as err:
        return worker.again(claim, err.message)
    except HubError as err:
        _tell(worker, claim, err)
        return worker.ask(claim, err.message)


def _tell(worker: Worker, claim: Claim, error: HubError) -> None:
    """What only a person can mend is told to people, once and not with every try."""
    kind, subject = claim.job.kind, claim.job.subject
    if error.message == claim.error or kind not in ("batch", "file"):
        return
    with worker.units(claim)() as work:
        if kind == "file":
            outcomes.tell(work, work.files.get(subject), "payhub.file.stopped.v1", reason=error.message)
        else:
            client = work.batches.get(subject).client_id
            data = {"reason": error.message, "code": error.code}
            work.alert(
                "payhub.batch.stopped.v1", subject_kind="batch", subject=subject, client_id=client, data=data
            )  # fmt: skip
        work.commit()


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
            schedule.demand_ways(work, batch_id, routes=hub.routes, accounts=hub.accounts)


def advance_file(worker: Worker, claim: Claim) -> Later | None:
    """Carries one file to its bank."""
    breaker = worker.breaker(claim)
    carrier = submit.Carrier(
        units=worker.units(claim), channel=breaker.channel,
        answer_within=lambda file: worker.hub.answer_within(file.bank),
        hand_over=lambda bank: _hand_over(worker.hub, bank), fence=claim.fence, worker=worker.name,
        first_try=claim.failures == 0 and not breaker.troubled(claim.job.lane),
        seal=lambda file, content: sealing.seal(worker.hub, file.bank, content),
    )  # fmt: skip
    following = submit.submit(carrier, claim.job.subject)
    if following is submit.Next.NOTHING:
        return None
    reason = "the bank could not be reached, or its answer is not clear yet"
    if following is submit.Next.ASK:
        reason = "the bank refused; a person must act"
    return worker.again(claim, reason, error=breaker.last_error, ends_in_ms=_closes_in(worker.hub, claim.job.subject))


def send_recall(worker: Worker, claim: Claim) -> Later | None:
    """Carries one recall to its bank."""
    hub, breaker = worker.hub, worker.breaker(claim)
    carrier = send.Carrier(
        units=worker.units(claim), channel=breaker.channel, form_of=recalls.forms(hub), name=recalls.file_name(hub),
        write=recalls.writer(hub), hand_over=lambda bank: _hand_over(hub, bank), fence=claim.fence,
        answer_due=recalls.answer_due(hub), first_try=claim.failures == 0,
        seal=lambda bank, content: sealing.seal(hub, bank, content),
    )  # fmt: skip
    following = send.send(carrier, claim.job.subject)
    if following is send.Next.NOTHING:
        return None
    if following is send.Next.ASK:
        return worker.ask(claim, "the bank refused the recall; a person must act")
    return worker.again(claim, "nothing proves yet that the bank has the recall", error=breaker.last_error)


def poll(worker: Worker, claim: Claim) -> None:
    """Fetches what a bank offers."""
    bank = claim.job.subject
    profile = worker.hub.profile(bank)
    asks, pickup = profile.connector == "https", profile.channel.pickup
    leaves = not asks and pickup.after_fetch is AfterFetch.LEAVE
    look = collecting.Round(bank=bank, size_max=pickup.size_max, leaves=leaves, asks=asks)
    collecting.collect(worker.units(claim), worker.breaker(claim).channel, look)


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


def _closes_in(hub: Hub, file_id: str) -> int | None:
    """How long a file that was not handed over may still try, in milliseconds of business time."""
    with hub.reading() as connection:
        release_by = Windows(connection).release_of(file_id)
    return None if release_by is None else int((release_by - hub.clock.now()).total_seconds() * 1000)


def _hand_over(hub: Hub, bank: str) -> HandOver:
    channel = hub.profile(bank).channel
    match channel:
        case HttpsSettings():
            return HandOver.ONE_BY_ONE if takes_single_payments(channel) else HandOver.POSTED
        case SftpSettings(rename=False):
            return HandOver.WRITTEN
        case SftpSettings() | FolderSettings():
            return HandOver.RENAMED


JOBS: dict[str, Callable[[Worker, Claim], Later | None]] = {
    "batch": advance_batch,
    "file": advance_file,
    "recall": send_recall,
    "poll": poll,
    "document": process_document,
    "webhook": deliver,
}
"""Every kind of job; the ``work`` table's ``kind`` is the key."""
