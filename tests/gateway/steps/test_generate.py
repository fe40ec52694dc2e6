"""Generate: what was approved is what is written, or nothing is (promise P5)."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.domain.errors import HubError
from gateway.persistence.tables import files, payments
from gateway.steps.generate import NotApproved
from tests.gateway.steps.world import account_at


@pytest.fixture
def scheduled(hub):
    """A hub and a batch of two payments that is ready to be built."""
    batch = hub.take("100.00", "7.00")
    hub.validate(batch)
    hub.approve(batch)
    hub.schedule(batch)
    return hub, batch


def first(batch):
    return update(payments).where(payments.c.batch_id == batch, payments.c.position == 0)


def test_the_same_approval_gives_the_same_bytes(scheduled):
    hub, batch = scheduled
    with hub.unit() as once:
        (one,) = hub.generate_in(once, batch)
        before = once.files.get(one)
    hub.at += timedelta(minutes=5)
    (two,) = hub.generate(batch)
    assert (hub.file(two).id, hub.file(two).sha256) == (before.id, before.sha256)


def test_content_that_was_changed_is_not_sent(scheduled):
    hub, batch = scheduled
    content = hub.payments(batch)[0].content.replace("100.00", "900.00")
    hub.sabotage(first(batch).values(content=content))
    with pytest.raises(HubError):
        hub.generate(batch)
    assert (hub.states(batch), hub.count(files)) == (["scheduled"] * 2, 0)


def test_content_that_was_changed_with_its_digest_is_not_sent(scheduled):
    hub, batch = scheduled
    content = hub.payments(batch)[0].content.replace("Payee 1", "Thief")
    digest = hashlib.sha256(content.encode()).hexdigest()
    hub.sabotage(first(batch).values(content=content, content_sha256=digest))
    with pytest.raises(NotApproved):
        hub.generate(batch)
    assert hub.count(files) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"debtor_account": account_at("nordbank").number}, {"currency": "USD"}, {"category_purpose": "SALA"},
        {"approval_digest": "f" * 64},
    ],
)  # fmt: skip
def test_a_payment_that_is_filed_as_another_is_not_sent(scheduled, changes):
    hub, batch = scheduled
    hub.sabotage(first(batch).values(**changes))
    with pytest.raises(HubError):
        hub.generate(batch)
    assert hub.count(files) == 0


def test_a_payment_put_among_the_approved_is_not_sent(scheduled):
    hub, batch = scheduled
    other = hub.take("66.00", message_id="OTHER")
    hub.validate(other)
    hub.sabotage(update(payments).where(payments.c.batch_id == other).values(batch_id=batch, position=7))
    one = hub.payments(batch)[0]
    hub.sabotage(
        update(payments)
        .where(payments.c.batch_id == batch, payments.c.position == 7)
        .values(
            state="scheduled", approval_digest=one.approval_digest, bank=one.bank, product=one.product,
            window_id=one.window_id, value_date=one.value_date,
        )
    )  # fmt: skip
    with pytest.raises(NotApproved):
        hub.generate(batch)


def test_an_approved_payment_taken_away_stops_the_rest(scheduled):
    hub, batch = scheduled
    hub.sabotage(first(batch).values(approval_digest=None, state="validated"))
    with pytest.raises(NotApproved):
        hub.generate(batch)


def test_a_window_that_closed_builds_nothing(scheduled):
    hub, batch = scheduled
    hub.at += timedelta(hours=14)
    assert hub.generate(batch) == []
    assert hub.states(batch) == ["scheduled"] * 2
