from dataclasses import replace
from decimal import Decimal

from formats.findings import Severity
from reconciliation.proof import Tally, facts, prove, unproven_break
from tests.reconciliation.factories import OURS, entry, paid, statement


def look(made, **changes):
    tally = Tally()
    for each in made.entries:
        tally.add(each)
    return replace(facts(made, tally, account=OURS), **changes)


def rules(proof):
    return [(finding.rule, finding.severity) for finding in proof.findings]


FIRST = look(statement(paid(1), opening="500.00", electronic_sequence="56", id="S0"))
SECOND = statement(paid(2), opening="400.00", electronic_sequence="57")


def test_a_statement_that_adds_up_and_follows_on_the_last_is_proven():
    proof = prove("statement", [look(SECOND)], previous=FIRST)
    assert (proof.verdict, proof.findings) == ("proven", ())


def test_a_cent_that_is_missing_quarantines_the_statement():
    proof = prove("statement", [look(statement(paid(1), opening="0.00", closing="-100.01"))])
    assert rules(proof) == [("BAL-03", Severity.HALT)]
    assert unproven_break(proof).difference == Decimal("-0.01")


def test_entries_that_are_not_booked_do_not_move_the_balance():
    made = statement(paid(1), paid(2, status="PDNG"), opening="0.00", closing="-100.00")
    assert prove("statement", [look(made)]).verdict == "proven"


def test_a_statement_that_does_not_open_where_the_last_closed_is_quarantined():
    proof = prove("statement", [look(statement(paid(2), opening="399.99"))], previous=FIRST)
    assert ("BAL-04", Severity.HALT) in rules(proof)


def test_a_gap_in_the_numbers_warns_while_the_balances_chain():
    proof = prove("statement", [look(SECOND, electronic_sequence="59")], previous=FIRST)
    assert (proof.verdict, proof.findings[0].message) == ("proven", "Statements 57 to 58 missing.")


def test_numbers_may_restart_with_the_year():
    proof = prove("statement", [look(SECOND, electronic_sequence="1")], previous=FIRST)
    assert (proof.verdict, proof.findings) == ("proven", ())


def test_a_bank_without_numbers_is_not_asked_for_them():
    proof = prove("statement", [look(SECOND, electronic_sequence="99")], previous=FIRST, check_sequence=False)
    assert proof.findings == ()


def test_a_statement_that_was_imported_is_left_out():
    again = look(SECOND, copy_duplicate="DUPL")
    proof = prove("statement", [again], previous=look(SECOND), known=[look(SECOND)])
    assert (proof.verdict, proof.ok) == ("duplicate", False)


def test_a_quiet_day_after_a_quiet_day_is_not_a_duplicate():
    monday = look(statement(opening="400.00", id="M", electronic_sequence="57"))
    tuesday = look(statement(opening="400.00", id="T", electronic_sequence="58"))
    assert prove("statement", [tuesday], previous=monday, known=[monday]).verdict == "proven"


def test_a_statement_that_comes_again_with_other_content_is_quarantined():
    amended = look(statement(paid(2), paid(3), opening="400.00", electronic_sequence="57"))
    proof = prove("statement", [amended], previous=look(SECOND), known=[look(SECOND)])
    assert proof.verdict == "quarantined"
    assert "other content" in unproven_break(proof).reason


def test_a_statement_without_balances_is_not_believed():
    assert prove("statement", [look(replace(SECOND, closing=None))]).verdict == "quarantined"


def test_an_advice_needs_no_balances():
    proof = prove("notification", [look(replace(SECOND, opening=None, closing=None))])
    assert (proof.verdict, proof.ok) == ("advised", True)


def test_an_entry_without_a_side_stops_even_an_advice():
    proof = prove("notification", [look(statement(entry("1.00", None)))])
    assert rules(proof) == [("ENT-04", Severity.HALT)]


def pages():
    one = look(statement(paid(1), opening="300.00", page_number="1", last_page=False))
    two = look(statement(paid(2), opening="200.00", page_number="2", last_page=True))
    return one, two


def test_pages_prove_each_other_in_any_order():
    one, two = pages()
    proof = prove("statement", [two, one])
    assert (proof.verdict, proof.whole.opening, proof.whole.closing) == ("proven", 300, 100)


def test_a_page_that_is_outstanding_is_waited_for():
    one, two = pages()
    assert prove("statement", [one]).findings[0].message == "Page 2 of statement S1 outstanding."
    assert prove("statement", [two]).findings[0].message == "Page 1 of statement S1 outstanding."
    assert prove("statement", [two]).verdict == "waiting"


def test_pages_that_do_not_chain_are_quarantined():
    one, two = pages()
    proof = prove("statement", [one, replace(two, opening=Decimal(199), closing=Decimal(99))])
    assert ("SEQ-04", Severity.HALT) in rules(proof)
