"""``payhub check`` speaks like a compiler, and ``payhub explain`` in plain words."""

import json
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from formats import check
from formats.rules import PROFILES
from gateway.cli import app
from tests.formats.test_check import GOOD, TODAY

RUN = CliRunner()
DAY = ["--as-of", "2026-11-02"]


@pytest.fixture
def files(tmp_path):
    """A good file, one that blocks, and one with letters to repair."""
    for name, text in (
        ("good", GOOD),
        ("bad", GOOD.replace("30.00</CtrlSum>", "31.00</CtrlSum>")),
        ("letters", GOOD.replace("Muster GmbH", "Müster GmbH", 1)),
    ):
        (tmp_path / f"{name}.xml").write_text(text, encoding="utf-8")
    return tmp_path


def run(*words):
    return RUN.invoke(app, [str(word) for word in words])


def test_a_good_file_ends_with_0(files):
    ended = run("check", files / "good.xml", *DAY)
    assert (ended.exit_code, ended.stdout) == (0, "1 file: no findings\n")


def test_what_blocks_ends_with_1_and_is_said_with_file_line_and_rule(files):
    ended = run("check", files / "bad.xml", *DAY)
    assert ended.exit_code == 1
    assert ended.stdout.startswith(f"{files / 'bad.xml'}:4: BLOCK GEN-004 The header total 31.00")
    assert ended.stdout.endswith("1 file: 1 BLOCK\n")


def test_what_can_be_repaired_does_not_block(files):
    assert run("check", files / "letters.xml", *DAY).exit_code == 0


def test_json_has_one_object_a_finding_and_one_summary(files):
    ended = run("check", files / "bad.xml", files / "letters.xml", "--json", *DAY)
    first, second, summary = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (first["rule"], first["severity"], first["line"]) == ("GEN-004", "BLOCK", 4)
    assert second["path"] == "PmtInf[1]/CdtTrfTxInf[1]/Cdtr/Nm"
    assert summary == {"summary": {"BLOCK": 1, "FIX": 1}, "files": 2}


def test_junit_counts_what_blocks_as_failures(files):
    report = files / "report.xml"
    run("check", files / "good.xml", files / "bad.xml", files / "letters.xml", "--junit", report, *DAY)
    suites = ET.parse(report).getroot().findall("testsuite")
    assert [(suite.get("tests"), suite.get("failures")) for suite in suites] == [("1", "0"), ("1", "1"), ("1", "0")]


def test_junit_holds_whatever_a_file_holds(files):
    report = files / "report.xml"
    nasty = files / "nasty.xml"
    nasty.write_text(GOOD.replace("ONE", "&lt;/failure&gt;]]&gt;&quot;&amp;"), encoding="utf-8")
    run("check", nasty, "--junit", report, *DAY)
    assert "</failure>]]>" in ET.parse(report).getroot().find(".//failure").text


def test_a_missing_file_does_not_stop_the_others(files):
    ended = run("check", files / "absent.xml", files / "bad.xml", *DAY)
    assert ended.exit_code == 1
    assert "No such file" in ended.stderr
    assert "GEN-004" in ended.stdout


def test_fix_shows_before_and_after_and_writes_a_file_without_findings(files):
    out = files / "repaired.xml"
    ended = run("check", files / "letters.xml", "--fix", "-o", out, "--letters", "german", *DAY)
    assert "    - Müster GmbH\n    + Muester GmbH\n" in ended.stdout
    assert list(check(out, as_of=TODAY)) == []


def test_the_rules_of_a_bank_count_on_top(files):
    banks = files / "banks"
    banks.mkdir()
    (banks / "strict.toml").write_text('[rules]\nSCT-12 = { severity = "BLOCK", from = 2026-11-01 }\n')
    asked = ("check", files / "letters.xml", "--bank", "strict", "--config", files)
    assert run(*asked, *DAY).exit_code == 1
    assert run(*asked, "--as-of", "2026-10-31").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--profile", "sepa"),
        ("--as-of", "tomorrow"),
        ("--bank", "nobody"),
        ("--bank", "wrong"),
        ("--fix",),
        ("--fix", "-o", "out.xml", "--letters", "greek"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_why(files, words):
    (files / "banks").mkdir()
    (files / "banks" / "wrong.toml").write_text('[rules]\nGEN-999 = "error"\n')
    ended = run("check", files / "good.xml", "--config", files, *words)
    assert ended.exit_code == 2
    assert ended.stderr


def test_explain_says_who_acts_and_whether_to_retry():
    ended = run("explain", "ac04", "GEN-004")
    assert ended.exit_code == 0
    assert "AC04 [return]" in ended.stdout
    assert "Acts   Accounts payable" in ended.stdout


def test_explain_of_an_unknown_code_ends_with_1():
    ended = run("explain", "ZZZZ", "--json")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["known"] is False


def test_explain_knows_only_its_lists():
    assert run("explain", "AC04", "--kind", "colour").exit_code == 2
    assert "return" in run("explain", "AC04", "--kind", "return").stdout


def test_the_profiles_are_listed_when_asked_and_that_is_no_mistake(files):
    ended = run("check", files / "good.xml", "--profile", "list")
    assert ended.exit_code == 0
    assert [line.split()[0] for line in ended.stdout.splitlines()] == list(PROFILES)


def test_a_file_that_could_not_be_opened_is_not_counted_as_clean(tmp_path):
    ended = run("check", tmp_path / "missing.xml")
    assert (ended.exit_code, ended.stdout) == (1, "1 file: 1 could not be opened\n")


def test_rules_of_a_bank_that_are_no_table_are_a_wrong_call(files, tmp_path):
    (tmp_path / "banks").mkdir()
    (tmp_path / "banks" / "odd.toml").write_text('rules = "strict"\n')
    ended = run("check", files / "good.xml", "--bank", "odd", "--config", tmp_path)
    assert ended.exit_code == 2
    assert "[rules]" in ended.stderr
