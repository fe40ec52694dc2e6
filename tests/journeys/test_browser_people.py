"""People and configuration in a real browser: two administrators appoint an approver, and agree to the files."""

import secrets

import pytest

from gateway.api import credentials
from gateway.domain.roles import EVERY, Role
from gateway.persistence.grant_desk import grant
from gateway.persistence.people import People, Person
from tests.journeys.test_browser_story import DESK, PHONE, Desk, chromium, world

pytestmark = pytest.mark.server
__all__ = ["chromium", "world"]


def add(world, name, *roles):
    """A person who can sign in; roles are given as the command line gives them while a hub is set up."""
    password = world.access.passwords[name] = secrets.token_urlsafe(12)
    with world.hub.unit_of_work(actor="test") as work:
        person = Person(
            id=work.new_id(), name=name, display_name=name.title(), created_at=work.at,
            password=credentials.hash_password(password),
        )  # fmt: skip
        People(work.connection).add(person)
        for role in roles:
            grant(work, person, role, EVERY, by=None, reason="a test")
        work.commit()
    return person


def appoint(rita, sven, dora):
    """Rita asks, Sven confirms on his phone."""
    rita.open("/people")
    assert rita.heading() == "5 accounts; no grant waits for anybody."
    rita.page.click("td.id a:has-text('Dora')")
    rita.page.click("text=Give Dora a role")
    rita.look()
    rita.page.select_option("#role", "approver")
    rita.page.select_option("#entity", "ACME-AT")
    rita.page.fill("#until", "2027-12-31")
    rita.page.fill("#reason", "She joined the treasury.")
    rita.page.click("button:has-text('Give Dora this role')")
    rita.page.wait_for_selector("text=You asked for the grant.")
    rita.look()
    sven.open("/people")
    assert sven.heading() == "1 grant waits for a second administrator."
    sven.page.click("text=Look and confirm")
    sven.look()
    assert sven.heading() == "Make Dora approver for ACME-AT?"
    sven.page.click("button:has-text('Confirm Dora as approver for ACME-AT')")
    sven.page.wait_for_selector("text=You confirmed the grant")
    assert sven.heading() == "Dora is approver for ACME-AT."
    sven.look()
    assert sven.page.url.endswith(f"/people/{dora.id}?did=confirm")


def agree(rita, sven):
    """What runs is proposed by one and approved by the other."""
    rita.open("/configuration")
    rita.page.click("a.button.main")
    rita.look()
    rita.page.fill("#reason", "The first configuration.")
    rita.page.click("button.main")
    rita.page.wait_for_selector("text=You proposed it.")
    sven.open("/configuration")
    sven.page.click("a.button.main")
    sven.look()
    sven.page.fill("#reason", "Read it line by line.")
    sven.page.click("button.main")
    sven.page.wait_for_selector("text=You approved it.")
    assert sven.heading() == "Two administrators agreed to what runs here."
    sven.look()


def lend(anna, rita):
    """Anna lets Dora sign for her, and Rita confirms it."""
    anna.page.click(".me a")
    anna.page.click("text=Let a colleague sign for me")
    anna.look()
    anna.page.fill("#to", "dora")
    anna.page.select_option("#duty", "approver ACME-NO")
    until = anna.page.evaluate("document.body.dataset.now").split("T")[0]
    anna.page.fill("#until", until)
    anna.page.fill("#reason", "Out until tomorrow.")
    anna.page.click("button:has-text('Ask that they sign for me')")
    anna.page.wait_for_selector("text=once an administrator has confirmed it")
    anna.look()
    rita.open("/people")
    assert rita.heading() == "1 delegation waits for an administrator."
    rita.page.click("text=Look and confirm")
    rita.look()
    rita.page.click("button:has-text('Let Dora sign for Anna')")
    rita.page.wait_for_selector("text=You confirmed the delegation.")
    assert "approver (signing for Anna) for ACME-NO" in rita.heading()
    rita.look()


def test_two_administrators_appoint_an_approver_and_agree_to_the_configuration(chromium, world, tmp_path):
    add(world, "rita", Role.ADMINISTRATOR)
    add(world, "sven", Role.ADMINISTRATOR)
    dora = add(world, "dora")
    rita, sven = Desk(chromium, world, "rita", DESK, tmp_path), Desk(chromium, world, "sven", PHONE, tmp_path)
    rita.sign_in()
    sven.sign_in()
    appoint(rita, sven, dora)
    agree(rita, sven)
    anna = Desk(chromium, world, "anna", PHONE, tmp_path)
    anna.sign_in()
    lend(anna, rita)
    rita.page.click(".me a")
    rita.page.wait_for_selector("h1:has-text('Rita is administrator for all entities.')")
    rita.look()
    assert anna.complaints == sven.complaints == []
