from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import PaymentFile
from gateway.domain.ruling import STUCK_AFTER, Ruling, Verdict, counting, decided_by, may_rule, waits_for_people, words

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
DOUBTFUL = PaymentFile(
    id="F", bank="nordbank", batch_id="B", message="pain.001.001.09", name="PAY1.xml", number=1, sha256="0" * 64,
    size=1, count=1, totals=(), window_id=None, state=FileState.IN_DOUBT, version=3, fence=0, approval_digest="",
    profile_digest="", bank_batches=(), generated_at=AT,
)  # fmt: skip


def said(person, verdict=Verdict.ARRIVED, version=3, reason="asked"):
    return Ruling(
        file_id="F", version=version, person_id=person, person_name=person.title(), verdict=verdict, reason=reason,
        at=AT,
    )  # fmt: skip


def test_two_persons_who_say_the_same_decide():
    assert [one.person_id for one in decided_by([said("anna"), said("ben")], 3)] == ["anna", "ben"]


def test_one_person_who_says_it_twice_is_one_person():
    assert decided_by([said("anna"), said("anna")], 3) == ()


def test_two_persons_who_say_different_things_decide_nothing():
    assert decided_by([said("anna"), said("ben", Verdict.GIVE_UP)], 3) == ()


def test_the_last_word_of_a_person_counts():
    heard = [said("anna", Verdict.GIVE_UP), said("ben"), said("anna")]
    assert [one.verdict for one in counting(heard, 3)] == [Verdict.ARRIVED, Verdict.ARRIVED]
    assert decided_by(heard, 3)
    assert not decided_by([said("anna"), said("anna", Verdict.GIVE_UP), said("ben")], 3)


def test_a_ruling_about_the_file_as_it_was_counts_for_nothing():
    assert decided_by([said("anna", version=2), said("ben")], 3) == ()


def test_the_evidence_names_both_persons_and_their_reasons():
    text = words([said("anna", reason="the bank said so"), said("ben", reason="I saw it")])
    assert text == "arrived: Anna (anna): the bank said so; Ben (ben): I saw it"


@pytest.mark.parametrize("state", list(FileState))
def test_people_rule_about_doubt_and_about_what_gets_no_further_than_staged(state):
    fresh, old = AT - STUCK_AFTER + timedelta(seconds=1), AT - STUCK_AFTER
    assert waits_for_people(state, None, AT) is (state is FileState.IN_DOUBT)
    assert waits_for_people(state, fresh, AT) is (state is FileState.IN_DOUBT)
    assert waits_for_people(state, old, AT) is (state in (FileState.IN_DOUBT, FileState.STAGED))


@pytest.mark.parametrize(
    ("ruling", "earlier", "roles", "code"),
    [
        (said("anna"), [], ("viewer",), "ruling.role"),
        (said("anna", version=2), [], ("approver",), "ruling.stale_version"),
        (said("anna"), [said("anna")], ("approver",), "ruling.already_said"),
        (said("eve"), [said("anna"), said("ben")], ("approver",), "ruling.decided"),
    ],
)
def test_who_may_not_rule_is_told_why(ruling, earlier, roles, code):
    with pytest.raises((Conflict, Forbidden)) as refused:
        may_rule(DOUBTFUL, None, earlier, ruling, roles=roles)
    assert refused.value.code == code


def test_a_file_that_is_where_it_belongs_waits_for_nobody():
    with pytest.raises(Conflict) as refused:
        may_rule(replace(DOUBTFUL, state=FileState.SUBMITTED), AT, [], said("anna"), roles=("approver",))
    assert refused.value.code == "ruling.not_in_doubt"
