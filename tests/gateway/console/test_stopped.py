"""What only a person can mend stands on the page of what it stops, for as long as it holds."""

from dataclasses import replace

from sqlalchemy import select

from gateway.domain.work import Claim, Job
from gateway.persistence.tables import work as rows
from gateway.persistence.unit_of_work import LEASE_MS
from gateway.scheduling import jobs


def one_try(hub, batch_id):
    """A worker's next try of a batch, and how it is written down."""
    job = Job(kind="batch", subject=batch_id)
    with hub.unit_of_work(actor="test") as work:
        work.request(job.kind, job.subject)
        row = work.connection.execute(select(rows.c.workflow_id).where(rows.c.key == job.key))
        claim = work.work.claim(job, row.scalar_one(), "w1", lease_ms=LEASE_MS)
        work.commit()
    assert isinstance(claim, Claim)
    later = jobs.advance(jobs.Worker(hub=hub, name="w1", jitter=lambda: 1.0), claim)
    with hub.unit_of_work(actor="test") as work:
        if later is None:
            work.work.finish(claim, patience_ms=LEASE_MS)
        else:
            work.work.postpone(claim, due_ms=later.due_ms, error=later.error, failures=later.failures)
        work.commit()


def test_a_batch_whose_bank_lost_its_products_says_what_is_missing_until_it_is_back(site):
    batch, whole = site.submit("100.00"), site.hub.configuration
    for name in ("anna", "ben"):
        site.browser(name).decide(f"/batches/{batch}/approve", reason="")
    site.hub.configuration = replace(whole, routes={})
    one_try(site.hub, batch)
    page = site.browser("anna")
    assert "banks/alpenbank.toml" in page.get(f"/batches/{batch}").text
    site.hub.configuration = whole
    one_try(site.hub, batch)
    assert 'id="stopped"' not in page.get(f"/batches/{batch}").text
