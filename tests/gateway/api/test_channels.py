import httpx
import pytest

from gateway import wiring
from gateway.app import create_app
from tests import sqlite
from tests.architecture.tree import ROOT
from tests.gateway.channels import DOWN, OFFERED, attempt
from tests.gateway.hubs import MachineTime, Phone, SetClock, add_client, add_person
from tests.gateway.serving import serving


@pytest.fixture
def hub(tmp_path):
    url = sqlite.fresh(tmp_path / "hub.db")
    hub = wiring.build(ROOT / "config", {"PAYHUB_DATABASE_URL": url, "PAYHUB_VAULT_KEY": "5a" * 32})
    hub.clock, hub.machine_ms = SetClock(), MachineTime()
    yield hub
    hub.close()


@pytest.fixture
def http(hub):
    with serving(create_app(hub)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def rita(hub):
    return bearer(add_person(hub, "rita", roles=("administrator",))[1])


@pytest.fixture
def sven(hub):
    return bearer(add_person(hub, "sven", roles=("administrator",))[1])


def confirm(http, who, fingerprint=OFFERED.fingerprint, code=None):
    body = {"fingerprint": fingerprint, "reason": "called Ms Berg"}
    headers = who | ({} if code is None else {"X-Second-Factor": code})
    return http.post("/v1/channels/alpenbank/host-key", headers=headers, json=body)


def test_channels_are_listed_with_those_in_trouble_first(hub, http, rita):
    attempt(hub, "nordbank", DOWN, DOWN, DOWN)
    listed = http.get("/v1/channels", headers=rita).json()["items"]
    assert [(one["bank"], one["state"]) for one in listed] == [("nordbank", "open"), ("alpenbank", "closed")]
    assert listed[0]["error"] == DOWN.message
    assert listed[0]["until"]


def test_the_second_administrator_resumes_a_stopped_channel(hub, http, rita, sven):
    attempt(hub, "alpenbank", OFFERED)
    first = confirm(http, rita)
    assert (first.status_code, first.json()["state"], len(first.json()["confirmations"])) == (200, "stopped", 1)
    assert confirm(http, rita).status_code == 409
    assert confirm(http, sven, "SHA256:another-fingerprint-of-anybody").status_code == 422
    second = confirm(http, sven).json()
    assert second["state"] == "closed"
    assert [key["fingerprint"] for key in second["host_keys"]] == [OFFERED.fingerprint]
    assert confirm(http, sven).status_code == 409


def test_an_administrator_with_a_second_factor_confirms_with_a_code_of_it(hub, http):
    attempt(hub, "alpenbank", OFFERED)
    person, token = add_person(hub, "rita", roles=("administrator",))
    phone = Phone(hub, person)
    for code, why in ((None, "needed"), (phone.shows(), "wrong")):
        refused = confirm(http, bearer(token), code=code)
        assert (refused.status_code, refused.json()["code"]) == (403, f"person.second_factor_{why}")
    assert len(confirm(http, bearer(token), code=phone.next()).json()["confirmations"]) == 1


def test_an_approver_and_an_api_key_confirm_nothing(hub, http):
    attempt(hub, "alpenbank", OFFERED)
    approver, client = bearer(add_person(hub)[1]), bearer(add_client(hub)[1])
    assert confirm(http, approver).status_code == 403
    assert confirm(http, client).status_code == 403
    assert http.get("/v1/channels", headers=client).status_code == 403


def test_a_bank_nobody_has_is_not_found(http, rita):
    assert http.get("/v1/channels/otherbank", headers=rita).status_code == 404


def test_an_administrator_hands_over_no_batch(http, rita):
    headers = rita | {"Idempotency-Key": '"1"', "Content-Type": "application/json"}
    answer = http.post("/v1/batches", headers=headers, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (403, "request.administrators_do_not_pay")


def test_monitoring_sees_how_channels_stand(hub, http):
    attempt(hub, "nordbank", DOWN, DOWN, DOWN)
    text = http.get("/metrics").text
    assert 'payhub_channel{bank="nordbank",is="open"} 1.0' in text
    assert 'payhub_channel{bank="nordbank",is="closed"} 0.0' in text
    assert 'payhub_channel{bank="alpenbank",is="closed"} 1.0' in text
    assert 'payhub_channel_failures{bank="nordbank"} 3.0' in text
