"""Payments that a bank holds are asked back: over a real line, by two persons, until a statement shows what came of it.

The bank is the shipped Alpenbank, as the demonstration has it.
"""

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import select, update

from banks.simulator import ledger, scenario
from banks.simulator.clock import SimulatedClock
from banks.simulator.recalling import recalls as at_bank
from banks.simulator.serving import OpenBank
from gateway.app import create_app
from gateway.demo.batches import german
from gateway.demo.erp import Erp
from gateway.persistence.tables import breaks, documents, recalls, statements, work
from tests.banks.simulator import bench
from tests.gateway.console.conftest import Browser
from tests.gateway.hubs import add_client, add_person
from tests.gateway.serving import serving
from tests.journeys.at_scenario import generated_keys
from tests.journeys.living import SHIPPED, Living, configuration, living

pytestmark = [pytest.mark.slow]
ACCOUNT = "AT891200050000123456"
OPENING = Decimal("10000.00")
AMOUNTS = {"STOP": "100.10", "BACK": "200.20", "THINK": "300.30", "NEVER": "400.40", "KEEP": "500.50"}
SEPA = "<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>"
DAY = datetime(2026, 11, 30, tzinfo=UTC)
RULES = [
    {"behaviour": "drop_after_rename", "when": {"file_name": "RECALL_*"}},
    {"behaviour": "listing_lags", "when": {"file_name": "RECALL_*"}, "looks": 2, "times": 1},
    {"behaviour": "recall_pending", "when": {"reason": "TECH"}, "minutes": 1440},
    {"behaviour": "recall_refused", "when": {"reason": "FRAD"}, "code": "LEGL", "text": "An inquiry is open."},
    {"behaviour": "recall_twice", "when": {"reason": "FRAD"}},
    {"behaviour": "recall_foreign", "when": {"reason": "FRAD"}},
    {"behaviour": "recall_silent", "when": {"reason": "AC03"}},
    {"behaviour": "recall_refused", "when": {"reason": "AC03"}, "code": "NOAS"},
]


class Crash(Exception):
    """The process dies here."""


class DyingOnce:
    """A channel whose user dies right after a recall was handed over, the first time."""

    def __init__(self, channel, deaths):
        self._channel = channel
        self._deaths = deaths

    def __getattr__(self, name):
        return getattr(self._channel, name)

    def publish(self, file):
        receipt = self._channel.publish(file)
        if file.name.startswith("RECALL_") and self._deaths:
            raise Crash(self._deaths.pop())
        return receipt


@dataclass
class Treasury:
    """A hub, its bank, its ERP and its people."""

    hub: Living
    bank: OpenBank
    erp: Erp
    http: httpx.Client
    address: str
    client: str
    people: dict
    payments: dict = field(default_factory=dict)

    def call(self, who, method, path, **more):
        answer = self.http.request(method, path, headers={"Authorization": f"Bearer {self.people[who]}"}, **more)
        assert answer.is_success, answer.text
        return answer.json()

    def pay(self):
        lines = [
            bench.payment(name, amount, iban=german(number)) for number, (name, amount) in enumerate(AMOUNTS.items(), 1)
        ]
        block = bench.block(*lines, day=DAY.date(), account=ACCOUNT).replace("<ReqdExctnDt>", f"{SEPA}<ReqdExctnDt>")
        batch = self.hub.take_in(bench.pain001(block), client=self.client)
        self.hub.until_states({"validated": len(AMOUNTS)}, batch.id)
        self.hub.approve(batch.id)
        self.hub.until_states({"acknowledged": len(AMOUNTS)}, batch.id)
        found = self.call("anna", "GET", f"/v1/batches/{batch.id}/payments")["items"]
        self.payments = {one["end_to_end_id"]: one["id"] for one in found}

    def recall(self, name, code):
        """Anna asks, Ben confirms; gives the recall's id."""
        body = {"code": code, "reason": f"{name} was not meant"}
        asked = self.call("anna", "POST", f"/v1/payments/{self.payments[name]}/recall", json=body)
        self.call("ben", "POST", f"/v1/recalls/{asked['id']}/confirmation", json={})
        return asked["id"]

    def state(self, recall_id):
        with self.hub.hub.reading() as connection:
            return connection.execute(select(recalls.c.state).where(recalls.c.id == recall_id)).scalar_one()

    def until(self, recall_id, state):
        def reached():
            self.ask_again()
            return self.state(recall_id) == state

        self.hub.until(f"the recall to be {state}", reached)

    def ask_again(self):
        """What waits for a while after a failure is tried at once."""
        with self.hub.hub.unit_of_work(actor="test") as unit:
            waits = (work.c.workflow_id.is_(None), work.c.kind == "recall")
            unit.connection.execute(update(work).where(*waits).values(due_at=0))
            unit.commit()

    def turn(self, days, hour, minute=0):
        """The clock of everybody, to so many days after the first."""
        self.hub.clock.set(DAY + timedelta(days=days, hours=hour, minutes=minute))
        self.bank.bank.run()

    def evening(self, days):
        """The bank books and sends its statement, and the hub has read it."""
        self.turn(days, 17, 5)
        self.hub.until(f"{days + 1} statements", lambda: len(self.hub.rows(statements.c.id)) == days + 1)

    def received(self):
        """How often the bank was given each recall."""
        return Counter(one.message_id for one in self.bank.bank.arrivals() if one.name.startswith("RECALL_"))

    def told(self, name):
        """The kinds of events about a payment's recall that the ERP heard, in order."""
        mine = [one for one in self.erp.events.values() if one["subject"].endswith(self.payments[name])]
        ordered = sorted(mine, key=lambda one: int(one["sequence"]))
        return [one["type"].split(".")[2] for one in ordered if "recall" in one["type"]]


