"""A recall takes two persons, a payment the bank holds, and a bank that takes recalls by message."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.recall import RecallState
from gateway.persistence.tables import audit, events
from gateway.recalling.send import Next


def told(recalling, payment_id):
    """The kinds of events about a payment's recalls, in order."""
    with recalling.world.unit() as work:
        query = select(events.c.type).where(events.c.subject == payment_id).order_by(events.c.id)
        return [one for one in work.connection.execute(query).scalars() if "recall" in one]


def test_one_asks_another_confirms_and_the_trail_says_so(recalling):
    (payment,) = recalling.paid()
    recall = recalling.ask(payment)
    assert (recall.state, recall.asked_by) == (RecallState.ASKED, "anna")
    assert not [one for one in recalling.world.queued if one.kind == "recall"], "nothing leaves on one person's word"
    recall = recalling.confirm(recall)
    assert (recall.state, recall.confirmed_by) == (RecallState.CONFIRMED, "ben")
    assert [(one.subject, one.lane) for one in recalling.world.queued if one.kind == "recall"] == [
        (recall.id, "alpenbank")
    ]
    assert told(recalling, payment) == ["payhub.payment.recall_asked.v1", "payhub.payment.recall_confirmed.v1"]
    with recalling.world.unit() as work:
        actions = work.connection.execute(select(audit.c.action).where(audit.c.subject == payment)).scalars().all()
    assert {"recall.asked", "recall.confirmed"} <= set(actions)
    assert recalling.payment(payment).state == "submitted", "a recall moves no payment"


def test_nobody_confirms_their_own_recall(recalling_here):
    recall = recalling_here.ask(recalling_here.paid()[0], person="anna")
    with pytest.raises(Forbidden) as refused:
        recalling_here.confirm(recall, person="anna")
    assert refused.value.code == "recall.by_one"
    assert recalling_here.get(recall).state is RecallState.ASKED


def test_a_payment_is_recalled_once_and_again_only_after_the_first_is_over(recalling):
    (payment,) = recalling.paid()
    first = recalling.ask(payment)
    with pytest.raises(Conflict) as refused:
        recalling.ask(payment, person="cleo")
    assert refused.value.code == "recall.stands"
    recalling.take_back(first)
    second = recalling.ask(payment)
    assert second.id != first.id
    assert [recalling.get(one).state for one in (first, second)] == [RecallState.WITHDRAWN, RecallState.ASKED]


def test_two_who_ask_at_one_moment_make_one_recall(recalling):
    (payment,) = recalling.paid()
    recall = recalling.ask(payment)
    with recalling.world.unit() as work, pytest.raises(Conflict):
        work.recalls.add(replace(recall, id=work.new_id()))


@pytest.mark.parametrize("until", ["take", "approve", "build"])
def test_what_has_not_left_is_withdrawn_and_not_recalled(recalling_here, until):
    world = recalling_here.world
    if until == "build":
        batch, _ = world.built("7.00")
    else:
        batch = world.take("7.00")
        world.validate(batch)
        if until == "approve":
            world.approve(batch)
    (payment,) = (one.id for one in world.payments(batch))
    with pytest.raises(Conflict, match="Withdraw it instead") as refused:
        recalling_here.ask(payment)
    assert refused.value.code == "recall.not_recallable"


def test_where_the_bank_takes_no_recalls_people_are_told_whom_to_call_and_what_to_quote(recalling_here):
    (payment,) = recalling_here.paid()
    profile = recalling_here.profiles["alpenbank"]
    recalling_here.profiles["alpenbank"] = replace(profile, recall=None)
    with pytest.raises(Conflict) as refused:
        recalling_here.ask(payment)
    assert refused.value.code == "recall.not_by_message"
    stored = recalling_here.payment(payment)
    for reference in (stored.file_id, stored.bank_batch_id, payment, stored.end_to_end_id, "100.00 EUR"):
        assert reference in refused.value.message


def test_a_reason_no_bank_knows_and_words_that_do_not_fit_are_refused(recalling_here):
    (payment,) = recalling_here.paid()
    with pytest.raises(Unacceptable) as refused:
        recalling_here.ask(payment, code="OOPS")
    assert refused.value.code == "recall.unknown_reason"
    with pytest.raises(Unacceptable) as refused:
        recalling_here.ask(payment, reason="x" * 211)
    assert refused.value.code == "recall.text_too_long"


def test_a_confirmed_recall_is_confirmed_once(recalling_here):
    recall = recalling_here.confirmed(recalling_here.paid()[0])
    with pytest.raises(Conflict) as refused:
        recalling_here.confirm(recall, person="cleo")
    assert refused.value.code == "recall.not_waiting"


def test_a_recall_the_bank_has_cannot_be_taken_back(recalling_here):
    recall = recalling_here.sent(recalling_here.paid()[0])
    with pytest.raises(Conflict) as refused:
        recalling_here.take_back(recall)
    assert refused.value.code == "recall.too_late"


def test_a_recall_taken_back_after_its_confirmation_is_not_sent(recalling_here):
    recall = recalling_here.confirmed(recalling_here.paid()[0])
    recalling_here.take_back(recall)
    assert recalling_here.send(recall) is Next.NOTHING
    assert len(recalling_here.world.bank.received) == 1, "the payment file alone"
