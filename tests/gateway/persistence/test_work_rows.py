import pytest
from sqlalchemy import select

from gateway.domain.errors import Fenced
from gateway.domain.work import Job
from gateway.persistence.tables import work as rows
from gateway.persistence.unit_of_work import LEASE_MS, QUEUE_PATIENCE_MS

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
