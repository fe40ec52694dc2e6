import pytest

from tests.databases import open_engine
from tests.gateway.steps.world import World


@pytest.fixture
def world(engine):
    """On SQLite and on PostgreSQL."""
    return World(engine)


@pytest.fixture
def hub(sqlite_url):
    """On SQLite only, for what does not depend on the database."""
    engine = open_engine(sqlite_url)
    yield World(engine)
    engine.dispose()


@pytest.fixture
def crowd(postgres_url):
    """On PostgreSQL only, where two transactions really overlap."""
    engine = open_engine(postgres_url)
    yield World(engine)
    engine.dispose()
