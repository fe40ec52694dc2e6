"""``payhub build``: what goes in, what comes out, and how a refusal reads."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from formats import pain001, pain008
from gateway.cli import app
from tests.formats.pain008.test_collections import AT, collection

LIST = """\
batch_id;execution_date;debtor_name;debtor_account;end_to_end_id;amount;currency;creditor_name;creditor_account
B1;2026-11-25;Muster;DE89370400440532013000;E-1;12.50;EUR;Müller & Co;NL91ABNA0417164300
B1;2026-11-25;Muster;DE89370400440532013000;E-2;7.50;EUR;Lieferant;NL91ABNA0417164300
"""


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    file = tmp_path / "payments.csv"
    file.write_text(LIST)
    return file


def build(*arguments: object):
    return CliRunner().invoke(app, ["build", *map(str, arguments)])


def test_a_list_becomes_a_proven_message(payments, tmp_path):
    out = tmp_path / "out.xml"
    result = build(
        payments, "--to", "pain.001.001.09", "--charset", "german", "--message-id", "M-1", "-o", out, "--json"
    )
    told = json.loads(result.stdout)
    assert (result.exit_code, told["number_of_transactions"], told["control_sum"]) == (0, 2, "20.00")
    message = pain001.read(out)
    assert (message.message_id, message.findings) == ("M-1", ())
    assert message.batches[0].payments[0].creditor.name == "Mueller + Co"


def test_without_an_output_the_message_goes_to_standard_output(payments):
    result = build(payments, "--to", "pain.001.001.03")
    assert result.exit_code == 0
    assert pain001.read(result.stdout_bytes).message == "pain.001.001.03"


def test_a_message_of_one_version_becomes_another(payments, tmp_path):
    first, second = tmp_path / "first.xml", tmp_path / "second.xml"
    assert build(payments, "--to", "pain.001.001.03", "--message-id", "M-1", "-o", first).exit_code == 0
    assert build(first, "--to", "pain.001.001.12", "-o", second).exit_code == 0
    assert pain001.read(second).batches == pain001.read(first).batches


def test_every_mistake_of_a_list_has_its_row_and_column_and_nothing_is_written(payments, tmp_path):
    payments.write_text(
        LIST.replace("12.50", "1.234,56").replace("7.50", "").replace("2026-11-25;Muster", "tomorrow;Muster")
    )
    out = tmp_path / "out.xml"
    result = build(payments, "--to", "pain.001.001.09", "-o", out)
    assert result.exit_code == 1
    for place in ("row 2, amount", "row 3, amount", "row 2, execution_date"):
        assert place in result.stderr
    assert f"{payments}:2: BLOCK FLAT-AMOUNT" in result.stderr
    assert list(tmp_path.iterdir()) == [payments]


def test_a_refusal_names_the_row_a_field_came_from(payments, tmp_path):
    payments.write_text(LIST.replace("E-2", "E" * 36))
    result = build(payments, "--to", "pain.001.001.09", "--json", "-o", tmp_path / "out.xml")
    error = json.loads(result.stdout)["error"]
    assert result.exit_code == 1
    assert (error["line"], error["path"]) == (3, "PmtInf[1]/CdtTrfTxInf[2]/PmtId/EndToEndId")


def test_an_unknown_version_or_character_set_is_a_usage_error(payments):
    assert build(payments, "--to", "pain.001.001.99").exit_code == 2
    assert build(payments, "--to", "pain.001.001.09", "--charset", "ebcdic").exit_code == 2


def test_what_holds_no_payments_is_refused_by_name(tmp_path):
    statement = tmp_path / "statement.sta"
    statement.write_text(":20:STARTUMS\n:25:123/456\n:28C:1/1\n:60F:C261120EUR0,\n:62F:C261120EUR0,\n")
    result = build(statement, "--to", "pain.001.001.09")
    assert result.exit_code == 1
    assert "MT940" in result.stderr
    assert build(tmp_path / "missing.csv", "--to", "pain.001.001.09").exit_code == 1


def test_canonical_json_is_taken_too(tmp_path):
    document = tmp_path / "batch.json"
    document.write_text(json.dumps({
        "message_id": "M-1",
        "batches": [{
            "id": "B1", "execution_date": "2026-11-25", "debtor_account": "DE89370400440532013000",
            "payments": [{"end_to_end_id": "E-1", "amount": "5", "currency": "EUR", "creditor": "Lieferant"}],
        }],
    }))  # fmt: skip
    result = build(document, "--to", "pain.001.001.09")
    assert pain001.read(result.stdout_bytes).batches[0].payments[0].amount.text == "5"


def test_direct_debits_become_direct_debits_and_never_transfers(tmp_path):
    source, out = tmp_path / "debits.xml", tmp_path / "out.xml"
    with source.open("wb") as file:
        pain008.write(collection(), "pain.008.001.02", file, at=AT)
    assert build(source, "--to", "pain.008.001.08", "-o", out).exit_code == 0
    assert pain008.read(out).batches == pain008.read(source).batches
    refused = build(source, "--to", "pain.001.001.09")
    assert (refused.exit_code, refused.stdout) == (1, "")


def test_blocks_that_mix_currencies_are_divided_when_asked(payments, tmp_path):
    payments.write_text(LIST.replace("7.50;EUR", "7.50;USD").replace("B1", "", 1).replace("B1", ""))
    out = tmp_path / "out.xml"
    assert build(payments, "--to", "pain.001.001.09", "-o", out).exit_code == 0
    assert [batch.id for batch in pain001.read(out).batches] == ["B1", "B2"]
    document = tmp_path / "mixed.json"
    document.write_text((Path(__file__).parents[2] / "golden" / "pain001" / "mixed-currencies.json").read_text())
    assert build(document, "--to", "pain.001.001.09").exit_code == 1
    assert build(document, "--to", "pain.001.001.09", "--group", "-o", out).exit_code == 0
    assert [batch.id for batch in pain001.read(out).batches] == ["MIX", "MIX-2"]


def test_a_place_that_cannot_be_written_is_named_and_not_the_source(payments, tmp_path):
    out = tmp_path / "missing" / "out.xml"
    result = build(payments, "--to", "pain.001.001.09", "-o", out)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1, f"{out}: No such file or directory [file.unreadable]",
    )  # fmt: skip


def test_a_workbook_and_a_list_with_the_same_rows_give_the_same_message(payments, tmp_path):
    book = Workbook()
    for row in LIST.splitlines():
        book.active.append(row.split(";"))
    book.save(tmp_path / "payments.xlsx")
    made = []
    for source in (payments, tmp_path / "payments.xlsx"):
        out = tmp_path / f"{source.suffix}.xml"
        assert build(source, "--to", "pain.001.001.09", "--message-id", "M-1", "-o", out).exit_code == 0
        made.append(pain001.read(out).batches)
    assert made[0] == made[1]
