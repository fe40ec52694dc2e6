"""`payhub read`: the JSON contract to the letter, a table for people, and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import COMMANDS, app

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "camt" / "camt.053.001.08.xml"
STATEMENT = {"id", "account", "currency", "opening", "closing", "balanced", "entries"}
ENTRY = {
    "amount", "currency", "direction", "status", "reversal", "booking_date", "value_date", "bank_reference",
    "transactions",
}  # fmt: skip
TRANSACTION = {
    "amount", "currency", "direction", "end_to_end_id", "instruction_id", "message_id", "payment_information_id",
    "uetr", "account_servicer_reference", "counterparty", "remittance", "return_reason",
}  # fmt: skip


def run(*arguments: str):
    return CliRunner().invoke(app, ["read", *arguments])


def test_one_document_a_line_with_the_keys_of_the_contract():
    result = run("--json", str(GOLDEN))
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    document = json.loads(line)
    assert set(document) == {"file", "message", "kind", "message_id", "statements", "findings"}
    assert document["file"] == str(GOLDEN)
    (statement,) = document["statements"]
    assert set(statement) == STATEMENT
    assert set(statement["opening"]) == {"amount", "currency", "date", "code"}
    assert all(set(entry) == ENTRY for entry in statement["entries"])
    transactions = [one for entry in statement["entries"] for one in entry["transactions"]]
    assert all(set(one) == TRANSACTION and set(one["counterparty"]) == {"name", "account"} for one in transactions)


def test_it_goes_on_after_a_bad_file_and_ends_with_one(tmp_path):
    bad, cut = tmp_path / "bad.xml", tmp_path / "cut.xml"
    bad.write_text("<Document>")
    cut.write_bytes(GOLDEN.read_bytes()[:-30])
    missing = tmp_path / "missing.xml"
    result = run("--json", str(bad), str(GOLDEN), str(cut), str(missing), str(tmp_path), str(GOLDEN))
    assert result.exit_code == 1
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(one["file"]).name for one in documents] == [
        "bad.xml", GOLDEN.name, "cut.xml", "missing.xml", tmp_path.name, GOLDEN.name,
    ]  # fmt: skip
    assert [set(one) == {"file", "error"} for one in documents] == [True, False, True, True, True, False]
    assert all({"code", "message"} <= set(one["error"]) for one in documents if "error" in one)


def test_people_see_opening_entries_closing_proof_and_findings():
    result = run(str(GOLDEN))
    assert result.exit_code == 0
    for word in ("DE02120300000000202051", "OPBD", "CLBD", "-10.00 EUR", "49.50 EUR", "Opening", "Closing", "Proof"):
        assert word in result.stdout


def test_people_see_why_a_statement_must_not_be_posted(tmp_path):
    wrong = tmp_path / "wrong.xml"
    wrong.write_bytes(GOLDEN.read_bytes().replace(b">49.50<", b">49.51<"))
    result = run(str(wrong))
    assert "does not add up" in result.stdout
    assert "HALT BAL-03" in result.stdout


def test_a_bad_file_is_told_on_the_error_stream(tmp_path):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7 ...")
    result = run(str(bad), str(GOLDEN))
    assert result.exit_code == 1
    assert "PDF" in result.stderr
    assert "Closing" in result.stdout


def test_rows_are_bounded_and_the_rest_is_counted():
    shown = run("--rows", "1", str(GOLDEN)).stdout
    assert "Showing 1 of 4 entries" in shown


def test_without_a_file_it_is_a_usage_error():
    assert run().exit_code == 2


def test_every_command_that_is_there_can_be_asked_for_help():
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert "read" in shown.stdout
    assert "read" in COMMANDS


def test_a_name_in_odd_bytes_is_told_as_it_is(tmp_path):
    odd = tmp_path / os.fsdecode(b"auszug-\xfc.xml")
    odd.write_bytes(GOLDEN.read_bytes())
    result = run("--json", str(odd))
    assert result.exit_code == 0
    assert b"auszug-\xfc.xml" in result.stdout_bytes


START = "import sys; from gateway.cli import main; sys.argv = ['payhub', 'read', '--json', sys.argv[1]]; main()"
HEAVY = ("sqlalchemy", "dbos", "fastapi", "paramiko", "httpx", "rich.table", "xmlschema", "pyiso20022", "openpyxl")


def test_reading_imports_nothing_heavy():
    script = START.replace("; main()", "") + "\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
    script += f"for name in {HEAVY!r}:\n    assert name not in sys.modules, name"
    command = [sys.executable, "-c", script, str(GOLDEN)]
    assert subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0


@pytest.mark.slow
def test_reading_starts_almost_as_fast_as_its_frameworks():
    def spent(script: str) -> float:
        before = os.times()
        subprocess.run([sys.executable, "-c", script, str(GOLDEN)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    frameworks = min(spent("import typer._adapters, lxml.etree") for _ in range(3))
    assert min(spent(START) for _ in range(3)) < 2 * frameworks
