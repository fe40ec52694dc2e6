"""Holds: put on by one person, lifted by two, on whatever does not stand staged at its bank."""

from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.domain.cutoff import OnLate
from gateway.domain.errors import Conflict, Forbidden, NotFound
from gateway.domain.escalation import in_order
from gateway.domain.hold import PERSONS_NEEDED, HoldKind, HoldPolicy
from gateway.persistence.due import Due
from gateway.persistence.engine import READ_ONLY
from gateway.persistence.holds import words_about
from gateway.persistence.tables import events, payment_holds, work
from gateway.scheduling import escalation
from gateway.steps import schedule, submit
from gateway.stopping import hold


def holds(world, batch):
    return [one.hold for one in world.payments(batch)]


def ids(world, batch):
    return [one.id for one in world.payments(batch)]


def twins(world, **more):
    """A batch of two equal payments, of which the second is held."""
    batch = world.take("100.00", "100.00", creditor="Payee", **more)
    world.validate(batch)
    return batch


def due(world, batch):
    with world.engine.connect() as connection:
        return Due(connection, at=world.at, now_ms=0, limit=10).of_batch(batch)


def approved(world, *amounts):
    batch = world.take(*amounts)
    world.validate(batch)
    world.approve(batch)
    return batch


def test_one_persons_word_is_kept_and_lifts_nothing(world):
    batch = twins(world)
    came = world.release(batch, None, "anna")
    assert (came.released, came.waiting) == (0, 1)
    assert holds(world, batch) == [None, "duplicate"]
    held = world.payments(batch)[1]
    with world.engine.connect() as connection:
        said = words_about(connection, held.id, held.hold_id)
    assert [(one.person_id, one.person_name, one.reason) for one in said] == [("anna", "Anna", "it is meant")]
    assert "payhub.batch.release_asked.v1" in world.kinds()


def test_the_second_person_completes_it_and_the_erp_is_told(world):
    batch = twins(world)
    came = world.release(batch, None, "anna", "ben")
    assert (came.released, came.waiting) == (1, 0)
    assert holds(world, batch) == [None, None]
    with world.engine.connect() as connection:
        told = connection.execute(select(events).where(events.c.type == "payhub.payment.released.v1")).all()
    assert [one.subject for one in told] == [ids(world, batch)[1]]


def test_the_same_person_does_not_count_twice(world):
    batch = twins(world)
    world.release(batch, None, "anna")
    with pytest.raises(Conflict) as refused:
        world.release(batch, None, "anna")
    assert refused.value.code == "hold.already_said"
    assert holds(world, batch) == [None, "duplicate"]


def test_the_maker_lifts_no_hold_of_an_own_batch(hub):
    batch = twins(hub, client="mia", maker_is_person=True)
    with pytest.raises(Forbidden):
        hub.release(batch, None, "mia")
    hub.release(batch, None, "anna")
    with pytest.raises(Forbidden):
        hub.release(batch, None, "mia")
    assert holds(hub, batch) == [None, "duplicate"]


def test_many_holds_are_lifted_by_the_same_two_persons_at_once(world):
    batch = world.take(*["5.00"] * 40, creditor="Payee")
    world.validate(batch)
    assert holds(world, batch).count("duplicate") == 39
    assert world.release(batch, None, "anna").waiting == 39
    assert world.release(batch, None, "ben").released == 39
    assert set(holds(world, batch)) == {None}


def test_words_count_for_each_payment_alone(world):
    batch = world.take(*["5.00"] * 4, creditor="Payee")
    world.validate(batch)
    _, first, second, third = ids(world, batch)
    world.release(batch, [first, second], "anna")
    assert world.release(batch, [second, third], "ben").released == 1
    assert holds(world, batch) == [None, "duplicate", None, "duplicate"]
    assert world.release(batch, None, "anna").released == 1, "of the third one only anna's word was missing"
    assert world.release(batch, None, "ben").released == 1


def test_naming_one_that_is_not_held_changes_nothing(world):
    batch = twins(world)
    with pytest.raises(Conflict) as refused:
        world.release(batch, ids(world, batch), "anna")
    assert refused.value.code == "hold.not_held"
    other = world.take("1.00", message_id="RUN-2")
    with pytest.raises(NotFound):
        world.release(batch, ids(world, other), "anna")


def test_a_word_counts_for_that_hold_only(world):
    batch = approved(world, "7.00")
    world.stop(batch)
    world.release(batch, None, "anna", "ben")
    world.stop(batch)
    assert world.release(batch, None, "anna").released == 0, "what anna said before was about the earlier hold"
    assert holds(world, batch) == ["manual"]


