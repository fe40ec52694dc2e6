"""One transaction and everything that may be done in it. What is not committed did not happen."""

import logging
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine

from gateway.audit import digest_of
from gateway.domain.ids import Ids
from gateway.domain.work import Claim, Job
from gateway.origin import NOWHERE, Origin
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.batches import Batches
from gateway.persistence.documents import Documents
from gateway.persistence.files import Files
from gateway.persistence.holds import Holds
from gateway.persistence.key_ring import KeyRing
from gateway.persistence.ledger import Ledger
from gateway.persistence.listings import Listings
from gateway.persistence.outbox import Outbox
from gateway.persistence.payments import Payments
from gateway.persistence.recalls import Recalls
from gateway.persistence.signing import Signing
from gateway.persistence.vault import Vault
from gateway.persistence.windows import Windows
from gateway.persistence.work import Enqueue, Work

LEASE_MS = 8_000
"""How long a worker that says nothing is believed to be alive."""
QUEUE_PATIENCE_MS = LEASE_MS
"""How long a job may wait to be claimed before the sweep asks what became of it: its worker may have died before."""
_log = logging.getLogger("payhub")


class UnitOfWork:
    """Use as a context manager and call :meth:`commit`; leaving without it rolls everything back.

    ``claim``, where a worker holds one, is checked in the same transaction before anything is written: a worker that
    was overtaken (:class:`Fenced`) changes nothing. A worker that commits is alive: its lease starts anew with that.
    """

    def __init__(
        self, engine: Engine, *, ids: Ids, ring: KeyRing, enqueue: Enqueue, at: datetime, now_ms: int, actor: str,
        claim: Claim | None = None, origin: Origin = NOWHERE,
    ) -> None:  # fmt: skip
        self._engine = engine
        self.ids = ids
        self.ring = ring
        self.at = at
        self.actor = actor
        self._enqueue = enqueue
        self._now_ms = now_ms
        self._claim = claim
        self._origin = origin
        self._connection: Connection | None = None
        self._noted: list[tuple[str, dict[str, Any]]] = []

    def __enter__(self) -> Self:
        connection = self._engine.connect()
        self._connection = connection
        connection.begin()
        try:
            self._open(connection)
        except BaseException:
            self._close()
            raise
        return self

    def _open(self, connection: Connection) -> None:
        self.work = Work(connection, now_ms=self._now_ms, enqueue=self._enqueue)
        if self._claim is not None:
            self.work.guard(self._claim, lease_ms=LEASE_MS)
        self.trail = AuditTrail(connection, self._origin)
        self.outbox = Outbox(connection, at=self.at)
        self.payments = Payments(connection, at=self.at, actor=self.actor, act=self.new_id, note=self.note)
        self.holds = Holds(connection, at=self.at, actor=self.actor, act=self.new_id)
        self.recalls = Recalls(connection, at=self.at)
        self.files = Files(
            connection, at=self.at, actor=self.actor, act=self.new_id, note=self.note, emit=self.outbox.add
        )
        self.batches = Batches(connection)
        self.signing = Signing(connection, at=self.at)
        self.windows = Windows(connection)
        self.documents = Documents(connection, at=self.at)
        self.listings = Listings(connection, at=self.at)
        self.ledger = Ledger(connection, at=self.at, actor=self.actor)
        self.vault = Vault(connection, ring=self.ring, ids=self.ids, at=self.at)

    @property
    def connection(self) -> Connection:
        """The transaction's connection, for repositories that are not used by steps."""
        assert self._connection is not None, "enter the unit of work first"
        return self._connection

    def new_id(self) -> str:
        """A fresh id."""
        return self.ids.new(self.at)

    def note(self, *, action: str, subject: str, data: Mapping[str, Any], act: str | None = None) -> None:
        """A row of the audit trail, chained at commit, and a line of the log under the same name after it."""
        act = act or self.new_id()
        self.trail.note(at=self.at, act=act, actor=self.actor, action=action, subject=subject, data=data)
        self._noted.append((action, {"act": act, "actor": self.actor, "subject": subject, "data": dict(data)}))

    def alert(
        self, kind: str, *, subject_kind: str, subject: str, client_id: str | None, data: Mapping[str, Any]
    ) -> None:
        """An event for people and the ERP that is not a move; it has no place in its subject's own sequence.

        Its words may name accounts and payees, so the audit trail keeps their digest only (promise P10).
        """
        act = self.new_id()
        self.outbox.add(
            kind, subject_kind=subject_kind, subject=subject, number=0, act=act, client_id=client_id, data=data
        )
        self.note(act=act, action=kind, subject=subject, data={"sha256": digest_of(data)})

    def request(self, kind: str, subject: str, *, lane: str = "", patient: bool = False) -> None:
        """Has a subject advanced after the commit, by whichever worker is free; ``patient`` leaves one that waits for
        its moment to it.
        """
        job = Job(kind=kind, subject=subject, lane=lane)
        self.work.request(job, patience_ms=QUEUE_PATIENCE_MS, patient=patient)

    def commit(self) -> None:
        """Makes everything done so far true, in one transaction with its audit rows and events (promise P4)."""
        self.trail.write()
        self.connection.commit()
        for action, facts in self._noted:
            _log.info(action, extra=facts)
        self._noted.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
