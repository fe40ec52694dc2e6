from datetime import timedelta

import pytest

from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.roles import EVERY, Role, Verb, may
from gateway.persistence import delegation_desk, grant_desk
from gateway.persistence.delegations import Delegations
from gateway.persistence.grants import Grants
from gateway.persistence.people import People
from gateway.persistence.queries import EVERYTHING, console
from tests.gateway.hubs import NOON, add_person, open_hub

WEEK = timedelta(days=7)


@pytest.fixture
def hub(tmp_path, database_url):
    hub = open_hub(tmp_path, database_url)
    yield hub
    hub.close()


@pytest.fixture
def cast(hub):
    """Anna approves for one entity; Ben may do nothing; Rita and Sven administrate."""
    found = {
        "anna": add_person(hub, "anna", roles=("approver",), entity="MUSTER")[0],
        "ben": add_person(hub, "ben", roles=())[0],
    }
    return found | {name: add_person(hub, name, roles=("administrator",))[0] for name in ("rita", "sven")}


def act(hub, what, *given, **facts):
    with hub.unit_of_work(actor="test") as work:
        row = what(work, *given, **facts)
        work.commit()
    return row


def asked(hub, giver, taker, role=Role.APPROVER, entity="MUSTER", *, since=NOON, until=NOON + WEEK):
    return act(
        hub, delegation_desk.delegate, giver, taker, role, entity, starts_at=since, ends_at=until, reason="on leave"
    )


def lent(hub, cast, **facts):
    line = asked(hub, cast["anna"], cast["ben"], **facts)
    return act(hub, delegation_desk.confirm, line.id, by=cast["rita"])


def may_approve(hub, person, entity="MUSTER"):
    with hub.reading() as connection:
        return may(Grants(connection).held(person.id, hub.clock.now()), Verb.BATCH_APPROVE, entity)


def grant_of(hub, person):
    with hub.reading() as connection:
        return Grants(connection).all(person.id)[0].id


def test_it_holds_once_an_administrator_said_so_and_only_in_its_days_and_for_its_entity(hub, cast):
    ben = cast["ben"]
    line = asked(hub, cast["anna"], ben, since=NOON + timedelta(days=1))
    hub.clock.at = NOON + timedelta(days=2)
    assert not may_approve(hub, ben)
    hub.clock.at = NOON
    act(hub, delegation_desk.confirm, line.id, by=cast["rita"])
    assert not may_approve(hub, ben), "its first day is to come"
    hub.clock.at = NOON + timedelta(days=1)
    assert may_approve(hub, ben)
    assert not may_approve(hub, ben, "BEISPIEL")
    hub.clock.at = NOON + WEEK
    assert not may_approve(hub, ben)


def test_neither_side_confirms_it_and_nobody_who_is_no_administrator_gets_it_past_their_own_rights(hub, cast):
    line = asked(hub, cast["anna"], cast["ben"])
    for by in (cast["anna"], cast["ben"]):
        with pytest.raises(Forbidden):
            act(hub, delegation_desk.confirm, line.id, by=by)
    assert not may_approve(hub, cast["ben"])
    act(hub, delegation_desk.confirm, line.id, by=cast["rita"])
    with pytest.raises(Conflict):
        act(hub, delegation_desk.confirm, line.id, by=cast["sven"])


def test_what_was_lent_is_not_lent_on(hub, cast):
    lent(hub, cast)
    carla, _ = add_person(hub, "carla", roles=())
    with pytest.raises(Forbidden, match="You are not approver for MUSTER yourself"):
        asked(hub, cast["ben"], carla)


def test_no_administrator_gets_one_and_who_has_one_becomes_no_administrator(hub, cast):
    with pytest.raises(Unacceptable, match="neither creates nor approves"):
        asked(hub, cast["anna"], cast["rita"])
    other, _ = add_person(hub, "rita-2", roles=(), same_as=cast["rita"].id)
    with pytest.raises(Unacceptable, match="neither creates nor approves"):
        asked(hub, cast["anna"], other)
    asked(hub, cast["anna"], cast["ben"])
    with pytest.raises(Unacceptable, match="neither creates nor approves"):
        act(hub, grant_desk.grant, cast["ben"], Role.ADMINISTRATOR, EVERY, by=cast["rita"], reason="a new duty")


