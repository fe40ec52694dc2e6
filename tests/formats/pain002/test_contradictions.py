import pytest

from formats import pain002
from formats.findings import Severity
from tests.formats.pain002.reports import batch, group, payment, report


def rules(*parts):
    return [(f.rule, f.severity) for f in pain002.read(report(*parts)).findings]


@pytest.mark.parametrize("upper", ["ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "PDNG"])
def test_a_refused_batch_in_an_accepted_group_is_a_contradiction(upper):
    assert rules(group(upper), batch("B1", "RJCT")) == [("LV-07", Severity.WARN)]


def test_a_refused_payment_in_an_accepted_batch_is_a_contradiction_and_the_payment_wins():
    read = pain002.read(report(group(), batch("B1", "ACSP", payment("E1", "RJCT"), payment("E2", "ACSP"))))

    assert [p.status for p in read.payments] == ["RJCT", "ACSP"]
    (finding,) = read.findings
    assert (finding.rule, finding.payment, finding.line) == ("LV-07", 0, 4)


def test_a_group_only_received_has_no_batch_status_yet():
    assert rules(group("RCVD"), batch("B1", "ACTC")) == [("LV-07", Severity.WARN)]


def test_an_accepted_payment_in_a_refused_group_is_a_contradiction():
    assert rules(group("RJCT"), batch("B1", None, payment("E1", "ACSP"))) == [("LV-07", Severity.WARN)]


def test_further_progress_of_a_payment_contradicts_nothing():
    assert rules(group("ACTC"), batch("B1", "ACTC", payment("E1", "ACSP"))) == []


def test_an_executed_batch_beside_a_group_in_part_is_told():
    assert ("LV-15", Severity.WARN) in rules(group("PART"), batch("B1", "ACSC", payment("E1")))


def test_a_partial_report_says_how_many_payments_have_no_answer():
    read = pain002.read(report(group("PART", announced=5), batch("B1", "PART", payment("E1", "RJCT"))))

    (finding,) = read.findings
    assert finding.rule == "LV-05"
    assert "4 of its payments" in finding.message


def test_a_report_without_any_status_is_not_an_acceptance():
    assert rules(group(), batch("B1")) == [("LV-08", Severity.INFO)]


@pytest.mark.parametrize(
    "parts",
    [
        (group("ACCT"),),
        (group(), batch("B1", "DONE")),
        (group(), batch("B1", None, payment("E1", "PAID"))),
        (group(), batch("B1", None, payment("E1", "PART"))),
    ],
)
def test_an_unknown_status_is_kept_and_told_at_every_level(parts):
    assert ("ST-UNK", Severity.WARN) in rules(*parts)


def test_an_unknown_status_is_kept_as_written():
    read = pain002.read(report(group(), batch("B1", None, payment("E1", "ACCT"))))

    assert read.payments[0].status == "ACCT"


def test_frozen_money_stops_everything():
    assert ("ST-BLCK", Severity.HALT) in rules(group(), batch("B1", None, payment("E1", "BLCK")))


def test_counts_that_are_less_than_what_is_listed_are_told():
    counts = "<NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>"
    listed = batch("B1", None, payment("E1", "RJCT"), payment("E2", "RJCT"))

    assert rules(group(counts=counts), listed) == [("LV-07", Severity.WARN)]


def test_a_status_behind_its_payments_is_told_because_it_was_not_inherited():
    many = [payment(f"E{i}") for i in range(2_000)]  # more than the parser looks ahead
    late = batch("B1", None, *many, "<PmtInfSts>RJCT</PmtInfSts>")
    found = rules(group(), late)

    assert ("LV-ORDER", Severity.HALT) in found
    assert ("XSD", Severity.WARN) in found


def test_findings_of_one_rule_are_counted_beyond_a_hundred():
    many = batch("B1", "ACSP", *(payment(f"E{i}", "RJCT") for i in range(250)))
    findings = pain002.read(report(group(), many)).findings

    assert len(findings) == 101
    assert findings[-1].message.startswith("150 more findings of LV-07")