def test_a_hold_says_who_put_it_when_why_and_who_must_act(world):
    batch = approved(world, "7.00")
    with world.unit(actor="eve") as unit:
        hold.put(unit, batch_id=batch, payment_ids=None, person_id="eve", reason="the payee called", owner="ben")
        unit.commit()
    (one,) = world.payments(batch)
    assert (one.hold, one.hold_by, one.hold_reason, one.hold_owner) == ("manual", "eve", "the payee called", "ben")
    assert one.hold_at == world.at


def test_the_history_of_holds_keeps_those_that_were_lifted(world):
    batch = twins(world)
    world.release(batch)
    world.stop(batch)
    with world.engine.connect() as connection:
        rows = connection.execute(select(payment_holds).order_by(payment_holds.c.put_at, payment_holds.c.hold_id)).all()
    assert [(one.kind, one.owner, one.lifted_at is not None) for one in rows] == [
        ("duplicate", "approver", True), ("manual", "approver", False), ("manual", "approver", False),
    ]  # fmt: skip


def test_a_held_payment_loses_the_approval_it_waits_for(world):
    batch = world.take("7.00", "8.00")
    world.validate(batch)
    world.approve(batch, "anna")
    world.stop(batch, ids(world, batch)[:1])
    world.approve(batch, "ben")
    assert world.states(batch) == ["validated", "validated"], "anna agreed to both, ben to one of them"
    world.approve(batch, "anna")
    assert world.states(batch) == ["validated", "approved"]


def test_an_approved_payment_that_is_held_does_not_leave_and_the_others_do(world):
    batch = approved(world, "7.00", "8.00")
    world.stop(batch, ids(world, batch)[:1])
    world.schedule(batch)
    (file,) = world.generate(batch)
    assert world.states(batch) == ["scheduled", "generated"]
    assert world.submit(file) is submit.Next.NOTHING
    assert due(world, batch) == frozenset(), "nobody is kept busy with what waits for people"
    world.release(batch)
    assert due(world, batch) == {"generate"}
    (second,) = world.generate(batch)
    assert second != file
    assert world.submit(second) is submit.Next.NOTHING
    assert world.states(batch) == ["submitted", "submitted"]


def test_a_payment_in_a_built_file_is_taken_out_and_the_rest_goes_on_in_a_new_one(world):
    batch, file = world.built("7.00", "8.00", "9.00")
    came = world.stop(batch, ids(world, batch)[:1])
    assert (came.held, came.too_late) == (1, 0)
    assert world.file(file).state == "withdrawn"
    (second,) = world.generate(batch)
    assert world.submit(second) is submit.Next.NOTHING
    assert world.states(batch) == ["scheduled", "submitted", "submitted"]
    world.release(batch)
    (third,) = world.generate(batch)
    assert len({file, second, third}) == 3
    assert world.submit(third) is submit.Next.NOTHING
    assert set(world.states(batch)) == {"submitted"}


def test_what_has_left_cannot_be_held(world):
    batch, _ = world.sent("7.00")
    with pytest.raises(Conflict) as refused:
        world.stop(batch)
    assert refused.value.code == "hold.nothing_to_hold"
    assert "recalled" in refused.value.message


def test_a_held_payment_whose_window_closes_is_rolled_with_its_hold(world):
    batch = approved(world, "7.00")
    world.stop(batch)
    world.schedule(batch)
    window = world.payments(batch)[0].window_id
    with world.unit() as unit:
        world.at = unit.windows.get(window).closes_at
    assert due(world, batch) == {"roll"}
    world.roll(batch)
    (one,) = world.payments(batch)
    assert (one.state, one.hold) == ("scheduled", "manual")
    assert one.window_id != window


def test_people_are_warned_that_an_approved_payment_is_held_before_its_window_closes(world):
    batch = approved(world, "7.00", "8.00")
    world.schedule(batch)
    world.stop(batch, ids(world, batch)[:1])
    window = world.payments(batch)[0].window_id
    with world.unit() as unit:
        until = unit.windows.get(window).release_by
    at = until - timedelta(minutes=10)
    hub = SimpleNamespace(
        clock=SimpleNamespace(now=lambda: at), settings=SimpleNamespace(escalation=in_order((45, 15))),
        reading=lambda: world.engine.connect().execution_options(**{READ_ONLY: True}), routes=world.routes,
        unit_of_work=lambda actor: world.unit(actor=actor, at=at),
        accounts=world.accounts,
    )  # fmt: skip
    assert escalation.warn(hub) == 2
    assert escalation.warn(hub) == 0
    with world.engine.connect() as connection:
        told = connection.execute(select(events.c.data).where(events.c.type == "payhub.window.closing.v1")).scalars()
        assert sorted((one["waits_for"], one["count"]) for one in told) == [("hold", 1), ("hub", 1)]


