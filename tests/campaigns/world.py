"""A hub to be hurt: its processes as an operator starts them, two simulated banks that nothing hurts, and an ERP.

The banks live in the campaign's own process: what they received is the truth that everything is counted against.
"""

import os
import random
import secrets
import shutil
import socket
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from banks.simulator.clock import SimulatedClock
from banks.simulator.config import AccountConfig, BankConfig, HttpConfig, SftpConfig
from banks.simulator.serving import OpenBank
from gateway import wiring
from gateway.api import credentials
from gateway.cli.work import START_ME_AGAIN
from gateway.demo.erp import Erp
from gateway.domain.roles import EVERY, Role
from gateway.persistence.clients import Client, Clients
from gateway.persistence.grant_desk import grant
from gateway.persistence.people import People, Person, Token
from gateway.wiring import Hub
from tests import postgres, sshd
from tests.campaigns.host import Host
from tests.campaigns.line import Line
from tests.campaigns.part import ROOT, Part
from tests.campaigns.timepiece import Timepiece

VIENNA = ZoneInfo("Europe/Vienna")
FIRST_DAY = date(2026, 9, 30)
"""A Wednesday."""
ALPENBANK, NORDBANK = "AT891200050000123456", "NO9160001234567"
OPENING_BALANCE = Decimal("900000000.00")
READY_WITHIN_S = 180
"""A process starts in four seconds; on a machine that is busy with other things in many more."""
LOOK_EVERY_S = 0.1
NAMES = ("anna", "ben")
BANK_SECRET = "a-made-up-secret"


class Stuck(Exception):
    """Something did not happen within its time; the message says what."""


