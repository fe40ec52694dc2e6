"""Short outage campaigns, two of them in every ``make test``; the long ones are ``make outages``."""

import pytest

from tests import postgres
from tests.campaigns.outages import campaign, passed

pytestmark = [pytest.mark.slow, pytest.mark.server]
on_postgresql = pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed")


@on_postgresql
def test_a_worker_that_slept_through_its_lease_changes_nothing_and_sends_nothing():
    result = campaign(db="postgres", workers=2, acts=("sleepers",), moments=("publish",))
    assert passed(result), result
    assert sum(result["sleepers"].values()) + sum(result["missed"].values()) == 1


@on_postgresql
def test_postgresql_killed_under_load_costs_no_payment_and_callers_are_told_to_come_again():
    result = campaign(db="postgres", workers=2, acts=("database",))
    assert passed(result), result
    assert set(result["answers_while_away"]) == {"503 application/problem+json"}


@pytest.mark.campaign
def test_a_line_that_breaks_after_the_rename_and_a_name_that_is_taken_double_nothing_on_sqlite():
    result = campaign(db="sqlite", workers=1, acts=("cut", "taken"))
    assert passed(result), result
    assert result["files"] > 0
