from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.approval import Approval, ApprovalPolicy, Decision, counted
from gateway.domain.batch import Batch
from gateway.domain.delegation import (
    AHEAD_MAX,
    HANDED_OVER,
    LASTS_MAX,
    Principal,
    Wish,
    behind,
    check_signature,
    check_wish,
    chosen,
    signed_as,
    stands_in_for,
    why_not,
)
from gateway.domain.errors import Conflict, Forbidden, HubError
from gateway.domain.policy import Need, Roster
from gateway.domain.roles import ALLOWED, EVERY, Grant, Role, Verb, may

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
WISH = Wish(giver="anna", taker="ben", role=Role.APPROVER, entity="ACME", starts_at=AT, ends_at=AT + WEEK)
OWN = Grant(role=Role.APPROVER, entity="ACME")
LENT = Grant(role=Role.APPROVER, entity="ACME", verbs=HANDED_OVER, right_of="anna", right_of_name="Anna")
ANNA = Principal(id="anna", name="Anna")
SIX_EYES = ApprovalPolicy(name="six eyes", persons=3, approvers_min=1)
PERSONS = ("anna", "ben", "chris", "dora", "eve")


def signature(person, right_of=None, *, digest="D"):
    return Approval(
        id=f"A-{person}", batch_id="B", digest=digest, person_id=person, person_name=person.title(),
        decision=Decision.APPROVE, reason="", at=AT, right_of=right_of,
    )  # fmt: skip


def batch(maker="erp", *, is_person=False):
    return Batch(
        id="B", client_id="erp", maker=maker, maker_is_person=is_person, source="json", document_sha256="0" * 64,
        message_id="RUN-1", received_at=AT, payments=1, totals=(),
    )  # fmt: skip


def agreed(policy, made, signatures, digest):
    need = Need(approvers=policy.approvals_needed(made))
    return counted(policy, made, signatures, digest, Roster()).enough(need)


def distinct(signatures, maker=None):
    """The signatures that count."""
    made = batch(maker or "erp", is_person=maker is not None)
    return counted(SIX_EYES, made, signatures, "D", Roster()).approvals


@pytest.mark.parametrize(
    ("signatures", "count"),
    [
        ([("anna", None), ("ben", None)], 2),
        ([("ben", "anna")], 1),
        ([("anna", None), ("ben", "anna")], 1),
        ([("ben", "anna"), ("anna", None)], 1),
        ([("ben", "anna"), ("dora", "anna")], 1),
        ([("ben", "anna"), ("chris", None)], 2),
        ([("ben", "anna"), ("dora", "ben")], 1),
        ([("ben", "anna"), ("anna", "chris")], 1),
        ([("ben", "anna"), ("dora", "chris")], 2),
    ],
)
def test_a_right_is_used_once_whoever_uses_it(signatures, count):
    assert len(distinct([signature(*one) for one in signatures])) == count


def test_who_lent_a_right_and_who_used_it_are_not_two_of_the_eyes_that_are_needed():
    said = [signature("anna"), signature("ben", "anna"), signature("chris")]
    for order in permutations(said):
        assert not agreed(SIX_EYES, batch(), order, "D")
    assert agreed(SIX_EYES, batch(), [*said, signature("dora")], "D")


def test_nobody_signs_for_the_maker():
    four_eyes = replace(SIX_EYES, persons=2)
    assert not agreed(four_eyes, batch("anna", is_person=True), [signature("ben", "anna")], "D")
    assert agreed(four_eyes, batch("anna", is_person=True), [signature("ben", "chris")], "D")
    for refuses in (True, False):
        with pytest.raises(Forbidden) as told:
            check_signature("ben", ANNA, [], maker="anna", refuses=refuses)
        assert told.value.code == "approval.own_batch"


signings = st.lists(st.tuples(st.sampled_from(PERSONS), st.none() | st.sampled_from(PERSONS)), max_size=8)


@given(signings)
def test_in_whatever_order_people_sign_nobody_stands_behind_two_that_count(order):
    said = [signature(*one) for one in order]
    counting = distinct(said)
    persons = [person for one in counting for person in behind(one)]
    assert len(persons) == len(set(persons))
    assert len(counting) <= len({one.person_id for one in said})
    assert len(counting) <= len({one.right_of or one.person_id for one in said})


@given(signings, st.sampled_from(PERSONS))
def test_a_later_signature_takes_nothing_from_what_earlier_ones_count_for(order, maker):
    said = [signature(*one) for one in order]
    counts = [len(distinct(said[:end], maker)) for end in range(len(said) + 1)]
    assert all(after - before in (0, 1) for before, after in pairwise(counts))


