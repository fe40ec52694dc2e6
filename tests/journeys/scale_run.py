"""Walks one large batch through all nine steps in a process of its own, and tells what each step cost.

``python -m tests.journeys.scale_run DATABASE_URL FOLDER PAYMENTS`` prints one JSON object: seconds and SQL statements
per step, the states in the end, and the most memory the process ever held. The bank is a folder: its answers refuse
every 100th payment and book every other one by itself, which is the most a bank can send.
"""

import hashlib
import io
import json
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, func, select

from banks.simulator.clock import SimulatedClock
from formats import pain001
from formats.initiation import CreditTransfer
from gateway import wiring
from gateway.domain.approval import Decision
from gateway.domain.work import Job
from gateway.persistence.outbox import Outbox
from gateway.persistence.tables import documents, files, payments, statements
from gateway.persistence.tables import work as jobs_table
from gateway.scheduling import jobs
from gateway.steps import approve
from gateway.steps.intake import IntakeRequest, intake
from tests.journeys.living import VAULT_KEY, configuration

MORNING = datetime(2026, 9, 30, 6, 0, tzinfo=UTC)
OURS = "DE02120300000000202051"
THEIRS = "AT611904300234573201"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
REFUSED_EVERY = 100
PROFILE = """
name = "folderbank"
bic = "BYLADEM1001"
[channel]
connector = "folder"
stable_wait_s = 0
after_fetch = "delete"
[channel.directories]
outbox = "{root}/in"
staging = "{root}/in"
inbox = ["{root}/out"]
work = "{root}/work"
done = "{root}/done"
[file]
name = "{{bank}}_{{date:%Y%m%d}}_{{sequence:06d}}.xml"
message = "pain.001.001.09"
transactions_max = 100000
[[products]]
name = "sepa"
service_level = "SEPA"
currency = "EUR"
calendar = "TARGET"
time_zone = "Europe/Berlin"
cutoff = "15:00"
"""
ACCOUNT = f"""[[accounts]]
iban = "{OURS}"
currency = "EUR"
entity = "TEST"
bank = "folderbank"
name = "Payhub Test"
"""


def batch(count: int) -> bytes:
    """A pain.001.001.09 as an ERP writes it: one block, ``count`` payments."""
    header = (
        f'<Document xmlns="{NAMESPACE}pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>SCALE-{count}</MsgId>'
        f"<CreDtTm>2026-09-30T08:00:00</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{_total(count)}</CtrlSum>"
        "<InitgPty><Nm>Payhub Test</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>BLOCK-1</PmtInfId><PmtMtd>TRF</PmtMtd>"
        "<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>2026-09-30</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>Payhub Test</Nm></Dbtr><DbtrAcct><Id><IBAN>{OURS}</IBAN></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><BICFI>BYLADEM1001</BICFI></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>"
    )
    lines = (
        f"<CdtTrfTxInf><PmtId><EndToEndId>INV-{number:06d}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="EUR">{_amount(number)}</InstdAmt></Amt><Cdtr><Nm>Supplier {number}</Nm></Cdtr>'
        f"<CdtrAcct><Id><IBAN>{THEIRS}</IBAN></Id></CdtrAcct>"
        f"<RmtInf><Ustrd>Invoice {number}</Ustrd></RmtInf></CdtTrfTxInf>"
        for number in range(count)
    )
    return "".join([header, *lines, "</PmtInf></CstmrCdtTrfInitn></Document>"]).encode()


def _cents(number: int) -> int:
    return 1_00 + number % 9_000


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _amount(number: int) -> str:
    return _money(_cents(number))


def _total(count: int) -> str:
    return _money(sum(map(_cents, range(count))))


