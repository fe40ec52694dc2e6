"""Everything the demonstration stands on: a folder to throw away, two banks, the hub's processes, an ERP."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from banks.simulator import scenario
from banks.simulator.clock import SimulatedClock
from banks.simulator.config import AccountConfig, BankConfig, HttpConfig, SftpConfig
from banks.simulator.rules import Rule
from banks.simulator.serving import OpenBank
from gateway import wiring
from gateway.api import credentials
from gateway.demo.batches import ALPENBANK_ACCOUNT, NORDBANK_ACCOUNT
from gateway.demo.database import demo_database
from gateway.demo.erp import Erp
from gateway.domain.roles import EVERY, Role
from gateway.persistence import migrations
from gateway.persistence.clients import Client, Clients
from gateway.persistence.grant_desk import grant
from gateway.persistence.people import People, Person, Token

OPENING_BALANCE = Decimal("250000.00")
READY_WITHIN_S = 60
STOP_WITHIN_S = 25
TOKEN_DAYS = 1
NAMES = ("anna", "ben")
ENTITIES = frozenset({"ACME-AT", "ACME-NO"})
BANK_SECRET = "a-made-up-secret"  # noqa: S105 - the simulated bank's own


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what in the demonstration, with the secrets in clear: they die with it."""

    erp_key: str
    tokens: dict[str, str]
    passwords: dict[str, str]


