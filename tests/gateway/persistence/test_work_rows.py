import pytest
from sqlalchemy import delete, select

from gateway.domain.errors import Fenced
from gateway.domain.work import Job
from gateway.persistence.tables import work as rows
from gateway.persistence.unit_of_work import LEASE_MS, QUEUE_PATIENCE_MS
from gateway.persistence.work import LEASE_AHEAD_MS_MAX, WAIT_MS_MAX, Work

JOB = Job(kind="file", subject="F1", lane="nordbank")


def request(store):
    with store.unit() as work:
        work.request(JOB.kind, JOB.subject, lane=JOB.lane)
        work.commit()


def claim(store, workflow, worker="w1"):
    with store.unit() as work:
        found = work.work.claim(JOB, workflow, worker, lease_ms=LEASE_MS)
        work.commit()
    return found


def row(store):
    with store.engine.connect() as connection:
        return connection.execute(select(rows)).mappings().one_or_none()


def test_asking_ten_times_puts_a_subject_on_the_queue_once(store):
    for _ in range(10):
        request(store)
    assert store.queued == [JOB]


def test_a_row_that_is_finished_between_looking_and_asking_again_is_made_anew(store, monkeypatch):
    request(store)
    added = Work._added

    def late(self, job):
        fresh = added(self, job)
        if not fresh:
            self._connection.execute(delete(rows))  # as another worker's commit between the two statements
        return fresh

    monkeypatch.setattr(Work, "_added", late)
    request(store)
    assert row(store)["workflow_id"] == "W2"
    assert len(store.queued) == 2


def test_only_the_workflow_the_row_names_may_claim_it(store):
    request(store)
    assert claim(store, "W0") is None
    assert claim(store, "W1").fence == 1


def test_asked_again_while_it_runs_it_runs_once_more(store):
    request(store)
    held = claim(store, "W1")
    request(store)
    assert len(store.queued) == 1
    with store.unit(claim=held) as work:
        work.work.finish(held, patience_ms=QUEUE_PATIENCE_MS)
        work.commit()
    assert len(store.queued) == 2
    assert row(store)["workflow_id"] == "W2"


def test_a_finished_subject_leaves_no_row(store):
    request(store)
    held = claim(store, "W1")
    with store.unit(claim=held) as work:
        work.work.finish(held, patience_ms=QUEUE_PATIENCE_MS)
        work.commit()
    assert row(store) is None


def test_who_was_overtaken_changes_nothing_any_more(store):
    request(store)
    slow = claim(store, "W1")
    store.now_ms += LEASE_MS + 1
    with store.unit() as work:
        assert work.work.restart(JOB, "W1", patience_ms=QUEUE_PATIENCE_MS)
        work.commit()
    quick = claim(store, "W2", worker="w2")
    assert quick.fence > slow.fence
    with pytest.raises(Fenced), store.unit(claim=slow):
        raise AssertionError("an overtaken worker does not get in")
    with store.unit() as work:
        assert not work.work.renew(slow, lease_ms=LEASE_MS)
    with store.unit(claim=quick) as work:
        work.commit()


def test_a_lease_that_still_runs_is_not_taken(store):
    request(store)
    claim(store, "W1")
    with store.unit() as work:
        assert not work.work.restart(JOB, "W1", patience_ms=QUEUE_PATIENCE_MS)


def test_a_commit_renews_the_lease_of_who_holds_it(store):
    request(store)
    held = claim(store, "W1")
    store.now_ms += LEASE_MS - 1
    with store.unit(claim=held) as work:
        work.commit()
    assert row(store)["lease_until"] == store.now_ms + LEASE_MS


def test_of_two_who_restart_a_lapsed_subject_one_wins(store):
    request(store)
    claim(store, "W1")
    store.now_ms += LEASE_MS + 1
    won = []
    for _ in range(2):
        with store.unit() as work:
            won.append(work.work.restart(JOB, "W1", patience_ms=QUEUE_PATIENCE_MS))
            work.commit()
    assert won == [True, False]