def _memory_mb() -> int:
    """The most this program held; what getrusage tells would be the most of whoever started it, if that was more."""
    [peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(peak.split()[1]) // 1024


@dataclass
class Costs:
    """Seconds and SQL statements by step."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    _now: str | None = None

    @contextmanager
    def of(self, step: str):
        begun, worked = time.perf_counter(), time.process_time()
        self._now = step
        self.statements.setdefault(step, 0)
        yield
        self._now = None
        self.seconds[step] = round(self.seconds.get(step, 0) + time.perf_counter() - begun, 3)
        self.cpu[step] = round(self.cpu.get(step, 0) + time.process_time() - worked, 3)

    def count(self, *_: object) -> None:
        if self._now is not None:
            self.statements[self._now] += 1


class Walk:
    """One batch's way. A job is claimed and done as a worker does it, in this thread."""

    def __init__(self, url: str, folder: Path, count: int) -> None:
        self.root = folder / "bank"
        for name in ("in", "out", "work", "done"):
            (self.root / name).mkdir(parents=True)
        self.clock = SimulatedClock(folder / "clock.json")
        self.clock.start(MORNING)
        config = configuration(folder / "config", {"folderbank": PROFILE.format(root=self.root)}, ACCOUNT)
        environment = {
            "PAYHUB_DATABASE_URL": url, "PAYHUB_CLOCK_FILE": str(self.clock.path), "PAYHUB_VAULT_KEY": VAULT_KEY,
        }  # fmt: skip
        self.hub = wiring.build(config, environment)
        self.count = count
        self.costs = Costs()
        event.listen(self.hub.engine, "before_cursor_execute", self.costs.count)
        self.worker = jobs.Worker(hub=self.hub, name="scale", jitter=lambda: 0.5)

    def walk(self) -> dict[str, object]:
        batch_id = self._intake()
        self._job(Job(kind="batch", subject=batch_id), "validate")
        self._approve(batch_id)
        self._job(Job(kind="batch", subject=batch_id), "schedule, generate")
        [(file_id, name)] = self._rows(files.c.id, files.c.name)
        self._job(Job(kind="file", subject=file_id, lane="folderbank"), "submit")
        self._answer(self.root / "in" / name)
        self._poll("acknowledge")
        self._book(self.root / "in" / name)
        self._poll("reconcile")
        with self.costs.of("notify"):
            self._publish()
        return {
            "seconds": self.costs.seconds, "cpu": self.costs.cpu,
            "statements": self.costs.statements, "states": self._states(),
            "verdicts": [row.verdict for row in self._rows(statements.c.verdict)],
            "set_aside": [row.reason for row in self._rows(documents.c.reason) if row.reason],
            "memory_mb": _memory_mb(),
        }  # fmt: skip

    def _intake(self) -> str:
        body = batch(self.count)
        request = IntakeRequest(
            source=io.BytesIO(body), media_type="application/xml", sha256=hashlib.sha256(body).hexdigest(),
            client_id="erp", maker="erp", maker_is_person=False, entities=frozenset({"TEST"}),
        )  # fmt: skip
        with self.costs.of("intake"), self.hub.unit_of_work(actor="erp") as work:
            taken = intake(work, request, read=pain001.stream, accounts=self.hub.accounts, payments_max=1_000_000)
            work.commit()
        return taken.id

    def _approve(self, batch_id: str) -> None:
        for person in ("anna", "ben"):
            with self.costs.of("approve"), self.hub.unit_of_work(actor=person) as work:
                now = approve.standing(work, batch_id, self.hub.policy)
                assert now.digest is not None, self._states()
                approve.decide(
                    work, batch_id=batch_id, person_id=person, person_name=person, digest=now.digest,
                    decision=Decision.APPROVE, reason="checked", policy=self.hub.policy,
                )  # fmt: skip
                work.commit()

    def _job(self, job: Job, step: str) -> None:
        with self.costs.of(step):
            with self.hub.unit_of_work(actor="scale") as work:
                if not work.work.known(job):
                    work.request(job.kind, job.subject, lane=job.lane)
                work.commit()
            with self.hub.engine.connect() as connection:
                workflow = self._workflow(connection, job)
            with self.hub.unit_of_work(actor="scale") as work:
                claim = work.work.claim(job, workflow, "scale", lease_ms=600_000)
                work.commit()
            assert claim is not None, job
            later = jobs.advance(self.worker, claim)
            assert later is None, later
            with self.hub.unit_of_work(actor="scale") as work:
                work.work.finish(claim, patience_ms=600_000)
                work.commit()

    @staticmethod
    def _workflow(connection, job: Job) -> str:
        return connection.execute(select(jobs_table.c.workflow_id).where(jobs_table.c.key == job.key)).scalar_one()

    def _poll(self, step: str) -> None:
        self._job(Job(kind="poll", subject="folderbank", lane="folderbank"), step)
        for row in self._rows(documents.c.id, documents.c.state):
            if row.state == "received":
                self._job(Job(kind="document", subject=row.id), step)

    def _sent(self, path: Path):
        """Our payments as the file at the bank names them."""
        with path.open("rb") as source:
            yield from enumerate(one for one in pain001.stream(source) if isinstance(one, CreditTransfer))

    def _answer(self, path: Path) -> None:
        with path.open("rb") as source:
            header = next(iter(pain001.stream(source)))
        with (self.root / "out" / "answer.xml").open("w") as out:
            out.write(
                f'<Document xmlns="{NAMESPACE}pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>ANSWER-1</MsgId>'
                "<CreDtTm>2026-09-30T09:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
                f"<OrgnlMsgId>{header.message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
                "<GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>ANY</OrgnlPmtInfId>"
            )
            for number, one in self._sent(path):
                refused = number % REFUSED_EVERY == 0
                reason = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>" if refused else ""
                out.write(
                    f"<TxInfAndSts><OrgnlInstrId>{one.instruction_id}</OrgnlInstrId><OrgnlEndToEndId>"
                    f"{one.end_to_end_id}</OrgnlEndToEndId><TxSts>{'RJCT' if refused else 'ACSP'}</TxSts>{reason}"
                    "</TxInfAndSts>"
                )
            out.write("</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>")

    def _book(self, path: Path) -> None:
        paid = [one for number, one in self._sent(path) if number % REFUSED_EVERY]
        booked = sum(one.amount.value for one in paid)
        amount = '<Amt Ccy="EUR">{}</Amt><CdtDbtInd>{}</CdtDbtInd>'
        with (self.root / "out" / "statement.xml").open("w") as out:
            out.write(
                f'<Document xmlns="{NAMESPACE}camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>STATEMENT-1</MsgId>'
                "<CreDtTm>2026-09-30T18:00:00</CreDtTm></GrpHdr><Stmt><Id>S-1</Id><ElctrncSeqNb>1</ElctrncSeqNb>"
                f"<Acct><Id><IBAN>{OURS}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
            )
            for code, value in (("OPBD", booked), ("CLBD", 0)):
                out.write(
                    f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount.format(value, 'CRDT')}"
                    "<Dt><Dt>2026-09-30</Dt></Dt></Bal>"
                )
            for number, one in enumerate(paid):
                money = amount.format(one.amount.value, "DBIT")
                out.write(
                    f"<Ntry>{money}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-09-30</Dt></BookgDt>"
                    f"<ValDt><Dt>2026-09-30</Dt></ValDt><AcctSvcrRef>B{number}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd>"
                    "<Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs>"
                    f"<InstrId>{one.instruction_id}</InstrId><EndToEndId>{one.end_to_end_id}</EndToEndId></Refs>{money}"
                    "</TxDtls></NtryDtls></Ntry>"
                )
            out.write("</Stmt></BkToCstmrStmt></Document>")
        self.clock.set(MORNING + timedelta(hours=12))

    def _publish(self) -> None:
        published = 1
        while published:
            with self.hub.unit_of_work(actor="payhub") as work:
                published = work.outbox.publish()
                work.commit()
        after = 0
        with self.hub.reading() as connection:
            outbox = Outbox(connection, at=self.hub.clock.now())
            while page := outbox.feed(after=after, limit=5_000):
                after = page[-1]["sequence"]

    def _states(self) -> dict[str, int]:
        with self.hub.reading() as connection:
            query = select(payments.c.state, func.count()).group_by(payments.c.state)
            return {row.state: row[1] for row in connection.execute(query)}

    def _rows(self, *columns):
        with self.hub.reading() as connection:
            return connection.execute(select(*columns)).all()


if __name__ == "__main__":
    walk = Walk(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps(walk.walk()))
