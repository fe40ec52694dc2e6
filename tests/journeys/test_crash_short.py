"""Short crash campaigns, one of them in every ``make test``; the long one is ``make crash KILLS=100``."""

import pytest

from tests import postgres, sshd
from tests.campaigns.crash import campaign, passed

pytestmark = [pytest.mark.slow, pytest.mark.server]


@pytest.mark.campaign
def test_killed_at_its_steps_one_worker_on_sqlite_loses_and_doubles_nothing():
    result = campaign(kills=3, db="sqlite", workers=1)
    assert passed(result), result
    assert result["kills"] == 3
    assert result["files"] > 0


@pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed")
@pytest.mark.skipif(not sshd.is_installed(), reason="OpenSSH's sshd is not installed")
def test_killed_at_their_steps_two_workers_on_postgresql_and_openssh_lose_and_double_nothing():
    result = campaign(kills=3, db="postgres", workers=2, with_sshd=True)
    assert passed(result), result
    assert result["kills"] == 3
    assert result["files"] > 0
