import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.api.credentials import digest
from gateway.console.sessions import SESSION_FOR, safe_target
from gateway.persistence.people import FAILURES_MAX, People
from gateway.persistence.tables import audit, sessions
from tests.gateway.console.conftest import MORNING
from tests.gateway.hubs import PASSWORD


def stored(hub):
    with hub.reading() as connection:
        return list(connection.execute(select(sessions)).all())


def test_a_person_signs_in_and_sees_the_page_they_asked_for(site):
    browser = site.browser()
    sent_away = browser.get("/batches?state=validated")
    assert sent_away.status_code == 303
    assert sent_away.headers["location"] == "/console/sign-in?then=%2Fconsole%2Fbatches%3Fstate%3Dvalidated"
    answer = browser.sign_in("anna", then="/console/batches?state=validated")
    assert answer.headers["location"] == "/console/batches?state=validated"
    assert browser.get("/batches").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site):
    told = site.browser().sign_in("anna").headers.get_list("set-cookie")
    session = next(one for one in told if one.startswith("payhub_session="))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/console" in session
    assert "Secure" not in session, "this test's hub is told that it has no TLS"


def test_the_database_knows_only_the_digest_of_the_cookie(site):
    browser = site.browser("anna")
    cookie = browser.http.cookies["payhub_session"]
    assert [row.sha256 for row in stored(site.hub)] == [digest(cookie)]


def test_signing_in_makes_a_new_session_and_ends_the_one_before(site):
    browser = site.browser("anna")
    before = browser.http.cookies["payhub_session"]
    browser.sign_in("anna")
    assert browser.http.cookies["payhub_session"] != before
    assert len(stored(site.hub)) == 1


def test_a_wrong_password_is_refused_in_the_words_of_an_unknown_name_and_the_name_is_kept(site):
    wrong, unknown = site.browser().sign_in("anna", "not this one"), site.browser().sign_in("nobody", "not this one")
    assert wrong.status_code == unknown.status_code == 401

    def said(answer):
        return re.search(r'role="alert".*?</div>', answer.text, re.DOTALL)[0]

    assert said(wrong) == said(unknown)
    assert 'value="anna"' in wrong.text
    assert "not this one" not in wrong.text


def test_too_many_wrong_passwords_lock_a_person_out_for_a_while(site):
    browser = site.browser()
    for _ in range(FAILURES_MAX):
        assert browser.sign_in("anna", "not this one").status_code == 401
    assert browser.sign_in("anna").status_code == 401
    site.hub.clock.at = MORNING + timedelta(minutes=16)
    assert browser.sign_in("anna").status_code == 303


@pytest.mark.parametrize("credential", ["key", "token"])
def test_an_api_client_cannot_sign_in_and_keys_open_no_page(site, credential):
    secret = getattr(site, credential)
    assert site.browser().sign_in("erp", secret).status_code == 401
    assert site.browser().sign_in("anna", secret).status_code == 401
    answer = site.browser().get("/batches", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 303


def test_a_session_ends_by_the_machines_clock_and_not_by_business_time(site):
    browser = site.browser("anna")
    site.hub.clock.at = MORNING + timedelta(days=30)
    assert browser.get("/").status_code == 200
    site.hub.machine_ms.ms += int(SESSION_FOR.total_seconds() * 1000) + 1
    assert browser.get("/").status_code == 303


def test_signing_out_ends_the_session(site):
    browser = site.browser("anna")
    cookie = browser.http.cookies["payhub_session"]
    assert browser.post("/sign-out", {"csrf": browser.csrf("/")}).status_code == 303
    assert stored(site.hub) == []
    browser.http.cookies.set("payhub_session", cookie)
    assert browser.get("/").status_code == 303


def test_a_disabled_person_is_out_at_once(site):
    browser = site.browser("anna")
    with site.hub.unit_of_work(actor="test") as work:
        People(work.connection).disable("anna", work.at)
        work.commit()
    assert browser.get("/").status_code == 303
    assert browser.sign_in("anna").status_code == 401


def test_signing_in_and_out_is_on_the_audit_trail(site):
    browser = site.browser("anna")
    browser.post("/sign-out", {"csrf": browser.csrf("/")})
    with site.hub.reading() as connection:
        actions = list(connection.execute(select(audit.c.action).order_by(audit.c.sequence)).scalars())
    assert actions[-2:] == ["person.signed_in", "person.signed_out"]


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example/", "//evil.example/", "/v1/batches", "/console/../v1", "/console\\@evil", "javascript:1",
        "", "/console/live",
    ],
)  # fmt: skip
def test_nobody_is_led_out_of_the_console_after_signing_in(site, then):
    target = safe_target(then)
    assert target.startswith("/console/")
    assert ".." not in target
    assert site.browser().sign_in("anna", then=then).headers["location"].startswith("/console/")


def test_every_answer_forbids_foreign_content_frames_and_sniffing(site):
    browser = site.browser("anna")
    for path in ("/", "/sign-in", "/nowhere", "/static/console.css", "/batches/NONE"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'"), path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert browser.get("/").headers["cache-control"] == "no-store"


def test_nothing_is_loaded_from_elsewhere(site):
    site.submit("10.00")
    browser = site.browser("anna")
    for path in ("/", "/batches", "/static/console.css", "/static/console.js", "/static/icons.svg"):
        text = browser.get(path).text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text
        assert "https://" not in text
        assert "@import" not in text


def test_the_password_never_comes_back(site):
    assert PASSWORD not in site.browser().sign_in("anna", PASSWORD + "x").text
