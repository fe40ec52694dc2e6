"""A hub that lives: its own folder, configuration and clock, a worker in this process, and people who approve."""

import hashlib
import io
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from banks.simulator.clock import SimulatedClock
from gateway import wiring
from gateway.api.readers import reader_of
from gateway.domain.approval import Decision
from gateway.domain.batch import Batch
from gateway.persistence import migrations
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.tables import breaks, documents, files, findings, payments, statements
from gateway.scheduling import queue
from gateway.steps import approve
from gateway.steps.intake import IntakeRequest, intake
from gateway.wiring import Hub
from gateway.worker import WorkerProcess

SHIPPED = Path(__file__).resolve().parents[2] / "config"
WITHIN_S = 40.0
LOOK_EVERY_S = 0.1
VAULT_KEY = "5a" * 32


@dataclass
class Living:
    """A running hub and what a test does with it."""

    hub: Hub
    clock: SimulatedClock

    def take_in(self, body: bytes, media_type: str = "application/xml", client: str = "erp") -> Batch:
        """What the API does with a batch."""
        entities = frozenset(account.entity for account in self.hub.accounts.values())
        request = IntakeRequest(
            source=io.BytesIO(body), media_type=media_type, sha256=hashlib.sha256(body).hexdigest(), client_id=client,
            maker=client, maker_is_person=False, entities=entities,
        )  # fmt: skip
        with self.hub.unit_of_work(actor=client) as work:
            batch = intake(
                work, request, read=reader_of(media_type), accounts=self.hub.accounts, payments_max=1_000_000
            )
            work.commit()
        return batch

    def approve(self, batch_id: str, *people: str) -> None:
        """Every person agrees to what stands there now."""
        for person in people or ("anna", "ben"):
            with self.hub.unit_of_work(actor=person) as work:
                now = approve.standing(work, batch_id, self.hub.policy)
                assert now.digest is not None, f"nothing waits in {batch_id}: {self.states()}"
                approve.decide(
                    work, batch_id=batch_id, person_id=person, person_name=person.title(), digest=now.digest,
                    decision=Decision.APPROVE, reason="checked", policy=self.hub.policy,
                )  # fmt: skip
                work.commit()

    def states(self, batch_id: str | None = None) -> dict[str, int]:
        """How many payments stand where."""
        found: dict[str, int] = {}
        for row in self.rows(payments.c.batch_id, payments.c.state):
            if batch_id in (None, row.batch_id):
                found[row.state] = found.get(row.state, 0) + 1
        return found

    def by_reference(self) -> dict[str, str]:
        """State by end-to-end id."""
        return {row.end_to_end_id: row.state for row in self.rows(payments.c.end_to_end_id, payments.c.state)}

    def rows(self, *columns: Any) -> list[Any]:
        """Rows of a table."""
        with self.hub.reading() as connection:
            return list(connection.execute(select(*columns)).all())

    def until(self, what: str, reached: Callable[[], bool], within_s: float = WITHIN_S) -> None:
        """Waits, bounded; fails with where everything stands."""
        deadline = time.monotonic() + within_s
        while not reached():
            assert time.monotonic() < deadline, f"waited {within_s} s for {what}\n{self.story()}"
            time.sleep(LOOK_EVERY_S)

    def until_states(self, wanted: dict[str, int], batch_id: str | None = None, within_s: float = WITHIN_S) -> None:
        """Waits until payments stand exactly so."""
        self.until(f"{wanted}", lambda: self.states(batch_id) == wanted, within_s)

    def story(self) -> str:
        """What a person would want to see when a test fails."""
        parts = [f"payments {self.states()}"]
        for table, names in (
            (files, ("name", "state")), (documents, ("name", "state", "reason")), (breaks, ("kind", "reason")),
            (findings, ("severity", "rule", "message")), (statements, ("account", "verdict", "proof_text")),
        ):  # fmt: skip
            told = sorted(str(tuple(row)) for row in self.rows(*(table.c[name] for name in names)))
            parts += [f"{table.name}: {row}" for row in told[:10]]
        return "\n".join(parts)

    def audit_is_intact(self) -> bool:
        """Whether the hash chain holds."""
        with self.hub.reading() as connection:
            return not list(AuditTrail(connection).breaches())


def configuration(folder: Path, banks: dict[str, str], accounts: str, *, poll_every_s: int = 1) -> Path:
    """A configuration folder with these bank profiles (TOML by name) and accounts, the rest as shipped."""
    (folder / "banks").mkdir(parents=True)
    for name, text in banks.items():
        (folder / "banks" / f"{name}.toml").write_text(text)
    (folder / "accounts.toml").write_text(accounts)
    shutil.copytree(SHIPPED / "calendars", folder / "calendars")
    shutil.copy(SHIPPED / "approvals.toml", folder / "approvals.toml")
    (folder / "payhub.toml").write_text(
        f'[vault]\nkey = "env:PAYHUB_VAULT_KEY"\n[work]\npoll_every_s = {poll_every_s}\n'
    )
    return folder


@contextmanager
def living(
    folder: Path, config: Path, *, database_url: str, starts_at: datetime, environment: dict[str, str] | None = None
) -> Iterator[Living]:
    """Migrates, starts a worker in this process, and stops it at the end."""
    clock = SimulatedClock(folder / "clock.json")
    clock.start(starts_at)
    given = {
        "PAYHUB_DATABASE_URL": database_url, "PAYHUB_CLOCK_FILE": str(clock.path), "PAYHUB_VAULT_KEY": VAULT_KEY,
    } | (environment or {})  # fmt: skip
    hub = wiring.build(config, given)
    migrations.upgrade(hub.engine)
    queue.migrate(hub)
    worker = WorkerProcess(hub)
    worker.start()
    try:
        yield Living(hub, clock)
    finally:
        worker.stop()
        hub.close()
