"""Bad input of every kind over the real API: its own clear problem, everything that is wrong at once, nothing left."""

import io
import json
import zipfile

import httpx
import pytest
from sqlalchemy import func, select

from gateway.app import create_app
from gateway.persistence.tables import audit, audit_head, idempotency, metadata
from tests.gateway.hubs import BEISPIEL, add_client, document, open_hub
from tests.gateway.serving import serving
from tests.journeys.scale_run import OURS, batch

DESIGNED = {idempotency.name, audit.name, audit_head.name}
"""A refusal is the answer of its key, and may be on the audit trail."""


@pytest.fixture
def knock(tmp_path):
    """Sends a body as an ERP does; gives the answer and by how many rows each table grew."""
    hub = open_hub(tmp_path)
    _, key = add_client(hub)
    with serving(create_app(hub)) as address, httpx.Client(base_url=address, timeout=60) as http:

        def send(body, media, number=1):
            before = _rows(hub)
            headers = {"Authorization": f"Bearer {key}", "Content-Type": media, "Idempotency-Key": f'"K-{number}"'}
            answer = http.post("/v1/batches", content=body, headers=headers)
            grown = {name: count - before[name] for name, count in _rows(hub).items() if count != before[name]}
            return answer, grown.keys() - DESIGNED

        yield send
    hub.close()


def _rows(hub):
    with hub.reading() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def _xml(*changes):
    text = batch(2).decode().replace(OURS, "DE89370400440532013000")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text.encode()


def _archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


WRONG = {
    "a count and a sum": (_xml(("<NbOfTxs>2", "<NbOfTxs>3"), ("<CtrlSum>2.01", "<CtrlSum>9")), {"GEN-003", "GEN-004"}),
    "a strange account": (_xml(("DE89370400440532013000", "DE02120300000000202051")), {"HUB-001"}),
    "another client's entity": (_xml(("DE89370400440532013000", BEISPIEL)), {"HUB-002"}),
    "another schema": (_xml(("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>XXX</PmtMtd>")), {"XSD"}),
    "not UTF-8": (_xml().replace(b"Payhub Test", b"M\xfcller"), {"GEN-001"}),
    "an archive": (_archive(), {"GEN-001"}),
    "a printed page": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", {"GEN-001"}),
    "only its beginning": (_xml()[:-40], {"GEN-001"}),
}


@pytest.mark.parametrize(("body", "rules"), WRONG.values(), ids=WRONG.keys())
def test_a_bad_message_is_refused_with_everything_that_is_wrong_and_leaves_nothing(knock, body, rules):
    answer, grown = knock(body, "application/xml")
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert told["code"]
    assert rules <= {one["rule"] for one in told["findings"]}, told
    assert all(one["message"] and (one.get("advice") or one.get("path")) for one in told["findings"]), told
    assert not grown


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (document() | {"surprise": 1}, "application/json"),
        (b"debtor_account,amount\nDE1,abc\nDE2,-1\n", "text/csv"),
    ],
    ids=["an unknown key", "bad rows"],
)
def test_a_bad_list_is_refused_and_leaves_nothing(knock, body, media):
    answer, grown = knock(body if isinstance(body, bytes) else json.dumps(body).encode(), media)
    assert answer.status_code == 422, answer.text
    assert answer.json()["findings"]
    assert not grown


def test_a_message_id_used_before_is_refused_whatever_its_key(knock):
    first, _ = knock(_xml(), "application/xml")
    assert first.status_code == 201, first.text
    again, grown = knock(_xml(), "application/xml", 2)
    assert (again.status_code, again.json()["code"]) == (409, "intake.message_id_used")
    assert not grown
