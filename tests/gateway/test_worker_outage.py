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
    away, missed, heard, lost = (threading.Event() for _ in range(4))
    reading, waits = Hub.reading, []

    def asked(self):
        if away.is_set():
            clock.ms += waits.pop() if waits else 0
            missed.set()
            raise OperationalError("SELECT 1", {}, Exception("gone"))
        heard.set()
        return reading(self)

    monkeypatch.setattr(Hub, "reading", asked)
    process = worker.WorkerProcess(hub, on_lost=lost.set)
    process._heart.start()

    def outage(ms, *, told_after_ms=0):
        waits.append(told_after_ms)
        away.set()
        missed.clear()
        assert missed.wait(PATIENCE_S)
        missed.clear()
        assert missed.wait(PATIENCE_S)  # the first failure is written down by now
        clock.ms += ms
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


def test_an_outage_counts_from_the_last_answer_and_not_from_when_the_worker_was_told(beating):
    outage, lost = beating
    outage(0, told_after_ms=worker.AWAY_MS_MAX + 1)
    assert lost.wait(PATIENCE_S)
