"""What only a person can mend stops its own payments only, is told once, and goes on when it is mended."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from gateway.domain.cutoff import OnLate
from gateway.domain.work import Job
from gateway.persistence import queries
from gateway.persistence.queries.scope import Scope
from gateway.persistence.tables import events, payments
from gateway.persistence.tables import work as rows
from gateway.persistence.unit_of_work import LEASE_MS
from gateway.scheduling import jobs

BANK = "alpenbank"
SECOND = "AT611904300234573201"


class Mended:
    """Jobs of one hub, done when a test says so, and its configuration as somebody edits it."""

    def __init__(self, world):
        self.world = world
        self.worker = jobs.Worker(hub=world.hub, name="w1", jitter=lambda: 1.0)
        self.whole = world.hub.configuration

    def advance(self, kind, subject):
        """One try of a job by its worker; gives what it failed on."""
        job, hub = Job(kind=kind, subject=subject, lane=BANK if kind == "file" else ""), self.world.hub
        hub.clock.at = self.world.at
        with hub.unit_of_work(actor="test") as work:
            work.work.request(job, patience_ms=LEASE_MS)
            work.work._start(job, patience_ms=LEASE_MS)
            row = work.connection.execute(select(rows.c.workflow_id).where(rows.c.key == job.key))
            claim = work.work.claim(job, row.scalar_one(), "w1", lease_ms=LEASE_MS)
            work.commit()
        later = jobs.advance(self.worker, claim)
        with hub.unit_of_work(actor="test") as work:
            if later is None:
                work.work.finish(claim, patience_ms=LEASE_MS)
            else:
                work.work.postpone(claim, due_ms=later.due_ms, error=later.error, failures=later.failures)
            work.commit()
        return later and later.error

    def without(self, **changes):
        """The configuration with something taken out."""
        self.world.hub.configuration = replace(self.whole, **changes)

    def mend(self):
        self.world.hub.configuration = self.whole

    def told(self, kind):
        with self.world.engine.connect() as connection:
            query = select(events.c.data).where(events.c.type == f"payhub.{kind}.stopped.v1")
            return [row["reason"] for row in connection.execute(query).scalars()]

    def shown(self, batch):
        with self.world.engine.connect() as connection:
            return queries.get_batch(connection, Scope(), batch).stopped


@pytest.fixture
def mended(intake):
    return Mended(intake)


def scheduled(world, *amounts, **more):
    batch = world.take(*(amounts or ("100.00",)), **more)
    world.validate(batch)
    world.approve(batch)
    world.schedule(batch)
    return batch


def no_product(mended):
    routes = dict(mended.whole.routes)
    routes[BANK] = tuple(one for one in routes[BANK] if one.service_level != "SEPA")
    mended.without(routes=routes)
    return f"banks/{BANK}.toml"


def no_bank(mended):
    mended.without(
        routes={name: one for name, one in mended.whole.routes.items() if name != BANK},
        accounts={number: one for number, one in mended.whole.accounts.items() if one.bank != BANK},
    )
    return f"banks/{BANK}.toml"


def no_account(mended):
    number = mended.world.account.number
    mended.without(accounts={key: one for key, one in mended.whole.accounts.items() if key != number})
    return "accounts.toml"


@pytest.mark.parametrize("taken_out", [no_product, no_bank, no_account])
def test_what_was_taken_out_of_the_configuration_is_named_once_and_waits_for_it(mended, taken_out):
    world = mended.world
    batch = scheduled(world)
    place = taken_out(mended)
    error = mended.advance("batch", batch)
    assert place in error
    assert batch in error
    assert mended.advance("batch", batch) == error
    assert (world.states(batch), mended.told("batch"), mended.shown(batch)) == (["scheduled"], [error], error)
    mended.mend()
    assert mended.advance("batch", batch) is None
    assert (world.states(batch), mended.shown(batch)) == (["generated"], None)


def test_an_approved_payment_without_a_product_is_told_and_waits_too(mended):
    world = mended.world
    batch = world.take("100.00")
    world.validate(batch)
    world.approve(batch)
    assert no_product(mended) in mended.advance("batch", batch)
    assert world.states(batch) == ["approved"]
    mended.mend()
    mended.advance("batch", batch)
    assert world.states(batch) == ["generated"]


@pytest.mark.parametrize("policy", OnLate)
def test_what_missed_its_window_while_its_product_was_away_waits_for_the_products_word(mended, policy):
    world = mended.world
    batch = scheduled(world)
    (one,) = world.payments(batch)
    with world.unit() as work:
        window = work.windows.get(one.window_id)
    no_product(mended)
    world.at = window.closes_at
    assert mended.advance("batch", batch) is not None
    assert world.states(batch) == ["scheduled"]
    mended.mend()
    routes = dict(mended.whole.routes)
    routes[BANK] = tuple(replace(one, cutoff=replace(one.cutoff, on_late=policy)) for one in routes[BANK])
    mended.without(routes=routes)
    mended.advance("batch", batch)
    assert world.states(batch) == (["scheduled"] if policy is OnLate.ROLL else ["expired"])


def test_the_rest_of_the_batch_goes_on(mended):
    """Two accounts in one batch, and one of them is taken away."""
    world = mended.world
    told = json.loads(world.body("100.00"))
    second = replace(world.account, number=SECOND, name="ACME Austria GmbH, salaries")
    accounts = {**mended.whole.accounts, SECOND: second}
    mended.whole = world.hub.configuration = replace(mended.whole, accounts=accounts)
    world.accounts = accounts
    block = json.loads(json.dumps(told["batches"][0]))
    block |= {"id": "RUN-1-C", "debtor_account": second.number}
    block["debtor"]["name"] = second.name
    block["payments"][0] |= {"end_to_end_id": "RUN-1-9", "creditor_account": "DE89370400440532013000"}
    told |= {"batches": [told["batches"][0], block], "number_of_transactions": "2", "control_sum": "200.00"}
    batch = world.take(body=json.dumps(told).encode())
    world.validate(batch)
    world.approve(batch)
    world.schedule(batch)
    assert world.states(batch) == ["scheduled"] * 2
    no_account(mended)
    assert "accounts.toml" in mended.advance("batch", batch)
    assert world.states(batch) == ["scheduled", "generated"]
    mended.mend()
    mended.advance("batch", batch)
    assert world.states(batch) == ["generated"] * 2


def test_a_file_for_a_bank_that_was_taken_away_says_so_once_and_waits(mended):
    world = mended.world
    _, file = world.built("100.00")
    mended.without(banks={name: one for name, one in mended.whole.banks.items() if name != BANK})
    error = mended.advance("file", file)
    assert f"banks/{BANK}.toml" in error
    assert mended.advance("file", file) == error
    assert mended.told("file") == [error]
    assert world.file(file).state == "generated"


def test_content_that_is_not_what_was_approved_is_told_once_and_shown(mended):
    world = mended.world
    batch = scheduled(world)
    world.sabotage(update(payments).values(content_sha256="0" * 64))
    error = mended.advance("batch", batch)
    assert "not what was approved" in error
    assert mended.advance("batch", batch) == error
    assert (world.states(batch), mended.told("batch"), mended.shown(batch)) == (["scheduled"], [error], error)
