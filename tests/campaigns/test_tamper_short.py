"""Some changed bytes, each of which the verification must name; the whole campaign is ``make tamper``."""

import pytest

from gateway import audit
from tests.campaigns import tamper


def test_a_changed_byte_is_named(database_url):
    found = tamper.tamper(database_url, 60, seed=7)
    assert found["missed"] == []
    assert found["changed"] == 60


def test_a_verification_that_does_not_look_at_the_hash_is_seen_to_miss(sqlite_url, monkeypatch):
    monkeypatch.setattr(audit, "holds", lambda _row: True)
    found = tamper.tamper(sqlite_url, 60, seed=7)
    assert found["found"] < found["changed"]


@pytest.mark.campaign
@pytest.mark.slow
def test_three_hundred_changed_bytes_are_named(sqlite_url):
    found = tamper.tamper(sqlite_url, 300, seed=11)
    assert found["missed"] == []