@contextmanager
def treasury(folder, database_url, rules):
    clock = SimulatedClock(folder / "clock.json")
    begins = DAY.replace(hour=7, minute=30)
    clock.start(begins)
    private, public = generated_keys()
    document = {
        "bank": {"name": "alpenbank", "bic": "ALPNATWWXXX"}, "sftp": {"authorized_keys": [public]}, "rules": rules,
        "accounts": [{"number": ACCOUNT, "currency": "EUR", "balance": str(OPENING), "owner": "ACME Austria GmbH"}],
    }  # fmt: skip
    account = (
        f'[[accounts]]\niban = "{ACCOUNT}"\ncurrency = "EUR"\nentity = "ACME-AT"\nbank = "alpenbank"\nname = "ACME"\n'
    )
    with OpenBank(scenario.parse(document), folder / "alpenbank", clock) as bank:
        text = (SHIPPED / "banks" / "alpenbank.toml").read_text().replace("2022", str(bank.address.sftp_port))
        key = " ".join((bank.address.host_key or "").split()[:2])
        place = configuration(
            folder / "config", {"alpenbank": re.sub(r'host_keys = \[".*"\]', f'host_keys = ["{key}"]', text)}, account
        )
        with (place / "payhub.toml").open("a") as settings:
            settings.write("[webhooks]\nallow_private = true\n[api]\nsecure_cookies = false\n")
        environment = {"PAYHUB_ALPENBANK_KEY": private}
        with (
            living(folder, place, database_url=database_url, starts_at=begins, environment=environment) as hub,
            serving(create_app(hub.hub)) as address,
            httpx.Client(base_url=address, timeout=60) as http,
        ):
            erp = Erp()
            client, key = add_client(hub.hub, entities=("ACME-AT",))
            hook = http.post("/v1/webhooks", json={"url": erp.url}, headers={"Authorization": f"Bearer {key}"})
            erp.secret = hook.json()["secret"]
            people = {name: add_person(hub.hub, name, roles=("approver", "operator"))[1] for name in ("anna", "ben")}
            yield Treasury(hub=hub, bank=bank, erp=erp, http=http, address=address, client=client.id, people=people)
            erp.close()


def die_once_after_the_rename(hub):
    pool, deaths = hub.channels, ["killed after the rename"]
    opened = pool.opener
    pool.close()
    pool.opener = lambda profile: DyingOnce(opened(profile), deaths)
    return deaths


