"""The schema, step by step: ``payhub migrate`` brings any earlier database to the present one."""

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, select

from gateway.audit import GENESIS
from gateway.persistence import column_keys
from gateway.persistence.tables import audit_head, counters


def upgrade(engine: Engine) -> str:
    """Brings the database to the present schema and seeds the rows that must exist; gives the revision."""
    with engine.begin() as connection:
        if (
            connection.dialect.name == "postgresql"
        ):  # a large table is rewritten in one statement, however long it takes
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _seed(connection)
        revision = MigrationContext.configure(connection).get_current_revision()
    assert revision is not None, "an upgraded database has a revision"
    column_keys.read_anew(engine)
    return revision


def is_current(engine: Engine) -> bool:
    """Whether the database has the present schema."""
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(resources.files(__package__)))))
    return config


def _seed(connection: Connection) -> None:
    if connection.execute(select(counters.c.name).where(counters.c.name == "events")).first() is None:
        connection.execute(counters.insert().values(name="events", value=0))
    if connection.execute(select(audit_head.c.id)).first() is None:
        connection.execute(audit_head.insert().values(id=1, sequence=0, hash=GENESIS))
