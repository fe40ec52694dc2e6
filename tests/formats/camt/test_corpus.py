"""Every camt file of the corpus says to us what it says to the independent checker."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from formats import read
from formats.camt.proof import Tally, details_sum, expected_closing
from formats.errors import Unreadable
from formats.statement import Balance, Statement, StatementMessage

CORPUS = Path("../shared/corpus")
RULES = {"balance": "BAL-03", "batch count": "ENT-08", "details sum": "ENT-09", "summary": "SEQ-05"}
FAMILIES = ("camt.052", "camt.053", "camt.054")


def _oracle() -> list[dict]:
    if not CORPUS.is_dir():
        return []
    lines = (CORPUS / "ORACLE.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["type"] in FAMILIES]


pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside this checkout")
everything = pytest.mark.parametrize("row", _oracle(), ids=lambda row: row["file"])


def _balance(one: Balance | None) -> tuple | None:
    if one is None:
        return None
    day = None if one.as_of is None else one.as_of.isoformat()
    code = f"prtry:{one.code}" if one.proprietary else one.code
    return code, one.amount.currency, one.amount.value, day


def _said(one: dict | None) -> tuple | None:
    return None if one is None else (one["type"], one["ccy"], Decimal(one["amount"]), one["date"][:10])


def _sums(statement: Statement, *, booked: bool) -> dict:
    sums: dict = {}
    for entry in statement.entries:
        if booked and not entry.booked:
            continue
        both = sums.setdefault(entry.amount.currency, {"credit": Decimal(0), "debit": Decimal(0)})
        both[entry.direction] += entry.amount.value
    return sums


def _decimals(sums: dict) -> dict:
    return {ccy: {side: Decimal(value) for side, value in both.items()} for ccy, both in sums.items()}


@everything
def test_the_message_is_what_the_oracle_says(row):
    if not row["well_formed"]:
        with pytest.raises(Unreadable):
            read(CORPUS / row["file"])
        return
    message = read(CORPUS / row["file"])
    assert isinstance(message, StatementMessage)
    assert message.message == row["version"]
    assert message.message_id == row["msg_id"]
    assert message.page_number == row["page"]
    assert message.last_page == (None if row["last_page"] is None else row["last_page"] == "true")
    assert len(message.statements) == row["n_statements"]
    assert sum(len(s.entries) for s in message.statements) == row["n_entries"]
    assert sum(len(e.transactions) for s in message.statements for e in s.entries) == row["n_tx_details"]
    assert row["schema_valid"] == (not any(finding.rule.startswith("XSD") for finding in message.findings))


@everything
def test_each_statement_is_what_the_oracle_says(row):
    message = read(CORPUS / row["file"])
    for ours, theirs in zip(message.statements, row["statements"], strict=True):
        assert ours.id == theirs["id"]
        assert ours.account.number == theirs["account"]
        assert ours.currency == theirs["currency"]
        assert ours.electronic_sequence == theirs["seq"]
        assert ours.legal_sequence == theirs["legal_seq"]
        assert ours.page_number == theirs["page"]
        assert len(ours.entries) == theirs["n_entries"]
        assert sum(len(entry.transactions) for entry in ours.entries) == theirs["n_tx_details"]
        assert sum(entry.direction == "credit" for entry in ours.entries) == theirs["credit_entries"]
        assert sum(entry.direction == "debit" for entry in ours.entries) == theirs["debit_entries"]
        assert Counter(str(entry.status) for entry in ours.entries) == theirs["statuses"]
        assert _sums(ours, booked=False) == _decimals(theirs["sums"])
        assert _sums(ours, booked=True) == _decimals(theirs["sums_booked"])


@everything
def test_each_balance_is_what_the_oracle_says(row):
    message = read(CORPUS / row["file"])
    for ours, theirs in zip(message.statements, row["statements"], strict=True):
        assert [_balance(one) for one in ours.balances] == [_said(one) for one in theirs["balances"]]
        assert [one.sub_type for one in ours.balances] == [one["subtype"] for one in theirs["balances"]]
        assert _balance(ours.opening) == _said(theirs["opening"])
        assert _balance(ours.closing) == _said(theirs["closing"])
        check = theirs["balance_check"]
        assert ours.balanced == (None if check is None else check["ok"])
        if check is not None:
            tally = Tally()
            for entry in ours.entries:
                tally.count(entry)
            assert expected_closing(ours.opening, tally) == Decimal(check["expected_closing"])


@everything
def test_each_reference_and_return_is_what_the_oracle_says(row):
    message = read(CORPUS / row["file"])
    for ours, theirs in zip(message.statements, row["statements"], strict=True):
        transactions = [one for entry in ours.entries for one in entry.transactions]
        assert [one.references.end_to_end_id for one in transactions] == theirs["end_to_end_ids"]
        returned = [one.returned.reason or one.returned.reason_proprietary for one in transactions if one.returned]
        assert returned == [one.get("reason") for one in theirs["returns"]]


@everything
def test_every_contradiction_the_oracle_saw_is_a_finding(row):
    message = read(CORPUS / row["file"])
    ours = Counter(finding.rule for finding in message.findings)
    for place, theirs in enumerate(row["statements"], start=1):
        entries = tuple(message.statements[place - 1].entries)
        for mismatch in theirs["entry_mismatches"]:
            path = f"/Ntry[{mismatch['entry'] + 1}]"
            rule = RULES[mismatch["kind"]]
            assert any(f.rule == rule and f.path is not None and f.path.endswith(path) for f in message.findings)
            if mismatch["kind"] == "details sum":
                assert details_sum(entries[mismatch["entry"]]) == Decimal(mismatch["details"])
    broken = [theirs for theirs in row["statements"] if (theirs["balance_check"] or {}).get("ok") is False]
    assert ours["BAL-03"] == len(broken)
    assert bool(ours["SEQ-05"]) == any("Ttl" in text for text in row["inconsistencies"])
