"""A hub lives through a week with two simulated banks, one behind SFTP and one behind an API, under one scenario; then
what the hub says is held against what the banks did.
"""

import io
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as clock_time
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from banks.simulator import ledger, scenario
from banks.simulator.clock import SimulatedClock
from banks.simulator.serving import OpenBank
from formats import pain001
from formats.initiation import Account, CreditTransfer, Initiation, Party, PaymentInformation, PaymentType
from formats.values import Money
from gateway.domain.batch import Batch
from gateway.domain.work import WAITS_FOR_CHANNEL
from gateway.persistence.tables import breaks, documents, events, files, payments, work
from gateway.steps import reconcile
from tests.journeys.living import Living, configuration, living

DAYS = (
    date(2026, 9, 30),
    date(2026, 10, 1),
    date(2026, 10, 2),
    date(2026, 10, 5),
    date(2026, 10, 6),
    date(2026, 10, 7),
)
"""Six business days at the banks: long enough for a booking that does not come to be missed."""
HOURS = ("06:05", "12:00", "14:05", "15:00", "16:10", "18:00")
"""When the clock stops on each day, in UTC: the banks book at 14:00 and write statements at 16:00."""
FILES_A_DAY = 4
SENDING_DAYS = 2
PAYEE = "AT611904300234573201"
ACCOUNTS = {"sftpbank": "DE12500105170648489890", "apibank": "DE75512108001245126199"}
STILL_S = 2.0
"""How long nothing may change before we call it calm: the banks are asked every second."""
CALM_WITHIN_S = 180
EXPLAINED_BY_STATE = {
    "booked": {"settled", "reconciled"}, "rejected": {"rejected"}, "returned": {"returned"},
    "accepted": {"acknowledged", "submitted"},
}  # fmt: skip
"""What the hub may say of a payment, by what its bank did with it, and nobody need be told."""
IMPOSSIBLE = {
    "booked": {"cancelled", "returned"}, "rejected": {"settled", "reconciled", "returned"},
    "accepted": {"settled", "reconciled", "returned"}, "returned": {"cancelled"},
}  # fmt: skip
"""What it may never say, told or not: money moved that did not, or the other way round."""
ALARMS = {"attention", "overdue", "in_doubt", "stopped"}
"""Events of a file that reach a person."""
UNSENT = {"scheduled", "generated", "in_doubt", "expired"}

_PRODUCT = """
[[products]]
name = "sepa"
service_level = "SEPA"
currency = "EUR"
calendar = "TARGET"
time_zone = "Europe/Berlin"
cutoff = "15:00"
[file]
name = "{{bank}}_{{date:%Y%m%d}}_{{sequence:06d}}.xml"
message = "pain.001.001.09"
"""
SFTP_PROFILE = (
    """
name = "sftpbank"
bic = "SIMBDEFFXXX"
[channel]
connector = "sftp"
host = "127.0.0.1"
port = {port}
username = "payhub"
private_key = "env:BANK_KEY"
host_keys = ["{host_key}"]
stable_wait_s = 0
after_fetch = "delete"
connect_timeout_s = 10
io_timeout_s = 10
vanished = "{vanished}"
[channel.directories]
outbox = "/in"
staging = "/in"
inbox = ["/out"]
done = "/done"
"""
    + _PRODUCT
)
API_PROFILE = (
    """
name = "apibank"
bic = "SIMADEFFXXX"
[channel]
connector = "https"
base_url = "http://127.0.0.1:{port}"
connect_timeout_s = 10
io_timeout_s = 10
[channel.oauth]
token_url = "http://127.0.0.1:{port}/oauth/token"
client_id = "payhub"
client_secret = "env:BANK_SECRET"
"""
    + _PRODUCT
)


