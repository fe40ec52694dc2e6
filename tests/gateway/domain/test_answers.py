from itertools import product

import pytest

from gateway.domain.answers import DUPLICATE_REASONS, MOVABLE, RANKS, VERIFICATION_OF_PAYEE, effect
from gateway.domain.lifecycle import ALLOWED, State

NONE = frozenset()
KNOWN = (*RANKS, "PDNG", "PART", *VERIFICATION_OF_PAYEE)


def of(state, status, *, known=None, reasons=NONE, whole_file=False):
    return effect(state, status, known=known, reasons=frozenset(reasons), whole_file=whole_file)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("status", ["XXXX", "", "acsp", "RJCT ", *sorted(VERIFICATION_OF_PAYEE), "BLCK", "PART"])
def test_what_is_no_verdict_moves_nothing(state, status):
    assert of(state, status).target is None
    assert not of(state, status).record


def test_an_unknown_status_is_told_to_a_person():
    assert "XXXX" in of(State.SUBMITTED, "XXXX").note


def test_whatever_a_bank_says_only_edges_of_the_table_are_taken():
    for state, status, known, whole in product(State, KNOWN, (None, *RANKS), (False, True)):
        for reasons in (NONE, DUPLICATE_REASONS):
            target = of(state, status, known=known, reasons=reasons, whole_file=whole).target
            assert target is None or (state, target) in ALLOWED, (state, status, known, target)


def test_no_status_calls_a_payment_paid():
    for state, status in product(State, KNOWN):
        assert of(state, status).target not in (State.SETTLED, State.RECONCILED, State.RETURNED)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.IN_DOUBT])
@pytest.mark.parametrize("status", ["RCVD", "ACTC", "ACCP", "ACSP", "ACSC", "PDNG"])
def test_an_acceptance_also_answers_the_doubt_whether_the_bank_has_it(state, status):
    assert of(state, status).target is State.ACKNOWLEDGED


@pytest.mark.parametrize("state", sorted(MOVABLE))
def test_a_refusal_moves_what_is_not_booked(state):
    assert of(state, "RJCT", reasons={"AC04"}).target is State.REJECTED


@pytest.mark.parametrize("reason", sorted(DUPLICATE_REASONS))
@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.SETTLED, State.RECONCILED])
def test_a_duplicate_answer_never_un_accepts(state, reason):
    told = of(state, "RJCT", known="ACCP", reasons={reason})
    assert (told.target, told.record) == (None, False)
    assert told.note


@pytest.mark.parametrize("reason", sorted(DUPLICATE_REASONS))
def test_a_refused_second_copy_of_a_file_says_that_the_bank_has_the_first(reason):
    assert of(State.IN_DOUBT, "RJCT", reasons={reason}, whole_file=True).target is None
    assert of(State.SUBMITTED, "RJCT", reasons={reason}).target is State.REJECTED, "a payment of its own may be double"


def test_a_late_lower_status_is_history():
    assert of(State.ACKNOWLEDGED, "ACTC", known="ACSP") == of(State.ACKNOWLEDGED, "PART")
    assert of(State.ACKNOWLEDGED, "ACSC", known="ACSP").record


def test_a_refusal_after_a_booking_is_a_person_s_business():
    for state in (State.SETTLED, State.RECONCILED):
        told = of(state, "RJCT", known="ACSC", reasons={"AC04"})
        assert told.target is None
        assert "money back" in told.note
