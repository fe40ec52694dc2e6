"""The hub meets mock-bank: its folders stand behind OpenSSH's sshd, and several of our accounts are held there.

Each of our accounts has a behaviour of its own, so that one meeting shows all of them.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from formats import pain001
from formats.initiation import Account, Agent, CreditTransfer, Initiation, Party, PaymentInformation, PaymentType
from formats.values import Money
from gateway.domain.batch import Batch
from gateway.persistence.tables import documents, payments
from tests import mock_bank
from tests.journeys.living import Living, configuration, living
from tests.mock_bank import MockBank
from tests.sshd import Sshd

MORNING = datetime(2026, 9, 30, 8, 0, tzinfo=UTC)
TOMORROW = date(2026, 10, 1)
BIC = "MOCKNL2AXXX"
OUTSIDE = "AT611904300234573201"
"""A payee at another bank, which mock-bank cannot look into."""


@dataclass(frozen=True)
class Met:
    """The hub, the bank, and the server between them."""

    hub: Living
    bank: MockBank
    server: Sshd
    ours: Mapping[str, str]
    """Our accounts: IBAN by the name the bank has for it."""

    def pay(
        self, account: str, transfers: Mapping[str, tuple[str, str]], *, message_id: str, on: date = TOMORROW
    ) -> Batch:
        """A batch of ``{end-to-end id: (payee, amount)}`` from one of our accounts, taken in and approved."""
        batch = self.hub.take_in(self._initiation(account, transfers, message_id, on))
        self.hub.until_states({"validated": len(transfers)}, batch.id)
        self.hub.approve(batch.id)
        return batch

    def _initiation(self, account: str, transfers: Mapping[str, tuple[str, str]], message_id: str, on: date) -> bytes:
        known = self.bank.accounts()
        lines = []
        for reference, (payee, amount) in transfers.items():
            held = known.get(payee, {"iban": OUTSIDE, "name": "Another Bank's Client", "bic": None})
            lines.append(
                CreditTransfer(
                    end_to_end_id=reference,
                    amount=Money(Decimal(amount), "EUR"),
                    creditor=Party(name=held["name"]),
                    creditor_account=Account(iban=held["iban"]),
                    remittance=(f"Invoice {reference}",),
                    creditor_agent=Agent(bic=held["bic"]) if held["bic"] else None,
                )
            )
        block = PaymentInformation(
            id=f"{message_id}-1", execution_date=on, debtor=Party(name="Payhub Test"),
            debtor_account=Account(iban=self.ours[account]), debtor_agent=Agent(bic=BIC), payments=tuple(lines),
            payment_type=PaymentType(service_level="SEPA"),
        )  # fmt: skip
        message = Initiation(
            message_id=message_id, created_at=MORNING, initiating_party=Party(name="Payhub"), batches=(block,)
        )
        out = io.BytesIO()
        pain001.write(message, "pain.001.001.09", out, at=MORNING)
        return out.getvalue()

    def until_read(self) -> None:
        """Waits until everything the bank has put out was fetched, understood or set aside, and archived."""
        self.hub.until("the bank's outbox to be read", self._is_read)

    def _is_read(self) -> bool:
        waiting = list(self.server.path(self.server.remote("out")).glob("*.xml"))
        return not waiting and all(row.state != "received" for row in self.hub.rows(documents.c.state))

    def states(self, prefix: str = "") -> dict[str, str]:
        """Our payments whose reference begins so: state by end-to-end id."""
        return {name: state for name, state in self.hub.by_reference().items() if name.startswith(prefix)}

    def at_the_bank(self, prefix: str = "") -> dict[str, str]:
        """The same payments as mock-bank tells of them, in the hub's words, once every message was read."""
        told = {row["end_to_end_id"]: _in_our_words(row) for row in self.bank.payments()}
        return {name: state for name, state in told.items() if name.startswith(prefix)}

    def bank_words(self, prefix: str = "") -> dict[str, tuple[str | None, str | None]]:
        """What the hub keeps of the bank's own status and reason, by end-to-end id."""
        columns = (payments.c.end_to_end_id, payments.c.iso_status, payments.c.reason_code)
        return {row[0]: (row[1], row[2]) for row in self.hub.rows(*columns) if row[0].startswith(prefix)}


def _in_our_words(told: Mapping[str, str | None]) -> str:
    if told["status"] == "rejected":
        return "rejected"
    if told["returned_at"]:
        return "returned"
    return "reconciled" if told["booked_at"] else "acknowledged"


@contextmanager
def meeting(
    folder: Path, database_url: str, server: Sshd, accounts: Mapping[str, Mapping[str, object]],
    options: tuple[str, ...] = (),
) -> Iterator[Met]:  # fmt: skip
    """Starts the bank with our ``accounts`` (fields by name) beside its own, and a hub that knows them."""
    folders = (server.path(server.remote("in")), server.path(server.remote("out")))
    with mock_bank.running(*folders, options=options) as bank:
        ours = {}
        for number, (name, fields) in enumerate(accounts.items(), 101):
            ours[name] = _iban(number)
            bank.open(name, name="Payhub Test", iban=ours[name], bic=BIC, **{"balance": 10_000_000, **fields})
        rows = "".join(_account(iban) for iban in ours.values())
        config = configuration(folder / "config", {"mockbank": _profile(server)}, rows)
        with living(
            folder, config, database_url=database_url, starts_at=MORNING, environment={"MOCK_KEY": server.private_key}
        ) as hub:
            yield Met(hub, bank, server, ours)


def _iban(number: int) -> str:
    """An account of mock-bank: its letters as numbers, then the country and 00, modulo 97."""
    account = f"MOCK{number:010d}"
    digits = "".join(str(int(letter, 36)) for letter in f"{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}{account}"


def _account(iban: str) -> str:
    return (
        f'[[accounts]]\niban = "{iban}"\ncurrency = "EUR"\nentity = "TEST"\nbank = "mockbank"\nname = "Payhub Test"\n'
    )


def _profile(server: Sshd) -> str:
    return f"""
name = "mockbank"
bic = "{BIC}"
[channel]
connector = "sftp"
host = "{server.host}"
port = {server.port}
username = "{server.username}"
private_key = "env:MOCK_KEY"
host_keys = ["{server.host_key}"]
stable_wait_s = 0
after_fetch = "archive"
[channel.directories]
outbox = "{server.remote("in")}"
staging = "{server.remote("in")}"
inbox = ["{server.remote("out")}"]
done = "{server.remote("in/processed")}"
archive = "{server.remote("archive")}"
[file]
name = "{{bank}}_{{date:%Y%m%d}}_{{sequence:06d}}.xml"
message = "pain.001.001.09"
[[products]]
name = "sepa"
service_level = "SEPA"
currency = "EUR"
calendar = "TARGET"
time_zone = "Europe/Amsterdam"
cutoff = "15:00"
days_before_value = 1
[rules]
"SCT-06" = "off"
"GEN-020" = "warning"
"""
