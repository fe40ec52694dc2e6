"""Reading is lenient and says so: what breaks the schema is read as far as it can be, and told with its line."""

import io
import re
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from formats import pain001
from formats.errors import NotSupported, TooLarge, Unreadable
from formats.findings import Finding
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.source import Feed
from tests.formats.pain001.messages import AT, block, message, transfer

V09 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


def document(payments: str = "", *, header: str = "", head: str = "", tail: str = "", namespace: str = V09) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-20T09:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>{header}<InitgPty/></GrpHdr>
<PmtInf><PmtInfId>B-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-25</Dt></ReqdExctnDt><Dbtr/>
<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId/></DbtrAgt>{head}
{payments or payment()}
{tail}</PmtInf></CstmrCdtTrfInitn></Document>""".encode()


def payment(content: str = "", amount: str = '<Amt><InstdAmt Ccy="EUR">1.00</InstdAmt></Amt>') -> str:
    return f"<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId>{amount}{content}</CdtTrfTxInf>"


def rules(data: bytes) -> list[str]:
    return [finding.rule for finding in pain001.read(data).findings]


def test_a_stream_gives_header_blocks_and_payments_in_document_order():
    out = io.BytesIO()
    pain001.write(message(block(transfer("A"), transfer("B")), block(id="BLOCK-2")), "pain.001.001.09", out, at=AT)
    parts = list(pain001.stream(out.getvalue()))
    kinds = [Initiation, PaymentInformation, CreditTransfer, CreditTransfer, PaymentInformation, CreditTransfer]
    assert [type(part) for part in parts] == kinds
    assert (parts[0].batches, parts[1].payments) == ((), ())
    assert parts[0].number_of_transactions == "3"


def test_each_payment_knows_its_line():
    got = pain001.read(document(payments=f"{payment()}\n\n{payment()}"))
    assert [p.line for p in got.batches[0].payments] == [6, 8]
    assert got.batches[0].line == 4


def test_lines_beyond_65535_are_told_right():
    got = list(pain001.stream(document(payments="\n" * 70_000 + payment())))
    assert [p.line for p in got if isinstance(p, CreditTransfer)] == [70_006]


@pytest.mark.parametrize(("wrong", "path", "line"), [
    (payment(amount='<Amt><InstdAmt Ccy="EUR">1,00</InstdAmt></Amt>'), "PmtInf[1]/CdtTrfTxInf[1]/InstdAmt", 6),
    (payment(amount=""), "PmtInf[1]/CdtTrfTxInf[1]/CdtTrfTxInf", 6),
])  # fmt: skip
def test_an_amount_that_is_none_is_not_a_number_and_told(wrong, path, line):
    got = pain001.read(document(payments=wrong))
    assert got.batches[0].payments[0].amount.value.is_nan()
    assert [(f.path, f.line, f.payment) for f in got.findings if f.rule == "XML-VALUE"] == [(path, line, 0)]


def test_a_schema_violation_is_a_finding_with_line_and_path():
    got = pain001.read(document(payments=payment("<ChrgBr>OURS</ChrgBr>")))
    assert got.batches[0].payments[0].charge_bearer == "OURS"
    (found,) = [f for f in got.findings if f.rule == "XSD"]
    assert found.blocks
    assert (found.line, found.path.rpartition("/")[2]) == (6, "ChrgBr")


def test_what_the_model_does_not_carry_is_told_once_and_counted():
    tax = "<CtctDtls><PhneNb>+49-1</PhneNb></CtctDtls>"
    got = pain001.read(document(payments=payment(f"<Cdtr><Nm>X</Nm>{tax}</Cdtr>") * 3))
    (found,) = [f for f in got.findings if f.rule == "XML-UNREAD"]
    assert found.path.endswith("CdtTrfTxInf/Cdtr/CtctDtls")
    assert "3 times" in found.message
    assert found.severity == "WARN"


def test_contacts_of_the_sender_name_its_software_and_are_no_loss():
    contact = b"<InitgPty><Nm>Muster</Nm><CtctDtls><Nm>ERP</Nm></CtctDtls></InitgPty>"
    got = pain001.read(re.sub(rb"<InitgPty/>", contact, document()))
    (found,) = [f for f in got.findings if f.rule == "XML-UNREAD"]
    assert (found.path, found.severity) == ("Document/CstmrCdtTrfInitn/GrpHdr/InitgPty/CtctDtls", "INFO")


def test_what_stands_after_the_payments_of_its_block_is_told():
    got = pain001.read(document(tail="<ChrgBr>SLEV</ChrgBr>"))
    assert "XML-ORDER" in [f.rule for f in got.findings]
    assert got.batches[0].charge_bearer is None


def test_a_block_without_payments_is_still_a_block():
    got = pain001.read(document(payments="<!-- none -->"))
    assert [(b.id, b.payments) for b in got.batches] == [("B-1", ())]
    assert "XSD" in rules(document(payments="<!-- none -->"))


def test_a_message_without_a_header_is_read_and_told():
    data = document().replace(b"<GrpHdr>", b"<!--").replace(b"</GrpHdr>", b"-->")
    got = pain001.read(data)
    assert (got.message_id, got.created_at, len(got.batches)) == ("", None, 1)
    assert "XSD" in rules(data)


def test_a_version_without_a_schema_is_read_and_said_to_be_unchecked():
    data = document(namespace=V09.replace(".09", ".13"))
    assert rules(data) == ["XSD-NONE"]
    assert pain001.read(data).message == "pain.001.001.13"


def test_prefixes_encodings_and_envelopes_do_not_matter():
    plain = document()
    body = plain.decode().partition("?>")[2].strip()
    prefixed = body.replace("<", "<p:").replace("<p:/", "</p:").replace("xmlns=", "xmlns:p=")
    enveloped = f'<Envelope xmlns="urn:own"><AppHdr/>{body}</Envelope>'
    latin = f'<?xml version="1.0" encoding="ISO-8859-1"?>{body.replace("M-1", "Mü")}'.encode("latin-1")
    expected = pain001.read(plain)
    for other in (prefixed.encode(), body.encode("utf-8-sig"), body.encode("utf-16"), enveloped.encode()):
        assert pain001.read(other) == expected
    assert pain001.read(latin).message_id == "Mü"


def test_dates_and_moments_are_read_in_all_their_forms():
    got = pain001.read(document().replace(b"<Dt>2026-11-25</Dt>", b"<DtTm>2026-11-25T10:00:00.000Z</DtTm>"))
    assert got.batches[0].execution_date == datetime(2026, 11, 25, 10, tzinfo=UTC)
    zoned = pain001.read(document().replace(b"<Dt>2026-11-25</Dt>", b"<Dt>2026-11-25+01:00</Dt>"))
    assert zoned.batches[0].execution_date == date(2026, 11, 25)


@pytest.mark.parametrize(("data", "error"), [
    (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'><BkToCstmrStmt/></Document>", NotSupported),
    (document()[:-40], Unreadable),
    (document().replace(b"</Dbtr>", b"</Dbtrr>").replace(b"<Dbtr/>", b"<Dbtr></Dbtrr>"), Unreadable),
    (b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + document(), Unreadable),
    (document(payments=payment("<X>" * 300 + "</X>" * 300)), (TooLarge, Unreadable)),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(data, error):
    with pytest.raises(error):
        pain001.read(data)


class Endless:
    """A message of any number of payments, made while it is read."""

    def __init__(self, payments: int) -> None:
        head, tail = document().split(payment().encode())
        body = (payment(f"<Cdtr><Nm>Payee {n}</Nm></Cdtr>").encode() for n in range(payments))
        self._parts = (part for group in ([head], body, [tail]) for part in group)
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def test_memory_does_not_grow_with_the_message():
    tracemalloc.start()
    total, last = Decimal(0), None
    for part in pain001.stream(Feed(Endless(20_000))):
        if isinstance(part, CreditTransfer):
            total += part.amount.value
            last = part
        assert not isinstance(part, Finding)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (total, last.creditor.name) == (Decimal("20000.00"), "Payee 19999")
    assert peak < 6_000_000
