import json
from itertools import islice

import httpx
import pytest

from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.events.delivery import deliver
from tests.gateway.events.listener import genuine, listening
from tests.gateway.hubs import document

ERP_KEYS = {"CompanyCode": "0100", "document": "0000047011", "RunId": "aB"}


def number(hub):
    with hub.unit_of_work(actor="test") as work:
        work.outbox.publish()
        work.commit()


@pytest.fixture
def two_payments(door):
    keys = {"X-ERP-Keys": json.dumps(ERP_KEYS)}
    batch_id = door.submit(document("1250.5", "2.00"), **keys).json()["id"]
    with door.hub.unit_of_work(actor="validate") as work:
        work.payments.move(
            Selection(batch_id=batch_id), State.RECEIVED, State.INVALID, step="validate", reason="the IBAN is wrong"
        )
        work.commit()
    number(door.hub)
    return batch_id


def feed(door, who=None, **query):
    return door.http.get("/v1/events", headers=who or door.as_erp, params=query).json()


def test_an_event_is_a_cloudevent_with_the_erp_keys_untouched(door, two_payments):
    event = feed(door)["items"][2]
    assert {name: event[name] for name in ("specversion", "type", "subject", "sequence", "subjectsequence")} == {
        "specversion": "1.0", "type": "payhub.payment.invalid.v1", "subject": f"payments/{two_payments}-0000000",
        "sequence": "3", "subjectsequence": "2",
    }  # fmt: skip
    assert event["time"] == "2026-11-20T12:00:00.000000Z"
    data = event["data"]
    assert data["erp"] == ERP_KEYS
    assert (data["amount"], data["currency"]) == ("1250.50", "EUR")
    assert (data["state"], data["previous_state"], data["reason"]) == ("invalid", "received", "the IBAN is wrong")
    assert (data["paid"], data["final"]) == (False, True)
    assert (data["message_id"], data["end_to_end_id"]) == ("RUN-1", "RUN-1-1")


def test_each_payment_counts_its_own_events(door, two_payments):
    counted = [(one["subject"][-1], one["subjectsequence"]) for one in feed(door)["items"]]
    assert counted == [("0", "1"), ("1", "1"), ("0", "2"), ("1", "2")]


def test_the_feed_goes_on_after_a_number(door, two_payments):
    first = feed(door, limit=3)
    assert (len(first["items"]), first["next"], first["last"]) == (3, 3, 4)
    rest = feed(door, after=first["next"])
    assert [one["sequence"] for one in rest["items"]] == ["4"]
    assert feed(door, after=rest["next"]) == {"items": [], "next": 4, "last": 4}


def test_types_and_owners_filter_the_feed(door, two_payments):
    found = feed(door, types="payhub.payment.invalid.v1,payhub.payment.settled.v1")["items"]
    assert [one["sequence"] for one in found] == ["3", "4"]
    assert feed(door, door.as_other)["items"] == []
    assert len(feed(door, door.as_anna)["items"]) == 4


def test_an_unnumbered_event_is_not_shown_yet(door):
    door.submit()
    assert feed(door)["items"] == []
    number(door.hub)
    assert len(feed(door)["items"]) == 1


