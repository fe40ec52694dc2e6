"""The database goes away: callers are told to come again, and nothing breaks."""

import pytest
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.api.problems import MEDIA_TYPE

AWAY = [
    OperationalError("SELECT", {}, Exception("server closed the connection unexpectedly")),
    InterfaceError("SELECT", {}, Exception("the connection is closed")),
    PoolTimeout("QueuePool limit reached"),
]


@pytest.fixture(params=AWAY, ids=lambda error: type(error).__name__)
def away(request, door, monkeypatch):
    """A door whose database has just gone."""

    def connect(*_args, **_options):
        raise request.param

    monkeypatch.setattr(type(door.hub.engine), "connect", connect)
    return door


def test_a_reader_is_told_to_come_again(away):
    answer = away.http.get("/v1/batches", headers=away.as_erp)
    assert (answer.status_code, answer.json()["code"]) == (503, "database.away")
    assert answer.headers["content-type"].startswith(MEDIA_TYPE)
    assert int(answer.headers["retry-after"]) > 0


def test_an_erp_that_hands_over_is_told_to_come_again_under_its_key(away):
    answer = away.submit()
    assert answer.status_code == 503
    assert "Idempotency-Key keeps you safe" in answer.json()["detail"]


def test_readiness_says_so_and_life_goes_on(away):
    assert away.http.get("/health/live").status_code == 200
    assert away.http.get("/health/ready").status_code == 503


def test_after_the_outage_the_same_key_is_taken(door, monkeypatch):
    with monkeypatch.context() as outage:
        outage.setattr(type(door.hub.engine), "connect", lambda *_, **__: (_ for _ in ()).throw(AWAY[0]))
        assert door.submit(key="K-9").status_code == 503
    assert door.submit(key="K-9").status_code == 201