def test_what_waits_is_due_at_its_moment_and_keeps_its_failures(store):
    request(store)
    held = claim(store, "W1")
    with store.unit(claim=held) as work:
        work.work.postpone(held, due_ms=store.now_ms + 5_000, error="bank.unreachable", failures=3)
        work.commit()
    with store.unit() as work:
        assert work.work.due(limit=10) == []
    store.now_ms += 5_000
    with store.unit() as work:
        assert work.work.due(limit=10) == [JOB]
        work.work.start_due(JOB, patience_ms=QUEUE_PATIENCE_MS)
        work.commit()
    assert claim(store, "W2").failures == 3


def test_asked_again_while_it_fails_it_is_due_at_once(store):
    request(store)
    held = claim(store, "W1")
    request(store)
    with store.unit(claim=held) as work:
        work.work.postpone(held, due_ms=store.now_ms + 300_000, error="bank.refused", failures=1)
        work.commit()
    with store.unit() as work:
        assert work.work.due(limit=10) == [JOB]


@pytest.mark.parametrize("off_ms", [LEASE_AHEAD_MS_MAX, -LEASE_MS - 1])
def test_a_lease_that_no_clock_could_have_given_is_over(store, off_ms):
    request(store)
    store.now_ms += off_ms
    claim(store, "W1")
    store.now_ms -= off_ms
    taken = []
    with store.unit() as work:
        taken.append(work.work.restart(JOB, "W1", patience_ms=QUEUE_PATIENCE_MS))
        work.commit()
    assert taken == [True]


def test_a_try_that_waits_longer_than_anybody_may_is_due(store):
    request(store)
    held = claim(store, "W1")
    with store.unit(claim=held) as work:
        work.work.postpone(held, due_ms=store.now_ms + WAIT_MS_MAX + 1, error="bank.unreachable", failures=1)
        work.commit()
    with store.unit() as work:
        assert work.work.due(limit=10) == [JOB]


def test_a_webhook_may_wait_for_hours(store):
    request(store)
    held = claim(store, "W1")
    with store.unit(claim=held) as work:
        work.work.postpone(held, due_ms=store.now_ms + 10 * WAIT_MS_MAX, error=None, failures=0)
        work.commit()
    with store.unit() as work:
        assert work.work.due(limit=10) == []


def test_leases_are_kept_without_waiting_for_rows_that_are_locked(store):
    """Only PostgreSQL locks rows: a worker's long transaction must not cost it the leases of its other jobs."""
    request(store)
    held = claim(store, "W1")
    store.now_ms += 1_000
    if store.engine.dialect.name == "sqlite":
        with store.unit() as work:
            work.work.keep([held], lease_ms=LEASE_MS)
            work.commit()
        assert row(store)["lease_until"] == store.now_ms + LEASE_MS
        return
    with store.unit(claim=held) as long, store.unit() as beat:
        beat.work.keep([held], lease_ms=LEASE_MS)
        beat.commit()
        assert row(store)["lease_until"] == store.now_ms - 1_000 + LEASE_MS
        long.commit()
    assert row(store)["lease_until"] == store.now_ms + LEASE_MS


def test_a_lapsed_job_in_the_middle_of_a_transaction_is_not_taken_and_keeps_nobody_waiting(store):
    request(store)
    held = claim(store, "W1")
    if store.engine.dialect.name == "sqlite":  # everybody waits for its one writer, and finds a lease that is new
        with store.unit(claim=held) as long:
            store.now_ms += LEASE_MS - 1
            long.commit()
        with store.unit() as sweep:
            assert not sweep.work.restart(JOB, "W1", patience_ms=QUEUE_PATIENCE_MS)
        return
    with store.unit(claim=held) as long:
        store.now_ms += LEASE_MS + 1
        with store.unit() as sweep:
            assert not sweep.work.restart(JOB, "W1", patience_ms=QUEUE_PATIENCE_MS)
        long.commit()
