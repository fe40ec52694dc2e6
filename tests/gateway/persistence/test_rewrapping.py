"""The vault's key is changed and the old one thrown away, while everything goes on being read."""

import hashlib
from datetime import UTC, datetime

from sqlalchemy import select

from gateway.events import signing
from gateway.persistence import rewrapping
from gateway.persistence.key_ring import KeyRing
from gateway.persistence.second_factors import SecondFactors, label_of
from gateway.persistence.tables import audit, payments, webhooks
from gateway.persistence.webhooks import Webhook, Webhooks, WebhookState
from tests.databases import open_engine
from tests.gateway.stores import Store, of

OLD, NEW = b"1" * 32, b"2" * 32
BOTH = KeyRing("k2", {"k1": OLD, "k2": NEW})
ONLY_NEW = KeyRing("k2", {"k2": NEW})
TEXTS = [f"document {number}".encode() for number in range(5)]
SECRET = (signing.Secret("whsec_MTIz"),)


def filled(engine):
    """Documents, a webhook, a second factor and a payment, all under the old key."""
    store = Store(engine)
    batch = store.batch(["1.00"])
    with store.unit() as work:
        for one in TEXTS:
            work.vault.put(one, hashlib.sha256(one).hexdigest())
        Webhooks(work.connection).add(
            Webhook(
                id="W", client_id="erp", url="https://erp.example", types=(), state=WebhookState.ACTIVE, cursor=0,
                secrets=signing.seal(store.ring, store.ids, "W", SECRET), failures=0, next_at=0,
                created_at=datetime(2026, 11, 20, tzinfo=UTC),
            )
        )  # fmt: skip
        SecondFactors(work.connection).begin("P", store.ring.seal(b"seed", label_of("P"), b"n" * 12))
        work.commit()
    return store, batch


def test_after_rewrapping_the_old_key_is_needed_no_more(engine, database_url, monkeypatch):
    monkeypatch.setattr(rewrapping, "DOCUMENTS_AT_ONCE", 2)
    store, batch = filled(engine)
    store.ring = BOTH
    counts = []
    while not counts or counts[-1]:
        with store.unit() as work:
            counts.append(rewrapping.rewrap(work))
            work.commit()
    assert counts == [1 + 2 + 1 + 1, 2, 1, 0]
    later = Store(open_engine(database_url, ONLY_NEW), keys={"k2": NEW}, current="k2")
    try:
        with later.unit() as work:
            assert [work.vault.get(hashlib.sha256(one).hexdigest()) for one in TEXTS] == TEXTS
            sealed = work.connection.execute(select(webhooks.c.secrets)).scalar_one()
            assert signing.unseal(ONLY_NEW, "W", sealed) == SECRET
            assert ONLY_NEW.open(SecondFactors(work.connection).get("P").secret, label_of("P")) == b"seed"
            assert [one.creditor_name for one in work.payments.find(of(batch))] == ["Payee"]
            rows = select(audit.c.data).where(audit.c.action == rewrapping.REWRAPPED).order_by(audit.c.sequence)
            assert [sum(one.values()) for one in work.connection.execute(rows).scalars()] == counts[:-1]
    finally:
        later.engine.dispose()


def test_a_process_that_started_with_the_old_key_goes_on(engine):
    store, batch = filled(engine)
    running = store.ring
    store.ring = BOTH
    with store.unit() as work:
        rewrapping.rewrap(work)
        work.commit()
    store.ring = running
    more = store.batch(["2.00"])
    with store.unit() as work:
        for one in (batch, more):
            assert [found.creditor_name for found in work.payments.find(of(one))] == ["Payee"]
        names = work.connection.execute(select(payments.c.creditor_name).distinct()).scalars().all()
    assert names == ["Payee"]
