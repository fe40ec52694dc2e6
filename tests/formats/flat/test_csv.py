"""Payment lists: everything wrong is told at once, with row and column, and nothing is guessed."""

from datetime import date
from decimal import Decimal

import pytest

from formats.errors import TooLarge, Unreadable
from formats.findings import Finding
from formats.flat import csv
from formats.flat.columns import COLUMNS
from formats.initiation import CreditTransfer, Initiation, PaymentInformation

HEAD = "batch_id,execution_date,debtor_name,debtor_account,end_to_end_id,amount,currency,creditor_name,creditor_account"
ROW = "B1,2026-11-25,Muster,DE89370400440532013000,E-1,12.50,EUR,Lieferant,NL91ABNA0417164300"


def listed(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows]).encode()


def findings(data: bytes) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.path) for finding in csv.read(data).findings]


def test_a_list_gives_the_parts_of_a_message_in_order():
    parts = list(csv.stream(listed(ROW, ROW.replace("E-1", "E-2")), message_id="M-1"))
    assert [type(part) for part in parts] == [Initiation, PaymentInformation, CreditTransfer, CreditTransfer]
    header, block, first, second = parts
    assert header.message_id == "M-1"
    assert (block.id, block.execution_date, block.debtor_account.iban) == (
        "B1",
        date(2026, 11, 25),
        "DE89370400440532013000",
    )
    assert (first.amount.value, first.amount.currency, first.line, second.line) == (Decimal("12.50"), "EUR", 2, 3)


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_delimiter_and_encoding_are_seen(delimiter, encoding):
    text = f"{HEAD}\n{ROW}\n".replace(",", delimiter).replace("Lieferant", "Müller")
    (block,) = csv.read(text.encode(encoding)).batches
    assert block.payments[0].creditor.name == "Müller"


@pytest.mark.parametrize("amount", ["1.234,56", "1234,56", "1'234.56", "1 234.56", "EUR 5", "1e3", "12.50-"])
def test_an_amount_with_marks_is_refused_with_advice_and_not_guessed(amount):
    got = csv.read(listed(ROW.replace("12.50", f'"{amount}"')))
    assert [(f.rule, f.path, f.line) for f in got.findings] == [("FLAT-AMOUNT", "row 2, amount", 2)]
    assert "1234.56" in got.findings[0].advice
    assert got.batches[0].payments[0].amount.value.is_nan()


def test_every_mistake_of_a_list_is_told_at_once():
    bad = "B1,25.11.2026,Muster,DE00370400440532013000,,abc,,,"
    assert findings(listed(ROW, bad)) == [
        ("FLAT-BATCH", "row 3, batch_id"),
        ("FLAT-DATE", "row 3, execution_date"),
        ("FLAT-IBAN", "row 3, debtor_account"),
        ("FLAT-MISSING", "row 3, end_to_end_id"),
        ("FLAT-MISSING", "row 3, currency"),
        ("FLAT-MISSING", "row 3, creditor_name"),
        ("FLAT-AMOUNT", "row 3, amount"),
    ]


def test_unknown_and_missing_columns_are_told_with_the_first_row():
    got = findings(listed(ROW, head=HEAD.replace("creditor_name", "name")))
    assert got[:2] == [("FLAT-COLUMN", "row 1, name"), ("FLAT-COLUMN", "row 1, creditor_name")]


def test_a_block_begins_where_account_day_kind_or_currency_change():
    dollars = ROW.replace("B1", "B2").replace("EUR", "USD")
    got = csv.read(listed(ROW, dollars))
    assert [(b.id, b.payments[0].amount.currency) for b in got.batches] == [("B1", "EUR"), ("B2", "USD")]
    assert findings(listed(ROW, dollars, ROW)) == [("FLAT-BATCH", "row 4, batch_id")]


def test_a_row_number_is_the_line_it_begins_on_even_after_a_quoted_line_break():
    two_lines = ROW.replace("Lieferant", '"Liefer\nant"')
    got = csv.read(listed(two_lines, ROW.replace("12.50", "x")))
    assert [f.path for f in got.findings] == ["row 4, amount"]


def test_references_are_told_apart_by_their_look():
    head = HEAD + ",creditor_reference"
    got = csv.read(listed(f"{ROW},RF18 5390 0754 7034", f"{ROW},21 00000 00003 13947 14300 09017", head=head))
    first, second = (payment.structured_remittance[0] for payment in got.batches[0].payments)
    assert (first.reference, first.reference_type) == ("RF18539007547034", "SCOR")
    assert (second.reference, second.reference_type_proprietary) == ("210000000003139471430009017", "QRR")


@pytest.mark.parametrize(("data", "code"), [
    (b"", "csv.empty"),
    ("\ufeff".encode("utf-16"), "csv.encoding"),
    (listed(ROW.replace("Lieferant", "a\0b")), "csv.binary"),
    (listed(ROW.replace("Lieferant", '"abc')), "csv.broken"),
])  # fmt: skip
def test_what_is_no_table_is_refused_by_name(data, code):
    with pytest.raises(Unreadable) as caught:
        csv.read(data)
    assert caught.value.code == code


def test_an_endless_line_is_refused():
    with pytest.raises(TooLarge):
        csv.read(listed("x" * 200_000))


def test_a_list_without_payments_says_so():
    assert findings(listed()) == [("FLAT-EMPTY", "row 1")]


def test_findings_are_limited_and_the_rest_counted():
    got = csv.read(listed(*[ROW.replace("12.50", "x")] * 1500))
    assert len(got.findings) == 1001
    assert got.findings[-1] == Finding(
        rule="FLAT-MORE", severity=got.findings[-1].severity, message="500 more problems are not listed."
    )


def test_every_column_says_what_it_means():
    assert all(column.meaning.endswith((".", "…")) for column in COLUMNS.values())
