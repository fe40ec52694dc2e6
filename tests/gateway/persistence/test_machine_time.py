import pytest
from sqlalchemy.exc import OperationalError

from gateway.persistence import machine_time
from gateway.persistence.machine_time import ASK_EVERY_MS, OFF_MS_MAX, DatabaseTime

NOON_MS = 1_700_000_000_000


class Machine:
    """A machine whose two clocks the test moves: the one that is set, and the one that counts passing time."""

    def __init__(self):
        self.ms, self.passed = NOON_MS, 1_000


class Database:
    """Answers with the time the test says, or not at all; counts how often it was asked."""

    def __init__(self):
        self.ms, self.asked, self.away = NOON_MS, 0, False

    def connect(self):
        self.asked += 1
        if self.away:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def execute(self, _query):
        return self

    def scalar_one(self):
        return self.ms


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def now(machine, database):
    return DatabaseTime(database, machine_ms=lambda: machine.ms, passed_ms=lambda: machine.passed)


def test_the_database_says_what_time_it_is(now, machine):
    machine.ms += 3_600_000
    assert now() == NOON_MS


def test_a_clock_that_is_set_in_the_middle_moves_nothing(now, machine):
    now()
    for step in (3_600_000, -7_200_000):
        machine.ms += step
        machine.passed += 10
    assert now() == NOON_MS + 20


def test_an_answer_is_carried_on_for_a_while_and_then_asked_for_again(now, machine, database):
    now()
    machine.passed += ASK_EVERY_MS - 1
    assert (now(), database.asked) == (NOON_MS + ASK_EVERY_MS - 1, 1)
    machine.passed += 1
    database.ms = NOON_MS + 100
    assert (now(), database.asked) == (NOON_MS + 100, 2)


def test_while_the_database_is_away_the_last_answer_is_carried_on_and_it_is_not_asked_all_the_time(
    now, machine, database
):
    now()
    database.away = True
    machine.passed += ASK_EVERY_MS
    assert [now() for _ in range(3)] == [NOON_MS + ASK_EVERY_MS] * 3
    assert database.asked == 2


def test_before_the_first_answer_the_machine_is_believed(now, machine, database):
    database.away = True
    assert now() == machine.ms


def test_a_machine_that_is_off_is_told_about_once(now, machine, database, monkeypatch):
    told = []
    monkeypatch.setattr(machine_time.log, "warning", lambda event, **facts: told.append((event, facts)))
    machine.ms -= OFF_MS_MAX + 1
    for _ in range(3):
        now()
        machine.passed += ASK_EVERY_MS
    assert told == [("clock.differs", {"from_database_ms": -OFF_MS_MAX - 1})]
