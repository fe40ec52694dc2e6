"""Looks into the database from outside, to aim at a moment and to see who takes up what a dead process left.

Moments are chosen by what stands in the rows, never by a switch in the product: the hub does not know that it is hurt.
"""

import threading
import time
from dataclasses import dataclass, replace

from sqlalchemy import and_, exists, func, select, text
from sqlalchemy.exc import DBAPIError

from gateway.persistence.engine import READ_ONLY, open_engine
from gateway.persistence.tables import attempts, documents, evidence, file_moves, files, payments, work

OPEN_STATES = ("received", "validated", "approved", "scheduled", "generated", "submitted", "in_doubt")
SAMPLE_S = 0.1
EARLY_LOOK_S = 0.003
AWAY_S_MAX = 120
STATE_AT = {"stage": "generated", "publish": "staged", "arrived": "staged", "written": "submitted"}
"""What a file under way says while it is staged, handed over, with the bank, and just written down as handed over."""
STEP_OF_BATCH = {"received": "validate", "approved": "schedule", "scheduled": "generate"}
TAKEN = "SELECT workflow_uuid FROM {prefix}workflow_status WHERE status = 'PENDING' AND executor_id LIKE :name"
LEFT_OVER = "SELECT workflow_uuid, status FROM {prefix}workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"


@dataclass(frozen=True, kw_only=True)
class Caught:
    """A worker in the middle of carrying a file: the file, its row's fence, and who it is."""

    worker: str
    fence: int
    file: str
    name: str
    bank: str

    @property
    def key(self):
        return f"file:{self.file}"


@dataclass(frozen=True)
class Polling:
    """A worker in the middle of asking a bank for answers."""

    worker: str
    fence: int
    key: str


@dataclass(frozen=True)
class Held:
    """A job that a worker had when it died: its row's fence then, and when that was."""

    key: str
    fence: int
    worker: str
    at: float


