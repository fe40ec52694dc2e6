import zipfile
from io import BytesIO

from typer.testing import CliRunner

from gateway.cli import app


def test_a_person_takes_the_evidence_and_that_is_on_the_trail(door, tmp_path):
    batch_id = door.submit().json()["id"]
    path = f"/v1/batches/{batch_id}/evidence"
    first = door.http.get(path, headers=door.as_anna)
    assert first.status_code == 200
    assert "batch.jsonl" in zipfile.ZipFile(BytesIO(first.content)).namelist()
    assert door.http.get(path, headers=door.as_bert).content == first.content
    rows = door.http.get("/v1/audit", headers=door.as_bert, params={"subject": f"evidence:{batch_id}"}).json()["items"]
    assert [(one["action"], one["actor"]) for one in rows] == [
        ("evidence.taken", door.anna.id), ("evidence.taken", door.bert.id),
    ]  # fmt: skip
    saved = tmp_path / "pack.zip"
    saved.write_bytes(first.content)
    told = CliRunner().invoke(app, ["evidence", "verify", str(saved)])
    assert (told.exit_code, "whole" in told.stdout) == (0, True)
    damaged = bytearray(first.content)
    damaged[200] ^= 1
    saved.write_bytes(bytes(damaged))
    assert CliRunner().invoke(app, ["evidence", "verify", str(saved)]).exit_code == 1


def test_a_payment_has_a_pack_of_its_own(door):
    batch_id = door.submit().json()["id"]
    payment = door.http.get(f"/v1/batches/{batch_id}/payments", headers=door.as_anna).json()["items"][0]["id"]
    found = door.http.get(f"/v1/payments/{payment}/evidence", headers=door.as_anna)
    assert "payments.jsonl" in zipfile.ZipFile(BytesIO(found.content)).namelist()


def test_api_clients_and_strangers_get_no_evidence(door):
    batch_id = door.submit().json()["id"]
    assert door.http.get(f"/v1/batches/{batch_id}/evidence", headers=door.as_erp).status_code == 403
    assert door.http.get(f"/v1/batches/{batch_id}/evidence").status_code == 401
    assert door.http.get("/v1/batches/none/evidence", headers=door.as_anna).status_code == 404
