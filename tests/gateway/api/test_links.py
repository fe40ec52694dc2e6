"""Links with sign-in services over HTTP: two administrators, as with the commands."""

from dataclasses import replace

import pytest

from gateway.persistence.identities import Identities
from gateway.settings_sign_in import Issuer
from tests.gateway.hubs import NOON, add_person

ADDRESS = "https://id.corp.example"
REASON = {"reason": "a new colleague"}


@pytest.fixture
def cast(door):
    """A hub that knows one sign-in service; Rita and Otto administrate, Ben is to be linked."""
    corp = Issuer(name="corp", title="Corporate sign-in", issuer=ADDRESS, client_id="payhub")
    hub = door.hub
    sign_in = replace(hub.settings.sign_in, issuers={"corp": corp})
    hub.configuration = replace(hub.configuration, settings=replace(hub.settings, sign_in=sign_in))
    door.ben, ben = add_person(hub, "ben", roles=())
    door.rita, rita = add_person(hub, "rita", roles=("administrator",))
    door.otto, otto = add_person(hub, "otto", roles=("administrator",))
    keys = {"ben": ben, "rita": rita, "otto": otto}

    def say(who, path, body=REASON, code=None):
        headers = door.bearer(keys[who]) | ({} if code is None else {"X-Second-Factor": code})
        return door.http.post(f"/v1/{path}", json=body, headers=headers)

    door.say = say
    door.ask = lambda who="rita", **more: say(
        who, f"people/{door.ben.id}/links", {"issuer": "corp", "subject": "ben@corp.example"} | REASON | more
    )
    door.listed = lambda: door.http.get("/v1/links", headers=door.bearer(rita)).json()["items"]
    return door


def stands_for(door):
    with door.hub.reading() as connection:
        return Identities(connection).person(ADDRESS, "ben@corp.example", NOON)


def test_one_asks_another_confirms_and_one_ends_it(cast):
    asked = cast.ask()
    assert (asked.status_code, asked.json()["since"], asked.json()["linked_by"]) == (201, None, "rita")
    link = asked.json()["id"]
    assert "corp" not in link, "addresses are written into logs, and a subject may be one of e-mail"
    assert stands_for(cast) is None
    assert cast.say("rita", f"links/{link}/confirmation").status_code == 403
    assert stands_for(cast) is None
    confirmed = cast.say("otto", f"links/{link}/confirmation").json()
    assert (confirmed["confirmed_by"], confirmed["person"]) == ("otto", "ben")
    assert stands_for(cast) == cast.ben.id
    assert cast.say("otto", f"links/{link}/confirmation").json()["code"] == "person.link_not_waiting"
    assert [one["id"] for one in cast.listed()] == [link]
    assert cast.say("otto", f"links/{link}/end").status_code == 200
    assert (cast.listed(), stands_for(cast)) == ([], None)
    assert cast.say("otto", f"links/{link}/end").status_code == 404


def test_nobody_links_themselves_and_only_administrators_link(cast):
    assert cast.ask("ben").status_code == 403
    own = cast.say("rita", f"people/{cast.rita.id}/links", {"issuer": "corp", "subject": "r"} | REASON)
    assert (own.status_code, own.json()["code"]) == (403, "person.own_rights")
    link = cast.say("rita", f"people/{cast.otto.id}/links", {"issuer": "corp", "subject": "o"} | REASON).json()["id"]
    own = cast.say("otto", f"links/{link}/confirmation")
    assert (own.status_code, own.json()["code"]) == (403, "person.own_rights")


def test_what_was_shown_of_one_person_is_not_confirmed_of_another(cast):
    shown = cast.ask().json()["id"]
    assert cast.say("rita", f"links/{shown}/end").status_code == 200
    other, _ = add_person(cast.hub, "dora", roles=("approver",))
    about = {"issuer": "corp", "subject": "ben@corp.example"} | REASON
    assert cast.say("rita", f"people/{other.id}/links", about).status_code == 201
    assert cast.say("otto", f"links/{shown}/confirmation").status_code == 404
    assert stands_for(cast) is None


def test_a_link_that_waits_keeps_nobody_from_confirming_and_one_that_holds_asks_for_a_code(cast):
    about = {"issuer": "corp", "subject": "otto@corp.example"} | REASON
    waits = cast.say("rita", f"people/{cast.otto.id}/links", about).json()["id"]
    assert cast.say("otto", f"links/{cast.ask().json()['id']}/confirmation").status_code == 200
    _, sven = add_person(cast.hub, "sven", roles=("administrator",))
    confirmed = cast.http.post(f"/v1/links/{waits}/confirmation", headers=cast.bearer(sven))
    assert confirmed.status_code == 200
    grant = cast.say("rita", f"people/{cast.ben.id}/grants", {"role": "approver", "entity": "*"} | REASON).json()["id"]
    assert cast.say("otto", f"grants/{grant}/confirmation").json()["code"] == "person.second_factor_needed"


def test_an_unknown_service_and_a_second_link_are_refused_by_name(cast):
    assert cast.ask(issuer="nobody").json()["code"] == "person.unknown_issuer"
    assert cast.ask().status_code == 201
    assert cast.ask().json()["code"] == "person.linked"
    assert cast.ask(subject="another").json()["code"] == "person.linked_otherwise"