@dataclass(frozen=True)
class Week:
    """The hub and its two banks, by the names the hub has for them."""

    hub: Living
    banks: dict[str, OpenBank]

    def live(self) -> None:
        """Sends on the first days, and lets every day pass; then looks for bookings that never came."""
        for number, day in enumerate(DAYS):
            for position, hour in enumerate(HOURS):
                self.hub.clock.set(datetime.combine(day, clock_time.fromisoformat(hour), tzinfo=UTC))
                if position == 0 and number < SENDING_DAYS:
                    self._send(day, number)
                self.calm()
        with self.hub.hub.unit_of_work(actor="test") as unit:
            reconcile.look_for_missing(unit)
            unit.commit()

    def _send(self, day: date, number: int) -> None:
        for file in range(1, FILES_A_DAY + 1):
            for bank, account in ACCOUNTS.items():
                batch = self._take_in(account, f"{bank}-{number}{file}", day)
                self.hub.until_states({"validated": 3}, batch.id, within_s=CALM_WITHIN_S)
                self.hub.approve(batch.id)

    def _take_in(self, account: str, name: str, day: date) -> Batch:
        kinds = (
            ("OK", "CLOSED", "RETURN") if name.endswith("1") else ("OK", "BREAK" if name.endswith("2") else "A", "B")
        )
        lines = tuple(
            CreditTransfer(
                end_to_end_id=f"{name}-{kind}", amount=Money(Decimal(100 + position) + Decimal("0.25"), "EUR"),
                creditor=Party(name="Another Bank's Client"), creditor_account=Account(iban=PAYEE),
                remittance=(f"Invoice {name}",),
            )
            for position, kind in enumerate(kinds)
        )  # fmt: skip
        block = PaymentInformation(
            id=f"{name}-P", execution_date=day, debtor=Party(name="Demo GmbH"), debtor_account=Account(iban=account),
            payments=lines, payment_type=PaymentType(service_level="SEPA"),
        )  # fmt: skip
        at = self.hub.clock.now()
        message = Initiation(message_id=name, created_at=at, initiating_party=Party(name="ERP"), batches=(block,))
        out = io.BytesIO()
        pain001.write(message, "pain.001.001.09", out, at=at)
        return self.hub.take_in(out.getvalue())

    def calm(self) -> None:
        """Waits, bounded, until nothing moves any more. What waits for minutes of real time is asked for at once."""
        deadline = time.monotonic() + CALM_WITHIN_S
        before, since = None, time.monotonic()
        self._ask_again()
        while time.monotonic() - since < STILL_S:
            self._ask_again("poll")  # a bank that was asked a moment ago rests for longer than we wait
            now = self._picture()
            unread = any(row[0] == "received" for row in self.hub.rows(documents.c.state))
            if now != before or unread:
                before, since = now, time.monotonic()
                self._ask_again()
            assert time.monotonic() < deadline, f"no calm within {CALM_WITHIN_S} s\n{self.hub.story()}"
            time.sleep(0.1)

    def _ask_again(self, *kinds: str) -> None:
        resting = [
            row.key for row in self.hub.rows(work.c.key, work.c.kind, work.c.workflow_id, work.c.due_at)
            if row.workflow_id is None and row.due_at and (not kinds or row.kind in kinds)
        ]  # fmt: skip
        if resting:
            with self.hub.hub.unit_of_work(actor="test") as unit:
                now = update(work).where(work.c.key.in_(resting), work.c.workflow_id.is_(None)).values(due_at=0)
                unit.connection.execute(now)
                unit.commit()

    def _picture(self) -> tuple[object, ...]:
        moving = [  # what is tried again after a failure, or waits for a channel that people closed, may for days
            row for row in self.hub.rows(work.c.kind, work.c.workflow_id, work.c.failures, work.c.error)
            if row.workflow_id and row.kind in ("batch", "file")
            and not row.failures and row.error != WAITS_FOR_CHANNEL
        ]  # fmt: skip
        tables = (files.c.state, documents.c.state, breaks.c.state)
        counts = tuple(tuple(sorted(Counter(row[0] for row in self.hub.rows(column)).items())) for column in tables)
        stored = sum(bank.bank.store.row("SELECT COUNT(*) AS n FROM documents")["n"] for bank in self.banks.values())
        told = {(row.subject, row.type) for row in self.hub.rows(events.c.subject, events.c.type)}
        return (self.hub.states(), counts, stored, len(moving), len(told))  # a refusal is told anew at every try

    def lost(self) -> list[str]:
        """Approved payments that no bank has, and of which nothing says that they were not sent."""
        held = {row["instruction_id"] for bank in self.banks.values() for row in ledger.payments(bank.bank.store)}
        told = self._told()
        columns = (payments.c.id, payments.c.end_to_end_id, payments.c.state, payments.c.batch_id, payments.c.bank)
        return [
            f"{row.end_to_end_id} is {row.state} at the hub and at no bank"
            for row in self.hub.rows(*columns)
            if row.id not in held
            and not (row.state in UNSENT and (row.state == "in_doubt" or told & {row.batch_id, row.bank}))
        ]

    def doubled(self) -> list[str]:
        """Whatever a bank was given more than once, whether it noticed or not."""
        found = []
        for name, bank in self.banks.items():
            arrived = Counter(
                one.message_id for one in bank.bank.arrivals() if one.outcome in ("accepted", "duplicate")
            )
            found += [f"{name} was given {message} {count} times" for message, count in arrived.items() if count > 1]
            held = Counter(
                row["instruction_id"] for row in ledger.payments(bank.bank.store) if row["state"] != "rejected"
            )
            found += [f"{name} pays {payment} {count} times" for payment, count in held.items() if count > 1]
        return found

    def contradictions(self) -> list[str]:
        """Payments of which the hub says what their bank did not do, without telling anybody."""
        truth = {row["instruction_id"]: row for bank in self.banks.values() for row in ledger.payments(bank.bank.store)}
        told = self._told()
        columns = (payments.c.id, payments.c.end_to_end_id, payments.c.state, payments.c.batch_id, payments.c.bank)
        found = []
        for row in self.hub.rows(*columns):
            at_bank = truth.get(row.id)
            if at_bank is None or row.state in EXPLAINED_BY_STATE[at_bank["state"]]:
                continue
            says = f"{row.end_to_end_id} is {at_bank['state']} at the bank and {row.state} at the hub"
            if row.state in IMPOSSIBLE[at_bank["state"]]:
                found.append(f"{says}, which cannot be")
            elif not told & {row.id, row.batch_id, ACCOUNTS[row.bank]}:
                found.append(f"{says}, and nobody is told")
        return found

    def _told(self) -> set[str]:
        """Payments, batches, accounts and banks about which a person is told: breaks, alarms of files, channels that
        stopped, documents set aside.

        A file that could not go in its window is built anew in the next one, so an alarm of any counts for its batch.
        A document in quarantine speaks for its bank's account, for nobody knows what it was about.
        """
        about: set[str] = set()
        batch_of = dict(tuple(row) for row in self.hub.rows(files.c.id, files.c.batch_id))
        for row in self.hub.rows(breaks.c.account, breaks.c.payment_ids, breaks.c.kind, breaks.c.state):
            about.update(row.payment_ids)
            if row.state == "open" and row.kind == "statement_unproven":
                about.add(row.account)
        for row in self.hub.rows(events.c.subject, events.c.subject_kind, events.c.type):
            if row.subject_kind == "file" and row.type.split(".")[2] in ALARMS:
                about.add(batch_of[row.subject])
            if row.type == "payhub.channel.stopped.v1":
                about.add(row.subject)
        for row in self.hub.rows(documents.c.bank, documents.c.state):
            if row.state == "quarantined":
                about.add(ACCOUNTS[row.bank])
        return about


