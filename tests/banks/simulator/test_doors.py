"""The two doors: who gets in, what they may see, and what is a hand-over."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import httpx
import paramiko
import pytest

from banks.simulator.clock import SimulatedClock
from banks.simulator.serving import OpenBank
from tests.banks.simulator.bench import SftpClient, at, bank, block, pain001, payment, step
from tests.banks.simulator.test_thread import sign_in, upload, url

PATIENCE_S = 20


def test_a_stranger_and_a_wrong_password_are_turned_away(tmp_path):
    with bank(tmp_path) as opened:
        for credentials in ({"pkey": paramiko.ECDSAKey.generate()}, {"password": "guess"}):
            transport = paramiko.Transport(("127.0.0.1", opened.address.sftp_port))
            with transport, pytest.raises(paramiko.SSHException):
                transport.connect(username="payhub", **credentials)


def test_the_host_key_stays_the_same_over_a_restart(tmp_path):
    with bank(tmp_path) as opened:
        first = opened.address.host_key
    with bank(tmp_path) as opened, SftpClient(opened):
        assert opened.address.host_key == first


def test_nothing_outside_the_banks_folder_can_be_reached(tmp_path):
    with bank(tmp_path) as opened, SftpClient(opened) as client:
        assert sorted(client.sftp.listdir("/../../..")) == ["done", "in", "out"]
        with pytest.raises(OSError, match=r".*"):
            client.sftp.stat("/../bank.sqlite3")


def test_a_hidden_file_and_one_that_is_still_written_are_left_alone(tmp_path):
    with bank(tmp_path) as opened, SftpClient(opened) as client:
        client.stage(pain001())
        with client.sftp.open("/in/slow.xml", "wb") as remote:
            remote.write(pain001()[:100])
            remote.flush()
            opened.bank.run()
            assert opened.bank.arrivals() == []
            remote.write(pain001()[100:])
        opened.bank.run()
        assert [(one.name, one.outcome) for one in opened.bank.arrivals()] == [("slow.xml", "accepted")]
        assert client.sftp.listdir("/in") == [".file-1.xml.t1.tmp"]


def test_an_ordinary_rename_never_replaces_a_file(tmp_path):
    with bank(tmp_path) as opened, SftpClient(opened) as client:
        client.upload(pain001())
        with pytest.raises(OSError, match=r".*"):
            client.upload(pain001(message_id="MSG-2"))
        opened.bank.run()
        assert [one.message_id for one in opened.bank.arrivals()] == ["MSG-1"]


def test_a_rename_that_replaces_is_counted_as_two_hand_overs(tmp_path):
    with bank(tmp_path) as opened, SftpClient(opened) as client:
        client.upload(pain001())
        client.sftp.posix_rename(client.stage(pain001()), "/in/file-1.xml")
        opened.bank.run()
        assert [one.outcome for one in opened.bank.arrivals()] == ["accepted", "duplicate"]


def test_a_file_taken_but_not_written_down_before_a_crash_is_written_down_at_the_start(tmp_path):
    with bank(tmp_path) as opened:
        (opened.bank.root / "done" / "file-1.xml").write_bytes(pain001())
    with bank(tmp_path) as opened:
        opened.bank.run()
        assert [one.outcome for one in opened.bank.arrivals()] == ["accepted"]
    with bank(tmp_path) as opened:
        assert len(opened.bank.arrivals()) == 1


def test_the_api_turns_away_what_is_not_signed_in_or_not_what_it_says(tmp_path):
    with bank(tmp_path, doors="http") as opened, httpx.Client(base_url=url(opened)) as client:
        assert upload(client, pain001()).status_code == 401
        sign_in(client)
        headers = {"Idempotency-Key": "k", "Digest": f"SHA-256={base64.b64encode(b'0' * 32).decode()}"}
        assert client.post("/v1/files", content=pain001(), headers=headers).status_code == 400
        assert client.post("/v1/files", content=pain001()).status_code == 400
        assert upload(client, pain001(), reference="MSG-9").status_code == 400
        wrong = {"grant_type": "client_credentials", "client_id": "payhub", "client_secret": "no"}
        assert client.post("/oauth/token", data=wrong).status_code == 401
        assert opened.bank.arrivals() == []


def test_an_idempotency_key_stands_for_the_same_bytes_only(tmp_path):
    with bank(tmp_path, doors="http") as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        first, again, other = (upload(client, content) for content in (pain001(), pain001(), pain001(total="100.00")))
        assert [answer.status_code for answer in (first, again, other)] == [202, 200, 422]
        assert first.json() == again.json()
        assert [one.outcome for one in opened.bank.arrivals()] == ["accepted", "replayed"]
        fresh = upload(client, pain001(), key='"key-2"')
        assert fresh.status_code == 202
        opened.bank.run()
        orders = client.get("/v1/files", params={"reference": "MSG-1"}).json()["orders"]
        assert [order["status"] for order in orders] == ["ACSP", "RJCT"]
        refused = client.get(f"/v1/files/{fresh.json()['order_id']}/status").json()
        assert [reason["code"] for reason in refused["reasons"]] == ["DU01"]
        assert {order["sha256"] for order in orders} == {sha256(pain001()).hexdigest()}


def test_the_same_status_has_the_same_bytes_until_it_changes(tmp_path):
    with bank(tmp_path, doors="http") as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        order = upload(client, pain001(block(payment("A"), payment("B", "999999.00")))).json()["order_id"]
        path = f"/v1/files/{order}/status"
        assert client.get(path).json()["group_status"] == "RCVD"
        opened.bank.run()
        first = client.get(path)
        step(opened, at(28, 12))
        assert client.get(path).content == first.content
        assert [one["status"] for one in first.json()["payments"]] == ["ACSP", "RJCT"]
        assert first.json()["payments"][1]["reasons"][0]["code"] == "AM04"
        step(opened, at(28, 17))
        settled = client.get(path).json()
        assert [one["status"] for one in settled["payments"]] == ["ACSC", "RJCT"]
        assert settled["as_of"] > first.json()["as_of"]
        report = client.get(path, headers={"Accept": "application/xml"})
        assert b"<GrpSts>PART</GrpSts>" in report.content
        assert client.get("/v1/files/ORD99999999/status").status_code == 404


def test_documents_are_listed_behind_a_cursor_and_receipted(tmp_path):
    with bank(tmp_path, doors="http") as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        step(opened, at(29, 18))
        everything = client.get("/v1/documents").json()
        assert [one["type"] for one in everything["documents"]] == ["camt.053.001.08"] * 2
        first = everything["documents"][0]["id"]
        rest = client.get("/v1/documents", params={"after": first}).json()
        assert [one["id"] for one in rest["documents"]] == [everything["next"]]
        assert client.get("/v1/documents", params={"after": everything["next"]}).json()["documents"] == []
        assert client.post(f"/v1/documents/{first}/receipt").status_code == 204
        assert client.get("/v1/documents").json()["documents"] == rest["documents"]
        assert client.post("/v1/documents/99/receipt").status_code == 404
        assert client.get("/v1/documents/99").status_code == 404


def test_one_bank_serves_both_doors_and_shows_what_it_received_by_each(tmp_path):
    with bank(tmp_path, doors="both") as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        upload(client, pain001())
        with SftpClient(opened) as sftp:
            sftp.upload(pain001(message_id="MSG-2"))
        client.post("/_sim/run")
        assert [one["channel"] for one in client.get("/_sim/arrivals").json()] == ["http", "sftp"]
        assert [one["state"] for one in client.get("/_sim/payments").json()] == ["accepted", "accepted"]
        assert client.post("/_sim/entries", json={"amount": "3.00", "text": "surprise"}).status_code == 200
        assert client.post("/_sim/entries", json={"amount": "many"}).status_code == 422
        assert client.get("/_sim/accounts").json()[0]["balance"] == "10003.00"


@pytest.mark.parametrize("door", ["sftp", "http"])
def test_a_bank_whose_port_is_taken_opens_no_door_at_all(tmp_path, door):
    with bank(tmp_path / "first", doors="both") as opened:
        taken = opened.address.sftp_port if door == "sftp" else opened.address.http_port
        config = opened.bank.config
        settings = replace(getattr(config, door), port=taken)
        with pytest.raises(OSError, match=r"in use"):
            OpenBank(replace(config, **{door: settings}), tmp_path / "second", opened.bank.clock)


def test_the_pulse_takes_a_file_without_being_told(tmp_path):
    with bank(tmp_path, pulse=True) as opened:
        (opened.bank.root / "in" / "file-1.xml").write_bytes(pain001())
        answered = threading.Event()
        original = opened.bank.run

        def run():
            original()
            if any((opened.bank.root / "out").iterdir()):
                answered.set()

        opened.bank.run = run
        assert answered.wait(PATIENCE_S)
        assert opened.bank.is_alive


def test_several_hands_that_run_the_bank_at_once_take_each_file_once(tmp_path):
    with bank(tmp_path) as opened:
        for number in range(30):
            (opened.bank.root / "in" / f"{number}.xml").write_bytes(pain001(message_id=f"MSG-{number}"))
        with ThreadPoolExecutor(max_workers=4) as hands:
            for done in [hands.submit(opened.bank.run) for _ in range(8)]:
                done.result(PATIENCE_S)
        assert [one.outcome for one in opened.bank.arrivals()] == ["accepted"] * 30


def test_the_clock_file_goes_on_with_real_time_and_is_shared(tmp_path):
    seconds = [100.0]
    clock = SimulatedClock(tmp_path / "clock.json", real=lambda: seconds[0])
    clock.set(at(28, 9))
    seconds[0] += 90
    other = SimulatedClock(tmp_path / "clock.json", real=lambda: seconds[0])
    assert (other.now() - at(28, 9)).total_seconds() == 90
    other.set(at(29, 9))
    assert clock.now() == at(29, 9)
    with pytest.raises(ValueError, match="time zone"):
        clock.set(at(29, 9).replace(tzinfo=None))
