from dataclasses import replace

import pytest

from gateway.persistence.identities import Identities
from gateway.settings_sign_in import Issuer
from tests.gateway.console.markup import look
from tests.gateway.console.test_people import after, plain
from tests.gateway.hubs import MachineTime, Phone, add_person

ADDRESS = "https://id.corp.example"


@pytest.fixture
def cast(site):
    """A hub that knows one sign-in service, and two administrators."""
    corp = Issuer(name="corp", title="Corporate sign-in", issuer=ADDRESS, client_id="payhub")
    settings = site.hub.settings
    sign_in = replace(settings.sign_in, issuers={"corp": corp})
    site.hub.configuration = replace(site.hub.configuration, settings=replace(settings, sign_in=sign_in))
    return {name: add_person(site.hub, name, roles=("administrator",))[0] for name in ("rita", "sven")}


def ask(browser, person, **fields):
    given = {"issuer": "corp", "subject": "<anna>@corp.example", "reason": "she joined"} | fields
    return browser.decide(f"/people/{person.id}/link", **given)


def waiting(site):
    with site.hub.reading() as connection:
        (row,) = Identities(connection).all()
    return f"/links/{row.address}", row


def test_two_administrators_link_somebody_and_one_ends_it(site, cast):
    rita, sven = site.browser("rita"), site.browser("sven")
    assert "It holds once another administrator has confirmed it." in after(rita, ask(rita, site.anna))
    page, row = waiting(site)
    assert row.since is None
    assert "You asked for this yourself" in rita.get(f"{page}/confirm").text
    assert rita.post(f"{page}/confirm", {"csrf": rita.csrf("/")}).status_code == 422
    assert "1 link with a sign-in service waits for a second administrator." in plain(sven.get("/people").text)
    shown = sven.get(f"{page}/confirm").text
    assert look(shown)[0] == []
    assert "Let &lt;anna&gt;@corp.example at Corporate sign-in sign in as Anna?" in plain(shown)
    assert "You confirmed the link" in after(sven, sven.decide(f"{page}/confirm"))
    assert waiting(site)[1].since is not None
    assert "This link holds already" in rita.get(f"{page}/confirm").text
    assert rita.decide(f"{page}/end").status_code == 422, "the reason is missing"
    assert "The link has ended." in after(rita, rita.decide(f"{page}/end", reason="she left"))
    assert rita.get(f"{page}/end").status_code == 404


def test_who_confirms_types_a_code(site, cast):
    site.hub.machine_ms = MachineTime()
    assert ask(site.browser("rita"), site.anna).status_code == 303
    page, _ = waiting(site)
    phone = Phone(site.hub, cast["sven"])
    sven = site.browser()
    assert sven.sign_in("sven", code=phone.next()).status_code == 303
    assert 'name="code"' in sven.get(f"{page}/confirm").text
    assert sven.decide(f"{page}/confirm").status_code == 422
    assert waiting(site)[1].since is None
    assert sven.decide(f"{page}/confirm", code=phone.next()).status_code == 303
    assert waiting(site)[1].since is not None


def test_what_is_wrong_stands_beside_its_field_and_nobody_links_themselves(site, cast):
    rita = site.browser("rita")
    wrong = ask(rita, site.anna, issuer="nobody", subject=" ", reason="because <i>")
    assert (wrong.status_code, look(wrong.text)[0]) == (422, [])
    for says in ("Choose a sign-in service.", "Write what the service calls the person.", "because &lt;i&gt;"):
        assert says in wrong.text
    assert "Nobody changes their own rights" in rita.get(f"/people/{cast['rita'].id}/link").text
    fields = {"csrf": rita.csrf("/"), "issuer": "corp", "subject": "r", "reason": "I would like to"}
    assert rita.post(f"/people/{cast['rita'].id}/link", fields).status_code == 422
    assert site.browser("anna").get(f"/people/{site.anna.id}/link").status_code == 403


def test_without_a_sign_in_service_the_page_says_where_to_configure_one(site, cast):
    settings = site.hub.settings
    sign_in = replace(settings.sign_in, issuers={})
    site.hub.configuration = replace(site.hub.configuration, settings=replace(settings, sign_in=sign_in))
    rita = site.browser("rita")
    assert "This hub knows no sign-in service" in rita.get(f"/people/{site.anna.id}/link").text
    assert '/link"' not in rita.get(f"/people/{site.anna.id}").text
