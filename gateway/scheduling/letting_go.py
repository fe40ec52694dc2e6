"""Lets go what waits for people and needs none any more: the policy asks for fewer, or a signature counts again.

A signature that completes a batch lets it go at once; this is for what completes itself afterwards: another batch made
a payee known, two people approved a milder policy, a role came back. A process that still runs with an earlier policy,
which may ask for fewer people than the one they signed under, lets nothing go.
"""

from collections.abc import Iterator

import structlog

from gateway import signing
from gateway.persistence import configurations
from gateway.persistence.batches import Batches
from gateway.persistence.due import Due
from gateway.persistence.signing import Signing
from gateway.settings_changes import that_move_money
from gateway.steps import approve
from gateway.wiring import Hub

ACTOR = "payhub"
AT_ONCE = 200
"""Batches asked for in one read; all of them are looked at."""
log = structlog.get_logger()


def look(hub: Hub) -> int:
    """Lets go whatever everybody signed; says how many batches went. Looks first, and writes only what it found."""
    if _overtaken(hub):
        log.warning("batch.let_go_left", reason="a process started later has other rules: restart this one")
        return 0
    went = 0
    for batch_id in list(_signed(hub)):
        with hub.unit_of_work(actor=ACTOR) as work:
            if approve.let_go(work, batch_id=batch_id, policy=hub.policy):
                work.commit()
                went += 1
                log.info("batch.let_go", batch_id=batch_id)
    return went


def _overtaken(hub: Hub) -> bool:
    """Whether a process that was started later runs with another configuration of what moves money."""
    with hub.reading() as connection:
        newest = configurations.newest_files(connection)
    return bool(newest) and that_move_money(newest) != that_move_money(hub.configuration.digests)


def _signed(hub: Hub) -> Iterator[str]:
    """Batches that everybody has signed, read without a lock; those with fewer signatures than the floor are left out
    before anything else is read of them.
    """
    after, more = "", True
    while more:
        at = hub.clock.now()
        with hub.reading() as connection:
            due = Due(connection, at=at, now_ms=hub.machine_ms(), limit=AT_ONCE)
            found, batches = due.signed(after=after), Batches(connection)
            for batch_id, signatures in found:
                batch = batches.get(batch_id)
                if signatures < hub.policy.approvals_needed(batch):
                    continue
                desk = Signing(connection, at=at)
                if signing.standing(desk, batch, batches.approvals(batch_id), hub.policy, at).signed:
                    yield batch_id
        after, more = (found[-1][0] if found else ""), len(found) == AT_ONCE
