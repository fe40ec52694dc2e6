"""``[holds]`` of approvals.toml: how many persons lift a hold of each kind."""

import pytest

from banks.strict import Table
from gateway import settings_holds
from gateway.domain.hold import HoldKind
from tests.gateway.steps.world import shipped


def read(content):
    """The policy, and every problem with what it was read from."""
    problems = []
    table = Table(content=content, file="approvals.toml", problems=problems)
    return settings_holds.read(table), [f"{one.key}: {one.message}" for one in problems]


def test_every_kind_needs_two_unless_something_else_is_said():
    assert {read({})[0].needed(kind) for kind in HoldKind} == {2}
    policy, problems = read({"holds": {"duplicate": 1, "manual": 3}})
    assert [policy.needed(kind) for kind in ("duplicate", "limit", "vop", "manual")] == [1, 2, 2, 3]
    assert problems == []


@pytest.mark.parametrize("number", [0, 10, True, "two"])
def test_a_number_nobody_can_mean_is_a_problem(number):
    assert len(read({"holds": {"manual": number}})[1]) == 1


def test_a_kind_that_is_not_known_is_a_problem_and_the_known_ones_are_named():
    (problem,) = read({"holds": {"duplicates": 1}})[1]
    assert problem.startswith("holds.duplicates: is not a known key")
    assert "duplicate, limit, manual, perhaps_sent, vop" in problem


def test_the_shipped_configuration_says_two_for_all():
    assert {shipped().holds.needed(kind) for kind in HoldKind} == {2}
