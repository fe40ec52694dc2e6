"""The way to a bank that wants OpenPGP: sealed files to OpenSSH's sshd, ``gpg`` as the bank, signed answers back."""

import io
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from banks.security import pgp
from formats import pain001
from formats.initiation import Account, Agent, CreditTransfer, Initiation, Party, PaymentInformation, PaymentType
from formats.values import Money
from gateway.persistence.tables import attempts, audit, documents, events, files
from gateway.steps import submit
from tests import gpg
from tests.journeys.living import configuration, living

pytestmark = [pytest.mark.server, pytest.mark.slow]
BIC = "MOCKNL2AXXX"
IBAN = "NL91ABNA0417164300"
PAYEE = "AT611904300234573201"
PHRASE = "a phrase of ours"


@pytest.fixture(scope="module")
def bank_gpg():
    if not gpg.is_installed():
        pytest.skip("gpg is not installed")
    with gpg.home() as home:
        for name, phrase in (("hub", PHRASE), ("hub-next", ""), ("bank", ""), ("bank-next", "")):
            home.make(name, passphrase=phrase)
        yield home


def profile(server, bank, our_current="hub", bank_current="bank"):
    ours = "".join(
        f"""
[[pgp.our_keys]]
fingerprint = "{bank.fingerprint(name)}"
secret = "env:{name.upper().replace("-", "_")}_KEY"
current = {str(name == our_current).lower()}
{'passphrase = "env:HUB_PHRASE"' if name == "hub" else ""}
"""
        for name in ("hub", "hub-next")
    )
    theirs = "".join(
        f"""
[[pgp.bank_keys]]
fingerprint = "{bank.fingerprint(name)}"
public = "env:{name.upper().replace("-", "_")}_KEY"
current = {str(name == bank_current).lower()}
"""
        for name in ("bank", "bank-next")
    )
    return f"""
name = "sealbank"
bic = "{BIC}"
[channel]
connector = "sftp"
host = "{server.host}"
port = {server.port}
username = "{server.username}"
private_key = "env:SSH_KEY"
host_keys = ["{server.host_key}"]
stable_wait_s = 0
after_fetch = "archive"
[channel.directories]
outbox = "{server.remote("in")}"
staging = "{server.remote("in")}"
inbox = ["{server.remote("out")}"]
archive = "{server.remote("archive")}"
[pgp]
{ours}
{theirs}
[file]
name = "{{bank}}_{{date:%Y%m%d}}_{{sequence:06d}}.xml.pgp"
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


def business_morning():
    """A morning near the real present: keys end and signatures count by the real clock."""
    day = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while day.weekday() not in {1, 2} or (day.month, day.day) in {(12, 25), (12, 26), (1, 1), (5, 1)}:
        day += timedelta(days=1)
    return day


MORNING = business_morning()


@contextmanager
def hub_of(folder, database_url, server, bank, **current):
    rows = (
        f'[[accounts]]\niban = "{IBAN}"\ncurrency = "EUR"\nentity = "TEST"\nbank = "sealbank"\nname = "Payhub Test"\n'
    )
    folder.mkdir(exist_ok=True)
    config = configuration(folder / "config", {"sealbank": profile(server, bank, **current)}, rows)
    environment = {
        "SSH_KEY": server.private_key, "HUB_PHRASE": PHRASE, "HUB_KEY": bank.secret("hub", PHRASE).decode(),
        "HUB_NEXT_KEY": bank.secret("hub-next").decode(), "BANK_KEY": bank.public("bank").decode(),
        "BANK_NEXT_KEY": bank.public("bank-next").decode(),
    }  # fmt: skip
    with living(folder, config, database_url=database_url, starts_at=MORNING, environment=environment) as hub:
        yield hub


def order(message_id, on):
    line = CreditTransfer(
        end_to_end_id=f"{message_id}-E", amount=Money(Decimal(f"12.5{message_id[-1]}"), "EUR"),
        creditor=Party(name="Payee"), creditor_account=Account(iban=PAYEE), remittance=("Invoice 1",),
    )  # fmt: skip
    block = PaymentInformation(
        id=f"{message_id}-1", execution_date=on, debtor=Party(name="Payhub Test"),
        debtor_account=Account(iban=IBAN), debtor_agent=Agent(bic=BIC), payments=(line,),
        payment_type=PaymentType(service_level="SEPA"),
    )  # fmt: skip
    message = Initiation(
        message_id=message_id, created_at=MORNING, initiating_party=Party(name="Payhub"), batches=(block,)
    )
    out = io.BytesIO()
    pain001.write(message, "pain.001.001.09", out, at=MORNING)
    return out.getvalue()


def pay(hub, message_id):
    on: date = MORNING.date() + timedelta(days=1)
    batch = hub.take_in(order(message_id, on))
    hub.until_states({"validated": 1}, batch.id)
    hub.approve(batch.id)
    return batch


def the_file(hub, batch):
    [row] = [row for row in hub.rows(*files.c) if row.batch_id == batch.id]
    return row


def approved_bytes(hub, file):
    with hub.hub.unit_of_work(actor="test") as work:
        return work.vault.get(file.sha256)


def answer(server, bank, file, *words, signer="bank", name="answer.xml.pgp"):
    report = (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>A-{file.id[-8:]}</MsgId><CreDtTm>{MORNING:%Y-%m-%dT%H:%M:%S}</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{file.id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        "<GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    )
    sealed = bank("-u", f"{signer}@example.com", "-r", "hub@example.com", *words, data=report.encode())
    place = server.path(server.remote("out")) / name
    place.with_name(f".{name}").write_bytes(sealed)
    place.with_name(f".{name}").replace(place)


def test_the_bank_opens_exactly_what_was_approved_and_its_sealed_answer_moves_the_payments(
    tmp_path, database_url, openssh, bank_gpg
):
    with hub_of(tmp_path, database_url, openssh, bank_gpg) as hub:
        batch = pay(hub, "SEALED-1")
        hub.until_states({"submitted": 1}, batch.id)
        file = the_file(hub, batch)
        [arrived] = openssh.path(openssh.remote("in")).glob("*.pgp")
        content, signers = bank_gpg.open(arrived.read_bytes())
        assert content == approved_bytes(hub, file), "promise P5"
        assert signers == [bank_gpg.fingerprint("hub")]
        assert arrived.stat().st_size == file.sealed_size

        answer(openssh, bank_gpg, file, "-s", "-e")
        hub.until_states({"acknowledged": 1}, batch.id)
        notes = {row.action: row.data for row in hub.rows(audit.c.action, audit.c.data)}
        assert notes["file.sealed"]["encrypted_to"] == [bank_gpg.fingerprint("bank")]
        assert notes["document.unwrapped"]["signed_by"] == bank_gpg.fingerprint("bank")
        assert hub.audit_is_intact()


def test_an_answer_that_is_not_signed_moves_nothing_and_says_why(tmp_path, sqlite_url, openssh, bank_gpg):
    with hub_of(tmp_path, sqlite_url, openssh, bank_gpg) as hub:
        batch = pay(hub, "UNSIGNED-1")
        hub.until_states({"submitted": 1}, batch.id)
        file = the_file(hub, batch)
        answer(openssh, bank_gpg, file, "-e", name="unsigned.pgp")
        answer(openssh, bank_gpg, file, "-s", "-e", signer="hub-next", name="stranger.pgp")
        answer(openssh, bank_gpg, file, "--output", "-", "--store", name="stored.pgp")
        hub.until(
            "three in quarantine", lambda: [row.state for row in hub.rows(documents.c.state)] == ["quarantined"] * 3
        )
        assert hub.states(batch.id) == {"submitted": 1}
        reasons = {row.reason for row in hub.rows(documents.c.reason)}
        assert reasons == {"The document cannot be opened: its signature is not proven."}
        told = [row.type for row in hub.rows(events.c.type) if row.type == "payhub.document.quarantined.v1"]
        assert len(told) == 3


def test_what_died_between_staging_and_hand_over_sends_the_same_sealed_bytes(
    tmp_path, database_url, openssh, bank_gpg, monkeypatch
):
    sealed, died = [], []
    seal, publish = pgp.seal, submit._Carrying._publish

    def counted(*words, **more):
        made = seal(*words, **more)
        sealed.append(made.content)
        return made

    def dies_once(self, *words, **more):
        if not died:
            died.append(True)
            raise OSError("the worker died here")
        return publish(self, *words, **more)

    monkeypatch.setattr(pgp, "seal", counted)
    monkeypatch.setattr(submit._Carrying, "_publish", dies_once)
    with hub_of(tmp_path, database_url, openssh, bank_gpg) as hub:
        batch = pay(hub, "CRASH-1")
        hub.until_states({"submitted": 1}, batch.id)
        assert died
        assert len(sealed) == 1
        [arrived] = openssh.path(openssh.remote("in")).glob("*.pgp")
        assert arrived.read_bytes() == sealed[0]
        assert bank_gpg.open(sealed[0])[0] == approved_bytes(hub, the_file(hub, batch))


def test_a_new_attempt_stages_the_same_sealed_bytes(tmp_path, sqlite_url, openssh, bank_gpg, monkeypatch):
    sealed, lost = [], []
    seal = pgp.seal
    stage = submit._Carrying._outbound

    def counted(*words, **more):
        made = seal(*words, **more)
        sealed.append(made.content)
        return made

    def fails_once(self, file, attempt):
        outbound = stage(self, file, attempt)
        if not lost:
            lost.append(True)
            raise OSError("the worker died before a byte left")
        return outbound

    monkeypatch.setattr(pgp, "seal", counted)
    monkeypatch.setattr(submit._Carrying, "_outbound", fails_once)
    with hub_of(tmp_path, sqlite_url, openssh, bank_gpg) as hub:
        batch = pay(hub, "AGAIN-1")
        hub.until_states({"submitted": 1}, batch.id)
        assert len(hub.rows(attempts.c.id)) == 2
        assert len(sealed) == 1
        [arrived] = openssh.path(openssh.remote("in")).glob("*.pgp")
        assert arrived.read_bytes() == sealed[0]


def test_both_sides_change_their_keys_between_two_files(tmp_path, sqlite_url, openssh, bank_gpg):
    inbox = openssh.path(openssh.remote("in"))
    with hub_of(tmp_path / "before", sqlite_url, openssh, bank_gpg) as hub:
        first = pay(hub, "ROTATE-1")
        hub.until_states({"submitted": 1}, first.id)
        before = set(inbox.glob("*.pgp"))
    with hub_of(
        tmp_path / "after", sqlite_url, openssh, bank_gpg, our_current="hub-next", bank_current="bank-next"
    ) as hub:
        second = pay(hub, "ROTATE-2")
        hub.until_states({"submitted": 1}, second.id)
        [arrived] = set(inbox.glob("*.pgp")) - before
        content, signers = bank_gpg.open(arrived.read_bytes())
        assert content == approved_bytes(hub, the_file(hub, second))
        assert signers == [bank_gpg.fingerprint("hub-next")]
        for number, batch, signer in ((1, first, "bank"), (2, second, "bank-next")):
            answer(openssh, bank_gpg, the_file(hub, batch), "-s", "-e", signer=signer, name=f"late-{number}.pgp")
            hub.until_states({"acknowledged": 1}, batch.id)
        keys = [
            row.data["encrypted_to"] for row in hub.rows(audit.c.action, audit.c.data) if row.action == "file.sealed"
        ]
        assert keys == [[bank_gpg.fingerprint("bank")], [bank_gpg.fingerprint("bank-next")]]
