"""Every code a bank may send is said in plain words, by the list it belongs to."""

import json
import re
from pathlib import Path

import pytest

from formats.codes import other_reasons, purposes, reason_actions, status_actions, status_reasons, statuses
from formats.explain import Kind, Retry, explain, kinds_of
from formats.rules import REGISTRY

SETS = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "codesets"
OFFICIAL = {
    "status_reason": set(status_reasons.STATUS_REASONS),
    "payment_group_status": statuses.GROUP_STATUSES,
    "payment_transaction_status": statuses.TRANSACTION_STATUSES,
    "return_reason": set(other_reasons.RETURN_SHARED) | set(other_reasons.RETURN_ONLY),
    "cancellation_reason": set(other_reasons.CANCELLATION),
    "payment_cancellation_rejection": set(other_reasons.CANCELLATION_REFUSED),
    "balance_type": set(statuses.BALANCE_TYPES),
    "purpose": purposes.PURPOSES,
    "category_purpose": purposes.CATEGORY_PURPOSES,
    "service_level": purposes.SERVICE_LEVELS,
    "local_instrument": purposes.LOCAL_INSTRUMENTS,
}


@pytest.mark.skipif(not SETS.is_dir(), reason="the code sets are not here")
@pytest.mark.parametrize("name", OFFICIAL)
def test_our_tables_hold_exactly_the_official_codes(name):
    official = json.loads((SETS / f"external_{name}_code.json").read_text())["codes"]
    assert set(official) == set(OFFICIAL[name])


@pytest.mark.skipif(not SETS.is_dir(), reason="the code sets are not here")
def test_our_name_check_reasons_cover_the_official_ones():
    official = json.loads((SETS / "external_verification_reason_code.json").read_text())["codes"]
    assert set(official) <= set(other_reasons.VERIFICATION)


@pytest.mark.parametrize("code", [*statuses.STATUSES, *status_reasons.STATUS_REASONS, *REGISTRY])
def test_every_code_says_what_it_means_who_acts_and_whether_to_retry(code):
    said = explain(code)
    assert said.known
    assert said.name
    assert said.meaning.endswith((".", ")"))
    assert said.who_acts.endswith((".", "!"))
    assert said.source


def test_a_closed_account_is_for_accounts_payable_and_needs_a_correction():
    said = explain("AC04")
    assert (said.kind, said.retry) == (Kind.REASON, Retry.AFTER_FIX)
    assert said.who_acts.startswith("Accounts payable")


def test_the_same_code_is_told_by_its_list():
    meanings = {explain("AC04", kind=kind).meaning for kind in kinds_of("AC04")}
    assert kinds_of("AC04") == (Kind.REASON, Kind.RETURN, Kind.REFUSED_RECALL)
    assert len(meanings) == 3


def test_money_that_came_back_says_that_the_invoice_is_open_again():
    assert "open again" in explain("MD06", kind="return").meaning


def test_an_accepted_payment_needs_nobody():
    assert explain("ACSP").who_acts.startswith("Nobody")
    assert explain("ACSP").retry is Retry.NOTHING


def test_a_frozen_payment_is_never_paid_again():
    assert "do not pay again" in explain("BLCK").who_acts
    assert explain("BLCK").retry is Retry.NO


def test_a_regulatory_reason_is_for_compliance_only():
    assert explain("RR04").who_acts.startswith("Compliance only")
    assert explain("RR04").retry is Retry.ASK


def test_a_name_that_does_not_match_does_not_reveal_whose_account_it_is():
    assert "does not say whose" in explain("RVNM").meaning


def test_a_rule_is_explained_by_what_it_says_and_advises():
    said = explain("GEN-004")
    assert said.kind is Kind.RULE
    assert "sum" in said.name


def test_an_unknown_code_is_not_guessed():
    said = explain("ACCT")
    assert not said.known
    assert "ACCT" in said.meaning
    assert said.retry is Retry.ASK


def test_a_kind_there_is_not_is_the_callers_mistake():
    with pytest.raises(ValueError, match="colour"):
        explain("AC04", kind="colour")


def test_every_status_says_what_it_asks_of_people():
    assert set(status_actions.STATUS_ACTIONS) == set(statuses.STATUSES)


def test_every_reason_with_an_action_is_a_reason():
    known = set(status_reasons.STATUS_REASONS) | set(other_reasons.RETURN_ONLY)
    assert set(reason_actions.ACTIONS) <= known


def test_whatever_a_reader_can_find_is_explained():
    sources = Path(__file__).parents[2] / "formats"
    texts = [file.read_text(encoding="utf-8") for file in sources.rglob("*.py")]
    codes = {code for text in texts for code in re.findall(r'rule="([A-Z0-9-]+)"', text)}
    assert len(codes) > 20
    assert {code for code in codes if not explain(code).known} == set()
