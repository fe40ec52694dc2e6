import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway.persistence import engine as opening
from gateway.persistence.engine import limited, open_engine
from tests import postgres


def test_the_address_says_how_long_anybody_waits():
    query = limited("postgresql://payhub@db.example/payhub").query
    assert query["connect_timeout"] == str(opening.CONNECT_TIMEOUT_S)
    assert query["tcp_user_timeout"] == str(opening.UNHEARD_MS_MAX)
    assert f"statement_timeout={opening.STATEMENT_MS_MAX}" in query["options"]


def test_what_an_operator_wrote_into_the_address_counts_more():
    assert limited("postgresql://db.example/payhub?connect_timeout=30").query["connect_timeout"] == "30"


def test_a_file_has_no_limits():
    assert str(limited("sqlite:////var/lib/payhub.db")) == "sqlite:////var/lib/payhub.db"


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed")
def test_the_server_knows_the_limits_of_its_side():
    with postgres.running() as server, server.database() as url:
        engine = open_engine(url)
        with engine.connect() as connection:
            shown = {
                name: connection.execute(text(f"SHOW {name}")).scalar_one()
                for name in ("tcp_keepalives_idle", "statement_timeout", "idle_in_transaction_session_timeout")
            }
        engine.dispose()
    assert shown == {
        "tcp_keepalives_idle": "5", "statement_timeout": "10min", "idle_in_transaction_session_timeout": "1min",
    }  # fmt: skip


@pytest.mark.server
@pytest.mark.slow
def test_a_connection_that_rested_is_asked_before_it_is_lent_and_a_busy_one_is_not(postgres_url, monkeypatch):
    engine, other = open_engine(postgres_url), open_engine(postgres_url)

    def backend():
        with engine.connect() as connection:
            return connection.execute(text("SELECT pg_backend_pid()")).scalar_one()

    def lose_it():
        number = backend()
        with other.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:number, 10000)"), {"number": number})
        return number

    monkeypatch.setattr(opening, "ASK_RESTED_AFTER_MS", 0)
    lost = lose_it()
    assert backend() != lost, "it was asked, did not answer, and another one took its place"
    monkeypatch.setattr(opening, "ASK_RESTED_AFTER_MS", 3_600_000)
    lose_it()
    with pytest.raises(OperationalError):
        backend()
    backend()
    engine.dispose()
    other.dispose()
