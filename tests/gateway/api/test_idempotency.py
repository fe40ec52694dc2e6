import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from gateway.api import batches as door_of_batches
from gateway.api import keyed
from gateway.domain.errors import Busy
from gateway.persistence.tables import batches
from tests.gateway.hubs import document


def stored(hub):
    with hub.reading() as connection:
        return connection.execute(select(func.count()).select_from(batches)).scalar_one()


def test_twenty_requests_at_once_with_one_key_make_one_batch(door):
    content = json.dumps(document("1.00", "2.00")).encode()
    headers = door.as_erp | {"Content-Type": "application/json", "Idempotency-Key": '"K"'}

    def send(_):
        with httpx.Client(base_url=door.http.base_url, timeout=60) as client:
            return client.post("/v1/batches", content=content, headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one.content for one in answers if one.status_code == 201}) == 1
    assert sum(1 for one in answers if one.status_code == 201 and "Idempotency-Replayed" not in one.headers) == 1
    assert all(one.json()["code"] == "idempotency.in_flight" for one in answers if one.status_code == 409)
    assert stored(door.hub) == 1
    assert door.http.post("/v1/batches", content=content, headers=headers).headers["Idempotency-Replayed"] == "true"


def test_a_request_in_flight_is_answered_with_409_and_when_to_ask_again(door, monkeypatch):
    inner = []
    claimed = keyed._claim

    def claim_and_look(hub, request, claim):
        earlier = claimed(hub, request, claim)
        monkeypatch.setattr(keyed, "_claim", claimed)
        inner.append(door.submit())
        return earlier

    monkeypatch.setattr(keyed, "_claim", claim_and_look)
    assert door.submit().status_code == 201
    second = inner[0]
    assert second.status_code == 409
    assert second.headers["Retry-After"] == "2"


def test_after_a_crash_the_retry_takes_the_claim_over_and_the_first_cannot_commit(door, monkeypatch):
    answers = []

    claimed = keyed._claim

    def claim_and_stall(hub, request, claim):
        earlier = claimed(hub, request, claim)
        monkeypatch.setattr(keyed, "_claim", claimed)
        door.hub.machine_ms.ms += keyed.CLAIM_MS + 1
        answers.append(door.submit())
        return earlier

    monkeypatch.setattr(keyed, "_claim", claim_and_stall)
    late = door.submit()
    assert answers[0].status_code == 201
    assert late.status_code in (409, 422), "the overtaken one is refused"
    assert stored(door.hub) == 1


def test_the_overtaken_request_is_stopped_by_its_claim_alone(door):
    """Even where nothing else would stop it: the compare-and-set on the claim does."""
    hub = door.hub
    request = keyed.RequestKey(client_id="C", key="K", method="POST", path="/v1/batches")
    order = keyed.Keyed(request=request, fingerprint="f" * 64, size=0, actor="test")
    ran = []

    def first(work):
        ran.append("first")
        return keyed.Answer(201, "{}")

    def stalled(work):
        raise AssertionError("never called")

    claim = keyed._claim(hub, order, "CLAIM-1")
    assert claim is None
    hub.machine_ms.ms += keyed.CLAIM_MS + 1
    assert keyed.once(hub, order, first).status_code == 201
    with pytest.raises(Busy), hub.unit_of_work(actor="test") as work:
        keyed.IdempotencyKeys(work.connection).finish(request, "CLAIM-1", keyed.Answer(201, "{}"))
    assert keyed.once(hub, order, stalled).headers["Idempotency-Replayed"] == "true"
    assert ran == ["first"]


def test_a_failure_of_ours_gives_the_key_back_and_leaves_nothing(door, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(door_of_batches, "intake", broken)
        answer = door.submit()
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "disk" not in answer.text
    assert stored(door.hub) == 0
    assert door.submit().status_code == 201


@pytest.mark.parametrize("key", ['""', '"a', "a b", '"' + "x" * 256 + '"', "ä"])
def test_a_malformed_key_is_refused(door, key):
    headers = [(b"Authorization", door.as_erp["Authorization"].encode()), (b"Content-Type", b"application/json"),
               (b"Idempotency-Key", key.encode("latin-1"))]  # fmt: skip
    answer = door.http.post("/v1/batches", content=json.dumps(document()).encode(), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("idempotency.key_")


@pytest.mark.parametrize(
    ("header", "key"), [('"a b"', "a b"), ("abc-1", "abc-1"), (r'"say \"x\""', 'say "x"'), ('"a";v=1', "a")]
)
def test_a_key_is_an_rfc_8941_string(header, key):
    assert keyed.read_key(header) == key