@contextmanager
def week(folder: Path, database_url: str, name: str, *, vanished: str = "handed_over") -> Iterator[Week]:
    """Opens both banks under the shipped scenario ``name``, and a hub that knows them."""
    clock = SimulatedClock(folder / "clock.json")
    begin = datetime.combine(DAYS[0], clock_time(6, 0), tzinfo=UTC)
    clock.start(begin)
    private, public = generated_keys()
    laid = [] if name == "plain" else [scenario.named(name)]
    config = scenario.load(scenario.PLAIN, *laid)
    assert config.sftp is not None
    assert config.http is not None
    own = {bank: replace(config.accounts[0], number=number) for bank, number in ACCOUNTS.items()}
    by_sftp = replace(
        config, name="sftpbank", http=None, accounts=(own["sftpbank"],),
        sftp=replace(config.sftp, authorized_keys=(public,)),
    )  # fmt: skip
    by_api = replace(
        config, name="apibank", bic="SIMADEFFXXX", sftp=None, accounts=(own["apibank"],),
        http=replace(config.http, status_documents=True),
    )  # fmt: skip
    with OpenBank(by_sftp, folder / "sftpbank", clock) as sftp, OpenBank(by_api, folder / "apibank", clock) as api:
        key = " ".join((sftp.address.host_key or "").split()[:2])
        profiles = {
            "sftpbank": SFTP_PROFILE.format(port=sftp.address.sftp_port, host_key=key, vanished=vanished),
            "apibank": API_PROFILE.format(port=api.address.http_port),
        }
        rows = "".join(
            f'[[accounts]]\niban = "{number}"\ncurrency = "EUR"\nentity = "TEST"\nbank = "{bank}"\nname = "Us"\n'
            for bank, number in ACCOUNTS.items()
        )
        place = configuration(folder / "config", profiles, rows)
        environment = {"BANK_KEY": private, "BANK_SECRET": config.http.client_secret}
        with living(folder, place, database_url=database_url, starts_at=begin, environment=environment) as hub:
            yield Week(hub, {"sftpbank": sftp, "apibank": api})


def generated_keys() -> tuple[str, str]:
    """A key pair as OpenSSH writes it: private, public."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()