class World:
    """Use as a context manager; leaving it stops every process and removes the folder."""

    def __init__(self, config: Path, *, starts_at: datetime, database_url: str | None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="payhub-demo-"))
        self.clock = SimulatedClock(self.folder / "clock.json")
        self.clock.start(starts_at)
        self._config = config
        self.database = demo_database(database_url, self.folder)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def _open(self) -> None:
        public = self._bank_key()
        self.erp = Erp()
        self.banks = {
            "alpenbank": OpenBank(_alpenbank(public), self.folder / "alpenbank", self.clock),
            "nordbank": OpenBank(_nordbank(), self.folder / "nordbank", self.clock),
        }
        self.overlay = self._overlay()
        self.environment = os.environ | {
            "PAYHUB_CONFIG": str(self._config),
            "PAYHUB_CONFIG_OVERLAY": str(self.overlay),
            "PAYHUB_DATABASE_URL": self.database.url,
            "PAYHUB_CLOCK_FILE": str(self.clock.path),
            "PAYHUB_VAULT_KEY": secrets.token_hex(32),
            "PAYHUB_NORDBANK_SECRET": BANK_SECRET,
        }
        self.hub = wiring.build(self._config, self.environment, overlay=self.overlay)
        migrations.upgrade(self.hub.engine)
        self._run("migrate").wait(READY_WITHIN_S)
        self.access = self._admit()
        self.workers = 2 if self.database.shared else 1
        for _ in range(self.workers):
            self._run("work")
        self.api = f"http://127.0.0.1:{self.hub.settings.api_port}"
        self._run("serve")
        self._until_ready()
        self._listen()

    @property
    def turning(self) -> str:
        """Where the clock that the hub and both banks go by is turned."""
        return f"http://127.0.0.1:{self.banks['nordbank'].address.http_port}/_sim/clock"

    def _bank_key(self) -> str:
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        path = self.folder / "bank-key"
        path.touch(mode=0o600)
        path.write_bytes(private)
        public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        return public.decode()

    def _overlay(self) -> Path:
        """What differs from the shipped configuration: ports, keys, and that everything is on this machine."""
        folder = self.folder / "overlay"
        (folder / "banks").mkdir(parents=True)
        alpenbank, nordbank = self.banks["alpenbank"].address, self.banks["nordbank"].address
        host_key = " ".join((alpenbank.host_key or "").split()[:2])
        (folder / "banks" / "alpenbank.toml").write_text(
            f'[channel]\nport = {alpenbank.sftp_port}\nprivate_key = "file:{self.folder}/bank-key"\n'
            f'host_keys = ["{host_key}"]\n'
        )
        (folder / "banks" / "nordbank.toml").write_text(
            f'[channel]\nbase_url = "http://127.0.0.1:{nordbank.http_port}"\n'
            f'[channel.oauth]\ntoken_url = "http://127.0.0.1:{nordbank.http_port}/oauth/token"\n'
        )
        (folder / "payhub.toml").write_text(
            '[vault]\nkey = "env:PAYHUB_VAULT_KEY"\n'
            f'[api]\nhost = "127.0.0.1"\nport = {_free_port()}\nsecure_cookies = false\n'
            "[webhooks]\nallow_private = true\n"
            "[work]\npoll_every_s = 1\n"
        )
        return folder

    def _admit(self) -> Access:
        """The ERP with its key, and two people who can sign in."""
        passwords, tokens = {}, {}
        with self.hub.unit_of_work(actor="demo") as work:
            key = credentials.mint(credentials.CLIENT_KEY, self.hub.ids)
            Clients(work.connection).add(
                Client(
                    id=work.new_id(), name="demo-erp", key_prefix=key.prefix, key_sha256=key.sha256,
                    created_at=work.at, entities=ENTITIES,
                )
            )  # fmt: skip
            people = People(work.connection)
            for name in NAMES:
                passwords[name] = secrets.token_urlsafe(12)
                person = Person(
                    id=work.new_id(), name=name, display_name=name.title(), created_at=work.at,
                    password=credentials.hash_password(passwords[name]),
                )  # fmt: skip
                people.add(person)
                for role in (Role.APPROVER, Role.OPERATOR):
                    grant(work, person, role, EVERY, by=None, reason="the demonstration")
                token = credentials.mint(credentials.PERSONAL_TOKEN, self.hub.ids)
                people.add_token(
                    Token(
                        id=work.new_id(), person_id=person.id, prefix=token.prefix, sha256=token.sha256,
                        created_at=work.at, expires_at=work.at + timedelta(days=365 * TOKEN_DAYS),
                    )
                )  # fmt: skip
                tokens[name] = token.text
            work.note(action="demo.admitted", subject="demo", data={"people": list(NAMES)})
            work.commit()
        return Access(erp_key=key.text, tokens=tokens, passwords=passwords)

    def _run(self, command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{command}-{len(self._processes)}.log").open("wb")
        self._logs.append(log)
        process = subprocess.Popen(  # noqa: S603 - our own command, on our own interpreter
            [sys.executable, "-m", "gateway.cli", command], env=self.environment, stdout=log, stderr=log
        )
        self._processes.append(process)
        return process

    def _until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.api}/health/ready", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise TimeoutError(f"The hub was not ready within {READY_WITHIN_S} s; see {self.folder}.")

    def _listen(self) -> None:
        answer = httpx.post(
            f"{self.api}/v1/webhooks", json={"url": self.erp.url},
            headers={"Authorization": f"Bearer {self.access.erp_key}"}, timeout=30,
        )  # fmt: skip
        answer.raise_for_status()
        self.erp.secret = answer.json()["secret"]

    def close(self) -> None:
        """Stops everything, hardest last, and removes the folder."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self._logs:
            log.close()
        for bank in getattr(self, "banks", {}).values():
            bank.close()
        if hasattr(self, "erp"):
            self.erp.close()
        if hasattr(self, "hub"):
            self.hub.close()
        self.database.drop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _rules(*rows: dict[str, object]) -> tuple[Rule, ...]:
    """Rules of a scenario, read as a scenario file would be."""
    plain = {"bank": {"name": "any"}, "accounts": [{"number": ALPENBANK_ACCOUNT, "currency": "EUR"}], "sftp": {}}
    return scenario.parse(plain | {"rules": list(rows)}).rules


def _account(number: str) -> tuple[AccountConfig, ...]:
    return (AccountConfig(number=number, currency="EUR", balance=OPENING_BALANCE),)


def _alpenbank(public_key: str) -> BankConfig:
    rules = _rules(
        {"behaviour": "reject_payment", "when": {"end_to_end_id": "*CLOSED*"}, "code": "AC04",
         "text": "The payee's account is closed."},
        {"behaviour": "drop_after_rename", "when": {"file_number": 3, "channel": "sftp"}},
        {"behaviour": "unknown_entry", "when": {"business_day": 1}, "amount": "512.30", "name": "Somebody Else",
         "text": "No reference given"},
    )  # fmt: skip
    return BankConfig(
        name="alpenbank", bic="ALPNATWWXXX", rules=rules, accounts=_account(ALPENBANK_ACCOUNT),
        sftp=SftpConfig(authorized_keys=(public_key,)),
    )  # fmt: skip


def _nordbank() -> BankConfig:
    rules = _rules(
        {"behaviour": "amount_break", "when": {"end_to_end_id": "*BREAK*"}, "difference": "-0.50"},
        {"behaviour": "return_payment", "when": {"end_to_end_id": "*RETURN*"}, "code": "AC04", "business_days": 2},
    )
    return BankConfig(
        name="nordbank", bic="NRDBNO22XXX", rules=rules, accounts=_account(NORDBANK_ACCOUNT),
        http=HttpConfig(client_secret=BANK_SECRET), statement="camt.053.001.02", status_report="pain.002.001.03",
    )  # fmt: skip


def _free_port() -> int:
    import socket  # noqa: PLC0415 - only to find a port nobody uses

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
