"""What the simulator's tests start from: a bank, a file for it, and a way in."""

import base64
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

import paramiko

from banks.simulator import scenario
from banks.simulator.clock import SimulatedClock
from banks.simulator.serving import OpenBank

DEBTOR = "DE12500105170648489890"
CREDITOR = "DE75512108001245126199"
MONDAY_MORNING = datetime(2026, 9, 28, 7, 0, tzinfo=UTC)
MONDAY = date(2026, 9, 28)

CLIENT_KEY = paramiko.ECDSAKey.generate()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of September 2026 at the bank (Berlin, two hours ahead of UTC)."""
    return datetime(2026, 9, day, hour - 2, minute, tzinfo=UTC)


class FrozenClock(SimulatedClock):
    """A clock file whose real time stands still: only ``set`` moves it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, real=lambda: 1_000_000.0)


def bank(
    folder: Path,
    *,
    rules: list[dict[str, Any]] | None = None,
    doors: str = "sftp",
    pulse: bool = False,
    accounts: list[dict[str, Any]] | None = None,
    http: dict[str, Any] | None = None,
    **settings: Any,
) -> OpenBank:
    """An open bank on Monday, 28 September 2026, 09:00 in Berlin."""
    document: dict[str, Any] = {
        "bank": {"name": "Testbank", **settings},
        "accounts": accounts or [{"number": DEBTOR, "currency": "EUR", "balance": "10000.00", "owner": "Demo GmbH"}],
        "rules": rules or [],
    }
    if doors in ("sftp", "both"):
        line = f"{CLIENT_KEY.get_name()} {CLIENT_KEY.get_base64()}"
        document["sftp"] = {"authorized_keys": [line]}
    if doors in ("http", "both"):
        document["http"] = http or {}
    clock = FrozenClock(folder / "clock.json")
    clock.start(MONDAY_MORNING)
    return OpenBank(scenario.parse(document), folder / "bank", clock, pulse=pulse)


def payment(
    end_to_end_id: str = "INV-1",
    amount: str = "100.00",
    *,
    currency: str = "EUR",
    iban: str = CREDITOR,
    name: str = "Lieferant AG",
) -> str:
    """One CdtTrfTxInf of a .09 file."""
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>I-{end_to_end_id}</InstrId><EndToEndId>{end_to_end_id}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt>'
        "<CdtrAgt><FinInstnId><BICFI>SIMBDEFFXXX</BICFI></FinInstnId></CdtrAgt>"
        f"<Cdtr><Nm>{name}</Nm></Cdtr><CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct>"
        f"<RmtInf><Ustrd>Rechnung {end_to_end_id}</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def block(*payments: str, name: str = "P-1", day: date = MONDAY, booking: str = "true", account: str = DEBTOR) -> str:
    """One PmtInf."""
    return (
        f"<PmtInf><PmtInfId>{name}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>{booking}</BtchBookg>"
        f"<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>Demo GmbH</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{account}</IBAN></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><BICFI>SIMBDEFFXXX</BICFI></FinInstnId></DbtrAgt>"
        f"{''.join(payments)}</PmtInf>"
    )


def pain001(*blocks: str, message_id: str = "MSG-1", count: int | None = None, total: str | None = None) -> bytes:
    """A pain.001.001.09 file; count and sum are right unless told."""
    body = "".join(blocks) or block(payment())
    number = body.count("<CdtTrfTxInf>") if count is None else count
    control = f"<CtrlSum>{total}</CtrlSum>" if total is not None else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">'
        f"<CstmrCdtTrfInitn><GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-09-28T09:00:00</CreDtTm>"
        f"<NbOfTxs>{number}</NbOfTxs>{control}<InitgPty><Nm>Demo GmbH</Nm></InitgPty></GrpHdr>"
        f"{body}</CstmrCdtTrfInitn></Document>"
    ).encode()


def drop(open_bank: OpenBank, content: bytes, name: str = "file-1.xml") -> None:
    """Puts a file into the bank's inbox as if an upload had just ended, without the wire."""
    (open_bank.bank.root / "in" / name).write_bytes(content)
    open_bank.bank.run()


def step(open_bank: OpenBank, moment: datetime) -> None:
    """Moves the bank's clock and lets it do what is due."""
    open_bank.bank.clock.set(moment)
    open_bank.bank.run()


def answers(open_bank: OpenBank, start: str) -> list[bytes]:
    """The contents of the outbox files whose names start so, oldest name first."""
    return [path.read_bytes() for path in sorted((open_bank.bank.root / "out").glob(f"{start}*"))]


class SftpClient:
    """A paramiko session with the bank, its host key pinned."""

    def __init__(self, open_bank: OpenBank) -> None:
        address = open_bank.address
        assert address.host_key is not None
        assert address.sftp_port is not None
        self._transport = paramiko.Transport(("127.0.0.1", address.sftp_port))
        kind, encoded = address.host_key.split()[:2]
        pinned = paramiko.Ed25519Key(data=base64.b64decode(encoded))
        assert kind == "ssh-ed25519"
        self._transport.connect(hostkey=pinned, username="payhub", pkey=CLIENT_KEY)
        found = paramiko.SFTPClient.from_transport(self._transport)
        assert found is not None
        self.sftp = found

    def stage(self, content: bytes, name: str = "file-1.xml") -> str:
        """Uploads under a hidden name, which it gives back."""
        hidden = f"/in/.{name}.t1.tmp"
        self.sftp.putfo(io.BytesIO(content), hidden)
        return hidden

    def upload(self, content: bytes, name: str = "file-1.xml") -> None:
        """The staged upload."""
        self.sftp.rename(self.stage(content, name), f"/in/{name}")

    def read(self, path: str) -> bytes:
        """A whole remote file."""
        with self.sftp.open(path) as remote:
            return remote.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()
