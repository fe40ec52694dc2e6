from datetime import timedelta

import pytest

from gateway.api import credentials
from gateway.api.problems import Unauthenticated
from gateway.api.signing_in import sign_in
from gateway.persistence.clients import Clients
from gateway.persistence.people import FAILURES_MAX, LOCKED_FOR, People
from tests.gateway.hubs import FOREVER, NOON, PASSWORD, add_person


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer phk_0000000000_" + "0" * 52])
def test_whoever_is_unknown_gets_401_and_is_told_how_to_ask(door, key):
    answer = door.http.get("/v1/batches", headers={"Authorization": key} if key else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "request.unauthenticated"


def test_a_right_prefix_with_a_wrong_secret_is_refused(door):
    wrong = door.erp_key[:-1] + ("0" if door.erp_key[-1] != "0" else "1")
    assert door.http.get("/v1/batches", headers=door.bearer(wrong)).status_code == 401


def test_the_key_itself_is_nowhere_in_the_database(door):
    with door.hub.reading() as connection:
        client = Clients(connection).with_name("erp")
    assert door.erp_key not in repr(client)
    assert client.key_sha256 == credentials.digest(door.erp_key)


def test_a_client_sees_only_its_own_batches(door):
    sent = door.submit().json()
    for path in (f"/v1/batches/{sent['id']}", f"/v1/batches/{sent['id']}/payments",
                 f"/v1/payments/{sent['id']}-0000000", f"/v1/payments/{sent['id']}-0000000/timeline",
                 f"/v1/batches/{sent['id']}/approvals"):  # fmt: skip
        assert door.http.get(path, headers=door.as_erp).status_code == 200, path
        assert door.http.get(path, headers=door.as_other).status_code == 404, path
        assert door.http.get(path, headers=door.as_anna).status_code == 200, path
    assert door.http.get("/v1/batches", headers=door.as_other).json()["items"] == []
    assert door.http.get("/v1/payments", headers=door.as_other).json()["items"] == []
    withdrawal = {"reason": "not mine"}
    path = f"/v1/batches/{sent['id']}/cancellation"
    assert door.http.post(path, headers=door.as_other, json=withdrawal).status_code == 404


def test_a_disabled_client_is_refused(door):
    with door.hub.unit_of_work(actor="test") as work:
        Clients(work.connection).disable("erp", work.at)
        work.commit()
    assert door.http.get("/v1/batches", headers=door.as_erp).status_code == 401


def test_a_token_ends_by_date_by_revocation_and_with_its_person(door):
    def status(headers):
        return door.http.get("/v1/batches", headers=headers).status_code

    assert status(door.as_anna) == 200
    door.hub.clock.at = FOREVER + timedelta(seconds=1)
    assert status(door.as_anna) == 401
    door.hub.clock.at = NOON
    with door.hub.unit_of_work(actor="test") as work:
        People(work.connection).revoke_tokens(door.anna.id, NOON)
        People(work.connection).disable("bert", NOON)
        work.commit()
    assert status(door.as_anna) == 401
    assert status(door.as_bert) == 401


def test_what_only_people_may_see_or_do_is_forbidden_to_a_key(door):
    for path in ("/v1/audit", "/v1/audit/verification", "/v1/documents"):
        answer = door.http.get(path, headers=door.as_erp)
        assert (answer.status_code, answer.json()["code"]) == (403, "request.person_needed")
        assert door.http.get(path, headers=door.as_anna).status_code == 200


def test_a_person_signs_in_with_the_right_password(hub):
    anna, _ = add_person(hub)
    assert sign_in(hub, "anna", PASSWORD).id == anna.id
    with hub.reading() as connection:
        assert not credentials.weak(People(connection).get(anna.id).password), "a weak hash is replaced"


def test_an_unknown_name_and_a_wrong_password_are_refused_in_the_same_words(hub):
    add_person(hub)
    said = set()
    for name, password in (("nobody", PASSWORD), ("anna", "wrong password")):
        with pytest.raises(Unauthenticated) as refusal:
            sign_in(hub, name, password)
        said.add(refusal.value.message)
    assert len(said) == 1


def test_too_many_wrong_passwords_lock_a_person_out_for_a_while(hub):
    add_person(hub)
    for _ in range(FAILURES_MAX):
        with pytest.raises(Unauthenticated):
            sign_in(hub, "anna", "wrong password")
    with pytest.raises(Unauthenticated):
        sign_in(hub, "anna", PASSWORD)
    hub.clock.at = NOON + LOCKED_FOR + timedelta(seconds=1)
    assert sign_in(hub, "anna", PASSWORD).name == "anna"


def test_a_hash_is_argon2id_and_a_short_password_is_refused():
    assert credentials.hash_password("a long enough one").startswith("$argon2id$")
    with pytest.raises(credentials.Unacceptable):
        credentials.hash_password("short")
