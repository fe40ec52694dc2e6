"""Every real MT940 and MT942 of the corpus against the independent oracle, field by field."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from formats import mt94x

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real messages is not beside the project")

BIC_BEFORE_IBAN = "the account is the IBAN, not 'BIC/IBAN' as written"
DELIBERATE = {
    "regression-amount-bare-comma": {"account": BIC_BEFORE_IBAN, "entries": "an entry without an amount is none"},
    "regression-amount-commas": {"account": BIC_BEFORE_IBAN, "opening": "1,2,3 is no amount", "balanced": "so unknown"},
    "regression-booking": {"account": BIC_BEFORE_IBAN},
    "regression-date": {"account": BIC_BEFORE_IBAN},
    "regression-two-statements": {"account": BIC_BEFORE_IBAN},
    "seed-one-statement": {"account": BIC_BEFORE_IBAN},
    "mt940-headers": {"closing": "'11 27421,94' is no amount", "balanced": "so unknown"},
    "ing-4": {"end_to_end_id": "the slash behind it belongs to the structure"},
    "lbbw2": {"opening": "the letter O is no digit", "currency": "so there is none"},
    "sepa_snippet_broken": {"account": "the text of an entry under a wrong tag is no account"},
    "raphaelm": {"number": "the :NS: block behind it is no part of it", "balanced": "a missing currency is bridged"},
}
"""Where we differ from the oracle on purpose, and why; docs/corpus-differences.md says the same."""


def entries():
    if not CORPUS.is_dir():
        return []
    lines = (CORPUS / "ORACLE.jsonl").read_text().splitlines()
    return [entry for entry in map(json.loads, lines) if entry["type"] in ("mt940", "mt942")]


def ours(statement):
    number = "/".join(part for part in (statement.legal_sequence, statement.page_number) if part)
    booked = [e for e in statement.entries if e.booked]
    return {
        "reference": statement.id,
        "account": statement.account.number,
        "number": number or None,
        "entries": len(statement.entries),
        "credits": sum((e.amount.value for e in booked if e.direction == "credit"), Decimal(0)),
        "debits": sum((e.amount.value for e in booked if e.direction == "debit"), Decimal(0)),
        "currency": statement.currency,
        "opening": statement.opening.amount.value if statement.opening else None,
        "closing": statement.closing.amount.value if statement.closing else None,
        "available": [b.amount.value for b in statement.balances if b.code in ("CLAV", "FWAV")],
        "balanced": statement.balanced,
        "end_to_end_id": [
            e.transactions[0].references.end_to_end_id if e.transactions else None for e in statement.entries
        ],
    }


def theirs(oracle):
    def amount(balance):
        return Decimal(balance["amount"]) if balance and "amount" in balance else None

    return {
        "reference": oracle["reference"],
        "account": oracle["account"],
        "number": oracle["number"],
        "entries": oracle["n_entries"],
        "credits": Decimal(oracle["credit_sum"]),
        "debits": Decimal(oracle["debit_sum"]),
        "currency": oracle["currency"],
        "opening": amount(oracle["opening"]),
        "closing": amount(oracle["closing"]),
        "available": [amount(b) for b in oracle["available"] if "amount" in b],
        "balanced": (oracle["balance_check"] or {}).get("ok"),
        "end_to_end_id": oracle["eref_best_effort"],
    }


def differs(field, found, known):
    """Whether both know the field and disagree: the oracle leaves out what it could not read."""
    if known is None and field in ("currency", "closing", "opening"):
        return False
    if field == "end_to_end_id":
        return [(f, k) for f, k in zip(found, known, strict=False) if f != k] != []
    return found != known


@pytest.mark.parametrize("oracle", entries(), ids=lambda entry: entry["file"])
def test_a_real_statement_reads_as_the_oracle_says(oracle):
    read = mt94x.read(CORPUS / oracle["file"])
    expected = next((fields for name, fields in DELIBERATE.items() if name in oracle["file"]), {})

    assert read.message == oracle["version"]
    assert len(read.statements) == oracle["n_statements"]
    different = set()
    for statement, known in zip(read.statements, oracle["statements"], strict=True):
        found, wanted = ours(statement), theirs(known)
        different |= {field for field in found if differs(field, found[field], wanted[field])}
    assert different == set(expected)


@pytest.mark.parametrize("oracle", entries(), ids=lambda entry: entry["file"])
def test_a_statement_that_contradicts_itself_is_stopped(oracle):
    read = mt94x.read(CORPUS / oracle["file"])

    stopped = {f.rule for f in read.findings if f.severity == "HALT"}
    assert bool(stopped) or not oracle["inconsistencies"]