@pytest.mark.parametrize(
    ("until", "ends"),
    [("take", "cancelled"), ("validate", "declined"), ("approve", "cancelled"), ("schedule", "cancelled")],
)
def test_one_person_declines_a_held_payment_wherever_it_stands(world, until, ends):
    batch = world.take("7.00", "8.00")
    for step in ("validate", "approve", "schedule"):
        if until == "take":
            break
        getattr(world, step)(batch)
        if step == until:
            break
    world.stop(batch, ids(world, batch)[:1])
    assert world.do(hold.decline, batch_id=batch, payment_ids=None, person_id="mia", reason="it is a mistake") == 1
    assert world.states(batch)[0] == ends
    assert world.states(batch)[1] not in ("cancelled", "declined")


def test_a_held_payment_that_missed_its_day_and_is_wanted_on_another_stays_held(world):
    world.every_cutoff(on_late=OnLate.ASK)
    batch = approved(world, "7.00")
    world.schedule(batch)
    world.stop(batch)
    window = world.payments(batch)[0].window_id
    with world.unit() as unit:
        world.at = unit.windows.get(window).closes_at
    world.roll(batch)
    assert world.states(batch) == ["expired"]
    with pytest.raises(Conflict):
        world.release(batch)
    day = world.at.date() + timedelta(days=2)
    world.do(schedule.renew, batch, requested=day, person_id="mia", reason="next week", duplicate_days=30)
    assert (world.states(batch), holds(world, batch)) == (["validated"], ["manual"])
    world.release(batch)
    assert holds(world, batch) == [None]


def test_a_payment_held_before_it_was_checked_stays_held(world):
    batch = world.take("7.00")
    world.stop(batch)
    world.validate(batch)
    assert (world.states(batch), holds(world, batch)) == (["validated"], ["manual"])


def test_the_operator_says_how_many_persons_a_kind_needs(hub):
    hub.holds = HoldPolicy(persons={HoldKind.DUPLICATE: 1, HoldKind.MANUAL: 3})
    batch = twins(hub)
    hub.stop(batch, ids(hub, batch)[:1])
    assert hub.release(batch, None, "anna").released == 1
    assert holds(hub, batch) == ["manual", None]
    assert hub.release(batch, None, "ben").waiting == 1
    assert hub.release(batch, None, "cleo").released == 1


def test_a_kind_that_this_version_does_not_know_needs_two():
    assert HoldPolicy(persons={HoldKind.MANUAL: 1}).needed("tomorrow") == PERSONS_NEEDED


def test_the_batchs_worker_is_asked_for_before_anything_is_decided(hub):
    batch = approved(hub, "7.00")
    hub.stop(batch)
    assert hub.count(work, work.c.key == f"batch:{batch}") == 1


RUNS = count(1)
EXAMPLES = 60
PEOPLE = ("anna", "ben", "cleo", "mia")
ACTS = st.lists(
    st.tuples(st.sampled_from(["release", "decline", "stop", "generate"]), st.sampled_from(PEOPLE), st.integers(1, 7)),
    max_size=12,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_in_any_order_nothing_held_leaves_and_no_hold_goes_without_two_who_are_not_the_maker(hub, acts):
    run = f"RUN-{next(RUNS)}"
    batch = hub.take(
        "1.00", "1.00", "2.00", message_id=run, remittance=run, creditor="Payee", client="mia", maker_is_person=True
    )
    hub.validate(batch)
    hub.approve(batch, "anna")
    hub.schedule(batch)
    names = ids(hub, batch)
    said = {name: set() for name in names}
    for act, person, which in acts:
        chosen = [name for number, name in enumerate(names) if which >> number & 1]
        before = {one.id: (one.hold_id, one.state) for one in hub.payments(batch)}
        try:
            if act == "release":
                hub.release(batch, chosen, person)
            elif act == "decline":
                hub.do(hold.decline, batch_id=batch, payment_ids=chosen, person_id=person, reason="a mistake")
            elif act == "stop":
                hub.stop(batch, chosen, person)
            else:
                hub.generate(batch)
        except (Conflict, Forbidden):
            assert {one.id: (one.hold_id, one.state) for one in hub.payments(batch)} == before
            continue
        for one in hub.payments(batch):
            if act == "release" and one.id in chosen:
                said[one.id].add(person)
            lifted = before[one.id][0] is not None and one.hold_id is None
            assert not lifted or (act == "release" and len(said[one.id]) >= 2 and "mia" not in said[one.id])
            if lifted or one.hold_id != before[one.id][0]:
                said[one.id] = set()
            assert not (one.hold and one.state in ("generated", "submitted")), "held, and about to leave"
