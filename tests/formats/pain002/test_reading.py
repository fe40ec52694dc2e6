import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from formats import pain002
from formats.errors import FormatError, NotSupported, Unreadable
from formats.status_report import BatchStatus, PaymentStatus, StatusReport
from tests.formats.pain002.reports import ISO, batch, group, payment, pieces, report

DETAILS = (
    "<OrgnlUETR>3b0d2c5e-6d0e-4f0a-9a43-5c1c9be8a001</OrgnlUETR><TxSts>ACSC</TxSts>"
    "<AccptncDtTm>2026-03-02T09:30:00Z</AccptncDtTm><AcctSvcrRef>SRV-1</AcctSvcrRef><ClrSysRef>CLR-1</ClrSysRef>"
    '<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">12.50</InstdAmt></Amt><ReqdExctnDt><Dt>2026-03-03</Dt></ReqdExctnDt>'
    "<Cdtr><Pty><Nm>Nordic Paper Oy</Nm></Pty></Cdtr>"
    "<CdtrAcct><Id><IBAN>FI2112345600000785</IBAN></Id></CdtrAcct></OrgnlTxRef>"
)


def detailed():
    told = (
        f"<TxInfAndSts><StsId>S-1</StsId><OrgnlInstrId>I1</OrgnlInstrId><OrgnlEndToEndId>E1</OrgnlEndToEndId>{DETAILS}"
    )
    return report(group(), batch("B1", None, told + "</TxInfAndSts>"))


def test_everything_a_report_says_about_a_payment_is_kept():
    read = pain002.read(detailed())

    (found,) = read.payments
    assert read.findings == ()
    assert read.created_at == datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1)))
    assert (found.status_id, found.instruction_id, found.end_to_end_id) == ("S-1", "I1", "E1")
    assert found.uetr == "3b0d2c5e-6d0e-4f0a-9a43-5c1c9be8a001"
    assert (found.amount.value, found.amount.currency, found.amount.text) == (Decimal("12.50"), "EUR", "12.50")
    assert found.accepted_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert found.execution_date == date(2026, 3, 3)
    assert (found.creditor_name, found.creditor_account) == ("Nordic Paper Oy", "FI2112345600000785")
    assert (found.account_servicer_reference, found.clearing_system_reference) == ("SRV-1", "CLR-1")


@pytest.mark.parametrize("message", [m for m in pain002.VERSIONS if not m.endswith((".001.02", ".002.02"))])
def test_every_version_is_read_by_its_namespace(message):
    swiss = f"http://www.six-interbank-clearing.com/de/{message}.xsd"
    namespace = swiss if ".ch." in message else ISO + message
    read = pain002.read(report(group("ACTC"), batch("B1", None, payment("E1", "RJCT")), namespace=namespace))

    assert read.message == message
    assert read.original_message_id == "PAY-7"
    assert [p.status for p in read.payments] == ["RJCT"]


def test_a_version_nobody_published_is_read_and_said_to_be_unchecked():
    read = pain002.read(report(group("ACTC"), message="pain.002.001.15"))

    assert [(f.rule, f.severity) for f in read.findings] == [("XSD-NONE", "INFO")]


def test_a_report_without_namespace_is_known_by_its_root():
    source = report(group("RJCT")).replace(f' xmlns="{ISO}pain.002.001.10"'.encode(), b"")

    read = pain002.read(source)

    assert (read.message, read.group_status) == ("pain.002", "RJCT")
    assert [f.rule for f in read.findings] == ["XSD-NONE"]


def test_prefixes_envelope_and_encodings_make_no_difference():
    plain = report(group(), batch("B1", None, payment("É1", "RJCT")))
    text = plain.decode().partition("?>\n")[2]
    envelope = f"<Envelope><AppHdr><MsgDefIdr>pain.002.001.10</MsgDefIdr></AppHdr>{text}</Envelope>"
    expected = pain002.read(plain)

    for source in (
        b"\xef\xbb\xbf" + plain,
        f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16"),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{text}'.encode("latin-1"),
        envelope.encode(),
        text.replace("<", "<p:").replace("<p:/", "</p:").replace("xmlns=", "xmlns:p=").encode(),
    ):
        assert pain002.read(source) == expected


