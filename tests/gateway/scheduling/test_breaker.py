"""The jobs and the circuit breaker together, without processes: a bank that counts who knocks."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from banks.circuit import OPEN_FIRST_MS, Stand
from banks.errors import HostKeyChanged, Refused, Unreachable
from banks.polling import Polling
from gateway.domain.work import WAITS_FOR_CHANNEL, Job
from gateway.persistence.channels import Channels
from gateway.persistence.tables import events, work
from gateway.persistence.unit_of_work import LEASE_MS
from gateway.scheduling import jobs
from gateway.scheduling.alarm import Alarm
from tests.databases import open_engine
from tests.gateway.channels import OFFERED
from tests.gateway.hubs import MachineTime, SetClock
from tests.gateway.steps.world import shipped

BANK = "alpenbank"


class Bank:
    """Its inbox is empty, or raises ``trouble``; ``asked`` counts, ``trusted`` are the keys of each connection."""

    def __init__(self):
        self.trouble, self.asked, self.trusted = None, 0, []

    @contextmanager
    def lend(self, profile):
        self.trusted.append(profile.channel.host_keys)
        yield self

    def inbox(self, _outstanding):
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return []

    def close(self):
        pass


class Nothing:
    """A queue in which nothing is."""

    def running(self, _before, *, limit):
        assert limit
        return []


@pytest.fixture
def bank():
    return Bank()


@pytest.fixture
def hub(database_url, bank):
    from gateway.persistence.key_ring import KeyRing
    from gateway.wiring import Hub, RandomIds

    engine = open_engine(database_url)
    hub = Hub(
        configuration=shipped(), engine=engine, ids=RandomIds(), clock=SetClock(),
        ring=KeyRing("k1", {"k1": b"k" * 32}),
        secrets=str, machine_ms=MachineTime(),
    )  # fmt: skip
    hub.channels = bank
    yield hub
    engine.dispose()


@pytest.fixture
def worker(hub):
    return jobs.Worker(hub=hub, name="w1", jitter=lambda: 1.0)


def poll(worker, failures=0):
    job = Job(kind="poll", subject=BANK, lane=BANK)
    with worker.hub.unit_of_work(actor="test") as unit:
        unit.request(job.kind, job.subject, lane=job.lane)
        claim = unit.work.claim(job, f"unqueued-{job.key}", "w1", lease_ms=LEASE_MS)
        unit.commit()
    assert claim is not None
    later = jobs.advance(worker, replace(claim, failures=failures))
    with worker.hub.unit_of_work(actor="test") as unit:
        if later is None:
            unit.work.finish(claim, patience_ms=1_000)
        else:
            unit.work.postpone(claim, due_ms=later.due_ms, error=later.error, failures=later.failures)
        unit.commit()
    return later


def stand(hub):
    with hub.reading() as connection:
        return Channels(connection=connection).get(BANK).circuit.stand


def kinds(hub):
    with hub.reading() as connection:
        found = connection.execute(select(events.c.type).order_by(events.c.id)).scalars()
        return [kind.split(".")[2] for kind in found if ".channel." in kind]


def test_an_open_channel_costs_no_attempt_and_the_job_comes_back_at_its_end(hub, bank, worker):
    bank.trouble = Unreachable("down")
    for _ in range(3):
        poll(worker)
    assert (stand(hub), bank.asked) == (Stand.OPEN, 3)
    later = poll(worker, failures=2)
    assert bank.asked == 3
    assert (later.error, later.failures) == (WAITS_FOR_CHANNEL, 2)
    assert later.due_ms == hub.machine_ms() + OPEN_FIRST_MS
    hub.machine_ms.ms = later.due_ms
    bank.trouble = None
    assert poll(worker) is None
    assert (stand(hub), kinds(hub)) == (Stand.CLOSED, ["open", "closed"])


def test_a_bank_that_says_no_to_what_is_asked_stays_connected(hub, bank, worker):
    bank.trouble = Refused("not this")
    for _ in range(5):
        poll(worker)
    assert (stand(hub), bank.asked) == (Stand.CLOSED, 5)


def test_a_changed_host_key_stops_polls_and_files_for_good(hub, bank, worker):
    bank.trouble = OFFERED
    poll(worker)
    bank.trouble = None
    for _ in range(3):
        assert poll(worker).error == WAITS_FOR_CHANNEL
        hub.machine_ms.ms += 600_000
    assert (stand(hub), bank.asked, kinds(hub)) == (Stand.STOPPED, 1, ["stopped"])


def test_keys_that_administrators_confirmed_are_trusted_beside_the_profiles(hub, bank, worker):
    from gateway.persistence.channels import HostKey

    profile = hub.profiles[BANK]
    with hub.unit_of_work(actor="test") as unit:
        for place, key in ((profile.place, "ssh-ed25519 AAAAconfirmed"), ("elsewhere:22", "ssh-ed25519 AAAAother")):
            Channels(connection=unit.connection).trust(
                BANK, HostKey(place=place, fingerprint=f"SHA256:{place}", key=key, confirmed_at=unit.at), stop_id="S1"
            )
        unit.commit()
    poll(worker)
    assert bank.trusted == [(*profile.channel.host_keys, "ssh-ed25519 AAAAconfirmed")]


def alarm(hub):
    return Alarm(hub, Nothing(), "w1", lambda: 0.5)


def polls(hub):
    with hub.reading() as connection:
        return sorted(connection.execute(select(work.c.subject).where(work.c.kind == "poll")).scalars())


def forget(hub):
    with hub.engine.begin() as connection:
        connection.execute(work.delete())


def polling(hub, **facts):
    banks = {name: replace(one, polling=Polling(**facts)) for name, one in hub.profiles.items()}
    hub.configuration = replace(hub.configuration, banks=banks)


def test_workers_share_when_a_bank_was_last_asked(hub):
    polling(hub, every_s=60)
    first, second = alarm(hub), alarm(hub)
    first.tick()
    assert polls(hub) == ["alpenbank", "nordbank"]
    forget(hub)
    second.tick()
    assert polls(hub) == []
    hub.machine_ms.ms += 61_000
    second.tick()
    assert polls(hub) == ["alpenbank", "nordbank"]


def test_outside_its_hours_a_bank_is_not_asked(hub):
    polling(hub, every_s=60, days=(5, 6))
    alarm(hub).tick()
    assert polls(hub) == []


def test_a_stopped_channel_is_not_polled_and_a_profile_with_the_new_key_lifts_the_stop(hub, bank, worker):
    offered = HostKeyChanged("changed", offered=hub.profiles[BANK].channel.host_keys[0], fingerprint="SHA256:new")
    bank.trouble = offered
    channel = replace(hub.profiles[BANK].channel, host_keys=("ssh-ed25519 AAAAold",))
    pinned = hub.configuration
    old = {**hub.profiles, BANK: replace(hub.profiles[BANK], channel=channel)}
    hub.configuration = replace(hub.configuration, banks=old)
    poll(worker)
    forget(hub)
    alarm(hub).tick()
    alarm(hub).release()
    assert (polls(hub), stand(hub)) == (["nordbank"], Stand.STOPPED)
    hub.configuration = pinned
    alarm(hub).release()
    assert (stand(hub), kinds(hub)) == (Stand.CLOSED, ["stopped", "resumed"])
