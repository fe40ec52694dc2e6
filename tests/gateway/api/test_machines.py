import base64
import hmac
import json
from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from gateway.api import auth, machines
from gateway.api.problems import Unauthenticated
from gateway.domain.errors import Forbidden
from gateway.domain.roles import Verb
from gateway.settings_sign_in import Machines
from tests.gateway.hubs import add_client, open_hub

ISSUER, AUDIENCE = "https://tokens.example", "payhub"


@pytest.fixture(scope="module")
def key():
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@pytest.fixture
def hub(tmp_path, key):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    rules = Machines(issuer=ISSUER, audience=AUDIENCE, jwks=str(path), client_claim="sub", one_time=False)
    hub = open_hub(tmp_path, machines=rules)
    add_client(hub, "erp")
    yield hub
    hub.close()


def claims(hub, **facts):
    now = hub.machine_ms() // 1000
    given = {"iss": ISSUER, "aud": AUDIENCE, "sub": "erp", "iat": now, "nbf": now, "exp": now + 300, "jti": "T-1"}
    return {name: value for name, value in (given | facts).items() if value is not None}


def token(hub, key, *, alg="RS256", **facts):
    return jwt.encode({"alg": alg, "kid": "one"}, claims(hub, **facts), key, algorithms=[alg])


def caller(hub, text):
    return auth.authenticate(hub, f"Bearer {text}")


def test_a_token_of_the_issuer_is_the_client_it_names(hub, key):
    found = caller(hub, token(hub, key))
    assert (found.name, found.is_person) == ("erp", False)
    found.check(Verb.BATCH_BRING, "MUSTER")
    with pytest.raises(Forbidden):
        found.check(Verb.BATCH_BRING, "BEISPIEL")


WRONG = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "somebody else"},
    "no audience": {"aud": None},
    "no end": {"exp": None},
    "an unknown client": {"sub": "nobody"},
    "no client": {"sub": None},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_token_with_a_wrong_claim_is_nobodys(hub, key, what):
    with pytest.raises(Unauthenticated):
        caller(hub, token(hub, key, **WRONG[what]))


@pytest.mark.parametrize(("name", "seconds"), [("exp", -120), ("nbf", 120), ("exp", 30 * 24 * 3600)])
def test_a_token_is_refused_before_its_time_after_it_and_when_it_lives_too_long(hub, key, name, seconds):
    with pytest.raises(Unauthenticated):
        caller(hub, token(hub, key, **{name: hub.machine_ms() // 1000 + seconds}))


def test_a_token_signed_by_another_key_is_forged(hub):
    with pytest.raises(Unauthenticated):
        caller(hub, token(hub, RSAKey.generate_key(2048, {"kid": "one"})))


def test_a_token_signed_with_the_public_key_as_a_secret_is_forged(hub, key):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    for public in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        head = part(json.dumps({"alg": "HS256", "kid": "one"}).encode())
        signed = f"{head}.{part(json.dumps(claims(hub)).encode())}"
        signature = part(hmac.digest(public, signed.encode(), "sha256"))
        with pytest.raises(Unauthenticated):
            caller(hub, f"{signed}.{signature}")


def test_a_token_of_another_kind_of_key_is_forged(hub):
    with pytest.raises(Unauthenticated):
        caller(hub, token(hub, ECKey.generate_key("P-256", {"kid": "one"}), alg="ES256"))


def test_a_token_nobody_signed_is_forged(hub, key):
    head = "eyJhbGciOiJub25lIn0"
    body = token(hub, key).split(".")[1]
    for text in (f"{head}.{body}.", f"{head}.{body}.x", "a.b.c", "..", "." * 3):
        with pytest.raises(Unauthenticated):
            caller(hub, text)


def test_a_changed_claim_breaks_the_signature(hub, key):
    head, _, signature = token(hub, key).split(".")
    body = token(hub, key, sub="other").split(".")[1]
    with pytest.raises(Unauthenticated):
        caller(hub, f"{head}.{body}.{signature}")


def test_a_one_time_token_works_once(hub, key):
    rules = replace(hub.settings.machines, one_time=True)
    hub.configuration = replace(hub.configuration, settings=replace(hub.settings, machines=rules))
    text = token(hub, key)
    assert caller(hub, text).name == "erp"
    with pytest.raises(Unauthenticated):
        caller(hub, text)
    with pytest.raises(Unauthenticated):
        caller(hub, token(hub, key, jti=None))


def test_a_scope_narrows_what_a_token_may_and_never_widens_it(hub, key):
    found = caller(hub, token(hub, key, scope="payments.see batch.approve openid"))
    found.check(Verb.SEE, "MUSTER")
    for verb in (Verb.BATCH_BRING, Verb.BATCH_APPROVE):
        with pytest.raises(Forbidden):
            found.check(verb, "MUSTER")


def test_without_machines_in_the_configuration_no_token_is_looked_at(hub, key):
    hub.configuration = replace(hub.configuration, settings=replace(hub.settings, machines=None))
    assert machines.client_of(hub, token(hub, key)) is None
