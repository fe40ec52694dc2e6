import threading

from gateway.scheduling.timers import Timers

PATIENCE_S = 30


def test_it_is_done_again_and_again_also_after_a_failure():
    done, twice = [], threading.Event()

    def act():
        done.append(None)
        if len(done) == 2:
            twice.set()
        raise ValueError("this once")

    timers = Timers()
    timers.add(act, every_s=0.001)
    timers.start()
    assert twice.wait(PATIENCE_S)
    timers.stop()
    assert len(done) >= 2


def test_a_clock_that_is_set_back_by_an_hour_stops_nothing(monkeypatch):
    """The pause is passing time: nobody asks what time of day it is."""
    rang = threading.Event()
    timers = Timers()
    timers.add(rang.set, every_s=0.001)
    monkeypatch.setattr("time.time", lambda: 0.0)
    monkeypatch.setattr("time.time_ns", lambda: 0)
    timers.start()
    rang.clear()
    assert rang.wait(PATIENCE_S)
    timers.stop()


def test_to_stop_is_to_wait_for_what_is_being_done():
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def act():
        begun.set()
        may_end.wait(PATIENCE_S)
        ended.set()

    timers = Timers()
    timers.add(act, every_s=0.001)
    timers.start()
    assert begun.wait(PATIENCE_S)
    threading.Timer(0.05, may_end.set).start()
    timers.stop()
    assert ended.is_set()
