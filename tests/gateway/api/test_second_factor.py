import pytest

from gateway.api import second_factor
from gateway.api.problems import Unauthenticated
from gateway.api.signing_in import sign_in
from gateway.domain.errors import Forbidden
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.persistence.people import FAILURES_MAX
from tests.gateway.hubs import PASSWORD, Phone, add_person, open_hub


@pytest.fixture
def hub(tmp_path):
    hub = open_hub(tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def anna(hub):
    return add_person(hub, "anna")[0]


@pytest.fixture
def phone(hub, anna):
    return Phone(hub, anna)


def test_a_code_works_once(hub, anna, phone):
    code = phone.next()
    second_factor.prove(hub, anna.id, code)
    with pytest.raises(Forbidden, match="used already"):
        second_factor.prove(hub, anna.id, code)


def test_the_code_that_confirmed_the_second_factor_is_used(hub, anna, phone):
    with pytest.raises(Forbidden):
        second_factor.prove(hub, anna.id, phone.shows())


def test_an_older_code_is_refused_after_a_newer_one(hub, anna, phone):
    older = phone.next()
    second_factor.prove(hub, anna.id, phone.next())
    with pytest.raises(Forbidden):
        second_factor.prove(hub, anna.id, older)


def test_a_code_of_another_hour_is_refused(hub, anna, phone):
    code = phone.next()
    hub.machine_ms.ms += 3_600_000
    with pytest.raises(Forbidden):
        second_factor.prove(hub, anna.id, code)


def test_a_recovery_code_works_once_and_is_stored_as_a_digest(hub, anna, phone):
    second_factor.prove(hub, anna.id, phone.recovery[0].upper())
    with pytest.raises(Forbidden):
        second_factor.prove(hub, anna.id, phone.recovery[0])
    with hub.reading() as connection:
        stored = connection.exec_driver_sql("SELECT sha256 FROM recovery_codes").scalars().all()
    assert not set(stored) & set(phone.recovery)
    assert len(stored) == len(phone.recovery)


def test_too_many_wrong_codes_lock_out_the_right_one_too(hub, anna, phone):
    for _ in range(FAILURES_MAX):
        with pytest.raises(Forbidden):
            second_factor.prove(hub, anna.id, "000000")
    with pytest.raises(Forbidden):
        second_factor.prove(hub, anna.id, phone.next())


def test_signing_in_asks_for_the_second_factor_of_who_has_one(hub, phone):
    with pytest.raises(Unauthenticated):
        sign_in(hub, "anna", PASSWORD)
    assert sign_in(hub, "anna", PASSWORD, phone.next()).name == "anna"


def test_nobody_without_one_approves_where_it_is_required(tmp_path):
    hub = open_hub(tmp_path, second_factor_required=True)
    with pytest.raises(Forbidden, match="Set up"):
        second_factor.prove(hub, add_person(hub, "ben")[0].id, None)
    hub.close()


def test_an_approval_asks_for_a_code_and_counts_with_one(door):
    phone = Phone(door.hub, door.anna)
    batch_id = door.submit().json()["id"]
    with door.hub.unit_of_work(actor="worker") as work:
        everything = Selection(batch_id=batch_id)
        work.payments.move(everything, State.RECEIVED, State.VALIDATED, step="validate", reason="")
        work.commit()
    path = f"/v1/batches/{batch_id}/approvals"
    digest = door.http.get(path, headers=door.as_anna).json()["digest"]
    body = {"decision": "approve", "digest": digest}
    refused = door.http.post(path, headers=door.as_anna, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "person.second_factor_needed")
    agreed = door.http.post(path, headers=door.as_anna | {"X-Second-Factor": phone.next()}, json=body)
    assert (agreed.status_code, agreed.json()["approvals"][0]["person_id"]) == (200, door.anna.id)
