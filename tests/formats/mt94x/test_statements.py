import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from formats import mt94x
from formats.errors import FormatError, NotSupported, TooLarge, Unreadable
from formats.statement import Entry
from tests.formats.mt94x.statements import ENTRY, OPENING, statement


def test_a_statement_that_adds_up_says_so():
    read = mt94x.read(statement(ENTRY, closing="C260302EUR1500,00"))

    (found,) = read.statements
    assert (read.message, read.kind, read.message_id) == ("MT940", "statement", "STMT-1")
    assert (found.legal_sequence, found.page_number, found.currency) == ("5", "1", "EUR")
    assert (found.opening.code, found.opening.amount.value, found.opening.as_of) == ("OPBD", 1000, date(2026, 3, 1))
    assert (found.closing.code, found.closing.amount.value) == ("CLBD", 1500)
    assert found.balanced is True
    assert read.findings == ()


def test_a_statement_that_does_not_add_up_is_stopped_with_the_difference():
    read = mt94x.read(statement(ENTRY, closing="C260302EUR1499,99"))

    assert read.statements[0].balanced is False
    (finding,) = read.findings
    assert (finding.rule, finding.severity) == ("BAL-03", "HALT")
    assert "-0.01" in finding.message


def test_a_debit_balance_is_negative():
    read = mt94x.read(statement(opening=":60F:D260301EUR20,00", closing="D260302EUR20,00"))

    assert read.statements[0].opening.amount.value == Decimal(-20)
    assert read.statements[0].balanced is True


def test_available_and_forward_balances_are_kept():
    source = statement(":62F:C260302EUR1000,00", ":64:C260302EUR900,00", ":65:C260303EUR800,00")

    codes = [(b.code, b.amount.value) for b in mt94x.read(source).statements[0].balances]

    assert codes == [("OPBD", 1000), ("CLBD", 1000), ("CLAV", 900), ("FWAV", 800)]


def test_pages_chain_through_their_intermediate_balances():
    first = statement(ENTRY, ":62M:C260302EUR1500,00")
    second = statement(ENTRY, opening=":60M:C260302EUR1500,00", closing="C260302EUR2000,00")

    read = mt94x.read(first + second.replace(b"5/1", b"5/2"))

    assert [s.balanced for s in read.statements] == [True, True]
    assert [s.page_number for s in read.statements] == ["1", "2"]
    assert read.statements[1].opening.sub_type == "INTM"
    assert read.findings == ()


def test_a_page_that_begins_elsewhere_than_the_last_one_ended_is_stopped():
    first = statement(ENTRY, ":62M:C260302EUR1500,00")
    second = statement(ENTRY, opening=":60M:C260302EUR1400,00", closing="C260302EUR1900,00")

    assert [f.rule for f in mt94x.read(first + second.replace(b"5/1", b"5/2")).findings] == ["BAL-04"]


def test_information_behind_the_closing_balance_belongs_to_the_statement():
    source = statement(ENTRY, ":86:for the entry", ":62F:C260302EUR1500,00", ":86:for the statement")

    (found,) = mt94x.read(source).statements

    assert found.additional_information == "for the statement"
    assert found.entries[0].additional_information == "for the entry"


def test_a_text_line_that_begins_with_a_colon_is_no_tag():
    source = statement(ENTRY, ":86:paid at 2026-03-02T13\r\n:12:11 by card", closing="C260302EUR1500,00")

    (entry,) = mt94x.read(source).statements[0].entries

    assert entry.additional_information == "paid at 2026-03-02T13\n:12:11 by card"


@pytest.mark.parametrize("closing", ["62FC260302EUR1,00", ":62FC260302EUR1,00"])
def test_a_damaged_balance_line_is_told_and_is_no_text(closing):
    read = mt94x.read(statement(ENTRY, ":86:text", closing))

    assert read.statements[0].entries[0].additional_information == "text"
    assert ("MT-11", "HALT") in [(f.rule, f.severity) for f in read.findings]


def test_a_balance_without_currency_takes_that_of_the_opening_one_and_says_so():
    read = mt94x.read(statement(ENTRY, ":62F:C2603021500,00"))

    assert read.statements[0].balanced is True
    assert [(f.rule, f.severity) for f in read.findings] == [("MT-11", "WARN")]


