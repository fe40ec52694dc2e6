import pytest

from gateway.persistence.people import People
from tests.gateway.channels import DOWN, OFFERED, attempt
from tests.gateway.hubs import Phone, add_person


@pytest.fixture
def admins(site):
    for name in ("rita", "sven"):
        add_person(site.hub, name, roles=("administrator",))
    return site.browser("rita"), site.browser("sven")


def plain(text):
    return " ".join(text.split())


def test_the_page_says_in_plain_words_how_each_channel_stands(site):
    anna = site.browser("anna")
    assert "Every channel works." in anna.get("/channels").text
    attempt(site.hub, "nordbank", DOWN, DOWN, DOWN)
    attempt(site.hub, "alpenbank", OFFERED)
    shown = plain(anna.get("/channels").text)
    assert "2 channels of 2 need a look: alpenbank, nordbank." in shown
    assert "Call the bank about its host key" in shown
    assert "Out of reach" in shown


def test_two_administrators_confirm_a_new_host_key_on_its_page(site, admins):
    attempt(site.hub, "alpenbank", OFFERED)
    rita, sven = admins
    page = "/channels/alpenbank"
    answer = rita.decide(page, fingerprint=OFFERED.fingerprint, reason="called Ms Berg at noon")
    shown = plain(rita.get(answer.headers["location"].removeprefix("/console")).text)
    assert "1 more administrator must confirm the key." in shown
    assert "Another administrator must agree before anything connects." in shown
    assert "Rita confirmed it" in plain(sven.get(page).text)
    wrong = sven.decide(page, fingerprint="SHA256:something-else-entirely", reason="called Ms Berg too")
    assert wrong.status_code == 422
    assert "call the bank" in wrong.text
    assert "called Ms Berg too" in wrong.text
    answer = sven.decide(page, fingerprint=OFFERED.fingerprint, reason="called Ms Berg too")
    shown = plain(sven.get(answer.headers["location"].removeprefix("/console")).text)
    assert "alpenbank is connected again" in shown
    assert OFFERED.fingerprint in shown


def test_the_page_asks_for_a_code_of_whoever_has_a_second_factor(site, admins):
    attempt(site.hub, "alpenbank", OFFERED)
    with site.hub.reading() as connection:
        phone = Phone(site.hub, People(connection).with_name("rita"))
    rita, page = site.browser(), "/channels/alpenbank"
    assert rita.sign_in("rita", code=phone.next()).status_code == 303
    assert "Code of your second factor" in rita.get(page).text
    assert "Code of your second factor" not in admins[1].get(page).text
    given = {"fingerprint": OFFERED.fingerprint, "reason": "called Ms Berg at noon"}
    assert rita.decide(page, **given).status_code == 422
    assert "Rita confirmed it" not in plain(rita.get(page).text)
    assert rita.decide(page, **given, code=phone.next()).status_code == 303
    assert "Rita confirmed it" in plain(rita.get(page).text)


def test_somebody_who_is_no_administrator_is_told_why_not(site):
    attempt(site.hub, "alpenbank", OFFERED)
    anna = site.browser("anna")
    assert "Only an administrator may confirm a host key." in anna.get("/channels/alpenbank").text
    fields = {"csrf": anna.csrf("/"), "fingerprint": OFFERED.fingerprint, "reason": "because"}
    assert anna.post("/channels/alpenbank", fields).status_code == 422
    assert "Stopped" in anna.get("/channels").text


def test_an_administrator_approves_nothing(site, admins):
    batch_id = site.submit("100.00")
    assert admins[0].get(f"/batches/{batch_id}/approve").status_code == 404
    csrf = admins[0].csrf("/")
    answer = admins[0].post(f"/batches/{batch_id}/approve", {"csrf": csrf, "digest": "0" * 64})
    assert answer.status_code == 404, "a batch is nothing an administrator sees"


def test_a_bank_nobody_has_is_no_page(site):
    assert site.browser("anna").get("/channels/otherbank").status_code == 404
