import hashlib
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace

import pytest
from sqlalchemy import select

from gateway.domain.cutoff import Window
from gateway.domain.lifecycle import FileState, State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import PaymentFile
from gateway.persistence.tables import work
from gateway.wiring import Hub
from tests.gateway.hubs import NOON, document

CONTENT = b"<Document>our file</Document>"


@pytest.fixture
def sent(door):
    """A batch whose file has been generated, its content in the vault."""
    batch_id = door.submit(document("3.00", "4.00")).json()["id"]
    window = Window(
        id="nordbank:sepa:2026-11-23", bank="nordbank", product="sepa", value_date=NOON.date(), opens_at=NOON,
        release_by=NOON + timedelta(hours=1), closes_at=NOON + timedelta(hours=2), zone="Europe/Oslo",
    )  # fmt: skip
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    with door.hub.unit_of_work(actor="test") as unit:
        everything = Selection(batch_id=batch_id)
        for source, target in ((State.RECEIVED, State.VALIDATED), (State.VALIDATED, State.APPROVED)):
            unit.payments.move(everything, source, target, step="test", reason="")
        unit.windows.ensure(window)
        unit.payments.move(
            everything, State.APPROVED, State.SCHEDULED, step="test", reason="", bank="nordbank", window_id=window.id
        )
        file = PaymentFile(
            id=unit.new_id(), bank="nordbank", batch_id=batch_id, message="pain.001.001.09", name="PAY0001.xml",
            number=1,
            sha256=sha256, size=len(CONTENT), count=2, totals=(("EUR", Decimal("7.00")),), window_id=window.id,
            state=FileState.GENERATED, version=1, fence=0, approval_digest="a" * 64, profile_digest="b" * 64,
            bank_batches=(), generated_at=NOON,
        )  # fmt: skip
        unit.files.add(file, client_id=door.erp.id)
        unit.vault.put(CONTENT, sha256)
        unit.commit()
    return SimpleNamespace(batch_id=batch_id, file_id=file.id)


def test_a_file_is_shown_to_its_client_and_its_bytes_to_people_only(door, sent):
    path = f"/v1/files/{sent.file_id}"
    shown = door.http.get(path, headers=door.as_erp).json()
    assert (shown["name"], shown["state"], shown["totals"]) == (
        "PAY0001.xml", "generated", [{"currency": "EUR", "amount": "7.00"}],
    )  # fmt: skip
    assert [one["target"] for one in shown["moves"]] == ["generated"]
    assert door.http.get(path, headers=door.as_other).status_code == 404
    assert door.http.get(f"{path}/content", headers=door.as_erp).status_code == 403
    content = door.http.get(f"{path}/content", headers=door.as_anna)
    assert content.content == CONTENT
    assert "PAY0001.xml" in content.headers["Content-Disposition"]


def test_who_read_a_file_is_on_the_trail(door, sent):
    door.http.get(f"/v1/files/{sent.file_id}/content", headers=door.as_anna)
    rows = door.http.get("/v1/audit", headers=door.as_bert, params={"subject": sent.file_id}).json()["items"]
    assert (rows[-1]["action"], rows[-1]["actor"]) == ("file.content_read", door.anna.id)


def test_a_cutoff_shows_what_waits_for_it_until_it_closes(door, sent):
    window = door.http.get("/v1/cutoffs", headers=door.as_erp).json()[0]
    assert window["id"] == "nordbank:sepa:2026-11-23"
    assert [(one["state"], one["count"], one["amount"]) for one in window["waiting"]] == [("scheduled", 2, "7.00")]
    assert door.http.get("/v1/cutoffs", headers=door.as_other).json()[0]["waiting"] == []
    assert door.http.get("/v1/cutoffs", headers=door.as_erp, params={"bank": "alpenbank"}).json() == []
    door.hub.clock.at = NOON + timedelta(hours=3)
    assert door.http.get("/v1/cutoffs", headers=door.as_erp).json() == []


@pytest.fixture
def with_bank(door, monkeypatch):
    monkeypatch.setattr(Hub, "profiles", MappingProxyType({"nordbank": object()}))


def test_a_document_by_hand_is_kept_once_and_handed_on(door, with_bank):
    def bring(who, body=b"<Document/>"):
        headers = who | {"Content-Type": "application/xml", "X-File-Name": "answer.xml"}
        return door.http.post("/v1/documents?bank=nordbank", content=body, headers=headers)

    assert bring(door.as_erp).status_code == 403
    first = bring(door.as_anna)
    assert (first.status_code, first.json()["state"], first.json()["name"]) == (201, "received", "answer.xml")
    second = bring(door.as_anna)
    assert (second.status_code, second.json()["id"], second.json()["seen"]) == (200, first.json()["id"], 2)
    assert bring(door.as_anna, b"").json()["code"] == "document.empty"
    with door.hub.reading() as connection:
        jobs = connection.execute(select(work.c.key).where(work.c.kind == "document")).scalars().all()
    assert jobs == [f"document:{first.json()['id']}"]
    assert [one["id"] for one in door.http.get("/v1/documents", headers=door.as_anna).json()["items"]] == [
        first.json()["id"]
    ]


def test_a_document_of_an_unknown_bank_is_refused(door, with_bank):
    answer = door.http.post("/v1/documents?bank=nobody", content=b"x", headers=door.as_anna)
    assert (answer.status_code, answer.json()["code"]) == (422, "document.bank")
