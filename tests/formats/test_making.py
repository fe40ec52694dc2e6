"""Values made in bulk are the values themselves: equal, frozen, of their own class."""

from dataclasses import FrozenInstanceError, replace

import pytest

from formats.initiation import Account, CreditTransfer, Party
from formats.making import maker
from formats.values import Money

FACTS = {"end_to_end_id": "E-1", "amount": Money.parse("1.00", "EUR"), "creditor_account": Account(iban="X"), "line": 3}


def test_a_value_made_in_bulk_equals_one_made_the_usual_way():
    made = maker(CreditTransfer)(FACTS)
    assert made == CreditTransfer(**FACTS)
    assert (type(made), hash(made), repr(made)) == (
        CreditTransfer,
        hash(CreditTransfer(**FACTS)),
        repr(CreditTransfer(**FACTS)),
    )
    assert replace(made, line=4).line == 4


def test_it_is_frozen_and_refuses_what_it_does_not_know():
    made = maker(Party)({"name": "X"})
    with pytest.raises(FrozenInstanceError):
        made.name = "Y"
    with pytest.raises(TypeError):
        maker(Party)({"nme": "X"})
    with pytest.raises(TypeError):
        maker(CreditTransfer)({"end_to_end_id": "E-1"})


def test_a_value_that_checks_itself_has_no_twin():
    with pytest.raises(AssertionError):
        maker(Money)
