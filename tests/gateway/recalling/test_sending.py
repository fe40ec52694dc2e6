"""A recall reaches the bank once: what may have arrived is looked for, and never handed over on a guess."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banks.channel import Presence, Sighting
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import HandOver
from gateway.domain.recall import TRIES_MAX, RecallState
from gateway.recalling.send import Next
from tests.gateway.steps.world import Crash

FAULTS = (
    "crash",
    "crash-after",
    "unreachable",
    "refused",
    "unknown-before",
    "unknown-after",
    "partial",
    "unclear",
    None,
)
EXAMPLES = 60


def recalls_received(recalling):
    return [content for name, content in recalling.world.bank.received if name.startswith("RECALL_")]


def test_the_message_names_the_payment_as_it_was_sent(recalling):
    (payment,) = recalling.paid()
    recall = recalling.sent(payment)
    stored = recalling.payment(payment)
    assert (recall.state, recall.name, recall.message) == (
        RecallState.SENT, f"RECALL_{recall.id}.xml", "camt.055.001.09",
    )  # fmt: skip
    (content,) = recalls_received(recalling)
    text = content.decode()
    for part in (
        f"<Assgnmt><Id>{recall.id}</Id>", f"<OrgnlMsgId>{stored.file_id}</OrgnlMsgId>",
        f"<OrgnlPmtInfId>{stored.bank_batch_id}</OrgnlPmtInfId>", f"<OrgnlInstrId>{payment}</OrgnlInstrId>",
        f"<OrgnlEndToEndId>{stored.end_to_end_id}</OrgnlEndToEndId>", '<OrgnlInstdAmt Ccy="EUR">100.00</OrgnlInstdAmt>',
        "<Rsn><Cd>DUPL</Cd></Rsn><AddtlInf>paid twice</AddtlInf>",
    ):  # fmt: skip
        assert part in text
    with recalling.world.unit() as work:
        assert work.vault.get(recall.sha256) == content


def test_words_go_in_the_character_set_of_the_bank_and_on_two_lines(recalling_here):
    (payment,) = recalling_here.paid()
    recall = recalling_here.confirm(recalling_here.ask(payment, reason="Müller " + "x" * 150))
    recalling_here.send(recall)
    (content,) = recalls_received(recalling_here)
    assert content.decode().count("<AddtlInf>") == 2
    assert "Muller" in content.decode()


def test_a_recall_is_sent_once_however_often_the_job_runs(recalling_here):
    recall = recalling_here.sent(recalling_here.paid()[0])
    assert recalling_here.send(recall, fence=2) is Next.NOTHING
    assert len(recalls_received(recalling_here)) == 1


def test_after_a_crash_behind_the_hand_over_the_look_shows_that_it_arrived(recalling):
    recall = recalling.confirmed(recalling.paid()[0])
    recalling.world.bank.script = [None, "crash-after"]
    with pytest.raises(Crash):
        recalling.send(recall)
    assert recalling.get(recall).state is RecallState.SENDING
    assert recalling.send(recall, fence=2) is Next.NOTHING
    assert recalling.get(recall).state is RecallState.SENT
    assert recalling.world.bank.calls[-1] == "look"
    assert len(recalls_received(recalling)) == 1


def test_a_staged_copy_that_is_still_there_is_handed_over(recalling_here):
    recall = recalling_here.confirmed(recalling_here.paid()[0])
    recalling_here.world.bank.script = [None, "crash"]
    with pytest.raises(Crash):
        recalling_here.send(recall)
    assert recalling_here.send(recall, fence=2) is Next.NOTHING
    assert len(recalls_received(recalling_here)) == 1


def test_a_bank_that_swept_its_folder_is_never_sent_a_second_copy(recalling):
    """It took the recall and shows nothing of it; only people can find out."""
    recall = recalling.confirmed(recalling.paid()[0])
    bank = recalling.world.bank
    bank.script = [None, "unknown-after"]
    assert recalling.send(recall) is Next.RETRY
    bank.look = lambda _file: Sighting(presence=Presence.ABSENT, evidence="nothing of it")
    looks = [recalling.send(recall, fence=fence) for fence in range(2, TRIES_MAX + 1)]
    assert looks == [Next.RETRY] * (TRIES_MAX - 2) + [Next.NOTHING]
    assert recalling.get(recall).state is RecallState.UNCLEAR
    assert recalling.send(recall, fence=9) is Next.NOTHING
    assert len(recalls_received(recalling)) == 1
    recalling.take_back(recall, reason="the bank says that it has nothing")
    assert recalling.get(recall).over_at is not None


def test_where_a_bank_forbids_the_rename_only_a_sighting_proves_it(recalling_here):
    recall = recalling_here.confirmed(recalling_here.paid()[0])
    bank = recalling_here.world.bank
    bank.hand_over = HandOver.WRITTEN
    bank.script = [None, "unknown-before"]
    assert recalling_here.send(recall) is Next.RETRY
    for fence in range(2, TRIES_MAX + 1):
        recalling_here.send(recall, fence=fence)
    assert recalling_here.get(recall).state is RecallState.UNCLEAR
    assert bank.calls.count("publish") == 2, "the payment file's, and one of the recall"


def test_a_refusal_is_told_once_and_nothing_has_left(recalling_here):
    recall = recalling_here.confirmed(recalling_here.paid()[0])
    recalling_here.world.bank.script = ["refused"]
    assert recalling_here.send(recall) is Next.ASK
    recalling_here.take_back(recall)
    assert recalling_here.send(recall, fence=2) is Next.NOTHING
    assert not recalls_received(recalling_here)


def test_a_bank_that_refuses_the_hand_over_again_and_again_ends_with_people(recalling_here):
    recall = recalling_here.confirmed(recalling_here.paid()[0])
    bank = recalling_here.world.bank
    bank.script = [None, "refused"]
    recalling_here.send(recall)
    for fence in range(2, TRIES_MAX + 1):
        bank.script = [None, "refused"]
        recalling_here.send(recall, fence=fence)
    assert recalling_here.get(recall).state is RecallState.UNCLEAR
    recalling_here.take_back(recall, reason="the bank has nothing")
    assert not recalls_received(recalling_here)


def test_a_payment_that_came_to_nothing_before_is_not_recalled(recalling_here):
    (payment,) = recalling_here.paid()
    recall, stored = recalling_here.confirmed(payment), recalling_here.payment(payment)

    def reject(work):
        where = Selection(batch_id=stored.batch_id)
        return work.payments.move(where, State.SUBMITTED, State.REJECTED, step="acknowledge", reason="the bank refused")

    assert recalling_here.world.do(reject) == 1
    assert recalling_here.send(recall) is Next.NOTHING
    assert recalling_here.get(recall).state is RecallState.WITHDRAWN
    assert not recalls_received(recalling_here)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(FAULTS), max_size=12))
def test_whatever_goes_wrong_in_whatever_order_the_bank_gets_one_copy_at_most(recalling_here, faults):
    number = next(recalling_here.numbers)
    (payment,) = recalling_here.paid(f"{number}.00", message_id=f"RUN-{number}")
    recall = recalling_here.confirmed(payment)
    bank = recalling_here.world.bank
    bank.script = list(faults)
    for fence in range(1, 16):
        try:
            following = recalling_here.send(recall, fence=fence)
        except Crash:
            continue
        if following is Next.NOTHING:
            break
    bank.script = []
    state, name = recalling_here.get(recall).state, recalling_here.get(recall).name
    copies = sum(one == name for one, _ in bank.received)
    assert copies <= 1
    assert state in (RecallState.SENT, RecallState.UNCLEAR)
    assert copies == 1 or state is RecallState.UNCLEAR
