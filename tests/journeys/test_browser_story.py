"""The console in a real browser: sign in, see the held duplicate, approve with four eyes, watch the payments settle."""

import os
import re
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.demo.batches import handovers
from gateway.demo.erp import hand_over
from gateway.demo.story import STARTS_AT
from gateway.demo.world import World
from gateway.steps import PATH

pytestmark = pytest.mark.server
CHROMIUM = Path("/usr/bin/chromium")
CONFIG = Path(__file__).resolve().parents[2] / "config"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
)  # fmt: skip
WITHIN_MS = 90_000
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PAGES = (
    "/", "/batches", "/payments", "/files", "/cutoffs", "/statements", "/breaks", "/documents", "/events",
    "/trail?verify=true",
)  # fmt: skip


@pytest.fixture
def chromium():
    if not CHROMIUM.exists():
        assert os.environ.get("PAYHUB_REQUIRE_ALL") != "1", f"{CHROMIUM} is missing"
        pytest.skip(f"{CHROMIUM} is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def world():
    with World(CONFIG, starts_at=STARTS_AT, database_url=None) as world:
        yield world


class Desk:
    """One person's window. Remembers what its script complained about, and every page it was too wide for."""

    def __init__(self, browser, world, name, size, shots):
        context = browser.new_context(viewport=size, timezone_id="Europe/Berlin", locale="en-GB")
        self.page = context.new_page()
        self.page.set_default_timeout(WITHIN_MS)
        self.complaints = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._failed)
        self._world, self._name, self._shots, self._count = world, name, shots, 0

    def _failed(self, asked):
        if "/live" not in asked.url and "ERR_ABORTED" not in (asked.failure or ""):
            self.complaints.append(f"{asked.url}: {asked.failure}")

    def sign_in(self):
        self.page.goto(self._world.api + "/")
        self.page.fill("#name", self._name)
        self.page.fill("#password", self._world.access.passwords[self._name])
        self.look()
        self.page.click("button.main")
        self.page.wait_for_selector("h1.answer")

    def open(self, path):
        self.page.goto(f"{self._world.api}/console{path}")
        self.look()

    def look(self):
        """What must hold of every page: nothing sticks out to the side, and nothing complains."""
        self._count += 1
        self.page.screenshot(path=str(self._shots / f"{self._name}-{self._count:02}.png"), full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"
        assert self.complaints == []

    def heading(self):
        return " ".join(self.page.inner_text("h1").split())

    def walk(self):
        """The nine steps as drawn: name and standing of each."""
        stops = self.page.query_selector_all("ol.walk > li")
        return [(one.query_selector("b").inner_text(), one.get_attribute("class").split()[1]) for one in stops]


@contextmanager
def told(what):
    """A time-out says what was waited for."""
    try:
        yield
    except Exception as err:
        raise AssertionError(f"waited in vain for: {what}") from err


def decline_the_duplicate(anna, batch_id):
    """Sees the held payment beside the one it looks like, and keeps it out."""
    anna.open(f"/batches/{batch_id}")
    pair = anna.page.inner_text("table.pair")
    assert "EXP-3004" in pair
    assert "SUP-1001" in pair
    anna.page.click("text=Decide about")
    anna.look()
    assert anna.heading() == "Pay Bergbau Huber GmbH EUR 1,250.00 again?"
    anna.page.fill("#reason", "Paid with the supplier run already.")
    anna.page.click("button:has-text('Decline EUR')")
    anna.page.wait_for_selector("text=You declined what was held.")


def approve_with_four_eyes(anna, ben, batch_id):
    """Anna's approval is not enough; Ben, on his phone, gives the last one."""
    anna.open(f"/batches/{batch_id}")
    anna.page.click("text=Approve 6 payments")
    anna.look()
    anna.page.click("button:has-text('Approve 6 payments, EUR')")
    anna.page.wait_for_selector("text=You approved it.")
    assert ("Approved", "current") in anna.walk()
    ben.sign_in()
    ben.look()
    ben.open(f"/batches/{batch_id}/approve")
    assert "Yours is the last approval." in ben.page.inner_text("main")
    ben.page.click("button:has-text('Approve 6 payments, EUR')")
    ben.page.wait_for_selector("text=You approved it.")


def watch_it_settle(anna, world):
    """The open page shows the bank's answer and its booking without being loaded again; new rows wait."""
    with told("the bank's answer on the open page"):
        anna.page.wait_for_selector("ol.walk > li:nth-child(7).wrong")
    assert "1 stopped" in anna.page.inner_text("ol.walk > li:nth-child(7)")
    assert anna.page.is_visible("#news")
    assert len(world.banks["alpenbank"].bank.arrivals()) == 1
    for hour in (16, 18):
        world.clock.set(STARTS_AT.replace(hour=hour, minute=5))
        world.banks["alpenbank"].bank.run()
    with told("the payments to be reconciled on the open page"):
        anna.page.wait_for_selector("ol.walk > li:nth-child(8).done")
    anna.page.click("text=Show what is new")
    anna.page.wait_for_selector("text=Paid and proven")
    anna.look()


def look_at_two_payments(anna, ben, batch_id):
    """One has its nine steps behind it, with times; the other was refused, and says so in plain words."""
    anna.page.click("td.id a:has-text('Elektro Wimmer KG')")
    with told("the ERP to be told"):
        anna.page.wait_for_function("() => document.querySelectorAll('ol.walk > li.done').length === 9")
    assert len(anna.page.query_selector_all("ol.walk time")) == len(PATH) - 1
    assert "Ben" in anna.page.inner_text("ol.walk > li:nth-child(3)")
    anna.look()
    ben.open(f"/payments/{batch_id}-0000005")
    assert ben.heading() == "EUR 410.00 to Holz Maier: refused by the bank."
    assert "AC04 Account closed" in " ".join(ben.page.inner_text("main").split())
    assert ("Answered", "wrong") in ben.walk()


def look_at_every_other_page(desk):
    for path in PAGES:
        desk.open(path)
    assert desk.heading() == "The whole trail holds: nothing was changed or taken away."
    for section in ("files", "statements", "documents"):
        desk.open(f"/{section}")
        desk.page.click("td.id a")
        desk.page.wait_for_selector("p.crumb")
        desk.look()


def test_two_people_release_a_batch_and_watch_it_settle(chromium, world, tmp_path):
    anna, ben = Desk(chromium, world, "anna", DESK, tmp_path), Desk(chromium, world, "ben", PHONE, tmp_path)
    anna.sign_in()
    batches = {}
    for number, one in enumerate(handovers()[:3], 1):  # one after the other: what is checked later is the duplicate
        batches[one.name] = hand_over(world.api, world.access.erp_key, one)
        with told(f"{one.name} to be checked"):
            anna.page.wait_for_function(f"() => document.querySelector('h1').innerText.includes('{number} batch')")
    suppliers, expenses = batches["supplier run"], batches["expenses"]
    assert re.fullmatch(
        r"3 batches, EUR.45,362\.19, wait for you; the next cut-off is nordbank sepa in \d h \d\d min\.", anna.heading()
    )
    anna.look()
    decline_the_duplicate(anna, expenses)
    approve_with_four_eyes(anna, ben, suppliers)
    watch_it_settle(anna, world)
    look_at_two_payments(anna, ben, suppliers)
    for desk in (anna, ben):
        look_at_every_other_page(desk)


def test_the_keyboard_walks_the_tables_and_the_page_says_when_its_line_is_down(chromium, world, tmp_path):
    hand_over(world.api, world.access.erp_key, handovers()[0])
    anna = Desk(chromium, world, "anna", DESK, tmp_path)
    anna.sign_in()
    with told("the batch to be checked"):
        anna.page.wait_for_function("() => document.querySelector('h1').innerText.includes('1 batch')")
    anna.open("/batches")
    anna.page.keyboard.press("ArrowDown")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_selector("ol.walk")
    for process in world._processes[::-1]:
        if "serve" in process.args:
            process.kill()
            process.wait()
    with told("the page to say that it is not live"):
        anna.page.wait_for_selector("#line:visible")
    assert re.fullmatch(r"Not live since \d\d:\d\d", anna.page.inner_text("#line"))