@dataclass(slots=True)
class Access:
    """The ERP's key and the tokens of two people."""

    erp_key: str
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What a campaign needs beside the hub itself.

    ``line_delay_s``: the SFTP bank is behind a line that takes so long in each direction. ``host``: the last worker is
    on a machine whose cable can be pulled. ``clocks``: every worker (on SQLite: the machine) has a clock that can be
    set. ``sabotage``: the workers are broken on purpose. ``durable``: PostgreSQL keeps what it says it keeps.
    """

    line_delay_s: float | None = None
    host: bool = False
    clocks: bool = False
    sabotage: str | None = None
    durable: bool = False


class World:
    """Use as a context manager. ``workers`` processes share the database; ``with_sshd`` puts OpenSSH before a bank."""

    def __init__(self, *, db, workers, seed, with_sshd=False, keep=False, ways=None):
        self.db = db
        self.chance = random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="payhub-crash-"))
        self.keep = keep
        self.clock = SimulatedClock(self.folder / "clock.json")
        self.clock.start(_at(FIRST_DAY, 6, 0))  # people are admitted before anything a campaign sets the clock to
        self.day = FIRST_DAY
        self._workers = workers
        self._with_sshd = with_sshd
        self.ways = ways or Ways()
        self.line = self.host = self.postgres = None
        self.timepieces = []
        self._opened = ExitStack()

    def __enter__(self):
        try:
            self._open()
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(self, *_):
        self._opened.close()

    def _open(self):
        if not self.keep:
            self._opened.callback(shutil.rmtree, self.folder, ignore_errors=True)
        if self.ways.host:
            self.host = self._opened.enter_context(Host(self.chance.randint(1, 200)))
        self.url = self._database()
        self._open_banks()
        self.erp = Erp()
        self.erp._server.handle_error = lambda *_: None  # callers that are killed in the middle of a call are meant
        self._opened.callback(self.erp.close)
        self.api_port = _free_port()
        self.api = f"http://127.0.0.1:{self.api_port}"
        self.environment = os.environ | {
            "PAYHUB_CONFIG": str(ROOT / "config"),
            "PAYHUB_CONFIG_OVERLAY": str(self._overlay()),
            "PAYHUB_DATABASE_URL": self.url,
            "PAYHUB_CLOCK_FILE": str(self.clock.path),
            "PAYHUB_VAULT_KEY": secrets.token_hex(32),
            "PAYHUB_NORDBANK_SECRET": BANK_SECRET,
        }
        migrate = self._part("migrate", "migrate")
        migrate.start()
        if migrate._process.wait(READY_WITHIN_S):
            raise Stuck(f"payhub migrate failed: {migrate._log.read_text()}")
        self.hub = wiring.build(ROOT / "config", self.environment, overlay=self.folder / "overlay")
        self._opened.callback(self.hub.close)
        self.access = _admit(self.hub)
        self.workers = [self._worker(number) for number in range(self._workers)]
        self.server = self._part("api", "serve", environment=self._on_this_machine())
        self._opened.callback(self._stop_parts)
        for part in self.parts:
            part.start()
        self.until("the API is ready", self.is_ready, within_s=READY_WITHIN_S)
        self._listen()

    @property
    def parts(self):
        return [self.server, *self.workers]

    def _stop_parts(self):
        enders = [threading.Thread(target=part.stop) for part in self.parts]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _part(self, name, command, *, environment=None, prefix=(), sabotage=None):
        return Part(
            name, command, environment=environment or self.environment, log=self.folder / f"{name}.log", prefix=prefix,
            sabotage=sabotage,
        )  # fmt: skip

    def _worker(self, number):
        environment = self._on_this_machine()
        if self.ways.clocks and self.db != "sqlite":
            self.timepieces.append(Timepiece(self.folder / f"clock-{number}"))
            environment = self.environment | self.timepieces[-1].environment
        prefix = self.host.prefix if self.host is not None and number == self._workers - 1 else ()
        return self._part(
            f"worker-{number}", "work", environment=environment, prefix=prefix, sabotage=self.ways.sabotage
        )

    def _on_this_machine(self):
        """On SQLite all processes are on one machine and have one clock."""
        if not self.ways.clocks or self.db != "sqlite":
            return self.environment
        if not self.timepieces:
            self.timepieces.append(Timepiece(self.folder / "clock-all"))
        return self.environment | self.timepieces[0].environment

    def start_the_ended(self):
        """What whoever supervises the processes does; gives the names of those that had ended."""
        ended = [part for part in self.parts if not part.is_alive]
        for part in ended:
            part.start()
        return [part.name for part in ended]

    def worker_of(self, name):
        """The worker that calls itself ``name`` in the database, or None for one that is gone."""
        return next((part for part in self.workers if f"|{part.pid}|" in (name or "")), None)

    def _database(self):
        if self.db == "sqlite":
            return f"sqlite:///{self.folder}/payhub.db"
        self.postgres = postgres.start(postgres.OPTIONS | (postgres.DURABLE if self.ways.durable else {}))
        self._opened.callback(lambda: postgres.stop(self.postgres))
        if self.host is not None:
            postgres.admit(self.postgres, self.host.network)
        return self._opened.enter_context(self.postgres.database())

    def crash_database(self):
        """kill -9 for PostgreSQL and all its processes."""
        postgres.crash(self.postgres)

    def revive_database(self):
        """Starts it again on what it left."""
        self.postgres = postgres.revive(self.postgres)

    def _open_banks(self):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        ).decode()
        public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        folder = self.folder / "alpenbank"
        door = SftpConfig(authorized_keys=(public.decode(),))
        if self._with_sshd:
            server = self._opened.enter_context(sshd.running())
            folder.mkdir()
            (folder / "root").symlink_to(server.home)
            door = None
        self.banks = {
            "alpenbank": self._opened.enter_context(OpenBank(_alpenbank(door), folder, self.clock)),
            "nordbank": self._opened.enter_context(OpenBank(_nordbank(), self.folder / "nordbank", self.clock)),
        }
        if self._with_sshd:
            self._door = {
                "port": server.port, "user": server.username, "host_key": server.host_key, "prefix": server.prefix,
                "key": server.private_key,
            }  # fmt: skip
        else:
            address = self.banks["alpenbank"].address
            host_key = " ".join((address.host_key or "").split()[:2])
            self._door = {
                "port": address.sftp_port, "user": "payhub", "host_key": host_key, "prefix": "", "key": private,
            }  # fmt: skip

        if self.ways.line_delay_s is not None:
            self.line = Line(self._door["port"], delay_s=self.ways.line_delay_s, pids=self._pids)
            self._opened.callback(self.line.close)
            self._door["port"] = self.line.port

    def _pids(self):
        return [part.pid for part in getattr(self, "workers", ()) if part.is_alive]

    def _overlay(self):
        """What differs from the shipped configuration: ports, keys, and that everything is on this machine."""
        folder = self.folder / "overlay"
        (folder / "banks").mkdir(parents=True)
        key = self.folder / "bank-key"
        key.touch(mode=0o600)
        key.write_text(self._door["key"])
        prefix = self._door["prefix"]
        (folder / "banks" / "alpenbank.toml").write_text(
            f'[channel]\nport = {self._door["port"]}\nprivate_key = "file:{key}"\nusername = "{self._door["user"]}"\n'
            f'host_keys = ["{self._door["host_key"]}"]\n[channel.directories]\noutbox = "{prefix}/in"\n'
            f'staging = "{prefix}/in"\ninbox = ["{prefix}/out"]\ndone = "{prefix}/done"\n'
        )
        port = self.banks["nordbank"].address.http_port
        (folder / "banks" / "nordbank.toml").write_text(
            f'[channel]\nbase_url = "http://127.0.0.1:{port}"\n'
            f'[channel.oauth]\ntoken_url = "http://127.0.0.1:{port}/oauth/token"\n'
        )
        (folder / "payhub.toml").write_text(
            '[vault]\nkey = "env:PAYHUB_VAULT_KEY"\n'
            f'[api]\nhost = "127.0.0.1"\nport = {self.api_port}\nsecure_cookies = false\n'
            "[webhooks]\nallow_private = true\n[work]\npoll_every_s = 1\n"
        )
        return folder

    def _listen(self):
        headers = {"Authorization": f"Bearer {self.access.erp_key}"}
        answer = httpx.post(f"{self.api}/v1/webhooks", json={"url": self.erp.url}, headers=headers, timeout=30)
        answer.raise_for_status()
        self.erp.secret = answer.json()["secret"]

    def is_ready(self):
        try:
            return httpx.get(f"{self.api}/health/ready", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def until(self, what, reached, *, within_s):
        """Waits for something, and starts anew what asks for it; :class:`Stuck` when it takes longer than ``within_s``
        seconds.
        """
        deadline = time.monotonic() + within_s
        while not reached():
            for part in self.workers:
                if part.ended_with == START_ME_AGAIN:
                    part.start()
            if time.monotonic() > deadline:
                raise Stuck(f"Waited {within_s} s for: {what}.")
            time.sleep(LOOK_EVERY_S)

    def morning(self):
        """Half past eight of the next business day (or of the first)."""
        if self.clock.now() > _at(self.day, 12, 0):
            self.day += timedelta(days=1 if self.day.weekday() < 4 else 7 - self.day.weekday())
        self.clock.set(_at(self.day, 8, 30))

    def booking(self):
        """The banks book at four."""
        self.clock.set(_at(self.day, 16, 5))
        for bank in self.banks.values():
            bank.bank.run()

    def evening(self):
        """The banks write their statements at six."""
        self.clock.set(_at(self.day, 18, 5))
        for bank in self.banks.values():
            bank.bank.run()


def _at(day, hour, minute):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIENNA)


def _admit(hub: Hub) -> Access:
    """The ERP with its key, and two people with tokens."""
    with hub.unit_of_work(actor="campaign") as work:
        key = credentials.mint(credentials.CLIENT_KEY, hub.ids)
        access = Access(key.text)
        Clients(work.connection).add(
            Client(
                id=work.new_id(), name="erp", key_prefix=key.prefix, key_sha256=key.sha256, created_at=work.at,
                entities=frozenset({"ACME-AT", "ACME-NO"}),
            )
        )  # fmt: skip
        people = People(work.connection)
        password = credentials.hash_password(secrets.token_urlsafe(12))
        for name in NAMES:
            person = Person(
                id=work.new_id(), name=name, display_name=name, created_at=work.at, password=password,
            )  # fmt: skip
            people.add(person)
            for role in (Role.APPROVER, Role.OPERATOR):
                grant(work, person, role, EVERY, by=None, reason="a campaign")
            token = credentials.mint(credentials.PERSONAL_TOKEN, hub.ids)
            people.add_token(
                Token(
                    id=work.new_id(), person_id=person.id, prefix=token.prefix, sha256=token.sha256,
                    created_at=work.at, expires_at=work.at + timedelta(days=365),
                )
            )  # fmt: skip
            access.tokens[name] = token.text
        work.commit()
    return access


def _account(number):
    return (AccountConfig(number=number, currency="EUR", balance=OPENING_BALANCE),)


def _alpenbank(door):
    return BankConfig(
        name="alpenbank", bic="ALPNATWWXXX", accounts=_account(ALPENBANK), sftp=door, statements_over="sftp"
    )


def _nordbank():
    return BankConfig(
        name="nordbank", bic="NRDBNO22XXX", accounts=_account(NORDBANK), http=HttpConfig(client_secret=BANK_SECRET),
        statement="camt.053.001.02", status_report="pain.002.001.03",
    )  # fmt: skip


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
