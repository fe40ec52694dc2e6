"""Every rule finds what it is for, where it is, and keeps quiet otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.rules import PROFILES, REGISTRY, Checker, Scope, check_payments
from formats.rules.context import Place
from formats.rules.places import PLAIN_REFERENCE, PLAIN_TEXT
from tests.formats.rules import (
    cases_abroad,
    cases_addresses,
    cases_edges,
    cases_general,
    cases_sepa,
    cases_swiss,
)
from tests.formats.rules.messages import TODAY

CASES = [
    *cases_general.CASES,
    *cases_addresses.CASES,
    *cases_sepa.CASES,
    *cases_swiss.CASES,
    *cases_abroad.CASES,
    *cases_edges.CASES,
]


def findings(case, sent, overrides):
    given = check_payments([sent], profile=case.profile, as_of=case.as_of, overrides=overrides, history=case.history)
    return [finding for finding in given if finding.rule == case.rule]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_finds_what_it_is_for(case):
    found = findings(case, case.broken, case.overrides)
    assert found
    assert all(finding.message and finding.advice for finding in found)
    if case.path is not None:
        assert case.path in [finding.path for finding in found]
    assert any(case.text in finding.message for finding in found)
    assert case.severity is None or case.severity in [finding.severity for finding in found]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_keeps_quiet_about_what_is_right(case):
    kept = case.overrides if case.kept_overrides is None else case.kept_overrides
    assert findings(case, case.fine, kept) == []


def test_every_rule_is_exercised():
    rules = {rule.id for rule in REGISTRY.values() if rule.scope is not Scope.SCHEMA}
    assert {case.rule for case in CASES} == rules


@pytest.mark.parametrize("rule", REGISTRY.values(), ids=lambda rule: rule.id)
def test_every_rule_says_what_where_from_and_what_to_do(rule):
    assert rule.says.endswith(".")
    assert rule.source
    assert rule.advice.endswith((".", "!"))
    assert rule.profiles <= set(PROFILES)


@given(
    text=st.from_regex(r"[A-Za-z0-9/\-?:().,'+][A-Za-z0-9/\-?:().,'+ ]{0,69}", fullmatch=True),
    role=st.sampled_from(["name", "address", "address line", "remittance"]),
)
def test_no_rule_about_texts_objects_to_a_plain_text(text, role):
    assert PLAIN_TEXT(text)
    for profile in PROFILES:
        context = Checker(profile=profile, as_of=TODAY).context
        for rule in REGISTRY.values():
            if rule.scope is Scope.TEXT:
                assert list(rule.check(Place(text, "Cdtr/Nm", role), context)) == []


@given(text=st.from_regex(r"[A-Za-z0-9\-]{1,35}", fullmatch=True))
def test_no_rule_about_references_objects_to_a_plain_reference(text):
    assert PLAIN_REFERENCE(text)
    for profile in PROFILES:
        context = Checker(profile=profile, as_of=TODAY).context
        for rule in REGISTRY.values():
            if rule.scope is Scope.REFERENCE:
                assert list(rule.check(Place(text, "PmtId/EndToEndId", "end-to-end id"), context)) == []
