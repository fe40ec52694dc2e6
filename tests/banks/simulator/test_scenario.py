"""Scenario files: what they may say, and that every mistake is told."""

from decimal import Decimal

import pytest

from banks.simulator import scenario
from banks.simulator.scenario import PLAIN, ScenarioWrong

BANK = {"bank": {"name": "B"}, "accounts": [{"number": "DE12 5001 0517 0648 4898 90", "currency": "EUR"}]}


def test_the_shipped_scenarios_can_be_used_together():
    bank = scenario.load(PLAIN, PLAIN.parent / "trouble.toml")
    assert bank.sftp is not None
    assert bank.http is not None
    assert [rule.behaviour for rule in bank.rules][:2] == ["reject_payment", "return_payment"]
    assert bank.accounts[0].balance == Decimal(1_000_000)


def test_an_account_number_may_be_written_in_blocks():
    assert scenario.parse(BANK).accounts[0].number == "DE12500105170648489890"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rules": [{"behaviour": "be_nice"}]}, "rules[0]: there is no behaviour 'be_nice'"),
        ({"rules": [{"behaviour": "reject_payment"}]}, "rules[0]: reject_payment needs code"),
        ({"rules": [{"behaviour": "silent", "code": "AC04"}]}, "rules[0]: silent takes no code"),
        (
            {"rules": [{"behaviour": "silent", "when": {"creditor_iban": "X"}}]},
            "rules[0].when: silent cannot look at creditor_iban",
        ),
        ({"rules": [{"behaviour": "fee", "amount": 1.5}]}, "rules[0].amount: an amount is written as text"),
        ({"bank": {"name": "B", "timezone": "Mars/Base"}}, "bank.timezone: "),
        ({"bank": {"name": "B", "statement": "camt.053.001.99"}}, "bank.statement: one of camt.053.001.02"),
        ({"bank": {}}, "bank: missing"),
        ({"accounts": [{"number": "1", "currency": "XXZ"}]}, "accounts: XXZ is not a currency"),
        ({"accounts": []}, "accounts: a bank has at least one account"),
        ({"elephants": {}}, "elephants: no such section"),
    ],
)
def test_a_mistake_is_told_with_its_place(wrong, told):
    with pytest.raises(ScenarioWrong) as raised:
        scenario.parse({**BANK, **wrong})
    assert any(problem.startswith(told) for problem in raised.value.problems), raised.value.problems


def test_a_file_that_is_no_toml_is_told_by_name(tmp_path):
    path = tmp_path / "bank.toml"
    path.write_text("[bank")
    with pytest.raises(ScenarioWrong, match=r"bank\.toml"):
        scenario.load(path)
