"""Where lent rights meet rules, limits, duties, the glass, and people who change meanwhile."""

from decimal import Decimal

import pytest

from gateway.domain import explanation
from gateway.domain.approval import Decision
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.policy import BreakGlass, Limit, Per, Rule
from gateway.domain.roles import Role
from tests.gateway.steps.lending import Lending
from tests.gateway.steps.signers import Signers

RELEASED = Rule(name="released", approvers=2, releasers=1)
GLASS = BreakGlass(roles=frozenset({Role.APPROVER}))


@pytest.fixture
def desk(world):
    signers = Signers(world)
    for name in ("anna", "cleo", "dora"):
        signers.add(name, "approver")
    for name in ("rita", "rolf"):
        signers.add(name, "releaser")
    signers.add("ben")
    signers.add("bert")
    return signers


@pytest.fixture
def lent(desk):
    return Lending(desk)


def refused(kind, code, act, *args, **more):
    with pytest.raises(kind) as told:
        act(*args, **more)
    assert told.value.code == code
    return told.value.message


def says(desk, batch):
    return explanation.sentences(desk.now(batch), desk.world.policy)


def limit(per, amount):
    return Limit(name="daily", per=per, currency="EUR", amount=Decimal(amount), zone="Europe/Vienna")


def test_a_lent_right_and_a_third_person_s_meet_a_rule_s_demand_and_the_lender_does_not(desk, lent, world):
    desk.policy(Rule(name="three", approvers=3))
    lent.lend("anna", "ben", "approver")
    batch = desk.brought("10.00")
    lent.sign(batch, "ben")
    refused(Conflict, "approval.same_right", lent.sign, batch, "anna")
    lent.sign(batch, "cleo")
    assert (desk.now(batch).given, world.states(batch)) == (2, ["validated"])
    lent.sign(batch, "dora")
    assert world.states(batch) == ["approved"]


def test_a_release_with_a_lent_right_is_the_lender_s_release(desk, lent, world):
    desk.policy(RELEASED)
    lent.lend("rita", "ben", "releaser")
    batch = desk.brought("10.00")
    refused(Conflict, "approval.release_too_early", lent.sign, batch, "ben", Decision.RELEASE)
    lent.sign(batch, "anna")
    lent.sign(batch, "cleo")
    came = lent.sign(batch, "ben", Decision.RELEASE)
    assert [one.right_of for one in came.approvals if one.decision is Decision.RELEASE] == ["rita"]
    assert world.states(batch) == ["approved"]


def test_who_approved_for_somebody_does_not_release_for_another_one(desk, lent, world):
    desk.policy(RELEASED)
    lent.lend("anna", "ben", "approver")
    lent.lend("rita", "ben", "releaser")
    batch = desk.brought("10.00")
    lent.sign(batch, "ben")
    lent.sign(batch, "cleo")
    refused(Conflict, "approval.already_decided", lent.sign, batch, "ben", Decision.RELEASE)
    assert world.states(batch) == ["validated"]


def test_whose_right_approved_does_not_release(desk, lent, world):
    """Both duties of one person, one of them lent: they stand behind one signature only."""
    desk.policy(RELEASED)
    desk.grant("anna", "releaser")
    lent.lend("anna", "ben", "approver")
    lent.lend("anna", "bert", "releaser")
    batch = desk.brought("10.00")
    lent.sign(batch, "ben")
    lent.sign(batch, "cleo")
    refused(Conflict, "approval.same_right", lent.sign, batch, "anna", Decision.RELEASE)
    refused(Conflict, "approval.same_right", lent.sign, batch, "bert", Decision.RELEASE)
    lent.sign(batch, "rolf", Decision.RELEASE)
    assert world.states(batch) == ["approved"]


def test_nobody_signs_with_the_maker_s_right_and_no_maker_with_another_s(desk, lent):
    desk.policy()
    desk.grant("anna", "maker")
    lent.lend("anna", "ben", "approver")
    batch = desk.brought("10.00", client="anna", maker_is_person=True)
    refused(Forbidden, "approval.own_batch", lent.sign, batch, "ben")
    refused(Forbidden, "approval.own_batch", lent.sign, batch, "ben", Decision.DECLINE)
    desk.add("mia", "maker")
    lent.lend("cleo", "mia", "approver")
    other = desk.brought("11.00", message_id="OTHER", client="mia", maker_is_person=True)
    refused(Forbidden, "approval.own_batch", lent.sign, other, "mia")


def test_a_role_that_is_taken_from_the_lender_takes_the_signature_along_and_the_sentence_says_whose(desk, lent, world):
    desk.policy()
    lent.lend("anna", "ben", "approver")
    batch = desk.brought("10.00")
    lent.sign(batch, "ben")
    assert desk.now(batch).given == 1
    desk.revoke("anna", "approver")
    desk.grant("ben", "approver")  # one of their own, which that signature did not use
    assert desk.now(batch).given == 0
    assert (
        "Ben for Anna approved it (“looked at it”), but the one whose right it was no longer has the role: "
        "it does not count."
    ) in says(desk, batch)
    lent.sign(batch, "cleo")
    assert world.states(batch) == ["validated"]
    lent.sign(batch, "dora")
    assert world.states(batch) == ["approved"]


