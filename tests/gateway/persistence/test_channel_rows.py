import threading

import pytest
from sqlalchemy import select

from banks.circuit import OPEN_FIRST_MS, Outcome, Stand
from banks.errors import ChannelRefused, HostKeyChanged, Unreachable
from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.roles import Grant, Role
from gateway.domain.work import WAITS_FOR_CHANNEL, Job
from gateway.persistence import channel_desk
from gateway.persistence.channel_desk import Administrator
from gateway.persistence.channels import Channels
from gateway.persistence.tables import audit, events
from gateway.persistence.tables import work as rows
from gateway.persistence.unit_of_work import LEASE_MS
from tests.gateway.channels import at

BANK = "alpenbank"
PLACE = "sftp.alpenbank.example:22"
NEW = HostKeyChanged("The host key changed.", offered="ssh-ed25519 AAAAnew", fingerprint="SHA256:abcdefghijklmnop")
DOWN = Unreachable("No connection.")
ANNA = Administrator(id="P1", name="Anna", grants=(Grant(role=Role.ADMINISTRATOR),))
BEN = Administrator(id="P2", name="Ben", grants=(Grant(role=Role.ADMINISTRATOR),))


def claim(store, subject="F1"):
    job = Job(kind="file", subject=subject, lane=BANK)
    with store.unit() as work:
        work.request(job.kind, job.subject, lane=job.lane)
        workflow = f"W{len(store.queued)}"
        held = work.work.claim(job, workflow, "w1", lease_ms=LEASE_MS)
        work.commit()
    return held


def went(store, held, what, error=None):
    with store.unit(claim=held) as work:
        row = channel_desk.note_outcome(work, held, BANK, what, error, turn=at(store.now_ms))
        work.commit()
    return row.circuit


def probe(store, held):
    with store.unit(claim=held) as work:
        ours = Channels(connection=work.connection).begin_probe(BANK, held, now_ms=store.now_ms)
        work.commit()
    return ours


def kinds(store):
    with store.engine.connect() as connection:
        found = connection.execute(select(events.c.type).where(events.c.subject == BANK).order_by(events.c.id))
        return [kind.removeprefix("payhub.channel.").removesuffix(".v1") for kind in found.scalars()]


def opened(store):
    held = claim(store)
    for _ in range(3):
        circuit = went(store, held, Outcome.FAILED, DOWN)
    assert circuit.stand is Stand.OPEN
    return held


def stopped(store):
    assert went(store, claim(store), Outcome.KEY_CHANGED, NEW).stand is Stand.STOPPED


def confirm(store, by, fingerprint=NEW.fingerprint, reason="called Ms Berg"):
    with store.unit(actor=by.id) as work:
        row = channel_desk.confirm(work, BANK, by, fingerprint=fingerprint, reason=reason, place=PLACE)
        work.commit()
    return row.circuit.stand


def channel(store):
    with store.engine.connect() as connection:
        return Channels(connection=connection).get(BANK)


def test_opening_and_closing_are_one_event_each_however_many_attempts_there_were(store):
    held = opened(store)
    for number in range(3):
        store.now_ms += 200_000
        other = claim(store, f"P{number}")
        assert probe(store, other)
        went(store, other, Outcome.FAILED, DOWN)
    assert kinds(store) == ["open"]
    store.now_ms += 200_000
    held = claim(store, "P9")
    assert probe(store, held)
    assert went(store, held, Outcome.WORKED).stand is Stand.CLOSED
    assert kinds(store) == ["open", "closed"]


def test_an_open_channel_is_probed_by_one_job_only_and_not_before_its_end(store):
    opened(store)
    one, other = claim(store, "A"), claim(store, "B")
    assert not probe(store, one)
    store.now_ms += OPEN_FIRST_MS
    assert [probe(store, held) for held in (one, other, one)] == [True, False, False]


