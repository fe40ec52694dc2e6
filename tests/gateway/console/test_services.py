"""Signing in at a real OpenID Connect server (canaille), form by form, as a browser does it."""

import re
import uuid
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import JWKRegistry
from sqlalchemy import select

from gateway.persistence.tables import audit, sessions
from tests.gateway.console.issuers import PASSWORD, a_service, client_of, comes_from, linked, walk, way_there


@pytest.fixture
def people(site, iam_server):
    """Anna is somebody at the service; ``arrive`` takes a browser there and back."""
    name = f"user-{uuid.uuid4().hex[:8]}"
    back = f"{site.address}/console/sign-in/corp/back"
    user = iam_server.random_user(user_name=name, password=PASSWORD)
    corp = a_service(iam_server.url.rstrip("/"), client_of(iam_server, back))
    comes_from(site.hub, site.address, corp)

    def arrive(browser, then="", password=PASSWORD):
        asked, query = way_there(browser, then)
        with httpx.Client(timeout=30) as there:
            return walk(there, asked, back, login=name, password=password), query

    linked(site.hub, site.anna, corp.issuer, name)
    return SimpleNamespace(name=name, arrive=arrive, server=iam_server, corp=corp, user=user, **vars(site))


def come(people, browser, **more):
    address, _ = people.arrive(browser, **more)
    return browser.http.get(address)


def trail(hub):
    with hub.reading() as connection:
        return [(row.action, row.actor, row.data) for row in connection.execute(select(audit).order_by("sequence"))]


def refused(hub):
    return [data["what"] for action, _, data in trail(hub) if action == "credential.refused"]


def test_a_person_signs_in_at_the_service_and_sees_the_page_they_asked_for(people):
    browser = people.browser()
    assert "Sign in with Corp" in browser.get("/sign-in").text
    answer = come(people, browser, then="/console/batches")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/batches")
    assert "Anna" in browser.get("/batches").text
    assert ("person.signed_in", people.anna.id, {"issuer": "corp"}) in trail(people.hub)


def test_what_is_asked_proves_that_the_same_browser_comes_back(people):
    _, query = way_there(people.browser())
    again = way_there(people.browser())[1]
    assert query["code_challenge_method"] == "S256"
    assert (query["response_type"], query["scope"]) == ("code", "openid")
    for name in ("state", "nonce", "code_challenge"):
        assert len(query[name]) == 43
        assert query[name] != again[name]


def test_signing_in_makes_a_new_session_and_ends_the_one_before(people):
    browser = people.browser("anna")
    before = browser.http.cookies["payhub_session"]
    come(people, browser)
    assert browser.http.cookies["payhub_session"] != before
    with people.hub.reading() as connection:
        assert [row.issuer for row in connection.execute(select(sessions))] == ["corp"]


def test_the_cookie_of_the_way_is_out_of_reach_and_holds_nothing_to_read(people):
    answer = people.browser().get("/sign-in/corp")
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("payhub_journey=")]
    assert {"HttpOnly", "SameSite=lax", "Path=/console"} <= set(cookie.split("; "))
    assert parse_qs(urlsplit(answer.headers["location"]).query)["state"][0] not in cookie


def test_a_code_works_once_and_so_does_a_state(people):
    browser = people.browser()
    address, _ = people.arrive(browser)
    kept = browser.http.cookies["payhub_journey"]
    assert browser.http.get(address).status_code == 303
    for cookie in (None, kept):
        other = people.browser()
        if cookie:
            other.http.cookies.set("payhub_journey", cookie, path="/console")
        answer = other.http.get(address)
        assert answer.status_code == 401
        assert "payhub_session" not in other.http.cookies
    assert refused(people.hub) == [
        "sign-in at corp: no journey",
        "sign-in at corp: the code was refused with status 400",
    ]


def test_an_answer_for_one_browser_lets_no_other_one_in(people):
    mine, theirs = people.browser(), people.browser()
    address, _ = people.arrive(mine)
    way_there(theirs)
    assert theirs.http.get(address).status_code == 401
    assert refused(people.hub) == ["sign-in at corp: state"]
    assert mine.http.get(address).status_code == 303, "and the owner of the journey still comes home"


def test_new_keys_of_the_service_count_at_once(people):
    assert come(people, people.browser()).status_code == 303
    key = JWKRegistry.generate_key("RSA", 2048)
    key.ensure_kid()
    settings = people.server.app.config["CANAILLE_OIDC"]
    before = settings["ACTIVE_JWKS"]
    settings["ACTIVE_JWKS"] = [key.as_dict(private=True)]
    try:
        assert come(people, people.browser()).status_code == 303
    finally:
        settings["ACTIVE_JWKS"] = before


def test_whoever_is_linked_with_nobody_is_told_what_to_tell_an_administrator(people):
    name = f"stranger-{uuid.uuid4().hex[:8]}"
    people.server.random_user(user_name=name, password=PASSWORD)
    browser = people.browser()
    asked, _ = way_there(browser)
    with httpx.Client(timeout=30) as there:
        answer = browser.http.get(walk(there, asked, people.address, login=name))
    assert answer.status_code == 401
    assert f"Corp knows you as {name}" in answer.text
    assert "payhub_session" not in browser.http.cookies
    assert refused(people.hub) == ["sign-in at corp: not linked"]
    assert name not in str(trail(people.hub))


def test_signing_out_leads_on_to_the_service_which_then_knows_nobody(people):
    browser = people.browser()
    asked, _ = way_there(browser)
    with httpx.Client(timeout=30) as there:
        browser.http.get(walk(there, asked, people.address, login=people.name))
        csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/").text)[1]
        answer = browser.post("/sign-out", {"csrf": csrf})
        (leaving,) = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
        leaving = leaving.replace("&amp;", "&")
        assert leaving.startswith(f"{people.corp.issuer}/oauth/end_session?client_id={people.corp.client_id}&")
        assert browser.get("/").status_code == 303
        shown = there.get(leaving)
        assert shown.status_code == 200
        there.post(leaving, data={"answer": "logout"})
        assert there.get(way_there(browser)[0]).headers["location"].endswith("/login")
    assert ("person.signed_out", people.anna.id, {}) in trail(people.hub)


def test_whoever_comes_from_a_service_approves_only_with_a_second_factor(people):
    batch = people.submit("10.00")
    browser = people.browser()
    come(people, browser)
    answer = browser.decide(f"/batches/{batch}/approve")
    assert answer.status_code == 422
    assert "Set up your second factor first" in answer.text


def test_passwords_can_be_switched_off(people):
    comes_from(people.hub, people.address, people.corp, passwords=False)
    browser = people.browser()
    shown = browser.get("/sign-in").text
    assert 'name="password"' not in shown
    assert browser.post("/sign-in", {"name": "anna", "password": "x", "csrf": "y"}).status_code == 403
    assert come(people, browser).status_code == 303
