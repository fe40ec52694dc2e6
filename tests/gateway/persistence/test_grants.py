from datetime import timedelta

import pytest

from gateway.domain.errors import Conflict, Forbidden, Unacceptable
from gateway.domain.roles import EVERY, Role, Verb, may
from gateway.persistence import grant_desk
from gateway.persistence.grants import Grants
from gateway.persistence.people import People
from tests.gateway.hubs import NOON, add_person, open_hub


@pytest.fixture
def hub(tmp_path):
    hub = open_hub(tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def ruled(hub):
    """A hub with two administrators, as it is once it has been set up."""
    return hub, *(add_person(hub, name, roles=("administrator",))[0] for name in ("rita", "sven"))


def act(hub, what, *given, **facts):
    with hub.unit_of_work(actor="test") as work:
        row = what(work, *given, **facts)
        work.commit()
    return row


def holds(hub, person, verb=Verb.BATCH_APPROVE, entity="MUSTER"):
    with hub.reading() as connection:
        return may(Grants(connection).held(person.id, hub.clock.now()), verb, entity)


def asked(hub, person, role=Role.APPROVER, entity=EVERY, *, by, **facts):
    return act(hub, grant_desk.grant, person, role, entity, by=by, reason="a new duty", **facts)


def test_a_grant_to_approve_holds_only_after_a_second_administrator_confirmed(ruled):
    hub, rita, sven = ruled
    anna, _ = add_person(hub, "anna", roles=())
    row = asked(hub, anna, by=rita)
    assert not holds(hub, anna)
    with pytest.raises(Forbidden, match="another administrator"):
        act(hub, grant_desk.confirm, row.id, by=rita)
    act(hub, grant_desk.confirm, row.id, by=sven)
    assert holds(hub, anna)
    with pytest.raises(Conflict):
        act(hub, grant_desk.confirm, row.id, by=sven)


def test_a_second_account_of_an_administrator_does_not_confirm_what_the_first_asked_for(ruled):
    hub, rita, _ = ruled
    other, _ = add_person(hub, "rita-2", roles=("administrator",), same_as=rita.id)
    anna, _ = add_person(hub, "anna", roles=())
    row = asked(hub, anna, by=rita)
    with pytest.raises(Forbidden):
        act(hub, grant_desk.confirm, row.id, by=other)
    assert not holds(hub, anna)


def test_nobody_changes_their_own_rights_not_even_through_another_account(ruled):
    hub, rita, sven = ruled
    other, _ = add_person(hub, "rita-2", roles=(), same_as=rita.id)
    for person in (rita, other):
        with pytest.raises(Forbidden, match="own rights"):
            asked(hub, person, Role.AUDITOR, by=rita)
    row = asked(hub, other, Role.ADMINISTRATOR, by=sven)
    with pytest.raises(Forbidden, match="own rights"):
        act(hub, grant_desk.confirm, row.id, by=rita)


def test_one_person_does_not_administrate_and_approve_over_two_accounts(ruled):
    hub, rita, sven = ruled
    other, _ = add_person(hub, "rita-2", roles=(), same_as=rita.id)
    with pytest.raises(Unacceptable, match="two persons"):
        asked(hub, other, Role.APPROVER, by=sven)


def test_the_command_line_grants_only_until_there_are_two_administrators(hub):
    rita, _ = add_person(hub, "rita", roles=())
    sven, _ = add_person(hub, "sven", roles=())
    assert asked(hub, rita, Role.ADMINISTRATOR, by=None).since is not None
    assert asked(hub, sven, Role.ADMINISTRATOR, by=None).since is not None
    with pytest.raises(Conflict, match="one of them grants"):
        asked(hub, add_person(hub, "anna", roles=())[0], by=None)


def test_two_accounts_of_one_administrator_do_not_end_the_setting_up(hub):
    rita, _ = add_person(hub, "rita", roles=("administrator",))
    add_person(hub, "rita-2", roles=("administrator",), same_as=rita.id)
    assert asked(hub, add_person(hub, "sven", roles=())[0], Role.ADMINISTRATOR, by=None).since is not None


def test_a_grant_for_one_entity_is_none_for_another_and_ends_when_it_says(ruled):
    hub, rita, _ = ruled
    mia, _ = add_person(hub, "mia", roles=())
    asked(hub, mia, Role.MAKER, "MUSTER", by=rita, ends_at=NOON + timedelta(hours=1))
    assert holds(hub, mia, Verb.BATCH_BRING)
    assert not holds(hub, mia, Verb.BATCH_BRING, "BEISPIEL")
    assert not holds(hub, mia, Verb.BATCH_BRING, EVERY)
    hub.clock.at = NOON + timedelta(hours=1)
    assert not holds(hub, mia, Verb.BATCH_BRING)


def test_an_ended_grant_stays_in_the_history_with_who_ended_it(ruled):
    hub, rita, sven = ruled
    mia, _ = add_person(hub, "mia", roles=())
    row = asked(hub, mia, Role.MAKER, by=rita)
    act(hub, grant_desk.end, row.id, by=sven, reason="she left")
    assert not holds(hub, mia, Verb.BATCH_BRING)
    with hub.reading() as connection:
        [kept] = Grants(connection).all(mia.id)
    assert (kept.asked_by, kept.ended_by) == (rita.id, sven.id)


def test_a_disabled_account_is_no_administrator(ruled):
    hub, rita, _ = ruled
    act(hub, lambda work: People(work.connection).disable("sven", work.at))
    with hub.reading() as connection:
        assert Grants(connection).administrators(hub.clock.now()) == 1
    assert rita.disabled_at is None
