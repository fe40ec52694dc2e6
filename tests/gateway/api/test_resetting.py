"""A lost second factor is taken away by two administrators, neither of them for themselves."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from gateway.api import second_factor
from gateway.persistence.queries import EVERYTHING, console
from gateway.persistence.resets import WAITS_FOR
from gateway.persistence.tables import events
from tests.gateway.hubs import Phone, add_person

REASON = {"reason": "lost on the train, I called her"}


@pytest.fixture
def cast(door):
    """Anna has lost her phone; Rita and Otto administrate, and Otto has a phone."""
    door.lost = Phone(door.hub, door.anna)
    door.rita, rita = add_person(door.hub, "rita", roles=("administrator",))
    door.otto, otto = add_person(door.hub, "otto", roles=("administrator",))
    door.phone = Phone(door.hub, door.otto)
    keys = {"rita": rita, "otto": otto}

    def say(who, what="", *, about=None, code=None, body=REASON):
        headers = (door.as_anna if who == "anna" else door.bearer(keys[who])) | (
            {} if code is None else {"X-Second-Factor": code}
        )
        path = f"/v1/people/{(about or door.anna).id}/second-factor-reset{what}"
        return door.http.post(path, json=body, headers=headers)

    door.say = say
    door.listed = lambda: door.http.get("/v1/second-factor-resets", headers=door.bearer(rita)).json()["items"]
    return door


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def test_one_asks_another_confirms_with_a_code_and_the_person_is_told_each_time(cast):
    asked = cast.say("rita")
    assert (asked.status_code, asked.json()["person"], asked.json()["asked_by_name"]) == (201, "Anna", "Rita")
    assert second_factor.has_one(cast.hub, cast.anna.id)
    assert [one["person_id"] for one in cast.listed()] == [cast.anna.id]
    assert code_of(cast.say("rita")) == (409, "person.reset_asked")
    assert code_of(cast.say("rita", "/confirmation")) == (403, "person.grant_by_one")
    assert code_of(cast.say("otto", "/confirmation")) == (403, "person.second_factor_needed")
    assert cast.say("otto", "/confirmation", code=cast.phone.next()).json()["second_factor"] is False
    assert cast.listed() == []
    assert not second_factor.has_one(cast.hub, cast.anna.id)
    assert code_of(cast.say("otto", "/confirmation", code=cast.phone.next())) == (409, "person.reset_not_waiting")
    with cast.hub.reading() as connection:
        rows = console.trail(connection, EVERYTHING, subject=cast.anna.id).items
        told = set(connection.execute(select(events.c.type).where(events.c.subject == cast.anna.id)).scalars())
    done = next(one for one in rows if one.action == "person.second_factor_reset")
    assert (done.actor, done.data["asked_by"]) == (cast.otto.id, cast.rita.id)
    assert {"payhub.person.second_factor_reset_asked.v1", "payhub.person.second_factor_reset.v1"} == told


def test_nobody_has_a_word_about_their_own(cast):
    assert code_of(cast.say("otto", about=cast.otto)) == (403, "person.own_rights")
    assert cast.say("rita", about=cast.otto).status_code == 201
    own = cast.say("otto", "/confirmation", about=cast.otto, code=cast.phone.next())
    assert code_of(own) == (403, "person.own_rights")
    assert code_of(cast.say("otto", "/end", about=cast.otto)) == (403, "person.own_rights")
    assert cast.say("anna", about=cast.otto).status_code == 403
    assert second_factor.has_one(cast.hub, cast.otto.id)


def test_a_request_ends_when_it_is_taken_back_or_after_some_days(cast):
    cast.say("rita")
    assert cast.say("otto", "/end").status_code == 200, "it takes no power"
    assert code_of(cast.say("otto", "/confirmation", code=cast.phone.next())) == (409, "person.reset_not_waiting")
    assert cast.say("rita").status_code == 201
    cast.hub.clock.at += WAITS_FOR
    assert code_of(cast.say("otto", "/confirmation", code=cast.phone.next())) == (409, "person.reset_not_waiting")
    assert second_factor.has_one(cast.hub, cast.anna.id)


def test_a_second_factor_that_was_set_up_since_is_not_the_lost_one(cast):
    cast.say("rita")
    cast.hub.clock.at += timedelta(minutes=1)
    second_factor.begin(cast.hub, cast.anna, replace=True)  # by whoever runs the machine
    cast.hub.machine_ms.ms += 30_000
    phone = pending(cast)
    second_factor.confirm(cast.hub, cast.anna, phone)
    assert code_of(cast.say("otto", "/confirmation", code=cast.phone.next())) == (409, "person.reset_not_waiting")
    assert second_factor.has_one(cast.hub, cast.anna.id)


def pending(cast):
    """The first code of the authenticator that is being set up."""
    secret = second_factor.waiting(cast.hub, cast.anna).secret
    return pyotp.TOTP(secret).at(cast.hub.machine_ms.ms // 1000)