@given(signings)
def test_what_is_refused_is_exactly_what_would_not_count(order):
    kept = []
    for person, right_of in order:
        if any(one.person_id == person for one in kept):
            continue
        right = None if right_of in (None, person) else Principal(id=right_of, name=right_of)
        one = signature(person, None if right is None else right.id)
        counts = len(distinct([*kept, one])) > len(distinct(kept))
        assert (why_not(person, right, kept, None) == "") == counts
        if counts:
            kept.append(one)


def test_saying_no_needs_no_second_person():
    said = [signature("ben", "anna")]
    check_signature("anna", None, said, maker=None, refuses=True)
    with pytest.raises(Conflict, match="Ben has signed already; with your right"):
        check_signature("anna", None, said, maker=None, refuses=False)


def test_who_has_a_right_of_their_own_uses_that():
    assert stands_in_for([OWN, LENT], "ACME", Verb.BATCH_APPROVE) == ()
    assert stands_in_for([LENT], "ACME", Verb.BATCH_APPROVE) == (ANNA,)
    assert stands_in_for([LENT], "OTHER", Verb.BATCH_APPROVE) == ()
    assert stands_in_for([replace(OWN, entity="OTHER"), LENT], "ACME", Verb.BATCH_APPROVE) == (ANNA,)


def test_of_several_rights_the_one_is_used_that_still_counts():
    chris = Principal(id="chris", name="Chris")
    assert chosen([ANNA, chris], [], None) == ANNA
    assert chosen([ANNA, chris], [signature("anna")], None) == chris
    assert chosen([ANNA, chris], [], "anna") == chris
    assert chosen([ANNA], [signature("anna")], None) == ANNA, "and it is then refused by name"
    assert chosen([], [], None) is None


def test_a_lent_right_signs_batches_and_nothing_else():
    for verb in Verb:
        assert may([LENT], verb, "ACME") == (verb in HANDED_OVER and Role.APPROVER in ALLOWED[verb])
    for verb in (Verb.HOLD_DECIDE, Verb.FILE_SETTLE, Verb.BATCH_RENEW, Verb.PEOPLE_GRANT, Verb.CONFIG_DECIDE):
        assert not may([LENT], verb, "ACME")


@pytest.mark.parametrize(
    ("change", "held", "code"),
    [
        ({"role": Role.OPERATOR}, [OWN], "delegation.role"),
        ({"role": Role.ADMINISTRATOR}, [Grant(role=Role.ADMINISTRATOR)], "delegation.role"),
        ({"taker": "anna"}, [OWN], "delegation.to_oneself"),
        ({"entity": "OTHER"}, [OWN], "delegation.not_held"),
        ({"entity": EVERY}, [OWN], "delegation.not_held"),
        ({"role": Role.RELEASER}, [OWN], "delegation.not_held"),
        ({}, [LENT], "delegation.not_held"),
        ({"ends_at": AT}, [OWN], "delegation.period"),
        ({"starts_at": AT - WEEK, "ends_at": AT - timedelta(days=1)}, [OWN], "delegation.period"),
        ({"ends_at": AT + LASTS_MAX + timedelta(seconds=1)}, [OWN], "delegation.too_long"),
        ({"starts_at": AT + 2 * AHEAD_MAX, "ends_at": AT + 2 * AHEAD_MAX + WEEK}, [OWN], "delegation.too_far"),
        ({}, [replace(OWN, ends_at=AT + timedelta(days=3))], "delegation.beyond_grant"),
    ],
)
def test_nobody_hands_over_more_than_they_hold(change, held, code):
    with pytest.raises(HubError) as told:
        check_wish(replace(WISH, **change), held, AT)
    assert told.value.code == code


def test_what_one_holds_can_be_handed_over_whole_or_for_one_entity():
    check_wish(WISH, [OWN], AT)
    check_wish(WISH, [replace(OWN, entity=EVERY)], AT)
    check_wish(replace(WISH, ends_at=AT + LASTS_MAX), [OWN], AT)
    check_wish(WISH, [replace(OWN, ends_at=AT + WEEK)], AT)


def test_a_signature_reads_as_one_for_the_other_and_fits_its_column():
    assert signed_as("Ben", ANNA) == "Ben for Anna"
    assert signed_as("Ben", None) == "Ben"
    assert len(signed_as("B" * 140, Principal(id="anna", name="A" * 140))) <= 140
