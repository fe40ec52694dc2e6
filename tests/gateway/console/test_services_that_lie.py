"""A sign-in service that answers as a test tells it: nothing but a proof for this very journey lets anybody in."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import delete

from gateway.api.journeys import JOURNEY_FOR_S
from gateway.app import create_app
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.identities import Identities
from gateway.persistence.people import People
from gateway.persistence.refusals import Refusals
from gateway.persistence.tables import grants, identities, people, sessions, tokens
from gateway.remote import FAILED_FOR_S, Remote
from tests.gateway.console.conftest import Browser
from tests.gateway.console.issuers import SECRET, Liar, a_service, comes_from, linked, way_there
from tests.gateway.hubs import add_person, open_hub
from tests.gateway.serving import serving


@pytest.fixture(scope="module")
def key():
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@pytest.fixture(scope="module")
def house(tmp_path_factory, key):
    """A hub and a liar behind sockets, for all tests: starting both takes longer than any of them."""
    liar, hub = Liar(key), open_hub(tmp_path_factory.mktemp("liar"))
    with serving(create_app(hub)) as address, serving(liar.app()) as there:
        liar.address = there
        yield SimpleNamespace(hub=hub, liar=liar, address=address)
    hub.close()


@pytest.fixture
def liar(house, key):
    """A liar that tells the truth so far, and a fresh Anna as its subject; ``come`` is one journey of a browser."""
    hub, opened = house.hub, []
    address = house.liar.address
    house.liar.__init__(key)
    house.liar.address = address
    hub.remote, hub.refusals = Remote(), Refusals()
    with hub.engine.begin() as connection:
        for table in (identities, grants, people, tokens, sessions):
            connection.execute(delete(table))
    with hub.reading() as connection:
        before, _ = AuditTrail(connection).head()
    anna, _ = add_person(hub, "anna")
    comes_from(hub, house.address, a_service(address))
    linked(hub, anna, address, "s-1")

    def browser():
        opened.append(Browser(house.address))
        return opened[-1]

    def set_off(one=None):
        one = one or browser()
        _, query = way_there(one)
        house.liar.nonce = query["nonce"]
        return one, query

    def come(one=None, **answer):
        one, query = set_off(one)
        return one.get(f"/sign-in/corp/back?{urlencode({'state': query['state'], 'code': 'code-4711'} | answer)}")

    yield SimpleNamespace(
        liar=house.liar, hub=hub, address=house.address, anna=anna, before=before, browser=browser, set_off=set_off,
        come=come,
    )  # fmt: skip
    for one in opened:
        one.http.close()


def trail(people):
    with people.hub.reading() as connection:
        rows = AuditTrail(connection).rows(after=people.before)
    return [(row.action, row.actor, row.data) for row in rows]


def refused(people):
    return [data["what"] for action, _, data in trail(people) if action == "credential.refused"]


def settings(people, **facts):
    comes_from(people.hub, people.address, a_service(people.liar.address, **facts))


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def kept_out(people, answer, reason, status=401):
    """Nobody is signed in, the trail says why once, and neither page nor trail holds what was sent."""
    assert answer.status_code == status
    assert "payhub_session" not in answer.headers.get("set-cookie", "")
    assert refused(people) == [f"sign-in at corp: {reason}"]
    assert "person.signed_in" not in [action for action, _, _ in trail(people)]
    for secret in (SECRET, "code-4711", people.liar.nonce or "no nonce", people.liar.token or "no token"):
        assert secret not in answer.text
        assert secret not in str(trail(people))


def test_a_service_that_tells_the_truth_lets_in(liar):
    assert liar.come().status_code == 303
    ((body, proof),) = liar.liar.asked
    assert proof == "Basic " + base64.b64encode(f"payhub:{SECRET}".encode()).decode()
    assert SECRET not in body


def test_the_code_is_redeemed_with_what_only_this_browser_keeps(liar):
    browser, query = liar.set_off()
    browser.get(f"/sign-in/corp/back?{urlencode({'state': query['state'], 'code': 'c-1'})}")
    verifier = parse_qs(liar.liar.asked[0][0])["code_verifier"][0]
    assert part(hashlib.sha256(verifier.encode()).digest()) == query["code_challenge"]


WRONG = {
    "another issuer": ({"iss": "https://elsewhere.example"}, "token: claim iss"),
    "no issuer": ({"iss": None}, "token: claim iss"),
    "another audience": ({"aud": "somebody"}, "token: claim aud"),
    "several audiences and no party": ({"aud": ["payhub", "other"]}, "token: authorized party"),
    "another party": ({"azp": "other"}, "token: authorized party"),
    "another nonce": ({"nonce": "x"}, "token: nonce"),
    "no nonce": ({"nonce": None}, "token: claim nonce"),
    "a nonce that is no text": ({"nonce": ["x"]}, "token: nonce"),
    "no end": ({"exp": None}, "token: claim exp"),
    "no beginning": ({"iat": None}, "token: claim iat"),
    "nobody": ({"sub": ""}, "token: claim sub"),
    "a subject that is no name": ({"sub": "s-1\x00"}, "token: subject"),
    "a subject beyond all lengths": ({"sub": "s" * 256}, "token: subject"),
    "a stranger": ({"sub": "s-2"}, "not linked"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_token_with_a_wrong_claim_lets_nobody_in(liar, what):
    liar.liar.claims, reason = WRONG[what]
    kept_out(liar, liar.come(), reason)


@pytest.mark.parametrize(
    ("name", "seconds", "reason"),
    [("exp", -60, "expired"), ("iat", 120, "claim iat"), ("nbf", 120, "claim nbf"),
     ("iat", -120, "issued before it was asked for")],
)  # fmt: skip
def test_a_token_outside_of_its_time_lets_nobody_in(liar, name, seconds, reason):
    liar.liar.claims = {name: int(time.time()) + seconds}
    kept_out(liar, liar.come(), f"token: {reason}")


def test_a_forged_token_lets_nobody_in(liar):
    liar.liar.key = RSAKey.generate_key(2048, {"kid": "one"})
    kept_out(liar, liar.come(), "token: signature")


def test_a_token_of_a_key_that_was_taken_back_lets_nobody_in(liar, key):
    liar.liar.published = [RSAKey.generate_key(2048, {"kid": "two"})]
    kept_out(liar, liar.come(), "token: key")


def test_a_changed_claim_breaks_the_signature(liar):
    liar.set_off()
    head, _, signature = liar.liar.id_token(sub="s-2").split(".")
    browser, query = liar.set_off()
    body = liar.liar.id_token().split(".")[1]
    liar.liar.token = f"{head}.{body}.{signature}"
    answer = browser.get(f"/sign-in/corp/back?{urlencode({'state': query['state'], 'code': 'c-1'})}")
    kept_out(liar, answer, "token: signature")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_nobody_signed_with_a_private_key_lets_nobody_in(liar, key, algorithm):
    browser, query = liar.set_off()
    head = part(json.dumps({"alg": algorithm, "kid": "one"}).encode())
    signed = f"{head}.{liar.liar.id_token().split('.')[1]}"
    public = key.as_pem(private=False)
    signature = part(hmac.digest(public, signed.encode(), "sha256")) if algorithm == "HS256" else ""
    liar.liar.token = f"{signed}.{signature}"
    answer = browser.get(f"/sign-in/corp/back?{urlencode({'state': query['state'], 'code': 'c-1'})}")
    kept_out(liar, answer, "token: algorithm")


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 9_000, part(b"[" * 5_000) + ".e.e"])
def test_what_is_no_token_lets_nobody_in(liar, text):
    liar.liar.token = text or "."
    assert liar.come().status_code == 401
    assert len(refused(liar)) == 1


def test_the_same_journey_ends_once_even_where_the_service_takes_its_code_twice(liar):
    browser, query = liar.set_off()
    kept = browser.http.cookies["payhub_journey"]
    address = f"/sign-in/corp/back?{urlencode({'state': query['state'], 'code': 'c-1'})}"
    assert browser.get(address).status_code == 303
    other = liar.browser()
    other.http.cookies.set("payhub_journey", kept, path="/console")
    assert other.get(address).status_code == 401
    assert refused(liar) == ["sign-in at corp: replayed"]


def test_a_journey_that_took_too_long_ends_nowhere(liar):
    browser, query = liar.set_off()
    now = liar.hub.machine_ms
    liar.hub.machine_ms = lambda: now() + (JOURNEY_FOR_S + 5) * 1000
    answer = browser.get(f"/sign-in/corp/back?{urlencode({'state': query['state'], 'code': 'c-1'})}")
    kept_out(liar, answer, "no journey")


def test_a_journey_to_one_service_does_not_end_at_another(liar):
    other = a_service("https://other.example", name="other")
    comes_from(liar.hub, liar.address, a_service(liar.liar.address), other)
    browser, query = liar.set_off()
    answer = browser.get(f"/sign-in/other/back?{urlencode({'state': query['state'], 'code': 'c-1'})}")
    assert answer.status_code == 401
    assert refused(liar) == ["sign-in at other: no journey"]


def test_an_answer_that_names_another_issuer_is_not_taken(liar):
    kept_out(liar, liar.come(iss="https://elsewhere.example"), "answer of another issuer")


def test_a_service_that_signs_its_answers_must_do_so(liar):
    liar.liar.discovery = {"authorization_response_iss_parameter_supported": True}
    kept_out(liar, liar.come(), "answer of another issuer")


@pytest.mark.parametrize(("said", "kept"), [("access_denied", "access_denied"), ("<script>", "no known reason")])
def test_a_service_that_says_no_is_quoted_and_nothing_else_is(liar, said, kept):
    answer = liar.come(error=said, error_description="<b>other</b>")
    assert f"Corp did not sign you in ({kept})." in answer.text
    assert "other</b>" not in answer.text
    kept_out(liar, answer, f"said no: {kept}")


def test_a_parameter_given_twice_counts_as_none(liar):
    browser, query = liar.set_off()
    answer = browser.get(f"/sign-in/corp/back?state={query['state']}&state={query['state']}&code=code-4711")
    kept_out(liar, answer, "state")


def test_discovery_that_names_another_issuer_is_not_followed(liar):
    liar.liar.discovery = {"issuer": "https://elsewhere.example"}
    answer = liar.browser().get("/sign-in/corp")
    assert "not set up as this hub expects" in answer.text
    kept_out(liar, answer, "discovery names another issuer")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("address", [None, 7, "http://elsewhere.example/x", "javascript:alert(1)", "https://u@h/x#y"])
def test_an_address_anybody_on_the_line_could_change_is_not_followed(liar, name, address):
    liar.liar.discovery = {name: address}
    kept_out(liar, liar.browser().get("/sign-in/corp"), f"discovery has no usable {name}")


def test_a_service_that_cannot_be_reached_is_asked_again_later(liar):
    liar.liar.status = 500
    answer = liar.browser().get("/sign-in/corp")
    assert "Corp cannot be reached now. Try again in a few minutes." in answer.text
    kept_out(liar, answer, "unreachable: status 500", status=503)
    liar.liar.status = 200
    assert liar.browser().get("/sign-in/corp").status_code == 503, "a dead service is not asked by everybody who knocks"
    now = liar.hub.machine_ms
    liar.hub.machine_ms = lambda: now() + FAILED_FOR_S * 1000
    assert liar.browser().get("/sign-in/corp").status_code == 303


def test_a_service_that_went_away_while_the_person_was_there_is_said_so(liar):
    liar.liar.discovery = {"token_endpoint": "http://127.0.0.1:1/token"}
    kept_out(liar, liar.come(), "unreachable: ConnectError", status=503)


RULES = {
    "the level": ({"acr_values": ("gold", "silver")}, {"acr": "bronze"}, {"acr": "silver"}, "level (acr)"),
    "the methods": ({"amr": ("pwd", "otp")}, {"amr": ["pwd"]}, {"amr": ["otp", "x", "pwd"]}, "methods (amr)"),
    "no methods": ({"amr": ("pwd",)}, {"amr": "pwd"}, {"amr": ["pwd"]}, "methods (amr)"),
}


@pytest.mark.parametrize("what", RULES)
def test_what_the_configuration_asks_of_a_sign_in_is_asked_and_checked(liar, what):
    facts, wrong, right, reason = RULES[what]
    settings(liar, **facts)
    liar.liar.claims = wrong
    kept_out(liar, liar.come(), f"token: {reason}")
    liar.liar.claims = right
    assert liar.come().status_code == 303


@pytest.mark.parametrize("at", [None, True, "now", -400, 400])
def test_a_sign_in_there_that_is_too_old_does_not_count(liar, at):
    settings(liar, max_age_s=300)
    assert way_there(liar.browser())[1]["max_age"] == "300"
    now = int(time.time())
    liar.liar.claims = {"auth_time": now + at if isinstance(at, int) and at is not True else at}
    kept_out(liar, liar.come(), "token: age (auth_time)")
    liar.liar.claims = {"auth_time": now - 200.5}
    assert liar.come().status_code == 303


@pytest.mark.parametrize("proof", ["post", "none"])
def test_a_client_proves_itself_as_the_configuration_says(liar, proof):
    settings(liar, client_proof=proof, client_secret=None if proof == "none" else "env:SECRET")
    assert liar.come().status_code == 303
    ((body, header),) = liar.liar.asked
    form = parse_qs(body)
    assert header is None
    assert form["client_id"] == ["payhub"]
    assert form.get("client_secret") == (None if proof == "none" else [SECRET])


EMAIL = {"sub": "s-9", "email": "carl@corp.example", "email_verified": True}
NO_MATCH = {
    "is switched off": ({"link_by_email": False}, {}, ("auditor",)),
    "is not verified": ({}, {"email_verified": "true"}, ("auditor",)),
    "is somebody else's": ({}, {"email": "carla@corp.example"}, ("auditor",)),
    "is of somebody two must appoint": ({}, {}, ("approver",)),
    "is no address": ({}, {"email": "carl@corp.example\x00"}, ("auditor",)),
}


def test_a_verified_address_links_where_the_configuration_says_so(liar):
    carl, _ = add_person(liar.hub, "carl@corp.example", roles=("auditor",))
    settings(liar, link_by_email=True)
    liar.liar.claims = EMAIL
    assert liar.come().status_code == 303
    assert way_there(liar.browser())[1]["scope"] == "openid email"
    with liar.hub.reading() as connection:
        (row,) = Identities(connection).of(carl.id)
    assert (row.subject, row.linked_by) == ("s-9", "verified e-mail")
    assert "person.linked" in [action for action, _, _ in trail(liar)]
    liar.liar.claims = EMAIL | {"sub": "s-10"}
    assert liar.come().status_code == 401, "and the address belongs to its first subject from then on"


@pytest.mark.parametrize("why", NO_MATCH)
def test_no_address_links_that(liar, why):
    facts, claims, roles = NO_MATCH[why]
    add_person(liar.hub, "carl@corp.example", roles=roles)
    settings(liar, **({"link_by_email": True} | facts))
    liar.liar.claims = EMAIL | claims
    kept_out(liar, liar.come(), "not linked")


def test_whoever_was_disabled_stays_out(liar):
    with liar.hub.unit_of_work(actor="test") as work:
        People(work.connection).disable("anna", work.at)
        work.commit()
    kept_out(liar, liar.come(), "disabled")


def test_a_link_that_waits_for_a_second_administrator_lets_nobody_in(liar):
    with liar.hub.unit_of_work(actor="test") as work:
        desk = Identities(work.connection)
        (row,) = desk.of(liar.anna.id)
        desk.remove(row)
        desk.add(replace(row, confirmed_by=None, since=None))
        work.commit()
    kept_out(liar, liar.come(), "not linked")


@pytest.mark.parametrize("then", ["https://elsewhere.example/", "/console/batches?state=" + "x" * 1_500])
def test_a_page_elsewhere_or_beyond_all_cookies_is_not_where_the_way_back_leads(liar, then):
    browser = liar.browser()
    _, query = way_there(browser, then)
    assert len(browser.http.cookies["payhub_journey"]) < 3_000
    liar.liar.nonce = query["nonce"]
    answer = browser.get(f"/sign-in/corp/back?{urlencode({'state': query['state'], 'code': 'c-1'})}")
    assert answer.headers["location"] == "/console/"


def test_an_unknown_service_is_no_page(liar):
    assert liar.browser().get("/sign-in/nobody").status_code == 404
    assert liar.browser().get("/sign-in/nobody/back").status_code == 404
