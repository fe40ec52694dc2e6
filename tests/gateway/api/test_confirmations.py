"""The second person's word about who may move money takes the second factor of whoever gives it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.persistence.grants import Grants
from gateway.persistence.people import FAILURES_MAX, People
from gateway.persistence.tables import files, payments, recalls
from gateway.settings_sign_in import Issuer
from tests.gateway.hubs import NOON, Phone, add_person
from tests.gateway.steps.world import shipped

REASON = {"reason": "as agreed on the telephone"}


@pytest.fixture
def cast(door):
    """Rita and Otto administrate, each with a token; Otto has a phone. Ben may do nothing."""
    door.rita, rita = add_person(door.hub, "rita", roles=("administrator",))
    door.otto, otto = add_person(door.hub, "otto", roles=("administrator",))
    door.ben, _ = add_person(door.hub, "ben", roles=())
    door.as_rita, door.as_otto = door.bearer(rita), door.bearer(otto)
    door.phone = Phone(door.hub, door.otto)
    return door


def a_grant(door):
    body = {"role": "approver", "entity": "MUSTER"} | REASON
    asked = door.http.post(f"/v1/people/{door.ben.id}/grants", json=body, headers=door.as_rita).json()
    return f"/v1/grants/{asked['id']}/confirmation", None


def a_delegation(door):
    body = {
        "to": "ben", "role": "approver", "entity": "MUSTER", "starts_at": NOON.isoformat(),
        "ends_at": (NOON + timedelta(days=7)).isoformat(),
    } | REASON  # fmt: skip
    asked = door.http.post("/v1/delegations", json=body, headers=door.as_anna).json()
    return f"/v1/delegations/{asked['id']}/confirmation", None


def a_configuration(door):
    body = {"digest": door.hub.configuration.money_digest} | REASON
    assert door.http.post("/v1/configuration/proposal", json=body, headers=door.as_rita).status_code == 200
    return "/v1/configuration/approval", body


def a_link(door):
    corp = Issuer(name="corp", title="Corporate sign-in", issuer="https://id.corp.example", client_id="payhub")
    settings = door.hub.settings
    sign_in = replace(settings.sign_in, issuers={"corp": corp})
    door.hub.configuration = replace(door.hub.configuration, settings=replace(settings, sign_in=sign_in))
    body = {"issuer": "corp", "subject": "ben@corp.example"} | REASON
    asked = door.http.post(f"/v1/people/{door.ben.id}/links", json=body, headers=door.as_rita).json()
    return f"/v1/links/{asked['id']}/confirmation", None


def a_reset(door):
    Phone(door.hub, door.ben)
    path = f"/v1/people/{door.ben.id}/second-factor-reset"
    assert door.http.post(path, json=REASON, headers=door.as_rita).status_code == 201
    return f"{path}/confirmation", None


CONFIRMED = pytest.mark.parametrize("asked_for", [a_grant, a_delegation, a_configuration, a_link])


@CONFIRMED
def test_a_confirmation_asks_for_a_code_and_counts_with_one(cast, asked_for):
    path, body = asked_for(cast)

    def confirm(code=None):
        headers = cast.as_otto | ({} if code is None else {"X-Second-Factor": code})
        answer = cast.http.post(path, json=body, headers=headers)
        return answer.status_code, answer.json().get("code")

    used = cast.phone.shows()  # the one that set the phone up
    assert confirm() == (403, "person.second_factor_needed")
    assert confirm("abc") == (403, "person.second_factor_wrong")
    assert confirm(used) == (403, "person.second_factor_wrong")
    assert confirm(cast.phone.next())[0] == 200
    assert confirm(cast.phone.shows()) == (403, "person.second_factor_wrong")


@CONFIRMED
def test_wrong_codes_of_confirmations_lock_out(cast, asked_for):
    path, body = asked_for(cast)
    for code in ["abc"] * FAILURES_MAX + [cast.phone.next()]:
        answer = cast.http.post(path, json=body, headers=cast.as_otto | {"X-Second-Factor": code})
        assert answer.json()["code"] == "person.second_factor_wrong"


@CONFIRMED
def test_whoever_has_no_second_factor_confirms_without_one(cast, asked_for):
    path, body = asked_for(cast)
    _, sven = add_person(cast.hub, "sven", roles=("administrator",))
    assert cast.http.post(path, json=body, headers=cast.bearer(sven)).status_code == 200


@pytest.mark.parametrize("gone", ["disabled", "no administrator"])
@pytest.mark.parametrize("asked_for", [a_grant, a_link, a_reset])
def test_what_an_administrator_asked_for_is_not_confirmed_once_they_are_none(cast, asked_for, gone):
    path, body = asked_for(cast)
    with cast.hub.unit_of_work(actor="test") as work:
        if gone == "disabled":
            People(work.connection).disable("rita", work.at)
        else:
            (grant,) = Grants(work.connection).of_account(cast.rita.id, work.at)
            Grants(work.connection).change(grant.id, ended_by=cast.otto.id, ended_at=work.at)
        work.commit()
    answer = cast.http.post(path, json=body, headers=cast.as_otto | {"X-Second-Factor": cast.phone.next()})
    assert (answer.status_code, answer.json()["code"]) == (409, "person.asker_gone")


def a_hold(door):
    batch_id = door.submit().json()["id"]
    with door.hub.unit_of_work(actor="worker") as work:
        everything = Selection(batch_id=batch_id)
        work.payments.move(everything, State.RECEIVED, State.VALIDATED, step="validate", reason="")
        work.payments.hold(everything, kind="manual", reason="wait", owner="anna")
        work.commit()
    held = [f"{batch_id}-0000000"]
    return f"/v1/batches/{batch_id}/holds", {"decision": "release", "payment_ids": held} | REASON


def a_recall(door):
    batch_id, recall_id = door.submit().json()["id"], door.hub.ids.new(NOON)
    door.hub.configuration = replace(door.hub.configuration, banks={"nordbank": shipped().banks["alpenbank"]})
    with door.hub.engine.begin() as connection:
        connection.execute(update(payments).values(state="acknowledged", file_id="F", bank="nordbank"))
        connection.execute(
            insert(recalls).values(
                id=recall_id, payment_id=f"{batch_id}-0000000", batch_id=batch_id, file_id="F", bank="nordbank",
                reason_code="DUPL", reason="paid twice", state="asked", version=1, asked_by=door.bert.id,
                asked_by_name="Bert", asked_at=NOON, looks=0,
            )
        )  # fmt: skip
    return f"/v1/recalls/{recall_id}/confirmation", None


def a_doubt(door):
    batch_id, file_id = door.submit().json()["id"], door.hub.ids.new(NOON)
    with door.hub.engine.begin() as connection:
        connection.execute(
            insert(files).values(
                id=file_id, bank="nordbank", batch_id=batch_id, message="pain.001.001.09", name="run.xml", number=1,
                sha256="0" * 64, size=1, count=1, totals=[["EUR", "1.00"]], state="in_doubt", version=1, fence=0,
                approval_digest="a" * 64, profile_digest="b" * 64, bank_batches=[], generated_at=NOON,
                answer_overdue=False,
            )
        )  # fmt: skip
    return f"/v1/files/{file_id}/rulings", {"verdict": "arrived", "version": 1} | REASON


@pytest.mark.parametrize("waits", [a_hold, a_recall, a_doubt])
def test_what_lets_a_payment_go_asks_for_a_code_of_whoever_agrees(door, waits):
    path, body = waits(door)
    phone = Phone(door.hub, door.anna)

    def agree(**headers):
        answer = door.http.post(path, json=body, headers=door.as_anna | headers)
        return answer.status_code, answer.json().get("code")

    assert agree() == (403, "person.second_factor_needed")
    assert agree(**{"X-Second-Factor": phone.shows()}) == (403, "person.second_factor_wrong")
    assert agree(**{"X-Second-Factor": phone.next()})[0] == 200
    assert agree(**{"X-Second-Factor": phone.shows()}) == (403, "person.second_factor_wrong")
