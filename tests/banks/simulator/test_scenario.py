"""Scenario files: what they may say, and that every mistake is told."""

from decimal import Decimal
from pathlib import Path

import pytest

from banks.simulator import scenario, vocabulary
from banks.simulator.scenario import PLAIN, ScenarioWrong

BANK = {"bank": {"name": "B"}, "accounts": [{"number": "DE12 5001 0517 0648 4898 90", "currency": "EUR"}]}


def test_the_shipped_scenarios_can_be_used_together():
    bank = scenario.load(PLAIN, PLAIN.parent / "trouble.toml")
    assert bank.sftp is not None
    assert bank.http is not None
    assert [rule.behaviour for rule in bank.rules][:2] == ["reject_payment", "return_payment"]
    assert bank.accounts[0].balance == Decimal(1_000_000)


@pytest.mark.parametrize("name", [name for name, _ in scenario.shipped()])
def test_every_shipped_scenario_tells_its_story_and_can_be_laid_over_any_other(name):
    bank = scenario.load(PLAIN, scenario.named(name), scenario.named("trouble"))
    assert bank.accounts
    assert len(dict(scenario.shipped())[name]) > 40
    assert {rule.number for rule in bank.rules} == set(range(len(bank.rules)))


def test_a_scenario_replaces_the_keys_it_names_and_adds_its_rules(tmp_path):
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text('[bank]\ndetail = "all"\n[[rules]]\nbehaviour = "silent"\n')
    other.write_text('[bank]\nbooking = "single"\n[[rules]]\nbehaviour = "answer_twice"\n')
    bank = scenario.load(PLAIN, one, other)
    assert (bank.name, bank.detail, bank.booking) == ("Plain Bank", "all", "single")
    assert [rule.behaviour for rule in bank.rules] == ["silent", "answer_twice"]


def test_a_scenario_that_is_neither_shipped_nor_a_file_is_told_with_those_that_are():
    with pytest.raises(ScenarioWrong, match="lossy-line"):
        scenario.named("losy-line")


def test_the_vocabulary_names_every_behaviour_with_what_it_does():
    lines = list(vocabulary.lines())
    for moment in scenario.MOMENTS:
        for behaviour in moment.table.values():
            assert any(line.split()[:1] == [behaviour.name] and behaviour.act.__doc__[:20] in line for line in lines)


def test_the_page_says_what_the_code_says():
    page = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")
    for part in (vocabulary.tables(), vocabulary.stories()):
        assert part in page, "run: python tools/docs.py"


def test_a_behaviour_has_one_name():
    names = [name for moment in scenario.MOMENTS for name in moment.table]
    assert sorted(set(names)) == sorted(names)


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
        ({"rules": [{"behaviour": "stall", "seconds": "long"}]}, "rules[0].seconds: a whole number is expected"),
        ({"rules": [{"behaviour": "stall", "seconds": -1}]}, "rules[0].seconds: a number from 0"),
        ({"rules": [{"behaviour": "deny", "when": {"act": "lits"}}]}, "rules[0].when.act: one of sign_in"),
        ({"rules": [{"behaviour": "litter", "kind": "mud"}]}, "rules[0].kind: one of empty"),
        ({"rules": [{"behaviour": "silent", "times": 0}]}, "rules[0].times: a whole number from 1"),
        ({"rules": [{"behaviour": "silent", "when": "now"}]}, "rules[0].when: a table"),
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
