"""Two of the breaks on purpose, and the campaigns that must see them; all six are ``make sabotage``."""

import pytest

from tests import postgres, sshd
from tests.campaigns.sabotage import caught

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.slow, pytest.mark.server,
    pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed"),
    pytest.mark.skipif(not sshd.is_installed(), reason="OpenSSH's sshd is not installed"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shown"), [("posix_rename", "overwritten"), ("retry", "duplicated")])
def test_a_hub_that_is_broken_on_purpose_is_found_out(name, shown):
    missed = caught(name, "postgres", 7, print)
    assert missed.get(shown, 0) > 0, missed
