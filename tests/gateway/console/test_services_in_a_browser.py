"""There and back in a real browser, with its own ideas of cookies, redirects and our content policy."""

import os
import re
import uuid
from pathlib import Path

import pytest

from tests.gateway.console.issuers import PASSWORD, a_service, client_of, comes_from, linked

pytestmark = pytest.mark.server
CHROMIUM = Path("/usr/bin/chromium")
WITHIN_MS = 90_000


@pytest.fixture
def page():
    if not CHROMIUM.exists():
        assert os.environ.get("PAYHUB_REQUIRE_ALL") != "1", f"{CHROMIUM} is missing"
        pytest.skip(f"{CHROMIUM} is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_default_timeout(WITHIN_MS)
        yield page
        browser.close()


def test_a_person_signs_in_there_works_here_and_is_signed_out_at_both(site, iam_server, page):
    name, back = f"user-{uuid.uuid4().hex[:8]}", f"{site.address}/console/sign-in/corp/back"
    iam_server.random_user(user_name=name, password=PASSWORD)
    corp = a_service(iam_server.url.rstrip("/"), client_of(iam_server, back))
    comes_from(site.hub, site.address, corp)
    linked(site.hub, site.anna, corp.issuer, name)
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    page.goto(f"{site.address}/console/batches")
    page.click("text=Sign in with Corp")
    page.fill("#login", name)
    page.click("button[type=submit]")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{site.address}/console/batches")
    assert page.inner_text(".me a") == "Anna"
    here = len(complaints)

    page.click("text=Sign out")
    page.wait_for_url(re.compile(re.escape(f"{corp.issuer}/oauth/end_session")))
    page.click("button[name=answer][value=logout]")
    page.wait_for_load_state()
    assert [one for one in complaints[:here] if site.address in one] == []
    assert [one for one in complaints if "Content Security Policy" in one and "form-action" in one] == []
    page.goto(f"{site.address}/console/batches")
    page.click("text=Sign in with Corp")
    page.wait_for_selector("#login")
