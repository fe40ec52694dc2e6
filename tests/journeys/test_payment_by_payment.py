"""The hub and a bank that takes payments one by one, behind a line that is cut in the middle of a run."""

from pathlib import Path

import pytest

from banks.simulator import scenario
from banks.simulator.clock import SimulatedClock
from banks.simulator.serving import OpenBank
from gateway.app import create_app
from gateway.persistence.tables import attempts, documents, evidence, files, payments
from tests.banks import api_pages
from tests.banks.simulator import bench
from tests.gateway.serving import serving
from tests.journeys.living import configuration, living

pytestmark = [pytest.mark.slow]
NAMES = [f"INV-{number}" for number in range(1, 9)]
REFUSED = ("INV-2", "INV-7")
ACCOUNT = f"""
[[accounts]]
iban = "{bench.DEBTOR}"
currency = "EUR"
entity = "DEMO"
bank = "testbank"
name = "Demo GmbH"
"""


def bank_at(folder: Path, rules, **http) -> OpenBank:
    clock = SimulatedClock(folder / "clock.json")
    clock.start(bench.MONDAY_MORNING)
    account = {"number": bench.DEBTOR, "currency": "EUR", "balance": "10000.00", "owner": "Demo GmbH"}
    refusing = [{"behaviour": "reject_payment", "code": "AC04", "when": {"end_to_end_id": name}} for name in REFUSED]
    document = {"bank": {"name": "Testbank"}, "accounts": [account], "http": http, "rules": [*refusing, *rules]}
    return OpenBank(scenario.parse(document), folder / "bank", clock)


def profile_text(name: str, url: str, more: str = "") -> str:
    text = api_pages.blocks()[name].replace(f"https://api.{name}.example", url)
    return f"{api_pages.REST}{more}{text}"


def message() -> bytes:
    lines = [bench.payment(name, "10.00") for name in NAMES]
    return bench.pain001(bench.block(*lines, day=bench.MONDAY), total="80.00")


def ledger(opened) -> dict[str, int]:
    """How many payments of each reference the bank really took."""
    found: dict[str, int] = {}
    for row in opened.bank.store.rows("SELECT end_to_end_id FROM payments WHERE state <> 'rejected'"):
        found[row["end_to_end_id"]] = found.get(row["end_to_end_id"], 0) + 1
    return found


@pytest.mark.parametrize("behaviour", ["accept_without_answer", "close_before_commit"])
def test_a_run_that_is_cut_ends_without_loss_or_double_and_refused_payments_are_told(tmp_path, database_url, behaviour):
    cuts = [{"behaviour": behaviour, "times": 1, "when": {"file_number": number}} for number in (4, 8)]
    with bank_at(tmp_path, cuts) as opened:
        url = f"http://127.0.0.1:{opened.address.http_port}"
        config = configuration(tmp_path / "config", {"testbank": profile_text("singles", url)}, ACCOUNT)
        with living(
            tmp_path, config, database_url=database_url, starts_at=bench.MONDAY_MORNING,
            environment={"BANK_SECRET": "simulated-secret"},
        ) as hub:  # fmt: skip
            batch = hub.take_in(message())
            hub.until_states({"validated": 8}, batch.id)
            hub.approve(batch.id)
            hub.until_states({"acknowledged": 6, "rejected": 2}, batch.id)
            assert hub.by_reference() == {name: "rejected" if name in REFUSED else "acknowledged" for name in NAMES}
            assert ledger(opened) == {name: 1 for name in NAMES if name not in REFUSED}
            reasons = dict(hub.rows(payments.c.end_to_end_id, payments.c.reason_code))
            assert {reasons[name] for name in REFUSED} == {"AC04"}
            assert [row.state for row in hub.rows(files.c.state)] == ["acknowledged"]
            assert len(hub.rows(attempts.c.id)) == 1
            assert any(row.kind in ("delivered", "answer") for row in hub.rows(evidence.c.kind))
            assert hub.audit_is_intact()


def test_a_bank_that_calls_back_is_heard_without_being_asked(tmp_path, sqlite_url):
    with bank_at(tmp_path, [], signature_header="x-jws-signature") as opened:
        url = f"http://127.0.0.1:{opened.address.http_port}"
        back = api_pages.blocks()["calls-back"].replace("/run/secrets/bank.jwks", str(tmp_path / "bank.jwks"))
        silent = profile_text("berlin", url).split("[channel.api.status]")[0]
        (tmp_path / "bank.jwks").write_text(opened.http.callbacks.public_key)
        config = configuration(tmp_path / "config", {"testbank": f"{silent}\n{back}"}, ACCOUNT)
        with living(
            tmp_path, config, database_url=sqlite_url, starts_at=bench.MONDAY_MORNING,
            environment={"BANK_SECRET": "simulated-secret"},
        ) as hub, serving(create_app(hub.hub)) as api:  # fmt: skip
            opened.http.callbacks.start(f"{api}/v1/callbacks/testbank")
            batch = hub.take_in(message())
            hub.until_states({"validated": 8}, batch.id)
            hub.approve(batch.id)
            hub.until_states({"acknowledged": 6, "rejected": 2}, batch.id)
            assert any(row.name.startswith("callback-") for row in hub.rows(documents.c.name))
