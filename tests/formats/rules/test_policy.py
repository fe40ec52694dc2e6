"""Severities, dates and bank values are data laid over the rules."""

from datetime import date

import pytest

from formats.findings import Severity
from formats.rules import Checker, InvalidOverride, UnknownProfile, check_payments
from tests.formats.rules.messages import batch, message, paid_to, payment

LINES_ONLY = paid_to(lines=("Weg 1", "53111 Bonn"))
DEADLINE = {"ADR-02": {"severity": "BLOCK", "from": "2026-11-15"}}


def severity_of(rule, sent, *, as_of=date(2026, 11, 2), **policy):
    found = [finding.severity for finding in check_payments([sent], as_of=as_of, **policy) if finding.rule == rule]
    return found[0] if found else None


def executed_on(day):
    (of_lines,) = LINES_ONLY.batches
    return message(batch(*of_lines.payments, execution_date=day))


def test_an_address_deadline_is_a_warning_until_the_bank_enforces_it():
    assert severity_of("ADR-02", executed_on(date(2026, 11, 14)), overrides=DEADLINE) is Severity.WARN
    assert severity_of("ADR-02", executed_on(date(2026, 11, 15)), overrides=DEADLINE) is Severity.BLOCK


def test_an_address_deadline_counts_from_the_execution_date_not_from_the_day_of_the_check():
    sent = executed_on(date(2026, 11, 16))
    assert severity_of("ADR-02", sent, as_of=date(2026, 11, 1), overrides=DEADLINE) is Severity.BLOCK


def test_the_swiss_deadline_ships_with_its_profile_and_the_sepa_one_does_not():
    sent = executed_on(date(2026, 11, 20))
    assert severity_of("ADR-02", sent, profile="swiss") is Severity.BLOCK
    assert severity_of("ADR-02", sent, profile="us") is Severity.BLOCK
    assert severity_of("ADR-02", sent, profile="sepa-sct") is Severity.WARN


def test_an_override_ends_on_its_last_day():
    until = {"GEN-018": {"on": False, "to": "2026-11-02"}}
    past = message(batch(execution_date=date(2026, 10, 1)))
    assert severity_of("GEN-018", past, overrides=until) is None
    assert severity_of("GEN-018", past, as_of=date(2026, 11, 3), overrides=until) is Severity.WARN


def test_bank_values_can_be_dated_as_well():
    later = {"GEN-030": [{"payments_max": 1, "from": "2026-11-10"}]}
    two = message(batch(payment(), payment()))
    assert severity_of("GEN-030", two, overrides=later) is None
    assert severity_of("GEN-030", two, as_of=date(2026, 11, 10), overrides=later) is Severity.BLOCK


def test_a_bank_may_switch_on_a_rule_of_another_profile():
    numbered = paid_to(town="Bonn", country="DE", street="Weg 1")
    assert severity_of("ADR-12", numbered) is None
    assert severity_of("ADR-12", numbered, overrides={"ADR-12": {"on": True}}) is Severity.INFO


def test_every_problem_of_an_override_is_told_at_once():
    wrong = {
        "GEN-999": {},
        "GEN-001": 5,
        "GEN-003": {"severity": "LOUD"},
        "GEN-004": {"from": "soon"},
        "GEN-005": {"colour": 1, "on": "yes"},
        "GEN-030": {"payments_max": "many"},
    }
    with pytest.raises(InvalidOverride) as raised:
        Checker(as_of=date(2026, 11, 2), overrides=wrong)
    assert len(raised.value.problems) == 7


def test_an_unknown_profile_is_named_with_those_there_are():
    with pytest.raises(UnknownProfile, match="sepa-sct"):
        Checker(as_of=date(2026, 11, 2), profile="sepa")


@pytest.mark.parametrize(
    ("level", "severity"), [("error", "BLOCK"), ("warning", "WARN"), ("HALT", "HALT"), ("off", None)]
)
def test_a_bank_profile_may_say_a_level_in_one_word(level, severity):
    assert severity_of("ADR-02", LINES_ONLY, overrides={"ADR-02": level}) == severity
