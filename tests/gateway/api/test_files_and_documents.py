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
from gateway.persistence.tables import events, work
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


@pytest.fixture
def quarantined(door, with_bank):
    """A document that stands in quarantine."""
    headers = door.as_anna | {"X-File-Name": "../answer.xml"}
    one = door.http.post("/v1/documents?bank=nordbank", content=b"<x/>", headers=headers).json()["id"]
    with door.hub.unit_of_work(actor="worker") as unit:
        unit.documents.quarantine(one, reason="Nobody knows it.", kind=None)
        unit.commit()
    return one


def test_a_document_in_quarantine_is_processed_again_by_a_person_who_says_why(door, quarantined):
    path = f"/v1/documents/{quarantined}"
    body = {"reason": "The account was added."}
    assert door.http.post(f"{path}/replay", json=body, headers=door.as_erp).status_code == 403
    assert door.http.post(f"{path}/replay", json={"reason": ""}, headers=door.as_anna).status_code == 400
    again = door.http.post(f"{path}/replay", json=body, headers=door.as_anna)
    assert (again.status_code, again.json()["state"], again.json()["reason"]) == (200, "received", None)
    refused = door.http.post(f"{path}/replay", json=body, headers=door.as_anna)
    assert (refused.status_code, refused.json()["code"]) == (409, "document.not_quarantined")
    rows = door.http.get("/v1/audit", headers=door.as_bert, params={"subject": quarantined}).json()["items"]
    replayed = [one for one in rows if one["action"] == "document.replayed"]
    assert [(one["actor"], one["data"]["reason"]) for one in replayed] == [(door.anna.id, body["reason"])]
    with door.hub.reading() as connection:
        kinds = connection.execute(select(events.c.type).where(events.c.subject == quarantined)).scalars().all()
        jobs = connection.execute(select(work.c.key).where(work.c.kind == "document")).scalars().all()
    assert kinds == ["payhub.document.replayed.v1"]
    assert jobs == [f"document:{quarantined}"]
    assert door.http.post("/v1/documents/nothing/replay", json=body, headers=door.as_anna).status_code == 404


def test_everything_of_a_bank_in_quarantine_is_processed_again_at_once(door, quarantined):
    body = {"bank": "nordbank", "reason": "A new release reads it."}
    assert door.http.post("/v1/documents/replay", json=body, headers=door.as_erp).status_code == 403
    done = door.http.post("/v1/documents/replay", json=body, headers=door.as_anna).json()
    assert done == {"replayed": 1, "left": 0}
    assert door.http.post("/v1/documents/replay", json=body, headers=door.as_anna).json()["replayed"] == 0
    unknown = door.http.post("/v1/documents/replay", json=body | {"bank": "nobody"}, headers=door.as_anna)
    assert unknown.json()["code"] == "document.bank"


def test_a_document_s_bytes_are_given_to_people_and_who_looked_is_on_the_trail(door, quarantined):
    path = f"/v1/documents/{quarantined}/content"
    assert door.http.get(path, headers=door.as_erp).status_code == 403
    given = door.http.get(path, headers=door.as_anna)
    assert (given.content, given.headers["Content-Type"]) == (b"<x/>", "application/octet-stream")
    assert "answer.xml" in given.headers["Content-Disposition"]
    rows = door.http.get("/v1/audit", headers=door.as_bert, params={"subject": quarantined}).json()["items"]
    assert (rows[-1]["action"], rows[-1]["actor"]) == ("document.content_read", door.anna.id)


def test_a_document_says_in_words_how_it_was_told_apart(door, with_bank):
    def bring(body, name):
        headers = door.as_anna | {"X-File-Name": name}
        return door.http.post("/v1/documents?bank=nordbank", content=body, headers=headers).json()

    first = bring(b"<one/>", "a.xml")
    assert first["notes"] == []
    again = bring(b"<one/>", "b.xml")
    assert [one["name"] for one in again["names"]] == ["a.xml", "b.xml"]
    assert "sent these bytes 2 times" in again["notes"][0]
    other = bring(b"<two/>", "a.xml")
    assert (other["name_of"], "name was used before" in other["notes"][0]) == (first["id"], True)
