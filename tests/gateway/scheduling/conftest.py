import pytest

from tests.databases import open_engine
from tests.gateway.scheduling.banks import Intake


@pytest.fixture
def intake(engine):
    """A hub on SQLite and on PostgreSQL, and a bank whose folder a test fills."""
    return Intake(engine)


@pytest.fixture
def desk(sqlite_url):
    """The same on SQLite only, for what does not depend on the database."""
    engine = open_engine(sqlite_url)
    yield Intake(engine)
    engine.dispose()
