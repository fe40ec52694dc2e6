"""A bank's answer moves the one recall it speaks of; whatever fits none, or says an unknown word, is set aside."""

import pytest

from formats.recall_answer import RecallStatus
from gateway.domain.recall import RecallState
from gateway.persistence import queries
from gateway.recalling.send import Next
from tests.gateway.steps.world import Crash


@pytest.mark.parametrize(
    ("status", "state"),
    [("ACCR", RecallState.ACCEPTED), ("CNCL", RecallState.ACCEPTED), ("RJCR", RecallState.REFUSED),
     ("PDCR", RecallState.PENDING)],
)  # fmt: skip
def test_each_word_of_the_bank_is_one_of_three_states(recalling, status, state):
    (payment,) = recalling.paid()
    recall = recalling.sent(payment)
    document = recalling.says(status, code="ARDT", text=("it is gone",), instruction_id=payment)
    assert document.state == "processed"
    now = recalling.get(recall)
    assert (now.state, now.status, now.status_reason, now.status_text) == (state, status, "ARDT", "it is gone")
    assert recalling.payment(payment).state == "submitted", "only a statement proves that money came back"
    with recalling.world.unit() as work:
        story = queries.timeline(work.connection, queries.EVERYTHING, payment)
    assert [one.target for one in story if one.kind == "recall"] == ["asked", "confirmed", "sent", str(state)]


def test_the_bank_may_name_it_in_any_way_that_is_ours(recalling):
    (payment,) = recalling.paid()
    recall, stored = recalling.sent(payment), recalling.payment(payment)
    for names in (
        {"cancellation_id": recall.id}, {"case_id": recall.id}, {"instruction_id": payment},
        {"original_message_id": stored.file_id, "end_to_end_id": stored.end_to_end_id},
        {"original_message_id": stored.file_id, "names_payment": False},
        {"original_message_id": recall.id, "instruction_id": payment},
    ):  # fmt: skip
        assert recalling.says("PDCR", **names).state == "processed", names
    assert recalling.get(recall).state is RecallState.PENDING


@pytest.mark.parametrize(
    "wrong",
    [{"instruction_id": "SOMEBODY-ELSES"}, {"original_message_id": "NOT-OURS"}, {"end_to_end_id": "E-9"}, {},
     {"uetr": "eb6305c9-1f7f-49de-aed0-16487c27b42d"}],
)  # fmt: skip
def test_what_names_nothing_of_ours_is_set_aside_and_moves_nothing(recalling_here, wrong):
    recall = recalling_here.sent(recalling_here.paid()[0])
    assert recalling_here.says("ACCR", **wrong).state == "quarantined"
    assert recalling_here.get(recall).state is RecallState.SENT


def test_references_that_disagree_name_nothing(recalling_here):
    (payment,) = recalling_here.paid()
    recall = recalling_here.sent(payment)
    assert recalling_here.says("ACCR", instruction_id=payment, end_to_end_id="ANOTHER").state == "quarantined"
    assert recalling_here.says("ACCR", instruction_id=payment, bank="nordbank").state == "quarantined"
    assert recalling_here.get(recall).state is RecallState.SENT


def test_an_answer_for_a_whole_message_is_taken_only_where_one_recall_is_meant(recalling_here):
    first, second = recalling_here.paid("1.00", "2.00")
    recalls = [recalling_here.sent(one) for one in (first, second)]
    file = recalling_here.payment(first).file_id
    assert recalling_here.says("ACCR", original_message_id=file, names_payment=False).state == "quarantined"
    assert {recalling_here.get(one).state for one in recalls} == {RecallState.SENT}


def test_an_answer_that_fits_in_part_only_moves_nothing(recalling_here):
    first, second = recalling_here.paid("1.00", "2.00")
    recalls = [recalling_here.sent(one) for one in (first, second)]
    told = [RecallStatus(status="ACCR", instruction_id=first), RecallStatus(status="WHAT", instruction_id=second)]
    assert recalling_here.hears("alpenbank", *told).state == "quarantined"
    assert {recalling_here.get(one).state for one in recalls} == {RecallState.SENT}
    assert recalling_here.hears("alpenbank").state == "quarantined", "an answer about nothing"


def test_a_recall_the_bank_cannot_have_is_not_answered(recalling_here):
    (payment,) = recalling_here.paid()
    recall = recalling_here.confirmed(payment)
    assert recalling_here.says("ACCR", instruction_id=payment).state == "quarantined"
    assert recalling_here.get(recall).state is RecallState.CONFIRMED


def test_an_answer_proves_that_a_recall_arrived(recalling):
    (payment,) = recalling.paid()
    recall = recalling.confirmed(payment)
    recalling.world.bank.script = [None, "crash-after"]
    with pytest.raises(Crash):
        recalling.send(recall)
    recalling.says("PDCR", instruction_id=payment)
    now = recalling.get(recall)
    assert (now.state, now.sent_at) == (RecallState.PENDING, recalling.world.at)
    assert recalling.send(recall, fence=2) is Next.NOTHING


def test_a_later_word_completes_a_pending_recall_and_an_earlier_one_does_not_undo_it(recalling_here):
    (payment,) = recalling_here.paid()
    recall = recalling_here.sent(payment)
    for status, state in (
        ("PDCR", RecallState.PENDING), ("RJCR", RecallState.REFUSED), ("PDCR", RecallState.REFUSED),
        ("ACCR", RecallState.ACCEPTED), ("RJCR", RecallState.ACCEPTED),
    ):  # fmt: skip
        assert recalling_here.says(status, instruction_id=payment).state == "processed"
        assert recalling_here.get(recall).state is state


def test_a_refused_recall_may_be_asked_for_again_and_the_answer_is_about_the_new_one(recalling):
    (payment,) = recalling.paid()
    first = recalling.sent(payment)
    recalling.says("RJCR", code="NOAS", instruction_id=payment)
    second = recalling.sent(payment)
    recalling.says("ACCR", instruction_id=payment)
    assert [recalling.get(one).state for one in (first, second)] == [RecallState.REFUSED, RecallState.ACCEPTED]
