"""Counts and sums are exact, whatever the amounts, and what a message declares is held against them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.totals import Totals, disagreement, totals_of, totals_of_message
from formats.values import Money
from tests.formats.pain001.messages import block, message, transfer


@given(st.lists(st.integers(1, 10**18), max_size=50))
def test_a_sum_never_rounds(cents):
    payments = [transfer(amount=Money(Decimal(one).scaleb(-5), "EUR")) for one in cents]
    assert totals_of(payments) == Totals(len(cents), Decimal(sum(cents)).scaleb(-5))


def test_a_message_adds_up_its_blocks_whatever_their_currencies():
    dollars = transfer(amount=Money.parse("0.50", "USD"))
    assert totals_of_message(message(block(), block(dollars, id="B2"))) == Totals(2, Decimal("100.50"))


def test_an_unreadable_amount_makes_the_sum_unprovable():
    total = totals_of([transfer(), transfer(amount=Money(Decimal("NaN"), "EUR", "?"))])
    assert (total.count, total.sum.is_nan()) == (2, True)
    assert disagreement(message(control_sum="100.00"), total) is not None


@pytest.mark.parametrize(("declared", "agrees"), [
    ({}, True),
    ({"number_of_transactions": "1"}, True),
    ({"number_of_transactions": "01"}, True),
    ({"number_of_transactions": "2"}, False),
    ({"number_of_transactions": "one"}, False),
    ({"control_sum": "100"}, True),
    ({"control_sum": " 100.00 "}, True),
    ({"control_sum": "100.01"}, False),
    ({"control_sum": "many"}, False),
])  # fmt: skip
def test_what_is_declared_is_compared_as_numbers(declared, agrees):
    given_message = message(**declared)
    assert (disagreement(given_message, totals_of_message(given_message)) is None) == agrees
