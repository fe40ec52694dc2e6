import pytest

from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.persistence.people import People
from tests.gateway.hubs import add_person, document


@pytest.fixture
def validated(door):
    """A batch of three payments that passed every rule; the last one is held."""
    batch_id = door.submit(document("1.00", "2.00", "4.00")).json()["id"]
    with door.hub.unit_of_work(actor="validate") as work:
        everything = Selection(batch_id=batch_id)
        work.payments.move(everything, State.RECEIVED, State.VALIDATED, step="validate", reason="every rule passed")
        last = Selection(batch_id=batch_id, positions=(2, 3))
        work.payments.hold(last, kind="duplicate", reason="looks like another one", owner="validate")
        work.commit()
    return batch_id


@pytest.fixture
def decide(door, validated):
    def decide(who, decision="approve", digest=None, reason=""):
        path = f"/v1/batches/{validated}/approvals"
        if digest is None:
            digest = door.http.get(path, headers=who).json()["digest"]
        body = {"decision": decision, "digest": digest, "reason": reason}
        return door.http.post(path, headers=who, json=body)

    return decide


def states(door, batch_id):
    batch = door.http.get(f"/v1/batches/{batch_id}", headers=door.as_anna).json()
    return {(one["state"], one["held"]): one["count"] for one in batch["states"]}


def test_what_waits_is_shown_with_its_digest_and_sums(door, validated):
    standing = door.http.get(f"/v1/batches/{validated}/approvals", headers=door.as_anna).json()
    assert (standing["count"], standing["held"]) == (2, 1)
    assert standing["totals"] == [{"currency": "EUR", "amount": "3.00"}]
    assert (standing["given"], standing["needed"]) == (0, 2)


def test_two_people_approve_and_the_held_payment_stays(door, validated, decide):
    first = decide(door.as_anna)
    assert first.status_code == 200, first.text
    assert first.json()["given"] == 1
    assert states(door, validated) == {("validated", False): 2, ("validated", True): 1}
    assert decide(door.as_bert).status_code == 200
    assert states(door, validated) == {("approved", False): 2, ("validated", True): 1}


def test_one_person_does_not_count_twice(door, validated, decide):
    decide(door.as_anna)
    second = decide(door.as_anna)
    assert (second.status_code, second.json()["code"]) == (409, "approval.already_decided")


