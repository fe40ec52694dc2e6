"""Files that real ERPs wrote walk the whole path: what stands at the bank is what stood in the ERP's file."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from banks.simulator.clock import SimulatedClock
from banks.simulator.config import AccountConfig, BankConfig, SftpConfig
from banks.simulator.serving import OpenBank
from formats import pain001
from formats.errors import FormatError
from formats.initiation import CreditTransfer, PaymentInformation
from formats.values import Iban
from gateway.domain.errors import HubError
from gateway.persistence.tables import batches, breaks, findings, payments, statements, vault_blobs
from tests.journeys.living import configuration, living

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "pain.001"
pytestmark = [
    pytest.mark.server, pytest.mark.slow,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real messages is not in ../shared"),
]  # fmt: skip
MORNING = datetime(2026, 9, 30, 6, 0, tzinfo=UTC)
EVENING = datetime(2026, 9, 30, 19, 0, tzinfo=UTC)
DAYS_MAX = 5
PAID = {
    "dvbern+iso20022__pain001ExampleOutput.xml": 4,
    "jasperkrijgsman+dutch-sepa-iso20022__pain.001.001.03_voorbeeldbestand.xml": 1,
    "nexatech-ltd+fineract-iso20022__sample-pain001.xml": 1,
    "pypi+mock_bank-0.9.0__pain001_four_payments_usd.xml": 4,
    "salesking+sepa_king__pain.001.001.03.ch.02.xml": 3,
    "viafintech+sepa_file_parser__valid_example_v9.xml": 1,
}
"""How many payments of each file a bank can be asked to make: .03, .03 of Switzerland, .09 and .11."""
REFUSED = {
    "dvbern+iso20022__pain001TestReference.xml": "intake.message_id_used",
    "moov-io+iso20022__International_payment_RUB_naujas_1.xml": "HUB-001",
    "moov-io+iso20022__musterfile_pain.001_Nov2020.xml": "GEN-003",
    "sebastienrousseau+pain001__pain.001.001.03.pain.001.001.03.xml": "GEN-003",
    "sebastienrousseau+pain001__pain.001.001.03.xml": "GEN-005",
    "sebastienrousseau+pain001__pain.001.001.09.xml": "GEN-003",
    "svapnil+iso20022.js__goldman_sachs.pain_001_ach_credit.xml": "XML-VALUE",
    "svapnil+iso20022.js__sepa_pain_001_v3_multiple_pmtinf.xml": "GEN-004",
}
"""One reason of several for which a file is refused as a whole."""
BEFORE_ANSWER = {"validated", "approved", "scheduled", "generated", "submitted", "in_doubt"}
PROFILE = """
name = "simbank"
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
[channel.directories]
outbox = "/in"
staging = "/in"
inbox = ["/out"]
done = "/done"
[file]
name = "{{bank}}_{{date:%Y%m%d}}_{{sequence:06d}}.xml"
message = "pain.001.001.09"
charset = "swiss"
[[products]]
name = "sepa"
service_level = "SEPA"
currency = "EUR"
calendar = "TARGET"
time_zone = "Europe/Berlin"
cutoff = "15:00"
[[products]]
name = "any"
calendar = "TARGET"
time_zone = "Europe/Berlin"
cutoff = "15:00"
"""


def _events(path):
    with path.open("rb") as source:
        return list(pain001.stream(source))


def _accounts():
    """The accounts these ERPs pay from, with a currency: ours now."""
    found = {}
    for name in PAID:
        events = _events(CORPUS / name)
        currency = min(one.amount.currency for one in events if isinstance(one, CreditTransfer))
        for block in events:
            if isinstance(block, PaymentInformation):
                found.setdefault(block.debtor_account.number, currency)
    return found


def _row(number, currency):
    try:
        key = "iban" if Iban(number) else ""
    except FormatError:
        key = "number"
    return (
        f'[[accounts]]\n{key} = "{number}"\ncurrency = "{currency}"\nentity = "TEST"\nbank = "simbank"\nname = "Us"\n'
    )


def _keys():
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()


@pytest.fixture
def met(tmp_path, sqlite_url):
    private, public = _keys()
    accounts = _accounts()
    clock = SimulatedClock(tmp_path / "clock.json")
    clock.start(MORNING)
    bank = BankConfig(
        name="simbank", sftp=SftpConfig(authorized_keys=(public,)),
        accounts=tuple(
            AccountConfig(number=number, currency=currency, balance=Decimal(10_000_000))
            for number, currency in accounts.items()
        ),
    )  # fmt: skip
    with OpenBank(bank, tmp_path / "bank", clock) as opened:
        place = opened.address
        profile = PROFILE.format(port=place.sftp_port, host_key=" ".join(place.host_key.split()[:2]))
        config = configuration(
            tmp_path / "config", {"simbank": profile}, "".join(map(_row, accounts, accounts.values()))
        )
        with living(
            tmp_path, config, database_url=sqlite_url, starts_at=MORNING, environment={"BANK_KEY": private}
        ) as hub:
            yield hub, place.root


def _essence(one):
    """What a payment is about."""
    structured = tuple(each.reference for each in one.structured_remittance)
    creditor = one.creditor_account.number if one.creditor_account is not None else None
    return (one.end_to_end_id, one.amount.value, one.amount.currency, creditor, one.remittance, structured)


def _at_the_bank(root):
    found = {}
    for path in root.rglob("simbank_*.xml"):
        for one in _events(path):
            if isinstance(one, CreditTransfer):
                found[one.instruction_id] = _essence(one)
    return found


def test_what_stands_at_the_bank_is_what_stood_in_the_erps_file(met):
    hub, root = met
    taken = {name: hub.take_in((CORPUS / name).read_bytes()) for name in PAID}
    for name, batch in taken.items():
        hub.until_states({"validated": PAID[name]}, batch.id)
        hub.approve(batch.id)
    hub.until(
        "what is due today to be answered", lambda: hub.states() == {"acknowledged": 9, "rejected": 1, "scheduled": 4}
    )
    hub.clock.set(EVENING)
    hub.clock.set(MORNING + timedelta(days=1))
    hub.until("tomorrow's file to be answered", lambda: hub.states().keys().isdisjoint(BEFORE_ANSWER))

    sent = _at_the_bank(root)
    assert len(sent) == sum(PAID.values())
    for name, batch in taken.items():
        meant = [_essence(one) for one in _events(CORPUS / name) if isinstance(one, CreditTransfer)]
        assert [essence for payment, essence in sorted(sent.items()) if payment.startswith(batch.id)] == meant, name

    for day in range(1, DAYS_MAX):
        hub.clock.set(EVENING + timedelta(days=day))
    hub.until_states({"reconciled": len(sent) - 1, "rejected": 1})
    codes = {row.reason_code for row in hub.rows(payments.c.state, payments.c.reason_code) if row.state == "rejected"}
    assert codes == {"AM03"}, "the bank pays no euros from an account in francs"
    assert {row.verdict for row in hub.rows(statements.c.verdict)} == {"proven"}, hub.story()
    assert not [row for row in hub.rows(breaks.c.state) if row.state == "open"]


def test_files_that_contradict_themselves_are_refused_by_name_and_leave_nothing(met):
    hub, _ = met
    hub.take_in((CORPUS / "dvbern+iso20022__pain001ExampleOutput.xml").read_bytes())
    hub.until_states({"validated": 4})
    tables = (batches.c.id, payments.c.id, vault_blobs.c.sha256, findings.c.id)
    before = [len(hub.rows(column)) for column in tables]
    for name, reason in REFUSED.items():
        with pytest.raises(HubError) as refused:
            hub.take_in((CORPUS / name).read_bytes())
        told = {one.rule for one in getattr(refused.value, "findings", ())} | {refused.value.code}
        assert reason in told, (name, told)
        assert all(one.message and one.path for one in getattr(refused.value, "findings", ())), name
    assert [len(hub.rows(column)) for column in tables] == before
