import re

import pyotp
import pytest

from gateway.console.pages.second_factor import FRESH_FOR


@pytest.fixture
def later(site):
    """Sets the machine's time so long after the sign-in that it is not fresh any more, and back."""
    began = site.hub.machine_ms.ms

    def later(*, yes=True):
        site.hub.machine_ms.ms = began + (int(FRESH_FOR.total_seconds()) * 1000 + 1 if yes else 0)

    return later


def secret_on(page):
    return re.search(r'authenticator: <span class="figure">(\w+)<', page)[1]


def test_a_person_scans_types_the_first_code_and_gets_recovery_codes(site):
    browser = site.browser("anna")
    csrf = browser.csrf("/second-factor")
    shown = browser.post("/second-factor", {"csrf": csrf}).text
    assert "<svg" in shown
    code = pyotp.TOTP(secret_on(shown)).at(site.hub.machine_ms() // 1000)
    wrong = browser.post("/second-factor", {"csrf": csrf, "code": "000000" if code != "000000" else "111111"})
    assert (wrong.status_code, "This code is wrong" in wrong.text) == (422, True)
    done = browser.post("/second-factor", {"csrf": csrf, "code": code}).text
    assert len(re.findall(r'<li class="figure">\w{16}</li>', done)) == 10
    assert browser.get("/").status_code == 303, "everybody signs in anew"


def test_a_browser_left_open_or_a_stolen_session_sets_none_up(site, later):
    browser = site.browser("anna")
    csrf = browser.csrf("/second-factor")
    later()
    assert "sign out and sign in again first" in browser.get("/second-factor").text
    assert browser.post("/second-factor", {"csrf": csrf}).status_code == 403
    later(yes=False)
    secret = secret_on(browser.post("/second-factor", {"csrf": csrf}).text)
    later()
    assert secret not in browser.get("/second-factor").text
    code = pyotp.TOTP(secret).at(site.hub.machine_ms() // 1000)
    assert browser.post("/second-factor", {"csrf": csrf, "code": code}).status_code == 403
