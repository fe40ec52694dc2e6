import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from gateway.domain.errors import Misconfigured
from gateway.persistence import hardening
from gateway.persistence.engine import open_engine
from tests.gateway.stores import Store


def test_a_role_that_does_not_own_the_trail_can_only_add_to_it(postgres_url):
    engine = open_engine(postgres_url)
    with Store(engine).unit() as work:
        work.note(action="a", subject="B1", data={})
        work.commit()
    with engine.connect() as connection, connection.begin() as transaction:
        for statement in (
            "CREATE ROLE payhub_app_of_a_test", "GRANT ALL ON ALL TABLES IN SCHEMA public TO payhub_app_of_a_test",
        ):  # fmt: skip
            connection.execute(text(statement))
        hardening.revoke(connection, "payhub_app_of_a_test")
        hardening.allow_changes(connection)  # the rights alone must do
        connection.execute(text("SET LOCAL ROLE payhub_app_of_a_test"))
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == 1
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit", "DELETE FROM anchors"):
            point = connection.begin_nested()
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(statement))
            point.rollback()
        transaction.rollback()
    engine.dispose()


def test_an_owner_is_told_that_taking_its_rights_would_not_hold(postgres_url):
    engine = open_engine(postgres_url)
    with engine.begin() as connection, pytest.raises(Misconfigured) as told:
        hardening.revoke(connection, "payhub")
    assert told.value.code == "audit.role_owns"
    engine.dispose()


def test_sqlite_has_no_roles_and_says_so(sqlite_url):
    engine = open_engine(sqlite_url)
    with engine.begin() as connection, pytest.raises(Misconfigured):
        hardening.revoke(connection, "payhub")
    engine.dispose()
