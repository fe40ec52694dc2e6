"""Two administrators who act at the same moment give nobody two roles that exclude each other."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway.domain.errors import Unacceptable
from gateway.domain.roles import EVERY, Role
from gateway.persistence import delegation_desk, grant_desk
from gateway.persistence.grants import Grants
from tests.gateway.hubs import NOON, add_person, open_hub
from tests.gateway.persistence.test_delegations import WEEK, act

WAIT_S = 20


@pytest.fixture
def hub(tmp_path, database_url):
    hub = open_hub(tmp_path, database_url)
    yield hub
    hub.close()


@pytest.fixture
def cast(hub):
    people = {"anna": add_person(hub, "anna", roles=("approver",))[0], "ben": add_person(hub, "ben", roles=())[0]}
    return people | {name: add_person(hub, name, roles=("administrator",))[0] for name in ("rita", "sven", "tom")}


def beside(what):
    """Runs it in a thread of its own; gives a function that waits for it and says what came of it."""
    came = []

    def run():
        try:
            came.append(what())
        except Unacceptable as err:
            came.append(err)

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(WAIT_S)
        assert came, "the other transaction never ended"
        return came[0]

    return result


def test_a_delegation_and_an_administrator_s_grant_are_not_confirmed_together(hub, cast):
    wish = {"starts_at": NOON, "ends_at": NOON + WEEK, "reason": "on leave"}
    ben = cast["ben"]
    with hub.unit_of_work(actor="test") as work:
        delegation_desk.delegate(work, cast["anna"], ben, Role.APPROVER, EVERY, **wish)
        other = beside(
            lambda: act(hub, grant_desk.grant, ben, Role.ADMINISTRATOR, EVERY, by=cast["rita"], reason="a new duty")
        )
        work.commit()
    assert isinstance(other(), Unacceptable)
    with hub.reading() as connection:
        assert Grants(connection).of_person(ben, NOON) == {Role.APPROVER}


def test_a_maker_s_grant_and_an_administrator_s_are_not_given_together(hub, cast):
    ben = cast["ben"]
    with hub.unit_of_work(actor="test") as work:
        grant_desk.grant(work, ben, Role.ADMINISTRATOR, EVERY, by=cast["rita"], reason="a new duty")
        other = beside(lambda: act(hub, grant_desk.grant, ben, Role.MAKER, EVERY, by=cast["sven"], reason="another"))
        work.commit()
    assert isinstance(other(), Unacceptable)


def test_while_one_gives_a_role_another_one_waits(tmp_path, postgres_url):
    """On PostgreSQL, where two transactions really overlap: who does not wait sees nothing of what the other gives."""
    hub = open_hub(tmp_path, postgres_url)
    anna, ben, rita = (
        add_person(hub, name, roles=roles)[0]
        for name, roles in (("anna", ("approver",)), ("ben", ()), ("rita", ("administrator",)))
    )
    with hub.unit_of_work(actor="test") as work, hub.unit_of_work(actor="test") as other:
        delegation_desk.delegate(
            work, anna, ben, Role.APPROVER, EVERY, starts_at=NOON, ends_at=NOON + WEEK, reason="on leave"
        )
        other.connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            grant_desk.grant(other, ben, Role.ADMINISTRATOR, EVERY, by=rita, reason="a new duty")
    hub.close()