def test_two_signatures_that_turn_out_to_be_one_person_s_are_not_said_to_lack_the_role(desk, lent):
    desk.policy(Rule(name="three", approvers=3))
    lent.lend("anna", "ben", "approver")
    batch = desk.brought("10.00")
    lent.sign(batch, "cleo")
    lent.sign(batch, "ben")
    desk.link("ben", "cleo")
    assert (
        "Ben for Anna approved it (“looked at it”), but counts as somebody who brought or signed it already."
    ) in says(desk, batch)


def test_a_delegate_without_access_counts_no_more_and_neither_does_anybody_else_without(desk, lent, world):
    desk.policy(Rule(name="three", approvers=3))
    lent.lend("anna", "ben", "approver")
    batch = desk.brought("10.00")
    lent.sign(batch, "ben")
    lent.sign(batch, "cleo")
    lent.disable("ben")
    lent.disable("cleo")
    assert desk.now(batch).given == 0
    assert sum("has no access any more: it does not count" in one for one in says(desk, batch)) == 2


def test_who_has_another_account_that_is_open_still_counts(desk, lent):
    desk.policy()
    desk.add("ben2", same_as="ben")
    lent.lend("anna", "ben", "approver")
    batch = desk.brought("10.00")
    lent.sign(batch, "ben")
    lent.disable("ben")
    assert desk.now(batch).given == 1


def test_a_signature_made_before_a_delegation_ended_counts_and_none_is_made_after(desk, lent):
    """The door may have looked a moment before: the step looks again, in the transaction that decides."""
    desk.policy()
    loan = lent.lend("anna", "ben", "approver")
    batch, other = desk.brought("10.00"), desk.brought("11.00", message_id="OTHER")
    seen = lent.held("ben")
    lent.sign(batch, "ben")
    lent.end(loan)
    assert desk.now(batch).given == 1
    for decision in (Decision.APPROVE, Decision.DECLINE):
        refused(Forbidden, "delegation.over", lent.sign, other, "ben", decision, held=seen)


def test_who_lost_the_role_or_their_access_since_the_door_looked_decides_nothing(desk, lent, world):
    desk.policy()
    batch = desk.brought("10.00")
    for name, end in (("anna", lambda: desk.revoke("anna", "approver")), ("cleo", lambda: lent.disable("cleo"))):
        seen = lent.held(name)
        end()
        for decision in (Decision.APPROVE, Decision.DECLINE):
            refused(Forbidden, "request.role_needed", lent.sign, batch, name, decision, held=seen)
    loan = lent.held("ben")
    lent.lend("dora", "ben", "approver")
    loan = lent.held("ben")
    lent.disable("ben")
    refused(Forbidden, "delegation.over", lent.sign, batch, "ben", held=loan)
    assert world.states(batch) == ["validated"]


def test_a_lent_right_uses_up_the_limits_of_both_and_the_refusal_says_whose(desk, lent):
    desk.policy(limits=(limit(Per.PERSON, "1000"),))
    lent.lend("anna", "ben", "approver")
    lent.lend("dora", "bert", "approver")
    lent.lend("cleo", "ben", "approver")
    lent.sign(desk.brought("700.00"), "ben")  # for Anna
    mine = desk.brought("400.00", message_id="OTHER")
    said = refused(Forbidden, "approval.person_limit", lent.sign, mine, "anna")
    assert said.startswith("Your limit is EUR 1000 a day")
    assert refused(Forbidden, "approval.person_limit", lent.sign, mine, "ben").startswith("Your limit is EUR 1000")
    lent.sign(desk.brought("800.00", message_id="DORA"), "dora")
    said = refused(Forbidden, "approval.person_limit", lent.sign, mine, "bert")
    assert said.startswith("You would sign for Dora, whose limit is EUR 1000 a day")
    assert "Dora and others for them signed EUR 800.00 today" in said


def test_nobody_breaks_the_glass_with_a_lent_right(desk, lent, world):
    desk.policy(Rule(name="many", approvers=9), break_glass=GLASS)
    lent.lend("anna", "ben", "approver")
    lent.lend("anna", "rita", "approver")
    batch = desk.brought("10.00")
    assert not lent.may("ben", Decision.BREAK_GLASS), "the door turns them away"
    for name in ("ben", "rita"):  # Rita gets in with a role of her own, which is none of the glass
        refused(Forbidden, "request.role_needed", lent.sign, batch, name, Decision.BREAK_GLASS)
    lent.sign(batch, "anna", Decision.BREAK_GLASS)
    lent.sign(batch, "cleo", Decision.BREAK_GLASS)
    assert world.states(batch) == ["approved"]


def test_who_may_break_the_glass_no_longer_is_not_said_to_have_signed_already(desk):
    desk.policy(Rule(name="many", approvers=9), break_glass=GLASS)
    batch = desk.brought("10.00")
    desk.sign(batch, "anna", Decision.BREAK_GLASS, reason="it cannot wait")
    desk.revoke("anna", "approver")
    assert "Anna broke the glass (“it cannot wait”), but may break it no longer: it does not count." in says(
        desk, batch
    )
