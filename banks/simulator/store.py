"""The bank's own memory: one SQLite file that no other process writes.

Amounts are integers of the currency's minor unit: exact, and SQL can add them.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from formats.codes.currencies import MINOR_UNITS

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rule_uses (rule INTEGER PRIMARY KEY, uses INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (
    number TEXT PRIMARY KEY, position INTEGER NOT NULL, currency TEXT NOT NULL, owner TEXT NOT NULL,
    balance INTEGER NOT NULL, overdraft INTEGER NOT NULL, closed INTEGER NOT NULL,
    opening INTEGER NOT NULL, sequence INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS arrivals (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL, name TEXT NOT NULL, kept_as TEXT, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, message_id TEXT, received_at TEXT NOT NULL, outcome TEXT NOT NULL, order_id TEXT UNIQUE,
    key TEXT, message TEXT, created_at TEXT, status TEXT NOT NULL DEFAULT 'RCVD', status_at TEXT NOT NULL,
    reason_code TEXT, reason_text TEXT, count INTEGER, control_sum TEXT, decided INTEGER NOT NULL DEFAULT 0,
    answer_at TEXT, plan TEXT,
    answered INTEGER NOT NULL DEFAULT 0, settled_told INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS arrivals_outcome ON arrivals (outcome);
CREATE INDEX IF NOT EXISTS arrivals_message ON arrivals (message_id, outcome);
CREATE TABLE IF NOT EXISTS arrival_bytes (arrival INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, sha256 TEXT NOT NULL, arrival INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY, arrival INTEGER NOT NULL, payment_information_id TEXT NOT NULL, account TEXT,
    due_day TEXT, batch INTEGER NOT NULL, reason_code TEXT, reason_text TEXT);
CREATE INDEX IF NOT EXISTS blocks_arrival ON blocks (arrival);
CREATE TABLE IF NOT EXISTS payments (
    id INTEGER PRIMARY KEY, block INTEGER NOT NULL, arrival INTEGER NOT NULL, instruction_id TEXT,
    end_to_end_id TEXT, uetr TEXT, amount INTEGER, booked INTEGER, currency TEXT, creditor TEXT, creditor_account TEXT,
    creditor_agent TEXT, remittance TEXT, state TEXT NOT NULL, reason_code TEXT, reason_text TEXT, due_day TEXT,
    entry INTEGER, return_after INTEGER, return_day TEXT, return_code TEXT, return_fee INTEGER, return_entry INTEGER,
    refuse_at TEXT, refuse_code TEXT, refuse_text TEXT, fate TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS payments_block ON payments (block);
CREATE INDEX IF NOT EXISTS payments_arrival ON payments (arrival, state);
CREATE INDEX IF NOT EXISTS payments_entry ON payments (entry);
CREATE INDEX IF NOT EXISTS payments_due ON payments (due_day) WHERE state = 'accepted';
CREATE INDEX IF NOT EXISTS payments_return ON payments (return_day)
    WHERE return_day IS NOT NULL AND return_entry IS NULL;
CREATE INDEX IF NOT EXISTS payments_refused ON payments (refuse_at) WHERE state = 'accepted' AND refuse_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS recalls (
    id INTEGER PRIMARY KEY, arrival INTEGER NOT NULL, case_id TEXT, message_id TEXT,
    message TEXT, payment_information_id TEXT, instruction_id TEXT, end_to_end_id TEXT, uetr TEXT, reason TEXT,
    payment INTEGER, plan TEXT NOT NULL, pending_at TEXT, answer_at TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'asked',
    reason_code TEXT);
CREATE INDEX IF NOT EXISTS recalls_open ON recalls (state) WHERE state IN ('asked', 'pending');
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, day TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    block INTEGER, payment INTEGER, fee INTEGER NOT NULL DEFAULT 0, name TEXT, text TEXT, reference TEXT,
    statement INTEGER, notified INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS entries_open ON entries (account, id) WHERE statement IS NULL;
CREATE TABLE IF NOT EXISTS statements (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, day TEXT NOT NULL, sequence INTEGER NOT NULL,
    opening INTEGER NOT NULL, closing INTEGER NOT NULL, UNIQUE (account, day));
CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY, door TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL, put INTEGER NOT NULL DEFAULT 0, receipted_at TEXT, content BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS documents_name ON documents (door, name);
CREATE INDEX IF NOT EXISTS documents_waiting ON documents (door) WHERE put = 0;
CREATE TABLE IF NOT EXISTS hidden (
    name TEXT PRIMARY KEY, staged TEXT, looks INTEGER NOT NULL, until TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entries_untold ON entries (account) WHERE notified = 0;
CREATE INDEX IF NOT EXISTS entries_received ON entries (payment) WHERE kind = 'credit';
"""


class Store:
    """A connection and the lock that makes its use by several threads one after the other."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; an exception rolls back and goes on. Nesting joins the outer one."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, *parameters: object) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def fact(self, name: str) -> str | None:
        """A remembered fact, or None."""
        found = self.row("SELECT value FROM facts WHERE name = ?", name)
        return None if found is None else str(found["value"])

    def remember(self, name: str, value: str) -> None:
        """Keeps a fact, over the one that was there."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Ends the connection."""
        with self._lock:
            self._connection.close()


def minor(value: Decimal, currency: str) -> int:
    """``value`` in minor units; ValueError where the currency has fewer decimals."""
    scaled = value.scaleb(MINOR_UNITS[currency])
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{currency} has {MINOR_UNITS[currency]} decimals, not as many as {value}.")
    return whole


def major(units: int, currency: str) -> Decimal:
    """Minor units as an amount with all the currency's decimals."""
    return Decimal(units).scaleb(-MINOR_UNITS[currency])


def stamp(at: datetime) -> str:
    """An instant as the tables keep it: UTC, to the second, sortable as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
