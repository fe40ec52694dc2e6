import pytest

from gateway.api.problems import Unauthenticated
from gateway.api.signing_in import sign_in
from tests.gateway.hubs import MUSTER, PASSWORD, document


def rows(door, **params):
    return door.http.get("/v1/audit", headers=door.as_bert, params={"limit": 1000} | params).json()["items"]


def test_the_callers_request_id_is_in_the_answer_and_on_every_row_of_the_request(door):
    answer = door.submit(**{"X-Request-ID": "erp-run-4711"})
    assert answer.headers["X-Request-ID"] == "erp-run-4711"
    found = rows(door, subject=answer.json()["id"])
    assert found
    assert {(one["request_id"], one["address"]) for one in found} == {("erp-run-4711", "127.0.0.1")}
    assert door.http.get("/v1/audit/verification", headers=door.as_bert).json() == {"intact": True, "breaches": []}


@pytest.mark.parametrize("given", ["", "with blanks", "x" * 65, "<script>"])
def test_an_id_that_is_missing_or_odd_is_made_here(door, given):
    answer = door.http.get("/health/live", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] not in {"", given}


def test_a_problem_says_under_which_id_the_request_is_known(door):
    answer = door.http.get("/v1/batches/none", headers=door.as_anna | {"X-Request-ID": "q-1"})
    assert (answer.status_code, answer.json()["request_id"]) == (404, "q-1")
    refused = door.http.get("/v1/batches", headers={"X-Request-ID": "q-2"})
    assert (refused.status_code, refused.json()["request_id"]) == (401, "q-2")
    unknown = door.http.get("/nowhere", headers={"X-Request-ID": "q-3"})
    assert unknown.json()["request_id"] == "q-3"


def test_what_the_hub_does_by_itself_has_no_address(door):
    door.http.get("/health/live", headers={"X-Request-ID": "q-4"})
    with door.hub.unit_of_work(actor="payhub") as work:
        work.note(action="by itself", subject="x", data={})
        work.commit()
    assert [(one["address"], one["request_id"]) for one in rows(door, subject="x")] == [(None, None)]


def test_who_looked_at_bank_details_is_on_the_trail_and_what_they_saw_is_not(door):
    batch = door.submit().json()["id"]
    payment = door.http.get(f"/v1/batches/{batch}/payments", headers=door.as_anna).json()["items"][0]["id"]
    door.http.get(f"/v1/payments/{payment}", headers=door.as_erp)
    assert [one for one in rows(door, subject=payment) if one["action"] == "bank_details.viewed"] == []
    assert MUSTER in door.http.get(f"/v1/payments/{payment}", headers=door.as_anna).text
    (seen,) = [one for one in rows(door, subject=payment) if one["action"] == "bank_details.viewed"]
    assert (seen["actor"], seen["data"]) == (door.anna.id, {"of": "payment"})


def test_a_failed_sign_in_is_on_the_trail_whoever_was_meant_and_names_nobody(door):
    for name in ("anna", "nobody-knows-her"):
        with pytest.raises(Unauthenticated):
            sign_in(door.hub, name, "wrong")
    sign_in(door.hub, "anna", PASSWORD)
    found = rows(door)
    assert [one["subject"] for one in found if one["action"] == "person.sign_in_failed"] == [door.anna.id]
    assert [one["subject"] for one in found if one["action"] == "credential.refused"] == ["nobody"]
    assert [one["subject"] for one in found if one["action"] == "person.signed_in"] == [door.anna.id]
    assert "nobody-knows-her" not in str(found)


def test_the_configuration_that_runs_is_on_the_trail_once_for_each_change(door):
    hub = door.hub
    hub.configuration.sources.update({"payhub.toml": "", "banks/nordbank.toml": "a = 1"})
    for _ in range(2):
        hub.note_configuration()
    hub.configuration.sources["banks/nordbank.toml"] = "a = 2"
    hub.note_configuration()
    first, second = [one["data"] for one in rows(door, subject="configuration")]
    assert first["keys"] == {"vault": "k1"}
    assert second["changed"] == ["banks/nordbank.toml"]
    assert second["before"] == first["digest"]


def test_a_body_repeated_under_its_key_is_no_other_request(door):
    first = door.submit(document("1.00"), key="K-9", **{"X-Request-ID": "r-1"})
    again = door.submit(document("1.00"), key="K-9", **{"X-Request-ID": "r-2"})
    assert (again.json(), again.headers["X-Request-ID"]) == (first.json(), "r-2")


def test_a_list_of_payments_is_one_row_with_what_was_asked_and_how_many_were_shown(door):
    batch = door.submit(document("1.00", "2.00", "3.00")).json()["id"]
    answer = door.http.get("/v1/payments", headers=door.as_anna, params={"batch_id": batch, "limit": 2})
    assert len(answer.json()["items"]) == 2
    door.http.get(f"/v1/batches/{batch}/payments", headers=door.as_anna)
    door.http.get("/v1/payments", headers=door.as_erp)
    door.http.get("/v1/payments", headers=door.as_anna, params={"state": "settled"})
    listed = [one for one in rows(door) if one["action"] == "bank_details.listed"]
    assert [(one["actor"], one["subject"], one["data"]["count"], one["data"]["query"]) for one in listed] == [
        (door.anna.id, batch, 2, {"batch_id": batch}), (door.anna.id, batch, 3, {}),
    ]  # fmt: skip
    assert MUSTER not in str(listed)


def test_what_somebody_typed_to_find_a_payment_is_not_on_the_trail(door):
    door.submit(document("1.00", message_id="Salary-Miller"))
    door.http.get("/v1/payments", headers=door.as_anna, params={"end_to_end_id": "Salary-Miller-1"})
    (one,) = [one for one in rows(door) if one["action"] == "bank_details.listed"]
    assert "Miller" not in str(one["data"])
    assert len(one["data"]["query"]["end_to_end_id"]) == 64
