"""Short faults and conservation campaigns, one of each in every `make test`; the long ones have their own targets."""

import pytest

from tests import postgres, sshd
from tests.campaigns import conserve, faults

pytestmark = [pytest.mark.slow, pytest.mark.server]
needs_sshd = pytest.mark.skipif(not sshd.is_installed(), reason="OpenSSH's sshd is not installed")
needs_postgres = pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed")


@pytest.mark.campaign
@needs_sshd
def test_a_hub_whose_lines_break_loses_and_doubles_nothing_on_sqlite():
    result = faults.campaign(faults=10, db="sqlite")
    assert faults.passed(result), result
    assert result["files"] > 0


@needs_sshd
@needs_postgres
def test_a_hub_whose_lines_break_loses_and_doubles_nothing_on_postgresql():
    result = faults.campaign(faults=10, db="postgres", workers=2)
    assert faults.passed(result), result
    assert result["files"] > 0


@pytest.mark.parametrize("db", ["sqlite", pytest.param("postgres", marks=[needs_postgres, pytest.mark.campaign])])
def test_what_is_cancelled_while_workers_send_is_never_at_the_bank_and_the_rest_is(db):
    result = conserve.campaign(number=12, db=db)
    assert conserve.passed(result), result
    assert result["submitted"] == result["created"] - result["cancelled"]
    assert result["files"] > 0
