"""A message comes entry by entry, in little memory, and counts only when its end has come."""

import io
import tracemalloc

import pytest

from formats import camt, read
from formats.camt import Closed, Opened, Proven
from formats.errors import FormatError
from formats.source import Feed
from formats.statement import Entry
from tests.formats.camt.statements import balance, detail, details, entry, message, statement

MEGABYTE = 1024 * 1024


class Pipe:
    """A stream that cannot seek and gives a little at a time."""

    def __init__(self, data: bytes) -> None:
        self._raw = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._raw.read(min(size, 1000))


def test_a_stream_opens_gives_entries_closes_and_proves():
    kinds = [type(event) for event in camt.stream(message(statement(entry(), entry("0"))))]
    assert kinds == [Opened, Entry, Entry, Closed, Proven]


def test_a_statement_without_entries_opens_and_closes():
    kinds = [type(event) for event in camt.stream(message(statement()))]
    assert kinds == [Opened, Closed, Proven]


def test_what_is_opened_shows_the_account_and_the_balances_before_the_first_entry():
    opened = next(camt.stream(message(statement(entry()))))
    assert opened.statement.account.iban == "DE02120300000000202051"
    assert opened.statement.opening.amount.text == "10.00"
    assert opened.statement.balanced is None


@pytest.mark.parametrize("cut", [-1, -12, -40, 700])
def test_a_message_cut_short_is_never_proven(cut):
    events = []
    with pytest.raises(FormatError):
        events.extend(camt.stream(message(statement(entry(), entry()))[:cut]))
    assert not any(isinstance(event, Proven) for event in events)


@pytest.mark.parametrize("wrapped", [bytes, io.BytesIO, lambda data: Feed(Pipe(data))])
def test_bytes_streams_and_pipes_read_the_same(wrapped):
    data = message(statement(entry(details=details(detail()))))
    assert read(wrapped(data)) == read(data)


def test_a_path_reads_the_same(tmp_path):
    file = tmp_path / "statement.txt"
    file.write_bytes(message(statement(entry())))
    assert read(file) == read(file.read_bytes())


def test_a_seekable_stream_is_read_from_where_it_stands():
    raw = io.BytesIO(b"junk" + message(statement(entry())))
    raw.seek(4)
    assert len(read(raw).statements) == 1


def test_an_entry_of_many_transactions_is_whole_and_in_order():
    count = 12_000
    many = (
        detail("1", references=f"<Refs><EndToEndId>E-{n}</EndToEndId></Refs>", rest=f"<AddtlTxInf>{n}</AddtlTxInf>")
        for n in range(count)
    )
    balances = balance("OPBD", "0") + balance("CLBD", str(count))
    answer = read(message(statement(entry(str(count), details=details(*many)), balances=balances)))
    (one,) = answer.statements[0].entries
    assert [t.references.end_to_end_id for t in one.transactions] == [f"E-{n}" for n in range(count)]
    assert [t.additional_information for t in one.transactions] == [str(n) for n in range(count)]
    assert {t.amount.text for t in one.transactions} == {"1"}
    assert answer.statements[0].balanced is True
    assert answer.findings == ()


def test_a_thousand_shapes_are_read_as_well_as_one():
    odd = [
        entry(
            "0",
            details=details(*(detail("0", rest=f"<AddtlTxInf>{n}-{m}</AddtlTxInf>" * (m % 2)) for m in range(n % 7))),
        )
        for n in range(200)
    ]
    odd += [f"<Ntry><Amt Ccy='X{n:02d}'>0</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>" for n in range(1_200)]
    answer = read(message(statement(*odd, balances=balance("OPBD", "1") + balance("CLBD", "1"))))
    assert len(answer.statements[0].entries) == 1_400
    assert answer.statements[0].entries[-1].amount.currency == "X1199"
    assert [len(one.transactions) for one in answer.statements[0].entries[:200]] == [n % 7 for n in range(200)]


