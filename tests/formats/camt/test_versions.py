"""One golden pair per message and version: what we wrote for it, and what must be read from it."""

import json
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from formats import read, render
from formats.schemas import schema_for

GOLDEN = Path(__file__).parents[2] / "golden" / "camt"
NAMES = [f"{family}.001.{version:02d}" for family in ("camt.052", "camt.053", "camt.054") for version in range(1, 15)]
every_version = pytest.mark.parametrize("name", NAMES)


@every_version
def test_every_version_is_read_as_its_golden_says(name):
    expected = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert render.document(read(GOLDEN / f"{name}.xml"), f"{name}.xml") == expected


@every_version
def test_what_is_streamed_line_by_line_is_what_is_read_whole(name):
    line = "".join(render.lines(GOLDEN / f"{name}.xml", f"{name}.xml"))
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert json.loads(line) == render.document(read(GOLDEN / f"{name}.xml"), f"{name}.xml")


@every_version
def test_a_version_without_a_schema_says_that_it_was_not_checked(name):
    rules = [finding.rule for finding in read(GOLDEN / f"{name}.xml").findings]
    assert rules == ([] if schema_for(name) is not None else ["XSD-02"])


def test_all_versions_since_08_say_the_same():
    def said(version):
        (statement,) = read(GOLDEN / f"camt.053.001.{version:02d}.xml").statements
        return statement

    assert all(said(version) == said(8) for version in range(9, 15))


def test_the_model_keeps_what_a_treasurer_needs():
    message = read(GOLDEN / "camt.053.001.08.xml")
    (statement,) = message.statements
    assert (statement.owner.name, statement.servicer.bic) == ("Muster AG", "BYLADEM1001")
    assert (statement.electronic_sequence, statement.legal_sequence) == ("57", "12")
    assert (statement.page_number, statement.last_page, statement.copy_duplicate) == ("1", True, "DUPL")
    assert (message.page_number, message.last_page) == ("1", True)
    paid, batch, returned, announced = statement.entries
    (transaction,) = paid.transactions
    assert (paid.code.domain, paid.code.family, paid.code.sub_family) == ("PMNT", "RCDT", "XBCT")
    assert (paid.code.proprietary, paid.code.issuer) == ("BANK-XBCT", "DEMO")
    assert (transaction.instructed.text, transaction.instructed.currency) == ("126.88", "USD")
    assert (transaction.transaction_amount.text, transaction.exchange.rate) == ("100.00", "1.25")
    assert (transaction.charges_total.text, transaction.charges[0].included) == ("1.50", True)
    assert transaction.debtor.address.town == "Bremen"
    assert transaction.debtor.name == "Kunde & Söhne"
    assert transaction.debtor_agent.bic == "COBADEFFXXX"
    assert transaction.purpose == "GDDS"
    assert transaction.remittance == ("first line", "second line")
    (structured,) = transaction.structured_remittance
    assert (structured.reference, structured.reference_type) == ("RF18539007547034", "SCOR")
    assert (structured.documents[0].number, structured.documents[0].type_code) == ("INV-77", "CINV")
    assert (batch.batches[0].payment_information_id, batch.batches[0].total.text) == ("BATCH-7", "50.25")
    assert [one.references.end_to_end_id for one in batch.transactions] == ["PAY-1", "NOTPROVIDED"]
    assert (returned.reversal, returned.direction) == (True, "credit")
    assert (returned.transactions[0].returned.reason, returned.transactions[0].returned.text) == (
        "AC04",
        ("account closed",),
    )
    assert (announced.status, announced.booked, announced.transactions) == ("PDNG", False, ())


def test_a_charge_is_included_or_not_or_nobody_knows():
    included = read(GOLDEN / "camt.053.001.04.xml").statements[0].entries[0].transactions[0].charges[0]
    unsaid = read(GOLDEN / "camt.053.001.03.xml").statements[0].entries[0].transactions[0].charges[0]
    direct = read(GOLDEN / "camt.053.001.02.xml").statements[0].entries[0].transactions[0].charges[0]
    assert (included.included, unsaid.included, direct.included) == (True, None, None)
    assert included.amount == unsaid.amount == direct.amount


def test_what_was_read_cannot_be_changed():
    entry = read(GOLDEN / "camt.053.001.08.xml").statements[0].entries[0]
    for frozen, name in ((entry, "status"), (entry.transactions[0], "amount"), (entry.code, "domain")):
        with pytest.raises(FrozenInstanceError):
            setattr(frozen, name, None)
    assert hash(entry.transactions[0].references)
