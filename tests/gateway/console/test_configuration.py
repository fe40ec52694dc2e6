import pytest

from gateway.persistence import configuration_desk
from tests.gateway.console.markup import look
from tests.gateway.hubs import add_person

CHANGED = 'name = "alpenbank"\n[[products]]\nname = "sepa"\ncutoff = "16:00"\n'
BEFORE = CHANGED.replace("16:00", "15:00")


@pytest.fixture
def admins(site):
    for name in ("rita", "sven"):
        add_person(site.hub, name, roles=("administrator",))
    return site.browser("rita"), site.browser("sven")


@pytest.fixture
def runs(site):
    """A hub whose bank profile two people agreed to."""
    site.hub.configuration.sources.clear()
    site.hub.configuration.sources["banks/alpenbank.toml"] = BEFORE
    return site.hub.configuration.sources


def plain(text):
    return " ".join(text.split())


def approved(site):
    with site.hub.reading() as connection:
        return configuration_desk.is_approved(connection, site.hub.configuration.money_digest)


def test_one_proposes_and_another_approves_what_both_were_shown_as_sentences(site, runs, admins):
    rita, sven = admins
    assert "Nobody agreed yet to what runs here: 1 difference" in plain(rita.get("/configuration").text)
    assert "waits for approval" not in rita.get("/configuration/propose").text
    assert rita.decide("/configuration/propose", reason="the first set").status_code == 303
    assert "waits for a second administrator" in plain(sven.get("/configuration").text)
    assert "You proposed it; another administrator must approve it." in rita.get("/configuration/approve").text
    me_too = {"csrf": rita.csrf("/"), "digest": site.hub.configuration.money_digest, "reason": "me too"}
    assert rita.post("/configuration/approve", me_too).status_code == 422
    assert not approved(site)
    assert sven.decide("/configuration/approve", reason="read it all").status_code == 303
    assert approved(site)
    runs["banks/alpenbank.toml"] = CHANGED
    shown = plain(sven.get("/configuration/propose").text)
    assert "banks/alpenbank.toml: products[sepa].cutoff was &#39;15:00&#39;, becomes &#39;16:00&#39;." in shown
    assert "Propose 1 difference" in shown
    assert not approved(site)


def test_what_changed_after_it_was_shown_is_neither_proposed_nor_approved(site, runs, admins):
    rita, sven = admins
    seen = rita.hidden("/configuration/propose")
    runs["banks/alpenbank.toml"] = CHANGED
    answer = rita.post("/configuration/propose", seen | {"reason": "the first set"})
    assert answer.status_code == 422
    assert "another configuration than you looked at" in answer.text
    assert look(answer.text)[0] == []
    rita.decide("/configuration/propose", reason="the second set")
    seen = sven.hidden("/configuration/approve")
    runs["banks/alpenbank.toml"] = BEFORE
    assert sven.post("/configuration/approve", seen | {"reason": "read it"}).status_code == 422
    assert not approved(site)


def test_others_look_and_do_not_decide(site, runs, admins):
    anna = site.browser("anna")
    shown = plain(anna.get("/configuration").text)
    assert "Two administrators of all entities decide about it." in shown
    assert "configuration/propose" not in shown
    assert anna.get("/configuration/propose").status_code == 403
    fields = {"csrf": anna.csrf("/"), "digest": site.hub.configuration.money_digest, "reason": "I like it"}
    assert anna.post("/configuration/propose", fields).status_code == 403
    add_person(site.hub, "mia", roles=("maker",))
    assert site.browser("mia").get("/configuration").status_code == 403
    assert admins[0].get("/configuration/burn").status_code == 404
