"""A database with batches of made-up payments in it, for tests of what persistence promises."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from gateway.domain import ids as names
from gateway.domain.batch import Batch
from gateway.domain.payment import NewPayment, Selection
from gateway.persistence.key_ring import KeyRing
from gateway.persistence.unit_of_work import UnitOfWork

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


class CountingIds:
    """Ids in the order they are asked for, and secrets that are not."""

    def __init__(self):
        self._count = count(1)

    def new(self, at):
        return names.timed(at, next(self._count))

    def secret(self, size):
        return (next(self._count)).to_bytes(size, "big")


class Store:
    """Units of work on one database; ``now_ms`` is machine time as the test sets it."""

    def __init__(self, engine, *, keys=None, current="k1"):
        self.engine = engine
        self.ids = CountingIds()
        self.ring = KeyRing(current, keys or {"k1": b"1" * 32})
        self.now_ms = 1_000_000
        self.queued = []
        self._guard = threading.Lock()

    def enqueue(self, _connection, job):
        with self._guard:
            self.queued.append(job)
            return f"W{len(self.queued)}"

    def unit(self, *, actor="test", claim=None, at=AT):
        return UnitOfWork(
            self.engine, ids=self.ids, ring=self.ring, enqueue=self.enqueue, at=at, now_ms=self.now_ms, actor=actor,
            claim=claim,
        )  # fmt: skip

    def batch(self, amounts, *, at=AT, creditor="FR1420041010050500013M02606"):
        """Takes a batch of payments in and gives its id."""
        batch_id = self.ids.new(at)
        with self.unit(at=at) as work:
            work.payments.add(batch_id, (self._payment(batch_id, *one, creditor) for one in enumerate(amounts)))
            work.batches.add(
                Batch(
                    id=batch_id, client_id="erp", maker="erp", maker_is_person=False, source="json",
                    document_sha256="0" * 64, message_id=f"RUN-{batch_id}", received_at=at, payments=len(amounts),
                    totals=(("EUR", sum(map(Decimal, amounts), Decimal(0))),), entity="MUSTER",
                )
            )  # fmt: skip
            work.payments.announce(batch_id)
            work.commit()
        return batch_id

    def _payment(self, batch_id, position, amount, creditor):
        return NewPayment(
            id=names.payment_id(batch_id, position), position=position, content="{}", content_sha256=f"{position:064}",
            fingerprint=f"{creditor}:{amount}", entity="MUSTER", debtor_account="DE89370400440532013000",
            amount=Decimal(amount), currency="EUR", creditor_name="Payee", creditor_account=creditor,
            end_to_end_id=f"E-{position}", instruction_id=None, uetr=None, payment_information_id="P1",
            requested_date=date(2026, 11, 23), service_level="SEPA", local_instrument=None, category_purpose=None,
            line=None,
        )  # fmt: skip


def of(batch_id, **more):
    """The payments of a batch."""
    return Selection(batch_id=batch_id, **more)
