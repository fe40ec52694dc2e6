"""Validate: every payment judged once, and what looks like a payment made before waits for a person."""

from datetime import timedelta

from gateway.persistence.tables import events
from gateway.stopping import hold, withdraw


def holds(world, batch):
    return [one.hold for one in world.payments(batch)]


def test_a_payment_that_passes_every_rule_waits_for_people(hub):
    batch = hub.take("100.00")
    hub.validate(batch)
    assert hub.states(batch) == ["validated"]


def test_a_payment_that_a_rule_blocks_is_invalid_and_the_others_go_on(hub):
    batch = hub.take("100.00", "0.001", "7.00")
    hub.validate(batch)
    assert hub.states(batch) == ["validated", "invalid", "validated"]


def test_the_second_of_two_equal_payments_in_a_batch_is_held(hub):
    batch = hub.take("100.00", "100.00", "5.00", creditor="Payee")
    hub.validate(batch)
    assert holds(hub, batch) == [None, "duplicate", None]
    assert hub.payments(batch)[0].id in hub.payments(batch)[1].hold_reason


def test_a_payment_of_another_batch_is_held_when_the_first_one_was_made(world):
    first, second = world.take("100.00", message_id="A"), world.take("100.00", message_id="B")
    world.validate(first)
    world.validate(second)
    assert (holds(world, first), holds(world, second)) == ([None], ["duplicate"])


def test_whichever_of_two_equal_batches_is_checked_second_is_held(world):
    first, second = world.take("100.00", message_id="A"), world.take("100.00", message_id="B")
    world.validate(second)
    world.validate(first)
    assert (holds(world, first), holds(world, second)) == (["duplicate"], [None])


def test_a_payment_that_moved_no_money_makes_no_duplicate(hub):
    first = hub.take("100.00", message_id="A")
    hub.validate(first)
    hub.do(withdraw.withdraw, batch_id=first, actor="anna", reason="wrong")
    second = hub.take("100.00", message_id="B")
    hub.validate(second)
    assert holds(hub, second) == [None]


def test_after_the_days_of_looking_back_an_equal_payment_is_free(hub):
    hub.validate(hub.take("100.00", message_id="A"))
    hub.at += timedelta(days=31)
    later = hub.take("100.00", message_id="B", day="2026-12-28")
    hub.validate(later)
    assert holds(hub, later) == [None]


def test_another_spelling_of_the_same_payee_is_the_same_payment(hub):
    hub.validate(hub.take("100.00", message_id="A", creditor="Café  Müller"))
    second = hub.take("100.0", message_id="B", creditor="CAFE MULLER")
    hub.validate(second)
    assert holds(hub, second) == ["duplicate"]


def test_another_remittance_is_another_payment(hub):
    hub.validate(hub.take("100.00", message_id="A", remittance="Invoice 1"))
    second = hub.take("100.00", message_id="B", remittance="Invoice 2")
    hub.validate(second)
    assert holds(hub, second) == [None]


def test_a_hold_that_a_person_lifted_does_not_come_back_when_the_batch_is_looked_at_again(hub):
    batch = hub.take("100.00", "100.00", creditor="Payee")
    hub.validate(batch)
    held = next(one for one in hub.payments(batch) if one.hold)
    hub.release(batch, [held.id])
    hub.validate(batch)
    assert holds(hub, batch) == [None, None]


def test_a_batch_that_was_checked_is_not_told_about_again(hub):
    batch = hub.take("100.00")
    for _ in range(3):
        hub.validate(batch)
    assert hub.count(events, events.c.type == "payhub.batch.validated.v1") == 1


def test_a_held_payment_cannot_be_approved_with_the_rest(hub):
    batch = hub.take("100.00", "100.00", creditor="Payee")
    hub.validate(batch)
    hub.approve(batch)
    assert hub.states(batch) == ["approved", "validated"]


def test_a_held_payment_that_is_a_mistake_goes_no_further(hub):
    batch = hub.take("100.00", "100.00", creditor="Payee")
    hub.validate(batch)
    hub.do(hold.decline, batch_id=batch, payment_ids=[hub.payments(batch)[1].id], person_id="anna", reason="twice")
    assert hub.states(batch) == ["validated", "declined"]
