"""The thinnest way through the bank: a file in over SFTP or HTTP, its answer and its statement out."""

import base64
from hashlib import sha256

import httpx

from tests.banks.simulator.bench import SftpClient, at, bank, block, pain001, payment, step


def test_a_file_uploaded_over_sftp_is_answered_booked_and_stated(tmp_path):
    with bank(tmp_path) as opened, SftpClient(opened) as client:
        client.upload(pain001(block(payment("INV-1", "100.00"), payment("INV-2", "20.50"))))
        opened.bank.run()
        step(opened, at(28, 18))

        assert [arrival.outcome for arrival in opened.bank.arrivals()] == ["accepted"]
        assert client.sftp.listdir("/done") == ["file-1.xml"]
        names = sorted(client.sftp.listdir("/out"))
        assert [name[:7] for name in names] == ["CAMT053", "PAIN002"]
        report = client.read(f"/out/{names[1]}")
        assert b"<OrgnlMsgId>MSG-1</OrgnlMsgId>" in report
        assert b"<GrpSts>ACSP</GrpSts>" in report
        statement = client.read(f"/out/{names[0]}")
        assert b'<Amt Ccy="EUR">120.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>' in statement
        assert b'<Amt Ccy="EUR">9879.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>' in statement


def test_a_file_uploaded_over_http_shows_its_status_and_leaves_a_statement(tmp_path):
    with bank(tmp_path, doors="http") as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        content = pain001()
        placed = upload(client, content)
        assert placed.status_code == 202
        order = placed.json()["order_id"]
        opened.bank.run()
        status = client.get(f"/v1/files/{order}/status").json()
        assert (status["group_status"], status["payments"][0]["status"]) == ("ACSP", "ACSP")
        step(opened, at(28, 18))
        assert client.get(f"/v1/files/{order}/status").json()["group_status"] == "ACSC"
        listed = client.get("/v1/documents").json()
        document = client.get(f"/v1/documents/{listed['documents'][0]['id']}")
        assert sha256(document.content).hexdigest() == listed["documents"][0]["sha256"]
        assert b"camt.053.001.08" in document.content


def url(opened):
    return f"http://127.0.0.1:{opened.address.http_port}"


def sign_in(client):
    form = {"grant_type": "client_credentials", "client_id": "payhub", "client_secret": "simulated-secret"}
    told = client.post("/oauth/token", data=form).json()
    client.headers["Authorization"] = f"{told['token_type']} {told['access_token']}"


def upload(client, content, *, key='"key-1"', reference="MSG-1"):
    digest = base64.b64encode(sha256(content).digest()).decode()
    headers = {
        "Idempotency-Key": key,
        "X-Request-ID": "r-1",
        "Content-Type": "application/xml",
        "Digest": f"SHA-256={digest}",
        "X-File-Name": "file-1.xml",
        "X-File-Reference": reference,
    }
    return client.post("/v1/files", content=content, headers=headers)
