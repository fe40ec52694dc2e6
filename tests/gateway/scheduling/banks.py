"""A bank whose outbox a test fills and watches, and a hub that collects from it and understands what it took."""

import hashlib
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from banks.channel import RemoteDocument
from banks.errors import ChannelError
from gateway.persistence import tables
from gateway.scheduling import collecting, documents
from gateway.wiring import Hub
from tests.gateway.hubs import SetClock
from tests.gateway.steps.world import World, shipped

MODIFIED = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Shelf:
    """An outbox: files by name. ``faults`` name what goes wrong with one of them, ``done`` is what was asked of it."""

    def __init__(self):
        self.files = {}
        self.faults = {}
        self.done = []
        self.before = {}
        self.archived = []
        self.asked = []

    def put(self, name, data, *, at=MODIFIED, media_type=None, sized=True):
        document = RemoteDocument(
            name=name, size=len(data) if sized else None, modified_at=at if sized else None, media_type=media_type,
            locator=f"/out/{name}",
        )  # fmt: skip
        self.files[name] = (document, data)

    @contextmanager
    def open(self, _bank):
        yield self

    def inbox(self, outstanding):
        self.asked.append([one.reference for one in outstanding])
        for document, _ in list(self.files.values()):
            yield document
        self._act("inbox", "end")

    def fetch(self, document, *, size_max):
        self._act("fetch", document.name)
        data = self.files[document.name][1]
        assert len(data) <= size_max
        return data

    def archive(self, document):
        self._act("archive", document.name)
        self.archived.append(document.name)
        self.files.pop(document.name, None)

    def _act(self, act, name):
        self.done.append((act, name))
        if act in self.before:
            self.before[act](name)
        fault = self.faults.get((act, name))
        if fault is not None:
            raise fault

    def fetched(self):
        return Counter(name for act, name in self.done if act == "fetch")


class Intake(World):
    """Rounds at the bank and the processing of what they brought, when a test says so."""

    def __init__(self, engine, **more):
        super().__init__(engine, **more)
        self.shelf = Shelf()
        self.clock = SetClock(self.at)
        self.hub = Hub(
            configuration=shipped(), engine=engine, ids=self.ids, clock=self.clock, ring=self.ring,
            secrets=lambda reference: reference,
        )  # fmt: skip

    def round(self, *, leaves=False, asks=False, size_max=1 << 20, bank=None):
        """One round; gives how many documents were new, or the failure that it ended with."""
        look = collecting.Round(bank=bank or self.bank_name, size_max=size_max, leaves=leaves, asks=asks)
        try:
            return collecting.collect(self.unit, self.shelf.open, look)
        except ChannelError as err:
            return err

    def read(self, *, times=20):
        """Processes everything that waits, members of containers too."""
        for _ in range(times):
            with self.unit() as work:
                waiting = work.documents.waiting(limit=100)
            if not waiting:
                return
            for one in waiting:
                documents.process(self.hub, self.unit, one)

    def process(self, document_id):
        """One try."""
        documents.process(self.hub, self.unit, document_id)

    def take_in(self, data, *, name="answer.xml", bank=None):
        """Stores a document as a round would; gives it as it stands then."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self.unit() as work:
            document = work.documents.add(
                work.new_id(), bank=bank or self.bank_name, sha256=sha256, name=name, media_type=None, size=len(data),
                own_name=True,
            )  # fmt: skip
            work.vault.put(data, sha256)
            work.commit()
        return document

    def document(self, document_id):
        with self.unit() as work:
            return work.documents.get(document_id)

    def documents(self):
        """All documents, oldest first."""
        with self.engine.connect() as connection:
            ids = connection.execute(select(tables.documents.c.id).order_by(tables.documents.c.id)).scalars().all()
        return [self.document(one) for one in ids]

    def later(self, **more):
        self.at += timedelta(**more)
        self.clock.at = self.at


def pain002(file_id, status, *, message_id="STS-1", text=""):
    """A status report about a whole file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-23T09:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{file_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document><!--{text}-->"
    ).encode()


def camt053(account, *, message_id="M-1", statement_id="S-1", closing="10.00", day="2026-11-20"):
    """A statement without entries."""
    balance = (
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )
    balances = "".join(
        balance.format(code=code, currency=account.currency, amount=amount, day=day)
        for code, amount in (("OPBD", closing), ("CLBD", closing))
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-23T09:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{statement_id}</Id><Acct><Id><IBAN>{account.number}</IBAN></Id><Ccy>{account.currency}</Ccy></Acct>"
        f"{balances}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def camt054(account, payment, *, day="2026-11-23"):
    """A notification that the bank booked one payment of ours."""
    amount = f"<Amt Ccy='{payment.currency}'>{payment.amount:f}</Amt><CdtDbtInd>DBIT</CdtDbtInd>"
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>N-1</MsgId><CreDtTm>{day}T09:00:00</CreDtTm></GrpHdr><Ntfctn><Id>N-1</Id>"
        f"<CreDtTm>{day}T09:00:00</CreDtTm><Acct><Id><IBAN>{account.number}</IBAN></Id></Acct>"
        f"<Ntry>{amount}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
        "<BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>"
        f"<Refs><InstrId>{payment.id}</InstrId><EndToEndId>{payment.end_to_end_id}</EndToEndId></Refs>{amount}"
        "</TxDtls></NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()
