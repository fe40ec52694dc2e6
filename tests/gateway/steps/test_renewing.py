"""A new day for what missed its cut-off takes nothing from the approval of what did not."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.domain.cutoff import OnLate
from gateway.persistence.tables import payments
from gateway.steps import approve, schedule
from gateway.steps.generate import NotApproved
from tests.gateway.steps.world import MORNING


@pytest.fixture
def missed(world):
    """A batch approved as a whole, of which the first of two payments missed its cut-off."""
    world.every_cutoff(on_late=OnLate.ASK)
    batch = world.take(body=two_days(world))
    world.validate(batch)
    world.approve(batch)
    world.schedule(batch)
    world.at = window(world, batch, 0).closes_at
    world.roll(batch)
    assert world.states(batch) == ["expired", "scheduled"]
    return batch


def two_days(world):
    told, later = (
        json.loads(world.body(amount, day=day)) for amount, day in (("1.00", "2026-11-23"), ("2.00", "2026-11-30"))
    )
    later["batches"][0]["id"], later["batches"][0]["payments"][0]["end_to_end_id"] = "LATER", "LATER-1"
    told["batches"] += later["batches"]
    return json.dumps(told | {"number_of_transactions": "2", "control_sum": "3.00"}).encode()


def window(world, batch, number):
    window_id = world.payments(batch)[number].window_id
    with world.unit() as unit:
        return unit.windows.get(window_id)


def renew(world, batch, *, days):
    day = world.at.date() + timedelta(days=days)
    world.do(schedule.renew, batch, requested=day, person_id="mia", reason="still wanted", duplicate_days=30)


def test_what_was_approved_beside_a_payment_that_got_a_new_day_is_sent(world, missed):
    renew(world, missed, days=10)
    world.at = window(world, missed, 1).opens_at
    (file,) = world.generate(missed)
    assert (world.states(missed), world.file(file).count) == (["validated", "generated"], 1)


def test_a_payment_that_got_several_new_days_is_remembered_as_it_was_approved_each_time(world, missed):
    renew(world, missed, days=1)
    world.approve(missed)
    world.schedule(missed)
    world.at = window(world, missed, 0).closes_at
    world.roll(missed)
    renew(world, missed, days=2)
    world.approve(missed)
    world.schedule(missed)
    world.at = window(world, missed, 1).opens_at
    world.every_cutoff(on_late=OnLate.ROLL)
    world.roll(missed)
    assert sum(world.file(one).count for one in world.generate(missed)) == 2
    assert world.states(missed) == ["generated"] * 2


def test_the_same_day_asked_for_again_counts_a_payment_once(world):
    world.every_cutoff(on_late=OnLate.ASK)
    batch = world.take("1.00")
    world.validate(batch)
    for _ in range(2):
        world.approve(batch)
        world.at = MORNING + timedelta(hours=10)
        world.schedule(batch)
        assert world.states(batch) == ["expired"]
        renew(world, batch, days=0)
    world.every_cutoff(on_late=OnLate.ROLL)
    world.approve(batch)
    world.schedule(batch)
    world.at = window(world, batch, 0).opens_at
    world.generate(batch)
    assert world.states(batch) == ["generated"]


@pytest.mark.parametrize("promised", [True, False])
def test_a_signature_that_let_payments_go_does_not_let_them_go_again_on_the_same_day(world, promised):
    """The renewal leaves every word as it was signed; all the same somebody must agree to it anew (SD-01)."""
    if promised:
        world.policy = replace(world.policy, routes=world.routes, accounts=world.accounts)
    world.every_cutoff(on_late=OnLate.ASK)
    batch = world.take("1.00")
    world.validate(batch)
    world.at = MORNING + timedelta(hours=10)  # too late for its day already
    world.approve(batch)
    world.schedule(batch)
    assert world.states(batch) == ["expired"]
    renew(world, batch, days=0)
    assert not world.do(approve.let_go, batch_id=batch, policy=world.policy)
    assert world.states(batch) == ["validated"]
    world.approve(batch)
    assert world.states(batch) == ["approved"]


def test_content_that_was_changed_beside_a_payment_with_a_new_day_is_not_sent(world, missed):
    renew(world, missed, days=10)
    world.at = window(world, missed, 1).opens_at
    one = world.payments(missed)[1]
    content = one.content.replace("Payee 1", "Thief")
    digest = hashlib.sha256(content.encode()).hexdigest()
    world.sabotage(update(payments).where(payments.c.id == one.id).values(content=content, content_sha256=digest))
    with pytest.raises(NotApproved):
        world.generate(missed)