def test_a_decision_about_other_content_is_stale(door, decide):
    answer = decide(door.as_anna, digest="0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (409, "approval.stale_digest")


def test_an_api_key_never_approves(door, validated, decide):
    answer = decide(door.as_erp)
    assert (answer.status_code, answer.json()["code"]) == (403, "request.person_needed")
    assert states(door, validated) == {("validated", False): 2, ("validated", True): 1}


def test_a_decline_moves_what_was_shown(door, validated, decide):
    assert decide(door.as_anna, "decline", reason="wrong month").status_code == 200
    assert states(door, validated) == {("declined", False): 2, ("validated", True): 1}


def test_a_released_hold_joins_what_waits_and_changes_the_digest(door, validated, decide):
    path = f"/v1/batches/{validated}/approvals"
    before = door.http.get(path, headers=door.as_anna).json()["digest"]
    body = {"payment_ids": [f"{validated}-0000002"], "decision": "release", "reason": "it is meant"}
    holds = f"/v1/batches/{validated}/holds"
    assert door.http.post(holds, headers=door.as_erp, json=body).status_code == 403
    first = door.http.post(holds, headers=door.as_anna, json=body)
    assert (first.status_code, first.json()["released"], first.json()["waiting"]) == (200, 0, 1)
    detail = door.http.get(f"/v1/payments/{validated}-0000002", headers=door.as_bert).json()
    assert [one["person_name"] for one in detail["hold_words"]] == ["Anna"]
    twice = door.http.post(holds, headers=door.as_anna, json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "hold.already_said")
    after = door.http.post(holds, headers=door.as_bert, json=body)
    assert (after.status_code, after.json()["released"], after.json()["waiting"]) == (200, 1, 0)
    assert (after.json()["count"], after.json()["held"]) == (3, 0)
    assert after.json()["digest"] != before
    again = door.http.post(holds, headers=door.as_anna, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "hold.not_held")


def test_a_held_payment_can_be_declined_alone(door, validated):
    body = {"payment_ids": [f"{validated}-0000002"], "decision": "decline", "reason": "paid last week"}
    answer = door.http.post(f"/v1/batches/{validated}/holds", headers=door.as_anna, json=body)
    assert answer.status_code == 200, answer.text
    assert states(door, validated) == {("validated", False): 2, ("declined", True): 1}


def test_a_payment_of_another_batch_is_not_released_on_the_side(door, validated):
    body = {"payment_ids": ["0" * 26 + "-0000002"], "decision": "release", "reason": "it is meant"}
    assert door.http.post(f"/v1/batches/{validated}/holds", headers=door.as_anna, json=body).status_code == 404


def test_the_erp_withdraws_its_own_batch(door, validated):
    path = f"/v1/batches/{validated}/cancellation"
    answer = door.http.post(path, headers=door.as_erp, json={"reason": "wrong run"})
    assert answer.json() == {"batch_id": validated, "cancelled": 3, "not_cancelled": 0, "kept": []}
    assert door.http.post(path, headers=door.as_erp, json={"reason": "wrong run"}).status_code == 409


def test_a_decision_of_the_wrong_shape_is_explained(door, validated):
    answer = door.http.post(f"/v1/batches/{validated}/approvals", headers=door.as_anna, json={"decision": "maybe"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert {one["path"] for one in answer.json()["findings"]} == {"body/decision", "body/digest"}


def test_a_person_stops_payments_and_says_who_must_act(door, validated):
    path = f"/v1/batches/{validated}/manual-holds"
    body = {"payment_ids": [f"{validated}-0000000"], "reason": "the payee called", "owner": "bert"}
    assert door.http.post(path, headers=door.as_erp, json=body).json()["code"] == "request.person_needed"
    stranger = door.http.post(path, headers=door.as_anna, json=body | {"owner": "nobody"})
    assert (stranger.status_code, stranger.json()["code"]) == (422, "hold.unknown_owner")
    answer = door.http.post(path, headers=door.as_anna, json=body)
    assert answer.json() == {"batch_id": validated, "held": 1, "already": 0, "too_late": 0}
    detail = door.http.get(f"/v1/payments/{validated}-0000000", headers=door.as_anna).json()
    assert (detail["hold"], detail["hold_owner"], detail["hold_reason"]) == ("manual", "bert", "the payee called")
    assert detail["hold_words"] == []
    rest = door.http.post(path, headers=door.as_anna, json={"reason": "all of it"})
    assert rest.json() == {"batch_id": validated, "held": 1, "already": 2, "too_late": 0}
    assert door.http.post(path, headers=door.as_anna, json=body).status_code == 409


def test_a_whole_batch_of_holds_is_lifted_by_two_who_name_no_payment(door, validated):
    door.http.post(f"/v1/batches/{validated}/manual-holds", headers=door.as_anna, json={"reason": "stop it all"})
    body = {"decision": "release", "reason": "all of it is meant"}
    holds = f"/v1/batches/{validated}/holds"
    blind = door.http.post(holds, headers=door.as_anna, json=body)
    assert (blind.status_code, blind.json()["code"]) == (422, "hold.digest_needed")
    now = door.http.get(holds, headers=door.as_anna).json()
    assert [(one["kind"], one["count"], one["words"]) for one in now["holds"]] == [
        ("duplicate", 1, []), ("manual", 2, []),
    ]  # fmt: skip
    body["digest"] = now["digest"]
    assert door.http.post(holds, headers=door.as_anna, json=body).json()["waiting"] == 3
    (first, _) = door.http.get(holds, headers=door.as_bert).json()["holds"]
    assert [(one["person_name"], one["count"]) for one in first["words"]] == [("Anna", 1)]
    after = door.http.post(holds, headers=door.as_bert, json=body).json()
    assert (after["released"], after["count"], after["held"]) == (3, 3, 0)


def test_a_hold_put_on_since_people_looked_is_not_lifted_on_the_side(door, validated):
    holds = f"/v1/batches/{validated}/holds"
    body = {"decision": "release", "reason": "all of it is meant"}
    body["digest"] = door.http.get(holds, headers=door.as_anna).json()["digest"]
    stop = {"payment_ids": [f"{validated}-0000000"], "reason": "the payee called"}
    door.http.post(f"/v1/batches/{validated}/manual-holds", headers=door.as_bert, json=stop)
    stale = door.http.post(holds, headers=door.as_anna, json=body)
    assert (stale.status_code, stale.json()["code"]) == (409, "hold.stale_digest")
    assert states(door, validated) == {("validated", False): 1, ("validated", True): 2}


def test_two_accounts_of_one_person_are_one_word(door, validated):
    with door.hub.unit_of_work(actor="test") as work:
        anna = People(work.connection).with_name("anna")
    _, token = add_person(door.hub, "anna-too", same_as=anna.id)
    body = {"payment_ids": [f"{validated}-0000002"], "decision": "release", "reason": "all of it is meant"}
    holds = f"/v1/batches/{validated}/holds"
    assert door.http.post(holds, headers=door.as_anna, json=body).status_code == 200
    again = door.http.post(holds, headers={"Authorization": f"Bearer {token}"}, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "hold.already_said")


def test_the_erp_withdraws_one_payment_of_its_batch(door, validated):
    path = f"/v1/batches/{validated}/cancellation"
    body = {"reason": "paid by card", "payment_ids": [f"{validated}-0000001"]}
    answer = door.http.post(path, headers=door.as_erp, json=body)
    assert answer.json() == {"batch_id": validated, "cancelled": 1, "not_cancelled": 0, "kept": []}
    assert states(door, validated) == {("validated", False): 1, ("validated", True): 1, ("cancelled", False): 1}
    other = door.http.post(path, headers=door.as_erp, json=body | {"payment_ids": ["0" * 26 + "-0000001"]})
    assert other.status_code == 404
    assert door.http.post(path, headers=door.as_erp, json=body).status_code == 409