def test_recalled_payments_stop_come_back_or_stay_and_every_cent_is_accounted_for(tmp_path, database_url):
    with treasury(tmp_path, database_url, RULES) as at:
        at.pay()
        stopped = at.recall("STOP", "DUPL")
        at.until(stopped, "accepted")
        at.hub.until("the bank to cancel it", lambda: at.hub.by_reference()["STOP"] == "cancelled")
        at.turn(0, 15, 5)
        at.evening(0)
        at.hub.until_states({"cancelled": 1, "reconciled": 4})

        deaths = die_once_after_the_rename(at.hub.hub)
        back, think, never, silent = (
            at.recall(*one) for one in (("BACK", "CUST"), ("THINK", "TECH"), ("NEVER", "FRAD"), ("KEEP", "AC03"))
        )
        at.until(back, "accepted")
        at.until(think, "pending")
        at.until(never, "refused")
        at.until(silent, "sent")
        assert deaths == [], "one died after the rename, and was looked for instead of being sent again"
        assert set(at.received().values()) == {1}, "each recall reached the bank once"
        assert set(at.received()) == {stopped, back, think, never, silent}
        at.evening(1)
        at.until(think, "accepted")
        assert at.hub.by_reference()["BACK"] == "reconciled", "a word of the bank is no money"
        for days in (2, 3, 4):
            at.evening(days)
        ends = {
            "STOP": "cancelled", "BACK": "returned", "THINK": "returned", "NEVER": "reconciled", "KEEP": "reconciled",
        }  # fmt: skip
        at.hub.until(f"{ends}", lambda: at.hub.by_reference() == ends)
        look_at_the_books(at)
        at.hub.until("the ERP to hear it", lambda: at.told("THINK")[-2:] == ["recall_answered"] * 2)
        stop = [one for one in at.told("STOP") if one != "recall_sent"]  # the answer may prove that it came first
        assert stop == ["recall_asked", "recall_confirmed", "recall_answered"]
        assert at.told("KEEP") == ["recall_asked", "recall_confirmed", "recall_sent"]
        assert at.erp.forged == 0
        look_at_the_console(at, stopped, silent)
        at.turn(29, 8)
        at.hub.until("the reminder", lambda: at.told("KEEP")[-1:] == ["recall_overdue"])
        assert at.told("KEEP").count("recall_overdue") == 1
        with signed_in(at) as ben:
            assert "answer overdue" in ben.get("/recalls").text
        assert at.hub.audit_is_intact()


def look_at_the_books(at):
    """What the hub says is what the bank did, to the cent."""
    truth = {row["end_to_end_id"]: row["state"] for row in ledger.payments(at.bank.bank.store)}
    assert truth == {"STOP": "cancelled", "BACK": "returned", "THINK": "returned", "NEVER": "booked", "KEEP": "booked"}
    (account,) = ledger.accounts(at.bank.bank.store)
    left = OPENING - Decimal(AMOUNTS["NEVER"]) - Decimal(AMOUNTS["KEEP"])
    assert Decimal(str(account["balance"])) == left
    assert {row.verdict for row in at.hub.rows(statements.c.verdict)} == {"proven"}
    assert Counter(row.kind for row in at.hub.rows(breaks.c.kind)) == {"return": 2}
    assert {one["case_id"]: one["state"] for one in at_bank(at.bank.bank.store)} == {
        row.id: {"sent": "refused"}.get(row.state, row.state) for row in at.hub.rows(recalls.c.id, recalls.c.state)
    }
    foreign = [row for row in at.hub.rows(documents.c.name, documents.c.state) if row.state == "quarantined"]
    assert len(foreign) == 1, "the answer about a case that is not ours, and nothing else"


@contextmanager
def signed_in(at):
    """Ben at the console."""
    browser = Browser(at.address)
    with browser.http:
        assert browser.sign_in("ben").status_code == 303
        yield browser


def look_at_the_console(at, stopped, silent):
    with signed_in(at) as ben:
        listed = ben.get("/recalls").text
        shown = ben.get(f"/recalls/{stopped}").text
        waiting = ben.get(f"/recalls/{silent}").text
        payment = ben.get(f"/payments/{at.payments['BACK']}").text
    assert "5 recalls" in listed
    assert "Refused by the bank" in listed
    assert "Sent, bank has not answered yet" in listed
    assert "accepted by the bank" in shown
    assert f"RECALL_{stopped}.xml" in shown
    assert "Answer expected by" in waiting
    assert "Accepted by the bank" in payment