class Watch:
    """Reads only. ``recoveries`` are the seconds from each kill until another process worked on the job.

    Where the only worker is killed again before it came that far (``alone``), the time runs from its last death.
    """

    def __init__(self, url, banks, *, alone):
        self._alone = alone
        self._engine = open_engine(url)
        self._banks = banks
        self._prefix = "" if url.startswith("sqlite") else "dbos."
        self._waiting = []
        self._offered = {bank: set() for bank in banks}
        self.recoveries = []
        self.early = []
        """Names of files that were called submitted before their bank had them."""
        self.on_early = lambda: None
        """What is done in the very moment that happens."""
        self._guard = threading.Lock()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=look) for look in (self._sample, self._look_for_early)]
        for thread in self._threads:
            thread.start()

    def close(self):
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _ask(self, query, **values):
        """Asks until there is an answer: a campaign may take the database away."""
        deadline = time.monotonic() + AWAY_S_MAX
        while True:
            try:
                with self._engine.connect().execution_options(**{READ_ONLY: True}) as connection:
                    return connection.execute(query, values).all()
            except DBAPIError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(SAMPLE_S)

    def states(self):
        """Payments by state."""
        return dict(self._ask(select(payments.c.state, func.count()).group_by(payments.c.state)))

    def open_batches(self):
        """Batches with a payment on its way."""
        query = select(func.count(func.distinct(payments.c.batch_id))).where(payments.c.state.in_(OPEN_STATES))
        return self._ask(query)[0][0]

    def working(self, step, *, documents_are):
        """The worker that is in the middle of ``step`` now, or None. ``documents_are`` names the step of documents."""
        if step in ("acknowledge", "reconcile"):
            return self._holder("document") if step == documents_are else None
        if step == "collect":
            return self._holder("poll")
        if step == "notify":
            return self._holder("webhook")
        if step in STATE_AT:
            return self._carrier(step)
        states = [state for state, name in STEP_OF_BATCH.items() if name == step]
        doing = exists().where(and_(payments.c.batch_id == work.c.subject, payments.c.state.in_(states)))
        return self._holder("batch", doing)

    def _holder(self, kind, *where):
        rows = self._ask(select(work.c.worker).where(work.c.kind == kind, work.c.worker.is_not(None), *where).limit(1))
        return rows[0][0] if rows else None

    def _carrier(self, moment):
        caught = self.caught(moment)
        return caught.worker if caught else None

    def caught(self, moment, *, bank=None, warm=False):
        """A file that is being carried and stands at ``moment`` (see ``STATE_AT``), with its worker, or None.
        ``warm`` asks for a worker that brought the bank a file before: its line is open, and what it sends is about
        the file and not yet another greeting.
        """
        query = (
            select(work.c.worker, work.c.fence, files.c.id.label("file"), files.c.name, files.c.bank)
            .join(files, files.c.id == work.c.subject)
            .where(work.c.kind == "file", work.c.worker.is_not(None), files.c.state == STATE_AT[moment])
        )
        if moment == "stage":
            query = query.where(exists().where(attempts.c.file_id == files.c.id, attempts.c.outcome.is_(None)))
        if bank is not None:
            query = query.where(files.c.bank == bank)
        if warm:
            query = query.where(work.c.worker.in_(self._warm(bank)))
        for row in self._ask(query):
            if moment not in ("arrived", "publish") or self.holds(row.bank, row.name) == (moment == "arrived"):
                return Caught(**row._mapping)
        return None

    def _warm(self, bank):
        """Workers that delivered a file to ``bank``."""
        delivered = select(attempts.c.worker).join(files, files.c.id == attempts.c.file_id)
        return delivered.where(files.c.bank == bank, attempts.c.outcome == "delivered")

    def holds(self, bank, name):
        """Whether the bank has a file, in its folders or in its books."""
        simulated = self._banks[bank].bank
        if any((simulated.root / folder / name).exists() for folder in ("in", "done")):
            return True
        return bool(simulated.store.rows("SELECT 1 FROM arrivals WHERE name = ?", name))

    def taken_unsafely(self):
        """Whether a bank's answer is gone from its outbox while the hub has nothing of it."""
        for bank, opened in self._banks.items():
            folder = opened.bank.root / "out"
            there = {path.name for path in folder.iterdir()} if folder.exists() else set()
            gone = self._offered[bank] - there
            self._offered[bank] |= there
            if gone:
                known = {row[0] for row in self._ask(select(documents.c.name).where(documents.c.bank == bank))}
                if gone - known:
                    return True
                self._offered[bank] -= gone
        return False

    def job(self, key):
        """The row of a job, or None."""
        rows = self._ask(select(work).where(work.c.key == key))
        return rows[0] if rows else None

    def polling(self):
        """A worker that asks a bank for answers, or None."""
        rows = self._ask(select(work).where(work.c.kind == "poll", work.c.worker.is_not(None)))
        return Polling(rows[0].worker, rows[0].fence, rows[0].key) if rows else None

    def submitted(self):
        """How many files were handed over so far."""
        return self._ask(select(func.count()).select_from(files).where(files.c.submitted_at.is_not(None)))[0][0]

    def jobs_of(self, pid):
        """The jobs that a process holds."""
        return self._ask(select(work).where(work.c.worker.contains(f"|{pid}|")))

    def file(self, file_id):
        """The row of a file."""
        return self._ask(select(files).where(files.c.id == file_id))[0]

    def written_about(self, file_id):
        """Everything that a worker writes down about carrying a file."""
        moves = select(file_moves).where(file_moves.c.file_id == file_id, file_moves.c.step == "submit")
        return (
            self._ask(moves.order_by(file_moves.c.version)),
            self._ask(select(attempts).where(attempts.c.file_id == file_id).order_by(attempts.c.number)),
            self._ask(select(evidence).where(evidence.c.file_id == file_id).order_by(evidence.c.id)),
        )

    def hurry(self, file_id):
        """What a person does about a file that waits for one: has it tried again now."""
        with self._engine.begin() as connection:
            connection.execute(work.update().where(work.c.key == f"file:{file_id}").values(due_at=0))

    def _look_for_early(self):
        """Files that are written down as submitted while their bank has nothing of them, as soon as they are."""
        seen = set()
        while not self._ending.wait(EARLY_LOOK_S):
            rows = self._ask(select(files.c.id, files.c.bank, files.c.name).where(files.c.submitted_at.is_not(None)))
            for row in rows:
                if row.id not in seen and not self.holds(row.bank, row.name):
                    self.early.append(row.name)
                    self.on_early()
                seen.add(row.id)

    def left_by(self, pid, *, documents_are):
        """What the dead process ``pid`` was doing: the steps and moments it was in the middle of."""
        rows = self._ask(select(work).where(work.c.worker.contains(f"|{pid}|")))
        taken = self._ask(text(TAKEN.format(prefix=self._prefix)), name=f"%|{pid}|%")
        dequeued = {workflow for (workflow,) in taken}
        unclaimed = self._ask(select(work).where(work.c.worker.is_(None), work.c.workflow_id.in_(sorted(dequeued))))
        now = time.monotonic()
        with self._guard:
            if self._alone:
                self._waiting = [replace(one, at=now) for one in self._waiting]
            self._waiting += [Held(row.key, row.fence, row.worker or "", now) for row in (*rows, *unclaimed)]
        found = [step for row in rows for step in self._steps(row, documents_are)]
        return found + ["dequeued"] * len(unclaimed)

    def _steps(self, row, documents_are):
        if row.kind == "batch":
            states = self._ask(select(payments.c.state).distinct().where(payments.c.batch_id == row.subject))
            return [STEP_OF_BATCH[state] for (state,) in states if state in STEP_OF_BATCH] or ["batch"]
        if row.kind == "file":
            state, name, bank = self._ask(
                select(files.c.state, files.c.name, files.c.bank).where(files.c.id == row.subject)
            )[0]
            if state == "staged":
                return ["submit", "arrived" if self.holds(bank, name) else "publish"]
            return ["submit", *[moment for moment in ("stage", "written") if STATE_AT[moment] == state]]
        return [{"poll": "collect", "document": documents_are, "webhook": "notify"}[row.kind]]

    def _sample(self):
        while not self._ending.wait(SAMPLE_S):
            with self._guard:
                waiting = list(self._waiting)
            if not waiting:
                continue
            held = select(work.c.key, work.c.worker, work.c.fence).where(work.c.key.in_([one.key for one in waiting]))
            rows = {row.key: row for row in self._ask(held)}
            now = time.monotonic()
            for one in waiting:
                row = rows.get(one.key)
                if row is None or (row.worker is not None and row.fence > one.fence):
                    with self._guard:
                        self._waiting.remove(one)
                    self.recoveries.append((round(now - one.at, 2), one.key))

    @property
    def unrecovered(self):
        """Jobs of dead processes that nobody took up yet."""
        with self._guard:
            return [one.key for one in self._waiting]

    def left_over(self):
        """Workflows of the queue that no row of ours knows: if they stay, they hold a place for ever."""
        known = {row[0] for row in self._ask(select(work.c.workflow_id).where(work.c.workflow_id.is_not(None)))}
        return [row[0] for row in self._ask(text(LEFT_OVER.format(prefix=self._prefix))) if row[0] not in known]
