"""Where the demonstration keeps its rows: its own SQLite file, or the database that was named, or one beside it."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.domain.errors import Misconfigured
from gateway.persistence.engine import open_engine
from gateway.persistence.tables import batches


@dataclass(frozen=True, slots=True)
class Database:
    """``shared`` databases take several workers. ``made_at`` is where one was created that must be dropped again."""

    url: str
    shared: bool
    made_at: str | None = None

    def drop(self) -> None:
        """Removes the database if the demonstration made it."""
        if self.made_at is None:
            return
        name = make_url(self.url).database
        engine = create_engine(self.made_at, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        engine.dispose()


def demo_database(url: str | None, folder: Path) -> Database:
    """The named database where it holds no batches yet; beside it a new one; without a name SQLite in ``folder``.

    Raises :class:`Misconfigured` where the named one is in use and no other may be made: a story told into somebody's
    books would be no story.
    """
    if not url:
        return Database(f"sqlite:///{folder}/payhub.db", shared=False)
    shared = not url.startswith("sqlite")
    if not _holds_batches(url):
        return Database(url, shared=shared)
    if not shared:
        return Database(f"sqlite:///{folder}/payhub.db", shared=False)
    name = f"payhub_demo_{secrets.token_hex(4)}"
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    here = parsed.render_as_string(hide_password=False)
    engine = create_engine(here, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except SQLAlchemyError as err:
        raise Misconfigured(
            "The database holds batches, and the demonstration may not make one of its own beside it. "
            "Give it an empty database, or the right to create one.",
            code="demo.database_in_use",
        ) from err
    finally:
        engine.dispose()
    return Database(parsed.set(database=name).render_as_string(hide_password=False), shared=True, made_at=here)


def _holds_batches(url: str) -> bool:
    engine = open_engine(url)
    try:
        if not inspect(engine).has_table("batches"):
            return False
        with engine.connect() as connection:
            return connection.execute(select(batches.c.id).limit(1)).first() is not None
    finally:
        engine.dispose()
