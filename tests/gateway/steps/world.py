"""One hub without processes: the shipped banks and accounts, real steps on a real database, and a bank that counts.

A test says when each job runs and when a worker is overtaken; nothing happens by itself.
"""

import hashlib
import io
import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from banks.channel import Presence, Receipt, Sighting
from banks.errors import OutcomeUnknown, Refused, Unreachable
from formats.flat import json as canonical_json
from formats.status_report import BatchStatus, PaymentStatus, Reason, StatusReport
from gateway import settings
from gateway.domain.approval import ApprovalPolicy, Decision
from gateway.domain.hold import HoldPolicy
from gateway.domain.payment_file import HandOver
from gateway.domain.ruling import Ruling
from gateway.domain.work import Claim, Job
from gateway.persistence.tables import audit, events
from gateway.persistence.tables import work as work_rows
from gateway.scheduling import formatting
from gateway.steps import acknowledge, approve, generate, schedule, submit, validate
from gateway.steps.intake import IntakeRequest, intake
from gateway.stopping import hold, withdraw
from tests.gateway.hubs import document
from tests.gateway.stores import Store, of

SHIPPED = Path(__file__).resolve().parents[3] / "config"
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
FOUR_EYES = ApprovalPolicy(name="four eyes", persons=2, approvers_min=1)
_LOADED = []


def shipped():
    """The shipped configuration, loaded once a session."""
    if not _LOADED:
        environment = {"PAYHUB_DATABASE_URL": "sqlite://", "PAYHUB_VAULT_KEY": "5a" * 32}
        _LOADED.append(settings.load(SHIPPED, environment, today=date(2026, 11, 23)))
    return _LOADED[0]


def account_at(bank, currency="EUR"):
    """One of our accounts at a bank."""
    return next(one for one in shipped().accounts.values() if one.bank == bank and one.currency == currency)


class Crash(BaseException):  # not an Exception: nothing in the product may catch the death of a process
    """The process died here."""


class CountingBank:
    """A bank behind a channel that stages. ``script`` holds what goes wrong, by the number of the call."""

    hand_over = HandOver.RENAMED

    def __init__(self):
        self.staged = {}
        self.received = []
        self.script = []
        self.calls = []

    def open(self, _bank):
        return self._session()

    @contextmanager
    def _session(self):
        yield self

    def _goes_wrong(self, act):
        self.calls.append(act)
        return self.script.pop(0) if self.script else None

    def stage(self, file):
        fault = self._goes_wrong("stage")
        if fault == "crash":
            raise Crash
        if fault == "unreachable":
            raise Unreachable("no line")
        if fault == "refused":
            raise Refused("no room")
        self.staged[file.staging_name] = file.content
        if fault == "crash-after":
            raise Crash

    def publish(self, file):
        fault = self._goes_wrong("publish")
        if fault == "crash":
            raise Crash
        if fault == "unreachable":
            raise Unreachable("no line")
        if fault == "refused":
            raise Refused("not now")
        if fault == "unknown-before":
            raise OutcomeUnknown("the line dropped")
        content = self.staged.pop(file.staging_name, None)
        if content is None:
            if self.holds(file.name):
                return Receipt(evidence="it was handed over before", already=True)
            raise OutcomeUnknown("neither staged nor handed over")
        if self.holds(file.name):
            raise Refused("the name is taken")
        self.received.append((file.name, content))
        if fault == "unknown-after":
            raise OutcomeUnknown("the line dropped")
        if fault == "crash-after":
            raise Crash
        return Receipt(evidence="renamed")

    def look(self, file):
        fault = self._goes_wrong("look")
        if fault == "crash":
            raise Crash
        if fault in ("unreachable", "refused"):
            raise Unreachable("no line")
        if fault == "partial":
            return Sighting(presence=Presence.ABSENT, evidence="half of the staged copy")
        if fault == "unclear":
            return Sighting(presence=Presence.UNCLEAR, evidence="the listing is not allowed")
        if self.holds(file.name):
            return Sighting(presence=Presence.DELIVERED, evidence="it lies there")
        if file.staging_name in self.staged:
            return Sighting(presence=Presence.STAGED, evidence="only the staged copy")
        return Sighting(presence=Presence.ABSENT, evidence="nothing of it")

    def discard(self, file):
        fault = self._goes_wrong("discard")
        if fault == "crash":
            raise Crash
        if fault in ("unreachable", "refused"):
            raise Unreachable("no line")
        removed = self.staged.pop(file.staging_name, None) is not None
        if fault == "crash-after":
            raise Crash
        return removed

    def holds(self, name):
        return any(one == name for one, _ in self.received)

    def inbox(self, _outstanding):
        return ()

    def fetch(self, document, *, size_max):
        raise AssertionError("this bank offers nothing")

    def archive(self, document):
        raise AssertionError("this bank offers nothing")

    def close(self):
        pass


