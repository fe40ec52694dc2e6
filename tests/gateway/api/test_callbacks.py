"""Banks that call us: proven on the raw bytes, stored once, and told nothing when they are not who they say."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import func, select

from banks.api_settings import Callback, CallbackScheme
from banks.secrets import SecretMissing
from banks.security import jws
from gateway.app import create_app
from gateway.persistence.tables import audit, callbacks, documents, vault_blobs, work
from gateway.persistence.unit_of_work import UnitOfWork
from tests.banks import api_pages
from tests.gateway import hubs
from tests.gateway.serving import serving

SECRET = "a secret of more than sixteen bytes"
KEY = ECKey.generate_key("P-256", {"kid": "bank-1"})
OTHER = ECKey.generate_key("P-256", {"kid": "bank-1"})
JWKS = json.dumps({"keys": [KEY.as_dict(private=False)]})
BODY = b'{"reference": "F1", "group_status": "ACSP"}'
HMAC = Callback(
    scheme=CallbackScheme.HMAC, key="env:SECRET", header="webhook-signature", identifier="webhook-id",
    timestamp="webhook-timestamp", critical=(), tolerance_s=300, size_max=10_000,
)  # fmt: skip
JWS = replace(
    HMAC, scheme=CallbackScheme.JWS, key="env:JWKS", header="x-jws-signature", identifier="jti", timestamp="iat"
)


def secrets(reference):
    known = {"env:SECRET": SECRET, "env:JWKS": JWKS}
    if reference not in known:
        raise SecretMissing(reference, "it is not set")
    return known[reference]


@pytest.fixture
def hub(tmp_path):
    hub = hubs.open_hub(tmp_path)
    plain, _ = api_pages.read("")
    hub.configuration = replace(
        hub.configuration,
        banks={
            "hmacbank": replace(plain, name="hmacbank", callback=HMAC),
            "jwsbank": replace(plain, name="jwsbank", callback=JWS),
            "silentbank": replace(plain, name="silentbank"),
            "keyless": replace(plain, name="keyless", callback=replace(HMAC, key="env:NOTHING")),
        },
    )
    hub.secrets = secrets
    yield hub
    hub.close()


@pytest.fixture
def client(hub):
    with serving(create_app(hub)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def by_hmac(hub, body=BODY, *, identifier="M1", late_s=0, secret=SECRET, mac_over=None):
    stamp = str(hub.machine_ms() // 1000 - late_s)
    signed = f"{identifier}.{stamp}.".encode() + (body if mac_over is None else mac_over)
    mac = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
    return {"webhook-id": identifier, "webhook-timestamp": stamp, "webhook-signature": f"v1,AAAA v1,{mac}"}


def by_jws(hub, body=BODY, *, key=KEY, late_s=0, **claims):
    protected = {"alg": "ES256", "kid": "bank-1", "b64": False, "crit": ["b64"], "jti": "M1"}
    protected["iat"] = hub.machine_ms() // 1000 - late_s
    protected = {name: value for name, value in (protected | claims).items() if value is not None}
    return {"x-jws-signature": jws.sign(protected, body, key)}


def stored(hub):
    with hub.reading() as connection:
        return list(connection.execute(select(documents.c.bank, documents.c.sha256, documents.c.size)).all())


def send(client, bank, headers, body=BODY):
    return client.post(f"/v1/callbacks/{bank}", content=body, headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize(("bank", "signed"), [("hmacbank", by_hmac), ("jwsbank", by_jws)])
def test_a_callback_that_is_signed_as_agreed_is_stored_exactly_once(hub, client, bank, signed):
    headers = signed(hub)
    assert send(client, bank, headers).status_code == 202
    assert send(client, bank, headers).status_code == 200
    assert stored(hub) == [(bank, hashlib.sha256(BODY).hexdigest(), len(BODY))]
    with hub.reading() as connection:
        assert connection.execute(select(func.count()).select_from(vault_blobs)).scalar_one() == 1
        assert connection.execute(select(work.c.kind)).scalars().all() == ["document"]
        noted = connection.execute(select(audit.c.actor, audit.c.action)).all()
    assert noted == [(f"bank:{bank}", "document.received")]


def but_its_id(answer):
    """What a problem says, without the id of the request."""
    return {key: value for key, value in answer.json().items() if key != "request_id"}


@pytest.mark.parametrize(("bank", "signed"), [("hmacbank", by_hmac), ("jwsbank", by_jws)])
@pytest.mark.parametrize("late_s", [-301, 301, 86_400])
def test_a_callback_out_of_its_time_is_refused_like_one_that_is_forged(hub, client, bank, signed, late_s):
    late = send(client, bank, signed(hub, late_s=late_s))
    forged = send(client, bank, signed(hub), b'{"reference": "F1", "group_status": "RJCT"}')
    assert (late.status_code, late.headers["content-type"]) == (401, "application/problem+json")
    assert but_its_id(late) == but_its_id(forged)
    assert stored(hub) == []
    assert send(client, bank, signed(hub, late_s=299)).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        lambda hub: {},
        lambda hub: by_hmac(hub, secret="another secret of sixteen bytes"),
        lambda hub: by_hmac(hub, mac_over=b""),
        lambda hub: {**by_hmac(hub), "webhook-id": "M2"},
        lambda hub: {**by_hmac(hub), "webhook-timestamp": "soon"},
        lambda hub: {**by_hmac(hub), "webhook-signature": "v1,"},
        lambda hub: {**by_hmac(hub), "webhook-signature": "nonsense"},
        lambda hub: {name: value for name, value in by_hmac(hub).items() if name != "webhook-id"},
    ],
)
def test_what_is_not_the_banks_hmac_is_refused(hub, client, headers):
    assert send(client, "hmacbank", headers(hub)).status_code == 401
    assert stored(hub) == []


@pytest.mark.parametrize(
    "facts",
    [{"key": OTHER}, {"iat": None}, {"iat": "soon"}, {"iat": True}, {"jti": 7}, {"jti": ""}, {"jti": "x" * 201},
     {"crit": ["b64", "exp"], "exp": 1}, {"kid": "unknown"}],
)  # fmt: skip
def test_what_is_not_the_banks_jws_is_refused(hub, client, facts):
    assert send(client, "jwsbank", by_jws(hub, **facts)).status_code == 401
    assert stored(hub) == []


@pytest.mark.parametrize(("bank", "signed"), [("hmacbank", by_hmac), ("jwsbank", by_jws)])
def test_an_id_that_comes_again_with_other_bytes_is_refused(hub, client, bank, signed):
    other = b'{"reference": "F1", "group_status": "RJCT"}'
    assert send(client, bank, signed(hub)).status_code == 202
    again = send(client, bank, signed(hub, other), other)
    assert (again.status_code, again.json()["code"]) == (409, "callback.replayed")
    assert len(stored(hub)) == 1


def test_a_bank_that_numbers_nothing_is_still_heard_once(hub, client):
    headers = by_jws(hub, jti=None)
    assert send(client, "jwsbank", headers).status_code == 202
    assert send(client, "jwsbank", headers).status_code == 200
    assert send(client, "jwsbank", by_jws(hub, jti=None)).status_code == 200
    assert len(stored(hub)) == 1


def test_an_unknown_bank_and_one_that_never_calls_are_the_same_to_a_stranger(hub, client):
    told = [send(client, bank, by_hmac(hub)) for bank in ("nobank", "silentbank")]
    assert {answer.status_code for answer in told} == {404}
    assert but_its_id(told[0]) == but_its_id(told[1])


def test_a_body_beyond_the_limit_or_in_an_encoding_is_refused_unread(hub, client):
    huge = b"x" * 10_001
    assert send(client, "hmacbank", by_hmac(hub, huge), huge).status_code == 413
    assert send(client, "hmacbank", {**by_hmac(hub), "Content-Encoding": "gzip"}).status_code == 415
    assert stored(hub) == []


def test_a_key_of_ours_that_is_missing_is_our_fault_and_the_bank_may_try_again(hub, client):
    assert send(client, "keyless", by_hmac(hub)).status_code == 503


def test_ids_are_forgotten_when_their_time_is_believed_no_longer(hub, client):
    send(client, "hmacbank", by_hmac(hub))
    hub.machine_ms.ms += 301_000
    other = b'{"reference": "F2"}'
    assert send(client, "hmacbank", by_hmac(hub, other, identifier="M2"), other).status_code == 202
    with hub.reading() as connection:
        assert connection.execute(select(callbacks.c.identifier)).scalars().all() == ["M1", "M2"]
    hub.machine_ms.ms += 1_000
    assert send(client, "hmacbank", by_hmac(hub, b"{}", identifier="M3"), b"{}").status_code == 202
    with hub.reading() as connection:
        assert connection.execute(select(callbacks.c.identifier)).scalars().all() == ["M2", "M3"]


def test_the_answer_comes_after_the_commit(hub, client, monkeypatch):
    def fail(self):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(UnitOfWork, "commit", fail)
    assert send(client, "hmacbank", by_hmac(hub)).status_code == 500
    monkeypatch.undo()
    assert stored(hub) == []
    assert send(client, "hmacbank", by_hmac(hub)).status_code == 202


def test_the_vector_of_standard_webhooks_signs_id_time_and_raw_bytes(hub):
    assert datetime.fromtimestamp(hub.machine_ms() // 1000, UTC).year == 2027
    told = by_hmac(hub)["webhook-signature"].split(" ")[1]
    signed = f"M1.{hub.machine_ms() // 1000}.".encode() + BODY
    assert told == "v1," + base64.b64encode(hmac.new(SECRET.encode(), signed, "sha256").digest()).decode()
