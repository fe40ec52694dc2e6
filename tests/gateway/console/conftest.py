import json
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import event

from gateway import wiring
from gateway.api import credentials
from gateway.app import create_app
from gateway.scheduling import formatting
from gateway.steps import generate, schedule, validate
from tests import sqlite
from tests.gateway.hubs import CHEAP, PASSWORD, MachineTime, SetClock, add_client, add_person, document
from tests.gateway.serving import serving

CONFIG = Path(__file__).resolve().parents[3] / "config"
MORNING = datetime(2026, 9, 30, 7, 0, tzinfo=UTC)
ACCOUNT = "AT891200050000123456"


class Browser:
    """What a browser does with forms and cookies, without its script."""

    def __init__(self, address):
        self.http = httpx.Client(base_url=address, timeout=60)

    def get(self, path, **more):
        return self.http.get(f"/console{path}", **more)

    def post(self, path, fields, **more):
        return self.http.post(f"/console{path}", data=fields, **more)

    def csrf(self, path):
        return re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)[1]

    def sign_in(self, name, password=PASSWORD, **fields):
        return self.post("/sign-in", {"csrf": self.csrf("/sign-in"), "name": name, "password": password, **fields})

    def hidden(self, path):
        """The fields of a page's own form that nobody types."""
        shown = self.get(path).text.split('<main id="main"', 1)[1]
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))

    def decide(self, path, **fields):
        """Opens a page with a form and sends it with what was typed."""
        return self.post(path, self.hidden(path) | fields)


@pytest.fixture
def hub(tmp_path):
    """The shipped configuration on an empty SQLite file, one autumn morning."""
    environment = {"PAYHUB_DATABASE_URL": sqlite.fresh(tmp_path / "hub.db"), "PAYHUB_VAULT_KEY": "5a" * 32}
    hub = wiring.build(CONFIG, environment)
    hub.configuration = replace(hub.configuration, settings=replace(hub.settings, secure_cookies=False))
    hub.clock, hub.machine_ms = SetClock(MORNING), MachineTime()
    yield hub
    hub.close()


def advance(hub, batch_id):
    """What a worker does with a batch, as far as it needs neither people nor banks."""
    steps = (
        lambda work: validate.validate(
            work, batch_id, routes=hub.routes, accounts=hub.accounts, repair=formatting.repair, duplicate_days=30
        ),
        lambda work: schedule.schedule(work, batch_id, routes=hub.routes, accounts=hub.accounts),
        lambda work: generate.generate(
            work, batch_id, routes=hub.routes,
            tools=generate.Tools(
                write=formatting.write, read=formatting.read_initiation, name=formatting.file_name,
                accounts=hub.accounts,
            ),
        ),
    )  # fmt: skip
    for step in steps:
        with hub.unit_of_work(actor="worker") as work:
            step(work)
            work.commit()


@contextmanager
def counting(hub):
    """Counts the statements the database is asked."""
    asked = []

    def ask(_connection, _cursor, statement, *_more):
        asked.append(statement)

    event.listen(hub.engine, "before_cursor_execute", ask)
    try:
        yield asked
    finally:
        event.remove(hub.engine, "before_cursor_execute", ask)


@pytest.fixture
def site(hub, monkeypatch):
    """The console behind a socket, with an ERP and two people; ``browser()`` opens another window.

    Whoever signs in has a weak hash and is not given a strong one each time (tests/gateway/api proves that).
    """
    monkeypatch.setattr(credentials, "_hasher", CHEAP)
    _, key = add_client(hub, "erp", entities=("ACME-AT", "ACME-NO"))
    anna, token = add_person(hub, "anna")
    ben, _ = add_person(hub, "ben")
    with serving(create_app(hub)) as address:
        opened = []

        def browser(name=None):
            opened.append(Browser(address))
            if name is not None:
                assert opened[-1].sign_in(name).status_code == 303
            return opened[-1]

        def submit(*amounts, message_id="RUN-1", change=None):
            body = document(*amounts, message_id=message_id, account=ACCOUNT, execution_date="2026-09-30")
            body["batches"] = [{"payment_type": {"service_level": "SEPA"}} | body["batches"][0]]
            if change is not None:
                change(body)
            headers = {
                "Authorization": f"Bearer {key}",
                "Idempotency-Key": message_id,
                "Content-Type": "application/json",
            }
            answer = httpx.post(f"{address}/v1/batches", content=json.dumps(body), headers=headers, timeout=60)
            assert answer.status_code == 201, answer.text
            batch_id = answer.json()["id"]
            advance(hub, batch_id)
            hub.clock.at += timedelta(seconds=1)  # ids sort by time
            return batch_id

        yield SimpleNamespace(
            hub=hub, browser=browser, submit=submit, anna=anna, ben=ben, key=key, token=token, address=address,
            advance=lambda batch_id: advance(hub, batch_id),
        )  # fmt: skip
        for one in opened:
            one.http.close()
