"""``make matrix``: every role at every endpoint, acting page and command, about own and about other things.

What should happen is written by hand in ``expected_rights``; an endpoint, page or command it does not name is wrong.
The last line is ``{"cells":n,"wrong":0}``.
"""

import hashlib
import importlib
import itertools
import json
import sys
import tempfile
import warnings
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import typer
from sqlalchemy import insert
from typer.testing import CliRunner

from gateway import cli, wiring
from gateway.api import credentials
from gateway.app import create_app
from gateway.console import site
from gateway.console.sessions import COOKIE, machine_time
from gateway.domain.roles import EVERY, GRANTABLE, Role
from gateway.events import signing
from gateway.persistence import migrations
from gateway.persistence.delegations import DelegationRow, Delegations
from gateway.persistence.grants import Grants
from gateway.persistence.identities import Identities, Identity
from gateway.persistence.people import People, Session
from gateway.persistence.tables import breaks, documents, files, identities, recalls, statements, webhooks
from tests.campaigns import expected_rights as expected
from tests.gateway.hubs import NOON, MachineTime, SetClock, add_client, add_person, document, held

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

CONFIG = Path(__file__).resolve().parents[2] / "config"
PLACES = {"own": ("ACME-AT", "alpenbank", "AT891200050000123456"), "other": ("ACME-NO", "nordbank", "NO9160001234567")}
DENIED = (401, 403, 404)
REASON = {"reason": "the matrix asks"}
DAY = "2026-12-01"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody who asks: ``role`` for ``entity``; one who ``watches`` is an auditor of every entity besides."""

    role: str
    entity: str
    token: str = ""
    cookie: str = ""
    csrf: str = ""
    watches: bool = False

    def holds(self, roles, place):
        """Whether a hand-written line lets this actor do it about things of a place."""
        duties = roles.split()
        acts = self.role in duties and (self.entity == EVERY or place == "own")
        return acts or (self.watches and "auditor" in duties)

    def named(self, roles):
        """Whether it names this actor at all."""
        return self.role in roles.split() or (self.watches and "auditor" in roles.split())

    def for_all(self, roles):
        """Whether it names this actor for every entity."""
        return (self.entity == EVERY and self.role in roles.split()) or (self.watches and "auditor" in roles.split())


class Matrix:
    """The hub, its actors and things, and what was found wrong."""

    def __init__(self, folder, roles, *, url=None):
        url = url or f"sqlite:///{folder}/hub.db"
        self.environment = {"PAYHUB_DATABASE_URL": url, "PAYHUB_VAULT_KEY": "5a" * 32}
        hub = wiring.build(CONFIG, self.environment)
        migrations.upgrade(hub.engine)
        quick = replace(hub.settings, secure_cookies=False, webhooks_allow_private=True)
        hub.configuration = replace(hub.configuration, settings=quick)
        hub.clock, hub.machine_ms = SetClock(NOON), MachineTime()
        self.hub, self.app = hub, create_app(hub)
        self.http = TestClient(self.app, raise_server_exceptions=False, follow_redirects=False)
        self.cells, self.wrong = 0, []
        self.number = itertools.count(1)
        self.clients = {place: add_client(hub, f"erp-{place}", entities=(facts[0],)) for place, facts in PLACES.items()}
        self.actors = list(self._actors(roles))
        self.things = {place: self._things(place) for place in PLACES}
        with hub.unit_of_work(actor="matrix") as work:
            work.outbox.publish()
            work.commit()

    def _actors(self, wanted):
        for role in wanted:
            for entity in ("ACME-AT", EVERY):
                roles = () if role == "nobody" else (role,)
                name = f"{role}-{'all' if entity == EVERY else 'one'}"
                person, token = add_person(self.hub, name, roles=roles, entity=entity)
                yield Actor(role=str(role), entity=entity, token=token, **self._session(person))
        for role in (one for one in wanted if one not in ("nobody", Role.AUDITOR)):
            person, token = add_person(self.hub, f"{role}-watching", roles=(role,), entity="ACME-AT")
            with self.hub.unit_of_work(actor="matrix") as work:
                Grants(work.connection).add(held(self.hub, person, Role.AUDITOR))
                work.commit()
            yield Actor(role=str(role), entity="ACME-AT", token=token, watches=True, **self._session(person))
        yield Actor(role="client", entity="ACME-AT", token=self.clients["own"][1])
        yield Actor(role="stranger", entity=EVERY)

    def _session(self, person):
        cookie, csrf = self.hub.ids.secret(32).hex(), self.hub.ids.secret(32).hex()
        now = machine_time(self.hub)
        with self.hub.unit_of_work(actor=person.id) as work:
            People(work.connection).add_session(
                Session(
                    sha256=credentials.digest(cookie), person_id=person.id, csrf=csrf, created_at=now, seen_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )  # fmt: skip
            work.commit()
        return {"cookie": cookie, "csrf": csrf}

    def _things(self, place):
        _, bank, account = PLACES[place]
        content = f"bytes of {place}".encode()
        batch = self._bring(self.clients[place][1], account).json()["id"]
        ids = {
            name: self.hub.ids.new(NOON) for name in ("file_id", "statement_id", "break_id", "document_id", "recall_id")
        }
        sha256 = hashlib.sha256(content).hexdigest()
        target, _ = add_person(self.hub, f"target-{place}", roles=())
        asker, _ = add_person(self.hub, f"asker-{place}", roles=())
        with self.hub.unit_of_work(actor="matrix") as work:
            work.vault.put(content, sha256)
            work.connection.execute(insert(files).values(
                id=ids["file_id"], bank=bank, batch_id=batch, message="pain.001.001.09", name=f"{place}.xml", number=1,
                sha256=sha256, size=1, count=1, totals=[["EUR", "1.00"]], state="generated", version=1, fence=0,
                approval_digest="a" * 64, profile_digest="b" * 64, bank_batches=[], generated_at=NOON,
                answer_overdue=False,
            ))  # fmt: skip
            work.connection.execute(insert(documents).values(
                id=ids["document_id"], bank=bank, sha256=sha256, name=f"{place}.txt", size=1, state="quarantined",
                received_at=NOON, reason="unread", seen=1, archived=False, depth=0, tries=0,
            ))  # fmt: skip
            work.connection.execute(insert(statements).values(
                id=ids["statement_id"], document_id=ids["document_id"], bank=bank, message="camt.053.001.08",
                kind="statement", account=account, currency="EUR", booked=Decimal("1.00"), verdict="proven",
                proof_text="", facts="{}", entries=0, imported_at=NOON,
            ))  # fmt: skip
            work.connection.execute(insert(recalls).values(
                id=ids["recall_id"], payment_id=f"{batch}-0000000", batch_id=batch, file_id=ids["file_id"], bank=bank,
                reason_code="DUPL", reason="the matrix asks", state="asked", version=1, asked_by="somebody",
                asked_by_name="Somebody", asked_at=NOON, looks=0,
            ))  # fmt: skip
            work.connection.execute(insert(breaks).values(
                id=ids["break_id"], key=place, kind="unexpected_entry", bank=bank, account=account, payment_ids=[],
                reason="unknown", who_acts="operator", opened_at=NOON, state="open",
            ))  # fmt: skip
            work.commit()
        with self.hub.unit_of_work(actor="matrix") as work:
            waiting = replace(held(self.hub, target, Role.APPROVER), since=None, confirmed_by=None, asked_by=asker.id)
            Grants(work.connection).add(waiting)
            lends = held(self.hub, asker, Role.APPROVER)
            Grants(work.connection).add(lends)
            lent = DelegationRow(
                id=self.hub.ids.new(NOON), grant_id=lends.id, person_id=target.id, entity=EVERY, reason="the matrix",
                asked_at=NOON, starts_at=NOON, ends_at=NOON + timedelta(days=7),
            )  # fmt: skip
            Delegations(work.connection).add(lent)
            work.commit()
        return ids | {
            "batch_id": batch, "payment_id": f"{batch}-0000000", "bank": bank, "verdict": "arrived",
            "person_id": target.id, "asker_id": asker.id,
            "grant_id": waiting.id, "delegation_id": lent.id,
        }  # fmt: skip

    def _bring(self, token, account):
        number = next(self.number)
        body = document("1.00", message_id=f"M-{number}", account=account, execution_date=DAY)
        headers = {"Idempotency-Key": f"K-{number}", "Content-Type": "application/json"} | _bearer(token)
        return self.http.post("/v1/batches", content=json.dumps(body), headers=headers)

    def hold(self, what, actor, place, *, should, does):
        """One cell."""
        self.cells += 1
        if should != does:
            word = "allowed" if does else "denied"
            self.wrong.append(f"{what}: {actor.role} for {actor.entity} about {place} things was {word}")

    def walk(self):
        """Every cell."""
        self._api()
        self._console()
        self._commands()

    def _api(self):
        offered = {(verb.upper(), path) for path, verbs in self.app.openapi()["paths"].items() for verb in verbs}
        self._named("endpoint", offered - expected.STREAMS, set(expected.API))
        for (method, path), (roles, kind) in expected.API.items():
            for actor, place in itertools.product(self.actors, PLACES):
                answer = self._call(method, path, actor, place)
                does = answer.status_code == 201 if path == "/v1/batches" and method == "POST" else (
                    answer.status_code not in DENIED
                )  # fmt: skip
                assert answer.status_code < 500, (method, path, answer.text)
                self.hold(f"{method} {path}", actor, place, should=_should(actor, roles, kind, place), does=does)
                if kind == "list" and does:
                    shown = self._shows(answer.text, place)
                    sees = actor.holds(roles, place)
                    self.hold(f"{method} {path} shows", actor, place, should=sees, does=shown)

    def _call(self, method, path, actor, place):
        if (method, path) == ("POST", "/v1/batches"):
            return self._bring(actor.token, PLACES[place][2])
        fresh = {"webhook_id": self._webhook(place), "link_id": self._link(place)}
        filled = path.format(**(self.things[place] | fresh))
        headers = _bearer(actor.token) if actor.token else {}
        bodies = {
            "approvals": {"decision": "approve", "digest": "0" * 64}, "cancellation": REASON,
            "release": {"digest": "0" * 64}, "break-glass": {"digest": "0" * 64} | REASON,
            "holds": {"decision": "release", "payment_ids": [self.things[place]["payment_id"]]} | REASON,
            "manual-holds": REASON,
            "renewal": {"requested_date": DAY} | REASON, "resolution": {"resolution": "found out"},
            "host-key": {"fingerprint": "SHA256:" + "a" * 43} | REASON, "end": REASON, "replay": REASON,
            "second-factor-reset": REASON,
            "recall": {"code": "DUPL"} | REASON, "withdrawal": REASON,
            "rulings": {"verdict": "arrived", "version": 0} | REASON,
            "delegations": {"to": f"target-{place}", "role": "approver", "entity": PLACES[place][0],
                            "starts_at": NOON.isoformat(), "ends_at": (NOON + timedelta(days=7)).isoformat()} | REASON,
            "grants": {"role": "auditor", "entity": EVERY} | REASON, "webhooks": {"url": "http://127.0.0.1:9/"},
            "links": {"issuer": "corp", "subject": "s-1"} | REASON,
        }  # fmt: skip
        if method == "GET":
            return self.http.get(filled, headers=headers, params={"limit": 100} if "{" not in path else {})
        if path == "/v1/documents":
            content = f"document {next(self.number)}".encode()
            typed = headers | {"Content-Type": "application/octet-stream"}
            return self.http.post(path, params={"bank": PLACES[place][1]}, content=content, headers=typed)
        body = bodies.get(path.rsplit("/", 1)[-1], {})
        if path == "/v1/documents/replay":
            body = REASON | {"bank": PLACES[place][1]}
        if path.endswith("webhook_id}/replay"):
            body = {"after": 0}
        return self.http.request(method, filled, json=body, headers=headers)

    def _webhook(self, place):
        identity = self.hub.ids.new(NOON)
        sealed = signing.seal(self.hub.ring, self.hub.ids, identity, (signing.new_secret(self.hub.ids),))
        with self.hub.engine.begin() as connection:
            connection.execute(webhooks.delete())
            connection.execute(insert(webhooks).values(
                id=identity, client_id=self.clients[place][0].id, url="http://127.0.0.1:9/", types=[], secrets=sealed,
                state="active", cursor=0, failures=0, next_at=0, created_at=NOON,
            ))  # fmt: skip
        return identity

    def _link(self, place):
        """A link that waits; the one before may have been ended, and then it is gone."""
        things = self.things[place]
        row = Identity(
            issuer="https://id.corp.example", subject="s-1", person_id=things["person_id"], reason="the matrix asks",
            linked_by=things["asker_id"], linked_at=NOON,
        )  # fmt: skip
        with self.hub.engine.begin() as connection:
            connection.execute(identities.delete())
            Identities(connection).add(row)
        return row.address

    def _shows(self, text, place):
        things = self.things[place]
        names = ("batch_id", "file_id", "statement_id", "break_id", "document_id", "recall_id")
        return any(things[name] in text for name in names)

    def _console(self):
        found = {(one, route.path) for each in site.PAGES for route in each.router.routes for one in route.methods}
        found = {(m, p) for m, p in found if m in ("GET", "POST")}
        known = set(expected.CONSOLE) | {("GET", one) for one in expected.EVERYBODY}
        known |= {("POST", one) for one in expected.DOORS}
        for path, acts in expected.BY_ACT.items():
            if all(("POST", path.replace("{act}", act)) in known for act in acts):
                known |= {("GET", path), ("POST", path)}
        self._named("page", found, known, both=False)
        people = [one for one in self.actors if one.cookie]
        for (method, path), (roles, kind) in expected.CONSOLE.items():
            for actor, place in itertools.product(people, PLACES):
                answer = self._visit(method, path, actor, place)
                assert answer.status_code < 500, (method, path, answer.text)
                if kind in ("list", "shows"):
                    allowed = actor.named(roles) or kind == "shows"
                    self.hold(f"{method} {path}", actor, place, should=allowed, does=answer.status_code == 200)
                    if answer.status_code == 200:
                        self.hold(
                            f"{method} {path} shows", actor, place, should=actor.holds(roles, place),
                            does=self._shows(answer.text, place),
                        )  # fmt: skip
                    continue
                refused = answer.status_code in DENIED or (
                    answer.status_code == 422 and ("needs the role" in answer.text or "Only an administ" in answer.text
                                                   or "An administrator neither" in answer.text)
                )  # fmt: skip
                self.hold(
                    f"page {method} {path}", actor, place, should=_should(actor, roles, kind, place), does=not refused
                )

    def _visit(self, method, path, actor, place):
        where = "/console" + path.format(**(self.things[place] | {"link_id": self._link(place)}))
        headers = {"Cookie": f"{COOKIE}={actor.cookie}"}
        if method == "GET":
            return self.http.get(where, headers=headers, params={"state": "all"} if path == "/breaks" else {})
        fields = REASON | {
            "csrf": actor.csrf, "digest": "0" * 64, "decision": "release", "fingerprint": "SHA256:" + "a" * 43,
        }  # fmt: skip
        params = {"bank": PLACES[place][1]} if path == "/documents/replay" else {}
        return self.http.post(where, data=fields, headers=headers, params=params)

    def _commands(self):
        named = set(expected.COMMANDS) | expected.OF_THE_MACHINE | expected.LOOKING
        self._named("command", set(_commands()), named)
        things = self.things["own"]
        service = ("--issuer", "corp", "--subject", "s-1")
        lines = {
            "people grant": ("target-own", "--role", "auditor", "--reason", "the matrix asks"),
            "people confirm": (things["grant_id"],),
            "people revoke": (things["grant_id"], "--reason", "the matrix asks"),
            "people reset-second-factor": ("target-own", "--reason", "the matrix asks"),
            "people confirm-reset": ("target-own",),
            "people end-reset": ("target-own", "--reason", "the matrix asks"),
            "people link": ("target-own", *service, "--reason", "the matrix asks"),
            "people confirm-link": ("target-own", *service),
            "people unlink": (*service, "--reason", "the matrix asks"),
            "people confirm-delegation": (things["delegation_id"],),
            "people end-delegation": (things["delegation_id"], "--reason", "the matrix asks"),
        }
        runner = CliRunner()
        environment = self.environment | {"PAYHUB_CONFIG": str(CONFIG)}
        for actor in (one for one in self.actors if one.token):
            for command, words in lines.items():
                given = [*command.split(), *words, "--token", actor.token]
                said = runner.invoke(cli.app, given, env=environment)
                refused = said.exit_code != 0 and ("request." in said.output or "delegation.not_yours" in said.output)
                should = actor.role == "administrator" and actor.entity == EVERY
                self.hold(f"payhub {command}", actor, "own", should=should, does=not refused)
            for place, (_, bank, _account) in PLACES.items():
                given = ["people", "delegate", f"target-{place}", "--role", "approver", "--entity", PLACES[place][0]]
                days = ["--until", f"{NOON + timedelta(days=7):%Y-%m-%d}", "--reason", "the matrix asks"]
                said = runner.invoke(cli.app, [*given, *days, "--token", actor.token], env=environment)
                self.hold(
                    "payhub people delegate", actor, place, should=actor.holds("approver", place),
                    does="delegation.not_held" not in said.output and "request." not in said.output,
                )  # fmt: skip
                given = ["banks", "confirm-key", bank, "--fingerprint", "SHA256:" + "a" * 43, "--reason", "the matrix"]
                said = runner.invoke(cli.app, [*given, "--token", actor.token], env=environment)
                refused = "channel.administrator_needed" in said.output
                self.hold(
                    "payhub banks confirm-key", actor, place, should=actor.holds("administrator", place),
                    does=not refused,
                )  # fmt: skip
        for command, target in expected.COMMANDS.items():
            if isinstance(target, tuple) and target not in expected.API:
                self.wrong.append(f"payhub {command} is said to call {target}, which is not there")

    def _named(self, kind, found, known, *, both=True):
        self.wrong.extend(f"{kind} {one} has no expectation" for one in sorted(found - known))
        if both:
            self.wrong.extend(f"{kind} {one} is expected, and not there" for one in sorted(known - found))


def _should(actor, roles, kind, place):
    if kind == "public":
        return True
    if kind in ("list", "open"):
        return actor.named(roles)
    if kind == "mine" and actor.role == "client":
        return True
    if kind == "all" or (kind in ("own", "mine") and actor.role != "client"):
        return actor.for_all(roles)
    return actor.holds(roles, place)


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


def _commands():
    for name, line in cli.COMMANDS.items():
        module, _, attribute = line.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        group = typer.main.get_command(found) if isinstance(found, typer.Typer) else None
        yield from (f"{name} {one}" for one in group.commands) if hasattr(group, "commands") else (name,)


def run(roles=(*GRANTABLE, "nobody")):
    """Walks the matrix for some roles (and always for a client and a stranger); its cells and what was wrong."""
    with tempfile.TemporaryDirectory(prefix="payhub-matrix-") as folder:
        matrix = Matrix(Path(folder), roles)
        matrix.walk()
        matrix.hub.close()
        return matrix.cells, matrix.wrong


if __name__ == "__main__":
    CELLS, WRONG = run()
    for line in WRONG:
        print(line)
    print(json.dumps({"cells": CELLS, "wrong": len(WRONG)}, separators=(",", ":")))
    sys.exit(bool(WRONG))
