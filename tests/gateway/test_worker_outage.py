"""What a worker makes of a database that was away."""

import threading

import pytest
from sqlalchemy.exc import OperationalError

from gateway import worker
from gateway.wiring import Hub
from tests.gateway.hubs import open_hub

PATIENCE_S = 30


class Clock:
    """Passing time, as the test lets it pass."""

    def __init__(self):
        self.ms = 100_000

    def __call__(self):
        return self.ms


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(worker, "passed_ms", clock)
    monkeypatch.setattr(worker, "HEARTBEAT_S", 0.001)
    return clock


@pytest.fixture
def beating(tmp_path, monkeypatch, clock):
    """A worker's heart, a switch that takes the database away, and what hears that it was away for too long."""
    hub = open_hub(tmp_path)
    away, missed, heard, slept, lost = (threading.Event() for _ in range(5))
    reading, waits, sleeps = Hub.reading, [], []

    class Ending(threading.Event):
        def wait(self, timeout=None):
            if sleeps:
                clock.ms += sleeps.pop()
                slept.set()
            return super().wait(timeout)

    def asked(self):
        if away.is_set():
            clock.ms += waits.pop() if waits else 0
            missed.set()
            raise OperationalError("SELECT 1", {}, Exception("gone"))
        heard.set()
        return reading(self)

    monkeypatch.setattr(Hub, "reading", asked)
    process = worker.WorkerProcess(hub, on_lost=lost.set)
    process._ending = Ending()
    process._heart.start()

    def outage(ms, *, sleeps_ms=0):
        """The database is away for ``ms``, while the worker sleeps for ``sleeps_ms`` between two beats."""
        waits.append(ms)
        away.set()
        missed.clear()
        assert missed.wait(PATIENCE_S)
        missed.clear()
        assert missed.wait(PATIENCE_S)  # the first failure is written down by now
        slept.clear()
        sleeps.append(sleeps_ms)
        assert slept.wait(PATIENCE_S)
        away.clear()
        for _ in range(2):
            heard.clear()
            assert heard.wait(PATIENCE_S)

    yield outage, lost
    process._ending.set()
    process._heart.join(PATIENCE_S)
    process._queue.close()
    hub.close()


def test_after_a_long_outage_it_asks_for_a_new_start(beating):
    outage, lost = beating
    outage(worker.AWAY_MS_MAX + 1)
    assert lost.wait(PATIENCE_S)


def test_a_short_outage_is_lived_through(beating):
    outage, lost = beating
    outage(worker.AWAY_MS_MAX - 1)
    outage(worker.AWAY_MS_MAX - 1)
    assert not lost.is_set()


def test_a_worker_that_slept_itself_does_not_take_that_for_an_outage(beating):
    outage, lost = beating
    outage(0, sleeps_ms=worker.AWAY_MS_MAX * 6)
    assert not lost.is_set()