def test_a_report_that_breaks_its_schema_is_read_and_told():
    read = pain002.read(report(group(), "<Extra/>", batch("B1", None, payment("E1", "RJCT"))))

    assert [p.status for p in read.payments] == ["RJCT"]
    (finding,) = read.findings
    assert (finding.rule, finding.line, finding.path) == ("XSD", 4, "Document/CstmrPmtStsRpt/Extra")
    assert "Extra" in finding.message


@pytest.mark.parametrize("wrong", ["<AccptncDtTm>yesterday</AccptncDtTm>", '<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">1,5'])
def test_what_is_no_date_or_amount_is_left_out_with_a_finding(wrong):
    closing = "</InstdAmt></Amt></OrgnlTxRef>" if "Amt" in wrong else ""
    read = pain002.read(report(group(), batch("B1", None, payment("E1", "RJCT", rest=wrong + closing))))

    assert (read.payments[0].accepted_at, read.payments[0].amount) == (None, None)
    assert "XML-VALUE" in {f.rule for f in read.findings}


@pytest.mark.parametrize("where", ["OrgnlMsgId", "OrgnlMsgNmId"])
def test_an_ebics_customer_protocol_is_refused_by_name(where):
    head = group().replace(f"<{where}>", f"<{where}>EBICS<!--").replace(f"</{where}>", f"--></{where}>")

    with pytest.raises(NotSupported, match="HAC"):
        pain002.read(report(head, batch("FILE_UPLOAD", None)))


def test_the_actions_of_an_ebics_customer_protocol_give_it_away_too():
    with pytest.raises(NotSupported, match="HAC"):
        pain002.read(report(group(), batch("ORDER_HAC_FINAL_POS", None)))


def test_another_message_is_refused_by_name():
    with pytest.raises(NotSupported, match=r"pacs\.008\.001\.08"):
        pain002.read(
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf/></Document>'
        )
    with pytest.raises(NotSupported, match=r"camt\.053"):
        pain002.read(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt/></Document>')


def test_a_namespace_and_a_content_that_disagree_are_refused():
    with pytest.raises(Unreadable, match="BkToCstmrStmt"):
        pain002.read(report().replace(b"CstmrPmtStsRpt", b"BkToCstmrStmt"))


def test_a_report_cut_anywhere_is_refused():
    whole = detailed().rstrip()
    for end in range(0, len(whole), 7):
        with pytest.raises(FormatError):
            pain002.read(whole[:end])


def test_a_stream_gives_the_report_first_then_each_batch_before_its_payments():
    source = report(group("PART"), batch("B1", "PART", payment("E1", "RJCT")), batch("B2", "ACSP", payment("E2")))

    kinds = [type(part) for part in pain002.stream(io.BytesIO(source))]

    assert kinds[:5] == [StatusReport, BatchStatus, PaymentStatus, BatchStatus, PaymentStatus]


def test_a_stream_of_fifty_thousand_statuses_keeps_one_payment_in_memory():
    class Growing(io.RawIOBase):
        """A report that is written while it is read."""

        def __init__(self, number):
            one = (payment(f"E{i}", "RJCT") for i in range(number))
            opening, _, closing = batch("B1", "PART", "|").partition("|")
            self._pieces = iter(pieces((group("PART"), opening, *(), "|", closing)))
            self._parts = self._joined(one)
            self._left = b""

        def _joined(self, one):
            for piece in self._pieces:
                if piece == b"|\n":
                    yield from (p.encode() for p in one)
                else:
                    yield piece

        def read(self, size=-1):
            while len(self._left) < size and (piece := next(self._parts, None)) is not None:
                self._left += piece
            data, self._left = self._left[:size], self._left[size:]
            return data

    def peak(number):
        tracemalloc.start()
        seen = sum(isinstance(part, PaymentStatus) for part in pain002.stream(Growing(number)))
        _, high = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert seen == number
        return high

    peak(100)
    assert peak(50_000) < peak(20_000) + 200_000
