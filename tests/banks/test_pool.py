from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from banks import profile
from banks.errors import Refused, Unreachable
from banks.pool import IDLE_MAX, IDLE_S_MAX, ChannelPool

BANKS = profile.load(Path(__file__).parents[2] / "config" / "banks")
ALPENBANK, NORDBANK = BANKS["alpenbank"], BANKS["nordbank"]


@dataclass(eq=False)
class Connection:
    bank: str
    closed: bool = False

    def close(self) -> None:
        self.closed = True


class Bench:
    def __init__(self) -> None:
        self.opened: list[Connection] = []
        self.now = 0.0
        self.pool = ChannelPool(opener=self.open, ticks=lambda: self.now)

    def open(self, bank) -> Connection:
        self.opened.append(Connection(bank.name))
        return self.opened[-1]


@pytest.fixture
def bench():
    return Bench()


def test_a_connection_is_used_again_for_the_same_bank_only(bench):
    with bench.pool.lend(ALPENBANK) as first:
        pass
    with bench.pool.lend(ALPENBANK) as second, bench.pool.lend(NORDBANK) as other:
        assert second is first
        assert other.bank == "nordbank"
    assert len(bench.opened) == 2


def test_two_borrowers_never_share_a_connection(bench):
    with bench.pool.lend(ALPENBANK) as first, bench.pool.lend(ALPENBANK) as second:
        assert first is not second


def test_a_profile_that_changed_gets_a_new_connection(bench):
    with bench.pool.lend(ALPENBANK):
        pass
    with bench.pool.lend(replace(ALPENBANK, title="Another")):
        pass
    assert len(bench.opened) == 2


def test_a_connection_that_failed_is_not_lent_again_and_one_that_was_refused_is(bench):
    with pytest.raises(Unreachable), bench.pool.lend(ALPENBANK):
        raise Unreachable("The line broke.")
    assert bench.opened[0].closed
    with pytest.raises(Refused), bench.pool.lend(ALPENBANK):
        raise Refused("No.")
    with bench.pool.lend(ALPENBANK) as again:
        assert again is bench.opened[1]


def test_a_connection_nobody_used_for_long_is_closed(bench):
    with bench.pool.lend(ALPENBANK):
        pass
    bench.now = IDLE_S_MAX + 1
    with bench.pool.lend(NORDBANK):
        pass
    assert bench.opened[0].closed


def test_no_more_than_a_few_are_kept_and_closing_ends_them(bench):
    lent = [bench.pool.lend(ALPENBANK) for _ in range(IDLE_MAX + 1)]
    for loan in lent:
        loan.__enter__()
    for loan in lent:
        loan.__exit__(None, None, None)
    assert [connection.closed for connection in bench.opened] == [False] * IDLE_MAX + [True]
    bench.pool.close()
    assert all(connection.closed for connection in bench.opened)