def test_many_workers_at_the_same_moment_make_one_probe(store):
    opened(store)
    store.now_ms += OPEN_FIRST_MS
    held = [claim(store, f"A{number}") for number in range(6)]
    start, won = threading.Barrier(len(held)), []

    def ask(one):
        start.wait()
        won.append(probe(store, one))

    threads = [threading.Thread(target=ask, args=(one,)) for one in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_the_probe_of_a_dead_worker_is_taken_over_when_its_lease_has_lapsed(store):
    opened(store)
    store.now_ms += OPEN_FIRST_MS
    assert probe(store, claim(store, "A"))
    store.now_ms += LEASE_MS + 1
    assert probe(store, claim(store, "B"))


def test_jobs_that_waited_for_the_channel_are_due_when_it_closes_and_others_are_not(store):
    held = opened(store)
    waits, refused = claim(store, "A"), claim(store, "B")
    for one, error in ((waits, WAITS_FOR_CHANNEL), (refused, "the bank refused; a person must act")):
        with store.unit(claim=one) as work:
            work.work.postpone(one, due_ms=store.now_ms + 300_000, error=error, failures=0)
            work.commit()
    went(store, held, Outcome.WORKED)
    with store.engine.connect() as connection:
        due = {row.subject: row.due_at for row in connection.execute(select(rows.c.subject, rows.c.due_at))}
    assert due["A"] == store.now_ms
    assert due["B"] == store.now_ms + 300_000


def test_a_changed_key_stops_the_channel_with_one_event_and_what_was_offered(store):
    stopped(store)
    assert went(store, claim(store, "F2"), Outcome.KEY_CHANGED, NEW).stand is Stand.STOPPED
    row = channel(store)
    assert (row.offered_key, row.offered_fingerprint) == (NEW.offered, NEW.fingerprint)
    assert kinds(store) == ["stopped"]
    assert not probe(store, claim(store, "F3"))


def test_two_administrators_pin_the_key_for_that_server_and_the_channel_goes_on(store):
    stopped(store)
    assert confirm(store, ANNA) is Stand.STOPPED
    assert confirm(store, BEN, fingerprint=" abcdefghijklmnop= ") is Stand.CLOSED
    with store.engine.connect() as connection:
        desk = Channels(connection=connection)
        assert [one.key for one in desk.host_keys(BANK, PLACE)] == [NEW.offered]
        assert desk.host_keys(BANK, "other.example:22") == []
        noted = list(connection.execute(select(audit.c.action).order_by(audit.c.sequence)).scalars())
    assert kinds(store) == ["stopped", "resumed"]
    assert noted.count("channel.key_confirmed") == 2
    assert {"channel.stopped", "channel.key_pinned", "channel.resumed"} <= set(noted)


def test_one_administrator_counts_once(store):
    stopped(store)
    confirm(store, ANNA)
    with pytest.raises(Conflict, match="another administrator"):
        confirm(store, ANNA)
    assert channel(store).circuit.stand is Stand.STOPPED


@pytest.mark.parametrize("held", [(), (Grant(role=Role.APPROVER),), (Grant(role=Role.ADMINISTRATOR, entity="MUSTER"),)])
def test_nobody_else_may_confirm(store, held):
    stopped(store)
    with pytest.raises(Forbidden):
        confirm(store, Administrator(id="P3", name="Cleo", grants=held))


def test_a_wrong_fingerprint_is_refused_and_counts_for_nothing(store):
    stopped(store)
    confirm(store, ANNA)
    with pytest.raises(Unacceptable, match="call the bank"):
        confirm(store, BEN, fingerprint="SHA256:abcdefghijklmnoq")
    assert channel(store).circuit.stand is Stand.STOPPED


def test_confirmations_of_an_earlier_stop_do_not_count_for_the_next(store):
    stopped(store)
    confirm(store, ANNA)
    with store.unit() as work:
        assert channel_desk.lift(work, BANK, how="the server shows a trusted key again", pinned=False)
        work.commit()
    stopped(store)
    assert confirm(store, BEN) is Stand.STOPPED
    assert confirm(store, ANNA) is Stand.CLOSED


def test_a_key_is_confirmed_only_while_the_channel_is_stopped(store):
    with pytest.raises(Conflict, match="not stopped"):
        confirm(store, ANNA)


def test_a_worker_with_the_old_profile_does_not_stop_again_what_a_newer_profile_lifted(store):
    stopped(store)
    with store.unit() as work:
        channel_desk.lift(work, BANK, how="the profile pins the new host key", pinned=True)
        work.commit()
    assert went(store, claim(store, "F2"), Outcome.KEY_CHANGED, NEW).stand is Stand.CLOSED
    another = HostKeyChanged("It changed.", offered="ssh-ed25519 AAAAthird", fingerprint="SHA256:third")
    assert went(store, claim(store, "F3"), Outcome.KEY_CHANGED, another).stand is Stand.STOPPED
    assert kinds(store) == ["stopped", "resumed", "stopped"]


def test_a_refused_login_is_told_with_its_reason(store):
    error = ChannelRefused("The bank did not accept the login of payhub.")
    assert went(store, claim(store), Outcome.SHUT, error).stand is Stand.OPEN
    assert channel(store).error == error.message


def test_of_all_workers_one_is_told_to_poll_and_a_plan_of_another_profile_does_not_bind(store):
    def take(next_ms, longest_ms=66_000):
        with store.unit() as work:
            taken = Channels(connection=work.connection).take_poll(
                BANK, now_ms=store.now_ms, next_ms=store.now_ms + next_ms, longest_ms=longest_ms
            )
            work.commit()
        return taken

    assert [take(60_000), take(60_000)] == [True, False]
    store.now_ms += 60_000
    assert [take(3_600_000, 3_960_000), take(60_000, 3_960_000)] == [True, False]
    assert take(60_000) is True
