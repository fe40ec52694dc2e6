"""Opening the database: SQLite in WAL mode with full synchronisation, or PostgreSQL through psycopg."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from gateway.persistence.columns import ExactSum, json_text

BUSY_TIMEOUT_MS = 60_000
"""How long SQLite waits for the one writer it allows."""
POOL_SIZE = 10
POOL_OVERFLOW = 20
READ_ONLY = "payhub_read_only"
"""Execution option of a connection that only reads: SQLite then takes no write lock."""


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…``; PostgreSQL is always spoken to through psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(str(url))
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(
        parsed, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, pool_pre_ping=True, json_serializer=json_text
    )


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        json_serializer=json_text,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_aggregate("exact_sum", 1, ExactSum)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that will write takes the lock at once: taking it later can fail half-way through.
        reading = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