def test_texts_stay_with_their_fields_when_a_shape_is_well_known():
    texts = ["plain", "A &amp; B", "&lt;tag&gt;", "ü€", "<![CDATA[a<b]]>", "&#38;amp;", "]]&gt;", "'\"", "a\tb"] * 20
    entries = [entry("0", details=details(detail("0", rest=f"<AddtlTxInf>{text}</AddtlTxInf>"))) for text in texts]
    answer = read(message(statement(*entries, balances=balance("OPBD", "1") + balance("CLBD", "1"))))
    said = [one.transactions[0].additional_information for one in answer.statements[0].entries]
    assert said[:9] == ["plain", "A & B", "<tag>", "ü€", "a<b", "&amp;", "]]>", "'\"", "a\tb"]
    assert said == said[:9] * 20


def test_pretty_printed_and_minified_read_the_same():
    data = message(statement(entry(details=details(detail(rest="<AddtlTxInf>x</AddtlTxInf>")))))
    printed = data.replace(b"><", b">\n    <")
    one, other = read(data), read(printed)
    assert one == other


def test_prefixes_and_envelopes_make_no_difference():
    data = message(statement(entry()))
    body = data.partition(b"?>")[2]
    prefixed = (
        body.replace(b"</", b"</n:").replace(b"<", b"<n:").replace(b"<n:/n:", b"</n:").replace(b"xmlns=", b"xmlns:n=")
    )
    head = b"urn:iso:std:iso:20022:tech:xsd:head.001.001.02"
    header = b'<AppHdr xmlns="' + head + b'"><MsgDefIdr>camt.053.001.08</MsgDefIdr></AppHdr>'
    enveloped = b'<Envelope xmlns="urn:bank:envelope">' + header + body + b"</Envelope>"
    assert read(prefixed) == read(data)
    assert read(enveloped) == read(data)


def test_what_is_invalid_inside_an_envelope_is_told():
    body = message(statement(entry(status="WHAT?!"))).partition(b"?>")[2]
    answer = read(b'<Envelope xmlns="urn:bank:envelope">' + body + b"</Envelope>")
    assert "XSD-01" in {finding.rule for finding in answer.findings}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_every_declared_encoding_reads_the_same(encoding):
    data = message(statement(entry(details=details(detail(rest="<AddtlTxInf>Müller</AddtlTxInf>"))))).decode()
    declared = data.replace("UTF-8", encoding.removesuffix("-sig"))
    assert read(declared.encode(encoding)) == read(data.encode())


def test_a_national_namespace_is_the_iso_schema_under_another_name():
    data = message(statement(entry()), namespace="ISO:camt.053.001.08:APC:STUZZA:payments:001")
    answer = read(data)
    assert (answer.message, answer.findings) == ("camt.053.001.08", ())


def test_a_message_without_a_namespace_is_known_by_its_payload_and_not_checked():
    answer = read(message(statement(entry())).replace(b' xmlns="', b' Xmlns="'))
    assert answer.message == "camt.053"
    assert [finding.rule for finding in answer.findings] == ["XSD-02"]


def test_memory_does_not_grow_with_the_number_of_entries():
    def peak(count: int) -> int:
        data = message(statement(*[entry("0", details=details(detail("0")))] * count))
        tracemalloc.start()
        for _ in camt.stream(data):
            pass
        _, high = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return high

    peak(100)
    assert peak(8_000) < peak(1_000) + MEGABYTE


@pytest.mark.parametrize("nothing", ["<TxDtls/>", "<TxDtls></TxDtls>", "<TxDtls><Refs/></TxDtls>"])
def test_a_transaction_that_says_nothing_is_still_one_of_its_entry(nothing):
    (found,) = read(message(statement(entry(details=details(detail("2.00"), nothing, detail("3.00")))))).statements
    (booked,) = found.entries
    assert [one.direction for one in booked.transactions] == ["credit", "credit", "credit"]
    assert [one.amount and one.amount.text for one in booked.transactions] == ["2.00", None, "3.00"]


def test_references_come_without_the_blanks_that_pretty_printing_puts_around_them():
    references = "<Refs><InstrId>\n  I-1\n </InstrId><EndToEndId> E 1 </EndToEndId><TxId>  </TxId></Refs>"
    (found,) = read(message(statement(entry(details=details(detail(references=references)))))).statements
    (one,) = found.entries[0].transactions
    assert (one.references.instruction_id, one.references.end_to_end_id) == ("I-1", "E 1")
    assert one.references.transaction_id is None