def test_swift_blocks_a_rabobank_head_and_line_ends_make_no_difference():
    plain = statement(ENTRY, ":86:text", closing="C260302EUR1500,00")
    body = plain.removesuffix(b"-\r\n")
    expected = mt94x.read(plain)

    for source in (
        b"{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n" + body + b"-}{5:}\r\n",
        b":940:\r\n" + body,
        b"ABNANL2A\r\n940\r\nABNANL2A\r\n" + body + b"-XXX\r\n",
        b"\xef\xbb\xbf" + plain,
        plain.replace(b"\r\n", b"\n"),
        plain.replace(b"\r\n", b"\r"),
        plain.replace(b"\r\n", b"\r\n\r\n"),
    ):
        assert mt94x.read(source) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
def test_umlauts_arrive_in_every_character_set(encoding):
    source = statement(ENTRY, ":86:Müller", closing="C260302EUR1500,00").decode().encode(encoding)

    assert mt94x.read(source).statements[0].entries[0].additional_information == "Müller"


def test_a_file_in_two_character_sets_is_decided_line_by_line():
    first = statement(ENTRY, ":86:Müller", closing="C260302EUR1500,00")
    second = first.decode().encode("latin-1")

    read = mt94x.read(first + second)

    assert [s.entries[0].additional_information for s in read.statements] == ["Müller", "Müller"]


def test_an_interim_report_is_known_by_its_floor_limit_and_proven_by_its_totals():
    lines = [
        ":20:INT-1", ":25:51210800/1245126199", ":28C:1/1", ":34F:EURD0,", ":13D:2603021530+0100",
        ":61:260302D10,NMSCNONREF", ":61:260302RC5,NMSCNONREF", ":61:260302C7,50NMSCNONREF",
        ":90D:2EUR15,", ":90C:1EUR7,5", "-",
    ]  # fmt: skip
    read = mt94x.read("\r\n".join(lines).encode())

    (found,) = read.statements
    assert (read.message, read.kind) == ("MT942", "report")
    assert found.created_at == datetime(2026, 3, 2, 15, 30, tzinfo=timezone(timedelta(hours=1)))
    assert found.created_at.astimezone(UTC).hour == 14
    assert [e.amount.currency for e in found.entries] == ["EUR"] * 3
    assert read.findings == ()

    wrong = "\r\n".join(lines).replace(":90D:2EUR15,", ":90D:2EUR16,")
    assert [f.rule for f in mt94x.read(wrong.encode()).findings] == ["MT-17"]


def test_a_block_of_narrative_lines_names_the_party_and_the_purpose():
    source = statement(ENTRY, ":NS:01Invoice 12\r\n02March\r\n15Paper Mill\r\n17TRANSFER", closing="C260302EUR1500,00")

    (transaction,) = mt94x.read(source).statements[0].entries[0].transactions

    assert transaction.remittance == ("Invoice 12", "March")
    assert transaction.counterparty.name == "Paper Mill"


def test_another_message_is_refused_by_name():
    with pytest.raises(NotSupported, match="MT103"):
        mt94x.read(b"{1:F01BANKDEFFAXXX0000000000}{2:I103BANKDEFFXXXXN}{4:\r\n:20:X\r\n-}")
    with pytest.raises(NotSupported, match=r"pain\.002"):
        mt94x.read(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt/></Document>')


@pytest.mark.parametrize("data", [b"", b" \r\n", b"hello", b"\x00\x01\x02", b":20:\x00:61:x"])
def test_what_is_no_statement_is_refused(data):
    with pytest.raises(FormatError):
        mt94x.read(data)


def test_binary_in_a_statement_is_refused():
    with pytest.raises(Unreadable, match="NUL"):
        mt94x.read(statement(ENTRY, ":86:a\x00b", closing="C260302EUR1500,00"))


def test_a_field_without_end_is_refused():
    with pytest.raises(TooLarge):
        mt94x.read(statement(ENTRY, ":86:" + "\r\n".join(["x" * 60] * 40_000)))


def test_a_statement_cut_anywhere_is_refused_or_not_proven():
    whole = statement(ENTRY, ":86:text", closing="C260302EUR1500,00")
    for end in range(whole.index(b":62F:")):
        try:
            read = mt94x.read(whole[:end])
        except FormatError:
            continue
        assert read.statements[-1].balanced is not True
        assert any(f.severity in ("WARN", "HALT") for f in read.findings)


def test_a_stream_of_fifty_thousand_entries_keeps_one_in_memory():
    def peak(number):
        data = OPENING.encode().join([b":20:S\n:25:1\n:28C:1\n", b"\n"])
        data += (ENTRY + "\n:86:166?00GUTSCHRIFT?20EREF+E-1?21SVWZ+Invoice 4711\n").encode() * number
        tracemalloc.start()
        seen = sum(isinstance(event, Entry) for event in mt94x.stream(io.BytesIO(data)))
        _, high = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert seen == number
        return high

    peak(100)
    assert peak(50_000) < peak(20_000) + 300_000
