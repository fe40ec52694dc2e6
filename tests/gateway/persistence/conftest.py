import pytest

from tests.gateway.stores import Store


@pytest.fixture
def store(engine):
    return Store(engine)
