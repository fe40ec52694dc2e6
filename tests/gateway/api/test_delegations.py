from datetime import timedelta

import pytest

from gateway.api import second_factor
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.persistence.queries import EVERYTHING, console
from tests.gateway.hubs import NOON, add_person


@pytest.fixture
def cast(door):
    """Anna and Bert approve; Ben may do nothing; Rita administrates. Each with the header of their token."""
    door.ben, ben = add_person(door.hub, "ben", roles=())
    _, rita = add_person(door.hub, "rita", roles=("administrator",))
    return {"ben": door.bearer(ben), "rita": door.bearer(rita), "anna": door.as_anna, "bert": door.as_bert}


def wish(**change):
    return {
        "to": "ben", "role": "approver", "entity": "MUSTER", "starts_at": NOON.isoformat(),
        "ends_at": (NOON + timedelta(days=7)).isoformat(), "reason": "on leave",
    } | change  # fmt: skip


@pytest.fixture
def lend(door, cast):
    """Lets Ben sign for somebody; confirmed."""

    def ask(giver="anna", **change):
        asked = door.http.post("/v1/delegations", json=wish(**change), headers=cast[giver])
        assert asked.status_code == 201, asked.text
        path = f"/v1/delegations/{asked.json()['id']}/confirmation"
        assert door.http.post(path, headers=cast["rita"]).json()["stands"] == "holds"
        return asked.json()["id"]

    return ask


@pytest.fixture
def batch_id(door):
    found = door.submit().json()["id"]
    with door.hub.unit_of_work(actor="worker") as work:
        work.payments.move(
            Selection(batch_id=found), State.RECEIVED, State.VALIDATED, step="validate", reason="checked"
        )
        work.commit()
    return found


def sign(door, headers, batch_id, decision="approve"):
    path = f"/v1/batches/{batch_id}/approvals"
    digest = door.http.get(path, headers=door.as_anna).json()["digest"]
    return door.http.post(path, json={"decision": decision, "digest": digest or "0" * 64}, headers=headers)


def states(door, batch_id):
    with door.hub.unit_of_work(actor="test") as work:
        return {one.state for one in work.payments.tally(Selection(batch_id=batch_id))}


def test_who_signs_for_another_is_one_of_two_with_a_third_and_the_trail_names_both(door, cast, lend, batch_id):
    assert sign(door, cast["ben"], batch_id).status_code == 403, "Ben may do nothing yet"
    lend()
    said = sign(door, cast["ben"], batch_id)
    assert said.status_code == 200, said.text
    (given,) = said.json()["approvals"]
    assert (given["person_name"], given["right_of"]) == ("Ben for Anna", door.anna.id)
    assert states(door, batch_id) == {State.VALIDATED}
    assert sign(door, cast["bert"], batch_id).status_code == 200
    assert states(door, batch_id) == {State.APPROVED}
    with door.hub.reading() as connection:
        row = next(
            one for one in console.trail(connection, EVERYTHING, subject=batch_id).items
            if one.action == "batch.approve" and one.data["right_of"]
        )  # fmt: skip
    assert (row.data["person"], row.data["right_of"]) == (door.ben.id, door.anna.id)


@pytest.mark.parametrize("order", [("ben", "anna"), ("anna", "ben")])
def test_who_signs_and_whose_right_it_was_are_never_two(door, cast, lend, batch_id, order):
    lend()
    first, second = (cast[name] for name in order)
    assert sign(door, first, batch_id).status_code == 200
    refused = sign(door, second, batch_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "approval.same_right")
    assert states(door, batch_id) == {State.VALIDATED}


def test_whose_right_was_used_can_still_say_no(door, cast, lend, batch_id):
    lend()
    sign(door, cast["ben"], batch_id)
    assert sign(door, cast["anna"], batch_id, "decline").status_code == 200
    assert states(door, batch_id) == {State.DECLINED}


def test_with_two_rights_to_choose_from_the_one_is_used_that_counts(door, cast, lend, batch_id):
    lend("anna")
    lend("bert")
    assert sign(door, cast["anna"], batch_id).status_code == 200
    given = sign(door, cast["ben"], batch_id).json()["approvals"]
    assert {one["person_name"] for one in given} == {"Anna", "Ben for Bert"}  # the clock stands: their order is chance
    assert states(door, batch_id) == {State.APPROVED}


def test_what_was_lent_opens_no_other_door(door, cast, lend, batch_id):
    lend()
    held = {"payment_ids": [f"{batch_id}-0000000"], "decision": "release", "reason": "it is meant"}
    assert door.http.post(f"/v1/batches/{batch_id}/holds", json=held, headers=cast["ben"]).status_code == 403
    day = {"requested_date": "2026-12-01", "reason": "it is meant"}
    assert door.http.post(f"/v1/batches/{batch_id}/renewal", json=day, headers=cast["ben"]).status_code == 403
    assert door.http.post("/v1/delegations", json=wish(to="bert"), headers=cast["ben"]).status_code == 403


def test_a_delegation_that_was_ended_signs_nothing_more(door, cast, lend, batch_id):
    path = f"/v1/delegations/{lend()}/end"
    assert door.http.post(path, json={"reason": "I am back"}, headers=cast["bert"]).status_code == 403
    assert door.http.post(path, json={"reason": "I am back"}, headers=cast["anna"]).json()["stands"] == "over"
    assert sign(door, cast["ben"], batch_id).status_code == 403


def test_each_sees_their_own_and_those_who_see_people_all(door, cast, lend):
    add_person(door.hub, "otto", roles=("auditor",))
    lend("anna")
    lend("bert")

    def seen(name):
        return len(door.http.get("/v1/delegations", headers=cast[name]).json()["items"])

    carla = door.bearer(add_person(door.hub, "carla", roles=("approver",))[1])
    assert door.http.get("/v1/delegations", headers=carla).json()["items"] == []
    assert (seen("ben"), seen("rita"), seen("anna")) == (2, 2, 2), "Anna is an auditor here"
    assert door.http.get("/v1/delegations", headers=door.as_erp).status_code == 403


def test_handing_over_needs_a_code_and_what_was_typed_is_refused_by_name(door, cast):
    second_factor.begin(door.hub, door.anna)
    assert door.http.post("/v1/delegations", json=wish(), headers=cast["anna"]).status_code == 403
    for change, code in (
        ({"to": "nobody"}, "delegation.unknown_person"),
        ({"role": "emperor"}, "person.unknown_role"),
        ({"ends_at": (NOON + timedelta(days=90)).isoformat()}, "delegation.too_long"),
    ):
        answer = door.http.post("/v1/delegations", json=wish(**change), headers=cast["bert"])
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_what_people_may_do_shows_whose_right_it_is(door, cast, lend):
    lend()
    everybody = door.http.get("/v1/people", headers=cast["rita"]).json()["items"]
    ben = next(one for one in everybody if one["name"] == "ben")
    assert [(one["role"], one["right_of_name"]) for one in ben["grants"]] == [("approver", "Anna")]


def test_nothing_is_handed_over_for_an_entity_that_has_no_account(door, cast):
    answer = door.http.post("/v1/delegations", json=wish(entity="MUSTERR"), headers=cast["anna"])
    assert (answer.status_code, answer.json()["code"]) == (422, "person.unknown_entity")
