"""A real hub with a clock that a test sets, for tests that knock at its doors."""

from datetime import UTC, datetime
from decimal import Decimal

import pyotp

from gateway.api import credentials, second_factor
from gateway.domain.account import OwnAccount
from gateway.domain.approval import ApprovalPolicy
from gateway.domain.escalation import in_order
from gateway.domain.roles import Role
from gateway.persistence.clients import Client, Clients
from gateway.persistence.grants import GrantRow, Grants
from gateway.persistence.key_ring import KeyRing
from gateway.persistence.people import People, Person, Token
from gateway.settings import Configuration, Settings
from gateway.wiring import Hub, RandomIds
from tests import sqlite
from tests.databases import open_engine

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
FOREVER = datetime(2099, 1, 1, tzinfo=UTC)
MUSTER = "DE89370400440532013000"
BEISPIEL = "CH9300762011623852957"
PASSWORD = "correct horse battery"
CHEAP = credentials.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CHEAP_HASH = CHEAP.hash(PASSWORD)
"""Argon2id of PASSWORD with the smallest parameters: tests do not wait for a slow hash."""


class SetClock:
    """Business time as a test sets it."""

    def __init__(self, at=NOON):
        self.at = at

    def now(self):
        return self.at


class MachineTime:
    """Machine time as a test sets it, in milliseconds."""

    def __init__(self):
        self.ms = 1_800_000_000_000

    def __call__(self):
        return self.ms


class Phone:
    """A person's authenticator, set up."""

    def __init__(self, hub, person):
        self.hub = hub
        self.totp = pyotp.TOTP(second_factor.begin(hub, person).secret)
        self.recovery = second_factor.confirm(hub, person, self.shows())

    def shows(self):
        return self.totp.at(self.hub.machine_ms.ms // 1000)

    def next(self):
        self.hub.machine_ms.ms += 30_000
        return self.shows()


def settings(url, **facts):
    given = {
        "database_url": url, "vault_key": "env:KEY", "vault_key_id": "k1", "vault_old_keys": {},
        "api_host": "127.0.0.1", "api_port": 0, "intake_bytes_max": 4 << 20, "intake_payments_max": 100_000,
        "duplicate_days": 30, "webhooks_allow_private": True, "clock_file": None, "poll_every_s": None,
        "opens_at": "07:00", "secure_cookies": False, "second_factor_required": False, "machines": None,
        "escalation": in_order((120, 45, 15)),
    }  # fmt: skip
    return Settings(**{name: value for name, value in (given | facts).items() if name in Settings.__dataclass_fields__})


def open_hub(folder, url=None, **facts):
    """A hub with two accounts of two entities, set up and empty: on the migrated database at ``url``, or on a SQLite
    file of its own in ``folder``.
    """
    url = url or sqlite.fresh(folder / "hub.db")
    accounts = {
        MUSTER: OwnAccount(number=MUSTER, currency="EUR", entity="MUSTER", bank="nordbank", name="Muster AG"),
        BEISPIEL: OwnAccount(number=BEISPIEL, currency="CHF", entity="BEISPIEL", bank="alpenbank", name="Beispiel AG"),
    }
    configuration = Configuration(
        settings=settings(url, **facts), banks={}, accounts=accounts, calendars={}, routes={},
        policy=ApprovalPolicy(name="four eyes", persons=2, approvers_min=1),
    )  # fmt: skip
    ring = KeyRing("k1", {"k1": b"k" * 32})
    return Hub(
        configuration=configuration, engine=open_engine(url, ring), ids=RandomIds(), clock=SetClock(),
        ring=ring, secrets=lambda reference: reference, machine_ms=MachineTime(),
    )  # fmt: skip


def add_client(hub, name="erp", entities=("MUSTER",)):
    """A client and its key."""
    key = credentials.mint(credentials.CLIENT_KEY, hub.ids)
    client = Client(
        id=hub.ids.new(NOON), name=name, key_prefix=key.prefix, key_sha256=key.sha256, entities=frozenset(entities),
        created_at=NOON,
    )  # fmt: skip
    with hub.unit_of_work(actor="test") as work:
        Clients(work.connection).add(client)
        work.commit()
    return client, key.text


def add_person(
    hub,
    name="anna",
    password_hash=CHEAP_HASH,
    roles=("maker", "approver", "operator", "auditor"),
    entity="*",
    same_as=None,
):
    """A person with grants and a personal token."""
    token = credentials.mint(credentials.PERSONAL_TOKEN, hub.ids)
    person = Person(
        id=hub.ids.new(NOON), name=name, display_name=name.title(), password=password_hash, created_at=NOON,
        same_as=same_as,
    )  # fmt: skip
    with hub.unit_of_work(actor="test") as work:
        People(work.connection).add(person)
        for role in roles:
            Grants(work.connection).add(held(hub, person, role, entity))
        People(work.connection).add_token(
            Token(
                id=hub.ids.new(NOON), person_id=person.id, prefix=token.prefix, sha256=token.sha256, created_at=NOON,
                expires_at=FOREVER,
            )
        )  # fmt: skip
        work.commit()
    return person, token.text


def held(hub, person, role, entity="*"):
    """A grant that holds since the beginning of the test."""
    return GrantRow(
        id=hub.ids.new(NOON), person_id=person.id, role=Role(role), entity=entity, reason="a test", asked_by="test",
        asked_at=SINCE, confirmed_by="test", since=SINCE,
    )  # fmt: skip


def document(*amounts, message_id="RUN-1", account=MUSTER, currency="EUR", execution_date="2026-11-25"):
    """A canonical JSON batch with one payment for each amount."""
    amounts = amounts or ("100.00",)
    return {
        "message_id": message_id,
        "number_of_transactions": str(len(amounts)),
        "control_sum": format(sum(map(Decimal, amounts)), "f"),
        "initiating_party": "Muster AG",
        "batches": [
            {
                "id": f"{message_id}-B",
                "execution_date": execution_date,
                "debtor": {"name": "Muster AG"},
                "debtor_account": account,
                "payments": [
                    {"end_to_end_id": f"{message_id}-{number}", "amount": amount, "currency": currency,
                     "creditor": f"Payee {number}", "creditor_account": "FR1420041010050500013M02606"}
                    for number, amount in enumerate(amounts, 1)
                ],
            }
        ],
    }  # fmt: skip
