"""Opening the database: SQLite in WAL mode with full synchronisation, or PostgreSQL through psycopg.

A database or a machine that is gone does not always say so. So both ends of every connection to PostgreSQL ask whether
the other one is still there, and nobody waits longer than the limits below, or keeps locks for longer.
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError

from gateway.clock import passed_ms
from gateway.persistence.columns import ExactSum, json_text

BUSY_TIMEOUT_MS = 60_000
"""How long SQLite waits for the one writer it allows."""
POOL_SIZE = 10
POOL_OVERFLOW = 20
CONNECT_TIMEOUT_S = 5
"""How long a server that does not answer is waited for."""
POOL_PATIENCE_S = 10
"""How long a caller waits for a connection while all are in use, as they are when the database hangs."""
ASK_AFTER_S, ASK_EVERY_S, ASK_TIMES = 5, 2, 3
"""A line that is silent for so long is asked whether anybody is there; after so many questions it is dead."""
ASK_RESTED_AFTER_MS = 1_000
"""How long a connection may rest in the pool without being asked before it is used again."""
RESTS_SINCE = "rests_since"
UNHEARD_MS_MAX = 10_000
"""How long what was sent may stay unconfirmed by the other machine before the line is dead."""
STATEMENT_MS_MAX = 600_000
"""No statement of ours takes ten minutes; one that does waits for something that will not come."""
IDLE_IN_TRANSACTION_MS_MAX = 60_000
"""How long a process may think inside a transaction: one that was put to sleep there keeps others from their rows."""
READ_ONLY = "payhub_read_only"
"""Execution option of a connection that only reads: SQLite then takes no write lock."""


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…``; PostgreSQL is always spoken to through psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(str(url))
    engine = create_engine(
        limited(url),
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_PATIENCE_S,
        json_serializer=json_text,
        hide_parameters=True,
    )
    _ask_the_rested(engine)
    return engine


def _ask_the_rested(engine: Engine) -> None:
    """A connection that rested is asked whether its server is still there before it is lent; one that is busy all the
    time need not be asked for each of its many small transactions.
    """

    @event.listens_for(engine, "checkin")
    def rests(_connection: Any, record: Any) -> None:
        record.info[RESTS_SINCE] = passed_ms()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.pop(RESTS_SINCE, None)
        if since is None or passed_ms() - since < ASK_RESTED_AFTER_MS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as err:
            raise InvalidatePoolError from err  # the pool throws away all its lines and makes a new one


def limited(url: str) -> URL:
    """The address with our limits for both ends of a connection; what the address itself says counts more.

    For SQLite the address as it is. ``options`` are the server's side: without them it would believe for two hours in
    a machine that lost its network, and keep its locks.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    server = {
        "tcp_keepalives_idle": ASK_AFTER_S, "tcp_keepalives_interval": ASK_EVERY_S, "tcp_keepalives_count": ASK_TIMES,
        "tcp_user_timeout": UNHEARD_MS_MAX, "statement_timeout": STATEMENT_MS_MAX,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS_MAX,
    }  # fmt: skip
    ours = {
        "connect_timeout": CONNECT_TIMEOUT_S, "keepalives": 1, "keepalives_idle": ASK_AFTER_S,
        "keepalives_interval": ASK_EVERY_S, "keepalives_count": ASK_TIMES, "tcp_user_timeout": UNHEARD_MS_MAX,
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }  # fmt: skip
    return parsed.set(query={name: str(value) for name, value in ours.items()} | dict(parsed.query))


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        json_serializer=json_text,
        hide_parameters=True,
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
