"""``approvals.toml`` is read strictly: every problem at once, with its key."""

import tomllib
from decimal import Decimal

from banks.strict import Table
from gateway.domain.policy import Payee, Per
from gateway.domain.roles import Role
from gateway.settings_approvals import Known, read

KNOWN = Known(
    entities=frozenset({"ACME-AT", "ACME-NO"}), accounts=frozenset({"AT891200050000123456"}),
    products=frozenset({"sct", "instant"}),
)  # fmt: skip
COLOUR = (
    "approvals.toml: rule[0].colour: is not a known key (known are accounts, amount_below, amount_from, approvers, "
    "batch_total_from, currencies, currency, entities, minutes_to_cutoff_below, name, payee, products, releasers, "
    "split_days)"
)
FLOOR = '[policy]\nname = "four-eyes"\n'


def problems(text):
    table = Table(content=tomllib.loads(FLOOR + text), file="approvals.toml")
    read(table, KNOWN)
    return sorted(str(one) for one in table.problems)


def policy(text):
    table = Table(content=tomllib.loads(FLOOR + text), file="approvals.toml")
    found = read(table, KNOWN)
    assert table.problems == []
    return found


def test_a_full_policy_is_read():
    found = policy(
        """
        [[rule]]
        name = "large"
        entities = ["ACME-AT"]
        accounts = ["AT89 1200 0500 0012 3456"]
        products = ["sct"]
        currency = "EUR"
        amount_from = "10000"
        amount_below = "100000.50"
        batch_total_from = "50000"
        payee = "changed"
        minutes_to_cutoff_below = 30
        split_days = 5
        approvers = 2
        releasers = 1

        [[limit]]
        name = "a day"
        per = "payee"
        currency = "EUR"
        amount = "250000"
        zone = "Europe/Vienna"
        entities = ["ACME-AT"]

        [break_glass]
        roles = ["approver", "releaser"]
        """
    )
    (rule,), (limit,) = found.rules, found.limits
    assert (found.persons, found.approvers_min) == (2, 1)
    assert (rule.amount_from, rule.amount_below, rule.currency) == (Decimal(10000), Decimal("100000.50"), "EUR")
    assert (rule.accounts, rule.payee, rule.split_days) == ({"AT891200050000123456"}, Payee.CHANGED, 5)
    assert (rule.approvers, rule.releasers, rule.minutes_to_cutoff_below) == (2, 1, 30)
    assert (limit.per, limit.amount, limit.zone) == (Per.PAYEE, Decimal(250000), "Europe/Vienna")
    assert found.break_glass.roles == {Role.APPROVER, Role.RELEASER}


def test_the_floor_alone_is_a_policy():
    found = policy("")
    assert (found.rules, found.limits, found.break_glass) == ((), (), None)


def test_every_problem_is_told_at_once_with_its_key():
    assert problems(
        """
        [[rule]]
        name = "a"
        entities = ["NOBODY"]
        accounts = ["XX"]
        products = []
        amount_from = "10"
        amount_below = "10.00"
        payee = "odd"
        approvers = 10
        colour = "red"

        [[rule]]
        name = "a"
        currency = "EUR"
        currencies = ["EUR", "euro"]
        split_days = 3
        minutes_to_cutoff_below = 0
        batch_total_from = 1000.5

        [[limit]]
        name = "l"
        per = "day"
        currency = "eur"
        zone = "Vienna"

        [break_glass]
        roles = ["administrator"]
        """
    ) == [
        "approvals.toml: break_glass.roles: is 'administrator'; allowed are approver, releaser",
        "approvals.toml: limit[0].amount: is missing (a text)",
        "approvals.toml: limit[0].currency: 'eur' does not look right (expected [A-Z]{3})",
        "approvals.toml: limit[0].per: is 'day'; allowed are person, payee",
        "approvals.toml: limit[0].zone: 'Vienna' is no time zone like Europe/Vienna",
        "approvals.toml: rule: 'a' is there twice; people are told which of them asked",
        "approvals.toml: rule[0].accounts: there is no 'XX'; there are: AT891200050000123456",
        "approvals.toml: rule[0].amount_below: is not above amount_from, so the rule would never match",
        "approvals.toml: rule[0].approvers: is 10; allowed is 0 to 9",
        COLOUR,
        "approvals.toml: rule[0].currency: is missing: amount_from, amount_below must say in which currency",
        "approvals.toml: rule[0].entities: there is no 'NOBODY'; there are: ACME-AT, ACME-NO",
        "approvals.toml: rule[0].payee: is 'odd'; allowed are new, changed, known",
        "approvals.toml: rule[0].products: is empty; leave it out where any will do",
        "approvals.toml: rule[1].approvers: is missing: a rule asks for approvers, releasers or both",
        'approvals.toml: rule[1].batch_total_from: must be an amount as text, like "1000.50"',
        "approvals.toml: rule[1].currencies: 'euro' is not a currency like EUR",
        "approvals.toml: rule[1].currencies: say currency or currencies, not both",
        "approvals.toml: rule[1].minutes_to_cutoff_below: is 0, so the rule would never match",
        "approvals.toml: rule[1].split_days: needs amount_from: the band that payments together may reach",
    ]


def test_a_misspelt_table_is_no_silence():
    assert problems('[[rules]]\nname = "a"\napprovers = 2\n') == [
        "approvals.toml: rules: is not a known key (known are break_glass, limit, policy, rule)"
    ]
