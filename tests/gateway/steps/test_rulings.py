"""Two people settle what the hub cannot prove; evidence wins over them, and no copy is left for a sleeping worker."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from banks.channel import Receipt
from gateway.domain.cutoff import OnLate
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import HandOver
from gateway.domain.ruling import STUCK_AFTER, Verdict
from gateway.persistence.tables import audit, events, evidence
from gateway.steps import submit
from gateway.stopping import hold
from tests.gateway.steps.test_reconcile import booking, hear, open_breaks, statement
from tests.gateway.steps.world import ApiBank, Crash, report


def test_arrived_moves_the_file_at_once_and_names_both_people(world):
    batch, file = world.in_doubt("1.00", "2.00")
    world.rule(file, "anna", Verdict.ARRIVED, reason="the bank's hotline read me the MsgId")
    assert world.states(batch) == ["in_doubt"] * 2
    world.rule(file, "ben", Verdict.ARRIVED, reason="I see it in the bank's portal")
    assert (world.states(batch), world.file(file).state) == (["submitted"] * 2, FileState.SUBMITTED)
    with world.unit() as work:
        (kept,) = [one.text for one in work.files.evidence(file) if one.kind == "people"]
    assert kept == (
        "arrived: Anna (anna): the bank's hotline read me the MsgId; Ben (ben): I see it in the bank's portal"
    )
    with world.engine.connect() as connection:
        actions = list(connection.execute(select(audit.c.action).where(audit.c.subject == file)).scalars())
        kinds = list(connection.execute(select(events.c.type).where(events.c.subject == file)).scalars())
    assert actions.count("file.ruled") == 2
    assert "file.submitted" in actions
    assert kinds.count("payhub.file.ruled.v1") == 2


def test_a_copy_that_still_lies_there_after_people_said_it_arrived_is_taken_away_and_told(hub):
    _, file = hub.in_doubt("1.00")
    hub.decided(file, Verdict.ARRIVED)
    assert hub.submit(file) is submit.Next.NOTHING
    assert (hub.bank.staged, hub.outcomes(file)) == ({}, ["taken_back"])
    assert any("still lay at the bank" in note for note in hub.notes())


def test_send_again_sends_the_same_name_once_and_first_takes_the_old_copy_away(world):
    batch, file = world.in_doubt("1.00")
    name = world.file(file).name
    world.decided(file, Verdict.SEND_AGAIN)
    assert world.file(file).state is FileState.IN_DOUBT, "it is written down first, the worker carries it out"
    world.bank.calls.clear()
    assert world.submit(file, world.claim("file", file, "w2")) is submit.Next.NOTHING
    assert world.bank.calls == ["discard", "look", "stage", "publish"]
    assert [one for one, _ in world.bank.received] == [name]
    assert (world.bank.staged, world.states(batch)) == ({}, ["submitted"])
    assert world.outcomes(file) == ["taken_back", "delivered"]


def test_give_up_rejects_the_payments_with_the_reason(world):
    batch, file = world.in_doubt("1.00", "2.00")
    world.decided(file, Verdict.GIVE_UP, reason="paid by hand")
    assert world.submit(file) is submit.Next.NOTHING
    assert (world.file(file).state, world.states(batch)) == (FileState.REFUSED, ["rejected"] * 2)
    assert (world.bank.staged, world.bank.received) == ({}, [])
    with world.unit() as work:
        assert "paid by hand" in work.files.history(file)[-1].reason


@pytest.mark.parametrize("verdict", [Verdict.SEND_AGAIN, Verdict.GIVE_UP])
def test_a_copy_is_gone_and_the_bank_shows_the_file_evidence_wins_over_people(hub, verdict):
    batch, file = hub.in_doubt("1.00")
    hub.decided(file, verdict)
    ((staged, content),) = hub.bank.staged.items()
    del hub.bank.staged[staged]
    hub.bank.received.append((hub.file(file).name, content))  # a worker that was asleep renamed it
    hub.submit(file)
    assert (hub.states(batch), len(hub.bank.received)) == (["submitted"], 1)
    assert any("although two people decided otherwise" in note for note in hub.notes())


@pytest.mark.parametrize("moment", ["discard", "discard-after", "look"])
def test_a_crash_while_a_decision_is_carried_out_changes_nothing_of_it(hub, moment):
    batch, file = hub.in_doubt("1.00")
    hub.decided(file, Verdict.GIVE_UP)
    hub.bank.script = {"discard": ["crash"], "discard-after": ["crash-after"], "look": [None, "crash"]}[moment]
    with pytest.raises(Crash):
        hub.submit(file)
    hub.submit(file)
    assert (hub.states(batch), hub.bank.received, hub.bank.staged) == (["rejected"], [], {})


def test_no_discard_no_decision(hub):
    batch, file = hub.in_doubt("1.00")
    hub.decided(file, Verdict.GIVE_UP)
    hub.bank.script = ["unreachable"]
    assert hub.submit(file) is submit.Next.RETRY
    assert hub.states(batch) == ["in_doubt"]


def test_a_worker_that_was_asleep_finds_nothing_to_hand_over_after_people_gave_up(world):
    _, file = world.built("1.00")
    sleeping = []
    publish = world.bank.publish

    def fall_asleep(outbound):
        sleeping.append(outbound)
        raise Crash

    world.bank.publish = fall_asleep
    with pytest.raises(Crash):
        world.submit(file, world.claim("file", file, "w1"))
    world.bank.publish = publish
    world.at += STUCK_AFTER
    world.decided(file, Verdict.GIVE_UP)
    world.submit(file, world.claim("file", file, "w2"))
    with pytest.raises(Exception, match="neither staged nor handed over"):
        publish(sleeping[0])
    assert (world.bank.received, world.file(file).state) == ([], FileState.REFUSED)


def test_evidence_that_comes_between_two_people_voids_the_first_word(hub):
    batch, file = hub.in_doubt("1.00")
    hub.rule(file, "anna", Verdict.GIVE_UP)
    hub.hear(report(file, "ACCP"))
    with pytest.raises(Conflict):
        hub.rule(file, "ben", Verdict.GIVE_UP)
    assert hub.states(batch) == ["acknowledged"]


def test_a_new_doubt_is_a_new_question(hub):
    _, file = hub.in_doubt("1.00")
    hub.rule(file, "anna", Verdict.GIVE_UP)
    hub.bank.script = [None, "unknown-before"]  # the copy is seen, and the line drops again
    hub.submit(file)
    assert hub.file(file).state is FileState.IN_DOUBT
    hub.rule(file, "ben", Verdict.GIVE_UP)
    hub.submit(file)
    assert hub.file(file).state is not FileState.REFUSED


def test_different_verdicts_move_nothing_until_somebody_changes_their_mind(hub):
    batch, file = hub.in_doubt("1.00")
    hub.rule(file, "anna", Verdict.GIVE_UP)
    hub.rule(file, "ben", Verdict.ARRIVED)
    assert hub.states(batch) == ["in_doubt"]
    hub.rule(file, "anna", Verdict.ARRIVED)
    assert hub.states(batch) == ["submitted"]
    with hub.unit() as work:
        assert len(work.files.rulings(file)) == 3, "nothing that was said is changed"


def test_nobody_decides_twice_nor_without_the_role(hub):
    _, file = hub.in_doubt("1.00")
    hub.rule(file, "anna", Verdict.ARRIVED)
    with pytest.raises(Conflict):
        hub.rule(file, "anna", Verdict.ARRIVED)
    with pytest.raises(Forbidden):
        hub.rule(file, "eve", Verdict.ARRIVED, roles=("viewer",))
    assert hub.file(file).state is FileState.IN_DOUBT


def test_a_file_that_the_bank_refuses_to_rename_waits_for_people_after_a_moment(hub):
    batch, file = hub.built("1.00")
    hub.bank.script = [None, "refused"]
    assert hub.submit(file) is submit.Next.ASK
    assert hub.file(file).state is FileState.STAGED
    with pytest.raises(Conflict):
        hub.rule(file, "anna", Verdict.GIVE_UP)
    hub.at += STUCK_AFTER
    hub.decided(file, Verdict.GIVE_UP)
    hub.submit(file)
    assert (hub.states(batch), hub.bank.staged) == (["rejected"], {})


def test_at_an_api_that_cannot_be_asked_people_have_the_last_word(hub):
    batch, file = hub.in_doubt("1.00")
    hub.bank = ApiBank()
    hub.decided(file, Verdict.GIVE_UP)
    hub.bank.script = ["unreachable"]
    carrier = hub.carrier(hand_over=HandOver.POSTED)
    assert submit.submit(carrier, file) is submit.Next.NOTHING
    assert hub.states(batch) == ["rejected"]
    assert "discard" not in hub.bank.calls


@pytest.mark.parametrize("policy", OnLate)
def test_send_again_after_the_window_closed_is_left_to_the_products_policy(hub, policy):
    batch, file = hub.in_doubt("1.00")
    hub.every_cutoff(on_late=policy)
    hub.decided(file, Verdict.SEND_AGAIN)
    hub.at += timedelta(hours=12)
    hub.submit(file)
    assert (hub.file(file).state, hub.states(batch)) == (FileState.WITHDRAWN, ["scheduled"])
    assert (hub.bank.staged, hub.bank.received) == ({}, [])
    hub.roll(batch)
    (one,) = hub.payments(batch)
    rolls = policy is OnLate.ROLL
    assert (one.state, one.hold, one.file_id) == ("scheduled" if rolls else "expired", None, None)
    assert (one.window_id != hub.file(file).window_id) is rolls


def withdrawn_unproven(hub, *amounts, policy=OnLate.ROLL):
    """A file that arrived unseen, of which two people said too late that it did not: (batch, file)."""
    batch, file = hub.built(*(amounts or ("1.00",)))
    hub.every_cutoff(on_late=policy)
    hub.bank.script = [None, "unknown-after"]
    hub.submit(file)
    hub.decided(file, Verdict.SEND_AGAIN)
    hub.bank.script = [None, "unclear"]  # the copy is gone, and nothing shows where to
    hub.at += timedelta(hours=12)
    hub.submit(file)
    assert (hub.file(file).state, len(hub.bank.received)) == (FileState.WITHDRAWN, 1)
    return batch, file


@pytest.mark.parametrize("policy", OnLate)
def test_what_may_have_reached_the_bank_goes_into_no_other_file_before_people_say_so(world, policy):
    batch, file = withdrawn_unproven(world, policy=policy)
    assert any("its payments are held" in note for note in world.notes())
    world.roll(batch)
    (one,) = world.payments(batch)
    assert (one.hold, one.file_id) == ("perhaps_sent", file)
    assert one.state == ("scheduled" if policy is OnLate.ROLL else "expired")
    if policy is OnLate.ROLL:
        world.at = opens_at(world, one)
        assert world.generate(batch) == []
        world.release(batch)
        (again,) = world.generate(batch)
        assert [one.file_id for one in world.payments(batch)] == [again]


def test_a_look_at_an_empty_folder_after_the_window_is_no_proof_for_another_file(hub):
    batch, file = hub.built("1.00")
    hub.bank.script = [None, "unknown-after"]
    hub.submit(file)
    hub.bank.holds = lambda _name: False
    hub.at += timedelta(hours=12)
    hub.submit(file)
    assert (hub.file(file).state, [one.hold for one in hub.payments(batch)]) == (FileState.WITHDRAWN, ["perhaps_sent"])


def test_a_booking_of_a_file_that_people_gave_up_is_found_and_told(hub):
    batch, _ = withdrawn_unproven(hub)
    hear(hub, statement(hub, booking(hub.payments(batch)[0])))
    assert [one.kind for one in open_breaks(hub)] == ["unexpected_booking"]


def test_what_may_have_reached_the_bank_is_a_repeat_when_the_erp_brings_it_again(world):
    batch, _ = withdrawn_unproven(world, policy=OnLate.EXPIRE)
    world.roll(batch)
    again = world.take("1.00", message_id="RUN-1-AGAIN", end_to_end_id="RUN-1-1")
    world.validate(again)
    assert [one.hold for one in world.payments(again)] == ["duplicate"]


@pytest.mark.parametrize("released", [False, True])
def test_what_the_bank_booked_is_released_by_nobody_and_goes_into_no_other_file(world, released):
    batch, _ = withdrawn_unproven(world)
    world.roll(batch)
    if released:  # two people were wrong, and the booking comes before the next file is built
        world.release(batch)
    hear(world, statement(world, booking(world.payments(batch)[0])))
    world.at = opens_at(world, world.payments(batch)[0])
    assert world.generate(batch) == []
    with pytest.raises(Conflict, match="paid twice") as told:
        world.release(batch)
    assert told.value.code == "hold.booked"
    world.do(hold.decline, batch_id=batch, payment_ids=None, person_id="anna", reason="it is paid")
    assert world.states(batch) == ["cancelled"]


def brought_again(world):
    """What becomes of the only payment of :meth:`World.built` when the ERP brings it again."""
    batch = world.take("1.00", message_id="RUN-1-AGAIN", end_to_end_id="RUN-1-1")
    world.validate(batch)
    (one,) = world.payments(batch)
    return one.hold


@pytest.mark.parametrize("end", ["declined", "withdrawn"])
def test_what_the_bank_may_have_is_a_repeat_also_after_people_ended_it(world, end):
    """The runbook: if the bank has them, decline them. The ERP hears of a cancellation, and may try again."""
    batch, _ = withdrawn_unproven(world)
    if end == "declined":
        world.do(hold.decline, batch_id=batch, payment_ids=None, person_id="anna", reason="the bank has it")
    else:
        world.withdraw(batch)
    assert world.states(batch) == ["cancelled"]
    assert brought_again(world) == "duplicate"


def test_a_file_withdrawn_whole_on_the_word_of_people_leaves_repeats_held(world):
    batch, file = arrived_unseen(world)
    world.decided(file, Verdict.SEND_AGAIN)
    world.bank.script = [None, None, "unreachable"]  # nothing to take away, nothing to see, and then no line
    world.submit(file)
    assert (world.file(file).state, world.outcomes(file)[0]) == (FileState.GENERATED, "ruled")
    world.withdraw(batch)
    assert (world.states(batch), brought_again(world)) == (["cancelled"], "duplicate")


def test_a_file_given_up_on_the_word_of_people_leaves_repeats_held(world):
    batch, file = arrived_unseen(world)
    world.decided(file, Verdict.GIVE_UP)
    world.submit(file)
    assert (world.states(batch), brought_again(world)) == (["rejected"], "duplicate")


def test_what_was_surely_not_handed_over_is_brought_again_freely(world):
    batch, file = world.in_doubt("1.00")
    world.decided(file, Verdict.GIVE_UP)
    world.submit(file)
    assert (world.states(batch), world.outcomes(file)) == (["rejected"], ["taken_back"])
    assert brought_again(world) is None


def test_what_the_bank_itself_refused_is_brought_again_freely(world):
    batch, file = arrived_unseen(world)
    world.hear(report(file, "RJCT", reasons=["AC04"]))
    assert (world.states(batch), brought_again(world)) == (["rejected"], None)


def arrived_unseen(world):
    """A file the bank took, of which it shows nothing: (batch, file)."""
    batch, file = world.built("1.00")
    world.bank.script = [None, "unknown-after"]
    world.submit(file)
    world.bank.holds = lambda _name: False
    assert (world.file(file).state, len(world.bank.received)) == (FileState.IN_DOUBT, 1)
    return batch, file


def opens_at(hub, payment):
    with hub.unit() as work:
        return work.windows.get(payment.window_id).opens_at


def test_what_the_bank_says_of_single_payments_when_it_takes_the_file_becomes_a_document(world):
    _, file = world.built("1.00")
    publish = world.bank.publish

    def telling(outbound):
        receipt = publish(outbound)
        return Receipt(evidence=receipt.evidence, report=b'{"reference": "%s"}' % file.encode())

    world.bank.publish = telling
    world.submit(file)
    with world.unit() as work:
        job = next(one for one in world.queued if one.kind == "document")
        document = work.documents.get(job.subject)
        assert (document.bank, document.media_type) == ("alpenbank", "application/json")
        assert work.vault.get(document.sha256) == b'{"reference": "%s"}' % file.encode()
    assert world.count(audit, audit.c.action == "document.received") == 1
    assert world.count(evidence) == 1