class ApiBank(CountingBank):
    """A bank that is an API: nothing is staged, one key makes one order, and its list may lag by ``lag`` looks."""

    hand_over = HandOver.POSTED

    def __init__(self):
        super().__init__()
        self.orders = {}
        self.lag = 0

    def stage(self, file):
        try:
            super().stage(file)
        finally:
            self.staged.clear()

    def publish(self, file):
        if file.key in self.orders:
            fault = self._goes_wrong("publish")
            if fault is not None:
                raise OutcomeUnknown("the line dropped")
            return Receipt(evidence="the same order", already=True)
        self.staged[file.staging_name] = file.content
        try:
            return super().publish(file)
        finally:
            self.staged.clear()
            if self.holds(file.name):
                self.orders[file.key] = file.name

    def discard(self, file):
        super().discard(file)
        return False

    def look(self, file):
        seen = super().look(file)
        if seen.presence is Presence.DELIVERED and self.lag:
            self.lag -= 1
            return Sighting(presence=Presence.ABSENT, evidence="the bank lists no order")
        return seen


class World(Store):
    """Steps in the order a test asks for them, at business time ``at``."""

    def __init__(self, engine, *, bank="alpenbank", at=MORNING):
        super().__init__(engine)
        self.bank_name = bank
        self.at = at
        self.policy = FOUR_EYES
        self.holds = HoldPolicy()
        self.bank = CountingBank()
        self.routes = dict(shipped().routes)
        self.accounts = shipped().accounts
        self.account = account_at(bank)

    def unit(self, *, actor="test", claim=None, at=None):
        return super().unit(actor=actor, claim=claim, at=at or self.at)

    def do(self, act, *args, **kw):
        """One step in one transaction."""
        with self.unit() as work:
            result = act(work, *args, **kw)
            work.commit()
        return result

    def every_cutoff(self, **changes):
        """Changes the cut-offs of all products of the bank."""
        self.routes[self.bank_name] = tuple(
            replace(one, cutoff=replace(one.cutoff, **changes)) for one in self.routes[self.bank_name]
        )

    def body(self, *amounts, message_id="RUN-1", day="2026-11-23", **changes):
        """A canonical document of payments from our account at the bank."""
        told = document(*amounts, message_id=message_id, account=self.account.number, execution_date=day)
        told["batches"][0]["debtor"]["name"] = self.account.name
        for payment in told["batches"][0]["payments"]:
            payment.update(changes)
        told["batches"][0] = {"payment_type": {"service_level": "SEPA"}} | told["batches"][0]
        return json.dumps(told).encode()

    def take(self, *amounts, client="erp", body=None, work=None, maker_is_person=False, **more):
        """Intake of one batch; within ``work`` where the test commits itself."""
        body = body or self.body(*amounts, **more)
        request = IntakeRequest(
            source=io.BytesIO(body), media_type="application/json", sha256=hashlib.sha256(body).hexdigest(),
            client_id=client, maker=client, maker_is_person=maker_is_person,
            entities=frozenset(one.entity for one in self.accounts.values()),
        )  # fmt: skip
        rest = {"read": canonical_json.stream, "accounts": self.accounts, "payments_max": 1_000}
        return intake(work, request, **rest).id if work is not None else self.do(intake, request, **rest).id

    def validate_in(self, work, batch_id):
        validate.validate(
            work, batch_id, routes=self.routes, accounts=self.accounts, repair=formatting.repair, duplicate_days=30
        )

    def validate(self, batch_id):
        self.do(lambda work: self.validate_in(work, batch_id))

    def decide_in(self, work, batch_id, person, decision=Decision.APPROVE, digest=None):
        digest = digest or approve.standing(work, batch_id, self.policy).digest
        return approve.decide(
            work, batch_id=batch_id, person_id=person, person_name=person.title(), digest=digest, decision=decision,
            reason="looked at it", policy=self.policy,
        )  # fmt: skip

    def approve(self, batch_id, *people):
        for person in people or ("anna", "ben"):
            self.do(lambda work, who=person: self.decide_in(work, batch_id, who))

    def release_in(self, work, batch_id, person, payment_ids=None):
        return hold.release(
            work, batch_id=batch_id, payment_ids=payment_ids, person_id=person, person_name=person.title(),
            reason="it is meant", policy=self.holds,
        )  # fmt: skip

    def release(self, batch_id, payment_ids=None, *people):
        """Persons say that held payments are meant; gives what came of the last word."""
        for person in people or ("anna", "ben"):
            came = self.do(lambda work, who=person: self.release_in(work, batch_id, who, payment_ids))
        return came

    def withdraw(self, batch_id, payment_ids=None, actor="anna", reason="wrong month"):
        return self.do(withdraw.withdraw, batch_id=batch_id, payment_ids=payment_ids, actor=actor, reason=reason)

    def stop(self, batch_id, payment_ids=None, person="eve", **more):
        """A person puts a hold on payments."""
        return self.do(
            hold.put, batch_id=batch_id, payment_ids=payment_ids, person_id=person, reason="the payee called", **more
        )

    def schedule(self, batch_id):
        self.do(schedule.schedule, batch_id, routes=self.routes, accounts=self.accounts)

    def roll(self, batch_id):
        self.do(schedule.roll, batch_id, routes=self.routes)

    def generate_in(self, work, batch_id):
        tools = generate.Tools(
            write=formatting.write, read=formatting.read_initiation, name=formatting.file_name, accounts=self.accounts
        )
        return generate.generate(work, batch_id, routes=self.routes, tools=tools)

    def generate(self, batch_id):
        return self.do(lambda work: self.generate_in(work, batch_id))

    def built(self, *amounts, **more):
        """A batch up to its one file; (batch, file)."""
        batch_id = self.take(*(amounts or ("100.00",)), **more)
        self.validate(batch_id)
        self.approve(batch_id)
        self.schedule(batch_id)
        (file_id,) = self.generate(batch_id)
        return batch_id, file_id

    def sent(self, *amounts, **more):
        """A batch whose file the bank holds."""
        batch_id, file_id = self.built(*amounts, **more)
        assert self.submit(file_id) is submit.Next.NOTHING
        return batch_id, file_id

    def in_doubt(self, *amounts, **more):
        """A batch whose file may or may not have arrived; it did not."""
        batch_id, file_id = self.built(*amounts, **more)
        self.bank.script = [None, "unknown-before"]
        assert self.submit(file_id) is submit.Next.RETRY
        assert self.file(file_id).state == "in_doubt"
        return batch_id, file_id

    seal = None
    """Signs and encrypts a file, in tests that ask for it."""

    def carrier(self, claim=None, *, hand_over=None):
        more = {} if self.seal is None else {"seal": self.seal}
        return submit.Carrier(
            **more,
            units=lambda: self.unit(claim=claim), channel=self.bank.open,
            answer_within=lambda _file: timedelta(hours=1), hand_over=lambda _bank: hand_over or self.bank.hand_over,
            fence=claim.fence if claim else 1, worker=claim.worker if claim else "w",
        )  # fmt: skip

    def submit(self, file_id, claim=None):
        return submit.submit(self.carrier(claim), file_id)

    def rule_in(self, work, file_id, person, verdict, reason="the bank told me so", version=None, roles=("approver",)):
        version = version if version is not None else work.files.get(file_id).version
        ruling = Ruling(
            file_id=file_id, version=version, person_id=person, person_name=person.title(), verdict=verdict,
            reason=reason, at=self.at,
        )  # fmt: skip
        return approve.rule(work, ruling=ruling, roles=roles, answer_within=timedelta(hours=1))

    def rule(self, file_id, person, verdict, **more):
        """One person says what became of a file."""
        return self.do(lambda work: self.rule_in(work, file_id, person, verdict, **more))

    def decided(self, file_id, verdict, *people, **more):
        """Two people say the same."""
        for person in people or ("anna", "ben"):
            self.rule(file_id, person, verdict, **more)

    def claim(self, kind, subject, worker):
        """A worker takes a subject over, whoever holds it."""
        job = Job(kind=kind, subject=subject, lane=self.bank_name)
        with self.unit() as work:
            work.work.request(job, patience_ms=1)
            work.work._start(job, patience_ms=1)
            row = work.connection.execute(select(work_rows.c.workflow_id).where(work_rows.c.key == job.key))
            claim = work.work.claim(job, row.scalar_one(), worker, lease_ms=1_000)
            work.commit()
        assert isinstance(claim, Claim)
        return claim

    def hear(self, report, *, bank=None, name="answer.xml", part_unlisted_accepted=False):
        """A status report of the bank is applied; gives the document as it ends."""
        with self.unit() as work:
            document = self.hear_in(work, report, bank=bank, name=name, part_unlisted_accepted=part_unlisted_accepted)
            work.commit()
        with self.unit() as work:
            return work.documents.get(document.id)

    def hear_in(self, work, report, *, bank=None, name="answer.xml", part_unlisted_accepted=False):
        """The same within a transaction that is still open."""
        sha256 = hashlib.sha256(work.new_id().encode()).hexdigest()
        document = work.documents.add(
            work.new_id(), bank=bank or self.bank_name, sha256=sha256, name=name, media_type=None, size=1
        )
        acknowledge.acknowledge(work, document, report, part_unlisted_accepted=part_unlisted_accepted)
        return document

    def states(self, batch_id):
        """States of a batch's payments in order."""
        with self.unit() as work:
            return [str(one.state) for one in work.payments.find(of(batch_id))]

    def payments(self, batch_id):
        with self.unit() as work:
            return list(work.payments.find(of(batch_id)))

    def file(self, file_id):
        with self.unit() as work:
            return work.files.get(file_id)

    def outcomes(self, file_id):
        """How the attempts of a file ended."""
        with self.unit() as work:
            return [one.outcome for one in work.files.attempts(file_id)]

    def window(self, file_id):
        """The window of a file."""
        with self.unit() as work:
            return work.windows.get(work.files.get(file_id).window_id)

    def evidence(self, file_id):
        with self.unit() as work:
            return [one.kind for one in work.files.evidence(file_id)]

    def count(self, table, *where):
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    def notes(self):
        """What people were told that is no move."""
        with self.engine.connect() as connection:
            return [row.data.get("note", "") for row in connection.execute(select(events.c.data))]

    def kinds(self):
        """What people and the ERP were told, by kind."""
        with self.engine.connect() as connection:
            return list(connection.execute(select(events.c.type)).scalars())

    def audit_text(self):
        with self.engine.connect() as connection:
            return json.dumps([row.data for row in connection.execute(select(audit.c.data))])

    def sabotage(self, statement):
        """Somebody changes the database behind the hub's back."""
        with self.engine.begin() as connection:
            connection.execute(statement)


def report(file_id, status=None, *, reasons=(), payments=(), batches=()):
    """A status report about a file."""
    return StatusReport(
        message="pain.002.001.10", message_id="STS-1", created_at=None, original_message_id=file_id,
        original_message_name="pain.001.001.09", group_status=status, group_reasons=codes(*reasons),
        payments=tuple(payments), batches=tuple(batches),
    )  # fmt: skip


def codes(*given):
    return tuple(Reason(code=one) for one in given)


def about(payment_id, status, *reasons, **more):
    """What a report says about one payment by our instruction id."""
    told = {"instruction_id": payment_id, "status": status, "status_level": "transaction", "reasons": codes(*reasons)}
    return PaymentStatus(**(told | more))


def block(file_id, status, *reasons, number=1):
    return BatchStatus(payment_information_id=f"{file_id}-{number}", status=status, reasons=codes(*reasons))