def test_the_stream_tells_the_same_and_goes_on_where_the_browser_was(door, two_payments):
    headers = door.as_erp | {"Last-Event-ID": "2"}
    with httpx.stream("GET", f"{door.http.base_url}/v1/events/stream", headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = list(islice((line for line in answer.iter_lines() if line and line[0] != ":"), 6))
    assert [lines[0], lines[3]] == ["id: 3", "id: 4"]
    assert lines[1] == "event: payhub.payment.invalid.v1"
    assert json.loads(lines[2].removeprefix("data: "))["data"]["erp"] == ERP_KEYS


@pytest.fixture
def listener():
    with listening() as heard:
        yield heard


@pytest.fixture
def created(door, listener):
    answer = door.http.post("/v1/webhooks", headers=door.as_erp, json={"url": listener.url, "after": 0})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_webhook_hears_what_its_owner_may_know(door, two_payments, created, listener):
    assert deliver(door.hub, created["id"]) is None
    assert listener.sequences == [1, 2, 3, 4]
    assert all(genuine(created["secret"], *one) for one in listener.requests)
    assert all(len(body) < 20_000 for _, body in listener.requests)
    log = door.http.get(f"/v1/webhooks/{created['id']}/deliveries", headers=door.as_erp).json()
    assert [(one["sequence"], one["status"], one["outcome"]) for one in log[:1]] == [(4, 204, "delivered")]


def test_the_secret_is_shown_once(door, created):
    shown = door.http.get(f"/v1/webhooks/{created['id']}", headers=door.as_erp).json()
    assert "secret" not in shown
    assert "secret" not in door.http.get("/v1/webhooks", headers=door.as_erp).json()[0]


def test_a_new_webhook_hears_what_comes_after_it(door, two_payments, listener):
    webhook = door.http.post("/v1/webhooks", headers=door.as_erp, json={"url": listener.url}).json()
    assert webhook["cursor"] == 4
    assert deliver(door.hub, webhook["id"]) is None
    assert listener.requests == []


def test_a_webhook_belongs_to_its_client(door, created):
    path = f"/v1/webhooks/{created['id']}"
    for method, tail, body in (("GET", "", None), ("PATCH", "", {"state": "disabled"}), ("DELETE", "", None),
                               ("POST", "/rotate", None), ("POST", "/ping", None), ("POST", "/replay", {"after": 0}),
                               ("GET", "/deliveries", None)):  # fmt: skip
        answer = door.http.request(method, path + tail, headers=door.as_other, json=body)
        assert answer.status_code == 404, (method, tail)
    assert door.http.get("/v1/webhooks", headers=door.as_other).json() == []


def test_rotation_gives_a_second_secret_that_signs_too(door, two_payments, created, listener):
    fresh = door.http.post(f"/v1/webhooks/{created['id']}/rotate", headers=door.as_erp).json()["secret"]
    assert fresh != created["secret"]
    deliver(door.hub, created["id"])
    assert genuine(fresh, *listener.requests[0])
    assert genuine(created["secret"], *listener.requests[0])


def test_a_ping_is_signed_and_outside_the_feed(door, created, listener):
    result = door.http.post(f"/v1/webhooks/{created['id']}/ping", headers=door.as_erp).json()
    assert result == {"outcome": "delivered", "status": 204, "detail": None}
    assert genuine(created["secret"], *listener.requests[0])
    assert listener.events[0]["type"] == "payhub.webhook.ping.v1"


def test_a_replay_sends_again_under_the_same_ids(door, two_payments, created, listener):
    deliver(door.hub, created["id"])
    answer = door.http.post(f"/v1/webhooks/{created['id']}/replay", headers=door.as_erp, json={"after": 2})
    assert answer.status_code == 202
    deliver(door.hub, created["id"])
    assert listener.sequences == [1, 2, 3, 4, 3, 4]
    ids = [one["id"] for one in listener.events]
    assert ids[2:4] == ids[4:]
    ahead = door.http.post(f"/v1/webhooks/{created['id']}/replay", headers=door.as_erp, json={"after": 9})
    assert (ahead.status_code, ahead.json()["code"]) == (422, "webhook.replay_ahead")


def test_a_webhook_that_was_put_to_rest_goes_on_where_it_stopped(door, two_payments, created, listener):
    listener.answers = [204, 410]
    deliver(door.hub, created["id"])
    path = f"/v1/webhooks/{created['id']}"
    assert door.http.get(path, headers=door.as_erp).json()["state"] == "disabled"
    assert door.http.patch(path, headers=door.as_erp, json={"state": "active"}).json()["state"] == "active"
    deliver(door.hub, created["id"])
    assert listener.sequences == [1, 2, 2, 3, 4]


def test_a_removed_webhook_is_gone(door, created):
    path = f"/v1/webhooks/{created['id']}"
    assert door.http.delete(path, headers=door.as_erp).status_code == 204
    assert door.http.get(path, headers=door.as_erp).status_code == 404


@pytest.mark.parametrize("body", [{"url": "ftp://x"}, {"url": "http://u:p@127.0.0.1/"}, {"url": "http://no.invalid/"}])
def test_a_url_that_cannot_be_is_refused(door, body):
    answer = door.http.post("/v1/webhooks", headers=door.as_erp, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook.target_refused")


def test_an_event_type_is_spelled_as_we_spell_them(door):
    body = {"url": "http://127.0.0.1/", "types": ["everything"]}
    assert door.http.post("/v1/webhooks", headers=door.as_erp, json=body).status_code == 400