def test_an_administrator_who_came_in_between_is_noticed_at_the_confirmation(hub, cast):
    line = asked(hub, cast["anna"], cast["ben"])
    add_person(hub, "ben-2", roles=("administrator",), same_as=cast["ben"].id)
    with pytest.raises(Unacceptable, match="neither creates nor approves"):
        act(hub, delegation_desk.confirm, line.id, by=cast["rita"])
    assert not may_approve(hub, cast["ben"])


def test_another_account_of_the_same_person_is_nobody_else(hub, cast):
    other, _ = add_person(hub, "anna-2", roles=(), same_as=cast["anna"].id)
    with pytest.raises(Unacceptable, match="this one is you"):
        asked(hub, cast["anna"], other)


@pytest.mark.parametrize("by", ["anna", "ben", "rita"])
def test_either_side_and_an_administrator_end_it_at_once(hub, cast, by):
    line = lent(hub, cast)
    ended = act(
        hub, delegation_desk.end, line.id, by=cast[by], administrates=by == "rita", reason="back from leave"
    )  # fmt: skip
    assert ended.stands(hub.clock.now()) == "over"
    assert not may_approve(hub, cast["ben"])
    with pytest.raises(Conflict):
        act(hub, delegation_desk.end, line.id, by=cast[by], administrates=True, reason="again")


def test_nobody_else_ends_it(hub, cast):
    line = lent(hub, cast)
    carla, _ = add_person(hub, "carla", roles=("approver",))
    with pytest.raises(Forbidden):
        act(hub, delegation_desk.end, line.id, by=carla, administrates=False, reason="I do not like it")
    assert may_approve(hub, cast["ben"])


def test_it_is_void_when_the_grant_it_draws_on_ends_and_says_so(hub, cast):
    line = lent(hub, cast)
    act(hub, grant_desk.end, grant_of(hub, cast["anna"]), by=cast["rita"], reason="she left the team")
    assert not may_approve(hub, cast["ben"])
    with hub.reading() as connection:
        after = Delegations(connection).lines(delegation_id=line.id)[0]
    assert after.ended_at == hub.clock.now()
    assert after.stands(hub.clock.now()) == "over"


def test_a_new_grant_does_not_wake_a_delegation_of_the_old_one(hub, cast):
    lent(hub, cast)
    act(hub, grant_desk.end, grant_of(hub, cast["anna"]), by=cast["rita"], reason="she left the team")
    row = act(hub, grant_desk.grant, cast["anna"], Role.APPROVER, "MUSTER", by=cast["rita"], reason="she is back")
    act(hub, grant_desk.confirm, row.id, by=cast["sven"])
    assert may_approve(hub, cast["anna"])
    assert not may_approve(hub, cast["ben"])


def test_it_is_void_when_its_giver_is_disabled_or_their_grant_runs_out(hub, cast):
    lent(hub, cast)
    with hub.unit_of_work(actor="test") as work:
        Grants(work.connection).change(grant_of(hub, cast["anna"]), ends_at=NOON + timedelta(days=1))
        work.commit()
    assert may_approve(hub, cast["ben"])
    hub.clock.at = NOON + timedelta(days=1)
    assert not may_approve(hub, cast["ben"])
    hub.clock.at = NOON
    with hub.unit_of_work(actor="test") as work:
        People(work.connection).disable("anna", work.at)
        work.commit()
    assert not may_approve(hub, cast["ben"])


def test_the_people_hear_of_it_and_the_trail_names_both(hub, cast):
    line = lent(hub, cast)
    act(hub, delegation_desk.end, line.id, by=cast["ben"], administrates=False, reason="back from leave")
    with hub.reading() as connection:
        rows = console.trail(connection, EVERYTHING, subject=cast["ben"].id).items
    told = [one.action for one in reversed(rows) if "delegation" in one.action]
    assert told == [
        "delegation.asked", "payhub.delegation.asked.v1", "delegation.begun", "payhub.delegation.begun.v1",
        "delegation.ended", "payhub.delegation.ended.v1",
    ]  # fmt: skip
    assert {one.data["for"] for one in rows if one.action.startswith("delegation.")} == {cast["anna"].id}
