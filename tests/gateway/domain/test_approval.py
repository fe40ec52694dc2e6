from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.approval import APPROVERS, Approval, ApprovalPolicy, Decision, content_digest, counted, may_decide
from gateway.domain.batch import Batch
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.policy import Need, Roster

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
FOUR_EYES = ApprovalPolicy(name="four eyes", persons=2, approvers_min=1)


def agreed(policy, made, signatures, digest):
    need = Need(approvers=policy.approvals_needed(made))
    return counted(policy, made, signatures, digest, Roster()).enough(need)


def batch(maker="anna", *, is_person=True):
    return Batch(
        id="B", client_id="erp", maker=maker, maker_is_person=is_person, source="json", document_sha256="0" * 64,
        message_id="RUN-1", received_at=AT, payments=1, totals=(),
    )  # fmt: skip


def approval(person, *, digest="D", decision=Decision.APPROVE):
    return Approval(
        id=f"A-{person}", batch_id="B", digest=digest, person_id=person, person_name=person, decision=decision,
        reason="", at=AT,
    )  # fmt: skip


def test_the_maker_is_one_of_the_four_eyes_and_an_api_client_is_nobody():
    assert FOUR_EYES.approvals_needed(batch()) == 1
    assert FOUR_EYES.approvals_needed(batch("erp", is_person=False)) == 2


def test_one_person_counts_once():
    by_client = batch("erp", is_person=False)
    assert not agreed(FOUR_EYES, by_client, [approval("bert"), approval("bert")], "D")
    assert agreed(FOUR_EYES, by_client, [approval("bert"), approval("carla")], "D")


def test_the_maker_s_own_approval_never_counts():
    assert not agreed(FOUR_EYES, batch("anna"), [approval("anna")], "D")
    assert agreed(FOUR_EYES, batch("anna"), [approval("anna"), approval("bert")], "D")


def test_an_approval_by_whom_gave_it_another_day_never_counts_nor_one_with_their_right():
    need, roster = Need(approvers=1), Roster(persons={"berta": "bert"}, roles={"bert": APPROVERS})
    for one in (approval("bert"), approval("berta"), replace(approval("carla"), right_of="berta")):
        assert counted(FOUR_EYES, batch(), [one], "D", roster).enough(need)
        assert not counted(FOUR_EYES, batch(), [one], "D", roster, editors={"bert"}).enough(need)


def test_an_approval_of_other_content_and_a_refusal_do_not_count():
    assert not agreed(FOUR_EYES, batch(), [approval("bert", digest="OLD")], "D")
    assert not agreed(FOUR_EYES, batch(), [approval("bert", decision=Decision.DECLINE)], "D")


def test_who_made_a_batch_may_not_decide_about_it():
    with pytest.raises(Forbidden) as refused:
        may_decide(batch("anna"), "anna", [], digest="D", current="D")
    assert refused.value.code == "approval.own_batch"


def test_what_changed_since_it_was_shown_cannot_be_decided():
    with pytest.raises(Conflict) as refused:
        may_decide(batch(), "bert", [], digest="OLD", current="D")
    assert refused.value.code == "approval.stale_digest"


def test_nobody_decides_twice_about_the_same_content_but_about_changed_content_again():
    with pytest.raises(Conflict) as refused:
        may_decide(batch(), "bert", [approval("bert")], digest="D", current="D")
    assert refused.value.code == "approval.already_decided"
    may_decide(batch(), "bert", [approval("bert", digest="OLD")], digest="D", current="D")


def test_the_digest_changes_with_content_order_and_membership():
    plain = content_digest([(0, "a"), (1, "b")])
    assert plain == content_digest(iter([(0, "a"), (1, "b")]))
    others = [
        [(0, "b"), (1, "a")],
        [(0, "a")],
        [(0, "a"), (1, "b"), (2, "c")],
        [(0, "a"), (2, "b")],
        [(1, "a"), (0, "b")],
    ]
    assert len({plain, *map(content_digest, others)}) == len(others) + 1
