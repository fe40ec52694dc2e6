"""The line misbehaves at every act, at both doors, and the folders and look-ups lag behind."""

import io

import httpx
import paramiko
import pytest

from banks.simulator.behaviours import HTTP_WIRE, LINE, SFTP_WIRE
from tests.banks.simulator.bench import SftpClient, at, bank, block, pain001, payment, step
from tests.banks.simulator.test_thread import sign_in, upload, url

BROKEN = (OSError, EOFError, paramiko.SSHException)
LARGE = pain001(block(*(payment(f"INV-{n}") for n in range(200))))
TESTED = (
    "drop_at_byte", "half_close", "stall", "slow", "disk_full", "deny", "sweep_before_rename", "take_away",
    "listing_lags", "lookup_lags", "drop_before_rename", "drop_after_rename", "accept_without_answer",
    "close_before_commit", "http_error", "too_many_requests", "expire_tokens",
)  # fmt: skip
"""Here, or in test_behaviours where the behaviour is as old as the bank."""


def test_every_behaviour_of_the_line_is_tested():
    assert sorted(TESTED) == sorted(LINE.keys() | SFTP_WIRE.keys() | HTTP_WIRE.keys())


def rule(behaviour, act, **options):
    return {"behaviour": behaviour, "when": {"act": act}, **options}


def arrived(opened):
    opened.bank.run()
    return [one.outcome for one in opened.bank.arrivals()]


@pytest.mark.parametrize("limit", [0, 1000, 10_000_000])
def test_an_upload_by_sftp_dies_at_its_byte_or_at_its_end(tmp_path, limit):
    with bank(tmp_path, rules=[rule("drop_at_byte", "upload", byte=limit)]) as opened:
        with SftpClient(opened) as client, pytest.raises(BROKEN):
            client.stage(LARGE)
        torso = opened.bank.root / "in" / ".file-1.xml.t1.tmp"
        assert torso.stat().st_size == min(limit, len(LARGE))
        with SftpClient(opened) as client:
            client.upload(LARGE)
        assert arrived(opened) == ["accepted"]


def test_a_download_by_sftp_dies_in_its_middle_and_can_be_had_again(tmp_path):
    with bank(tmp_path, rules=[rule("drop_at_byte", "download", byte=10)]) as opened:
        with SftpClient(opened) as client:
            client.upload(pain001())
        opened.bank.run()
        (answer,) = (opened.bank.root / "out").iterdir()
        with SftpClient(opened) as client, pytest.raises(BROKEN):
            client.read(f"/out/{answer.name}")
        with SftpClient(opened) as client:
            assert client.read(f"/out/{answer.name}") == answer.read_bytes()


@pytest.mark.parametrize("limit", [0, 1000, 10_000_000])
def test_an_upload_to_the_api_dies_at_its_byte_or_at_its_end(tmp_path, limit):
    rules = [rule("drop_at_byte", "upload", byte=limit)]
    with bank(tmp_path, doors="http", rules=rules) as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        with pytest.raises(httpx.TransportError):
            upload(client, LARGE)
        assert arrived(opened) == []
        assert upload(client, LARGE).status_code == 202


def test_a_download_from_the_api_dies_in_its_middle(tmp_path):
    rules = [rule("drop_at_byte", "download", byte=100)]
    with bank(tmp_path, doors="http", rules=rules) as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        step(opened, at(28, 18))
        number = client.get("/v1/documents").json()["documents"][0]["id"]
        with pytest.raises(httpx.TransportError):
            client.get(f"/v1/documents/{number}")
        assert client.get(f"/v1/documents/{number}").content.startswith(b"<?xml")


def test_a_bank_that_hangs_up_its_own_side_still_takes_what_was_sent(tmp_path):
    rules = [rule("half_close", "upload", byte=100)]
    with bank(tmp_path, doors="both", rules=rules) as opened, SftpClient(opened) as client, pytest.raises(BROKEN):
        client.upload(LARGE)
    with bank(tmp_path / "api", doors="http", rules=rules) as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        with pytest.raises(httpx.TransportError):
            upload(client, LARGE)
        assert upload(client, LARGE).status_code in (200, 202)
        assert arrived(opened) in (["accepted"], ["accepted", "replayed"])


def test_a_silent_line_is_not_hung_up(tmp_path):
    rules = [rule("stall", "look", seconds=2), rule("stall", "upload", seconds=2, byte=100)]
    with bank(tmp_path, doors="both", rules=rules) as opened:
        with SftpClient(opened) as client:
            client.sftp.get_channel().settimeout(0.5)
            with pytest.raises(TimeoutError):
                client.sftp.stat("/in")
        with httpx.Client(base_url=url(opened), timeout=0.5) as client:
            sign_in(client)
            with pytest.raises(httpx.TimeoutException):
                upload(client, LARGE)


def test_a_slow_line_takes_its_time(tmp_path):
    rules = [rule("slow", "upload", bytes_per_s=4_000_000), rule("slow", "download", bytes_per_s=100_000)]
    with bank(tmp_path, doors="both", rules=rules) as opened:
        with SftpClient(opened) as client:
            client.upload(pain001())
        with httpx.Client(base_url=url(opened)) as client:
            sign_in(client)
            assert upload(client, pain001(message_id="MSG-2"), reference="MSG-2").status_code == 202
        assert arrived(opened) == ["accepted", "accepted"]


def test_a_full_disk_fails_the_write_and_keeps_what_came_before(tmp_path):
    with bank(tmp_path, rules=[rule("disk_full", "upload", byte=500, times=1)], doors="both") as opened:
        with SftpClient(opened) as client:
            with pytest.raises(OSError, match=r"No space left|size mismatch"):
                client.stage(LARGE)
            assert client.sftp.stat("/in/.file-1.xml.t1.tmp").st_size == 500
            client.upload(LARGE)
        assert arrived(opened) == ["accepted"]
    with (
        bank(tmp_path / "api", doors="http", rules=[rule("disk_full", "upload")]) as opened,
        httpx.Client(base_url=url(opened)) as client,
    ):
        sign_in(client)
        assert upload(client, pain001()).status_code == 507
        assert arrived(opened) == []


@pytest.mark.parametrize("act", ["upload", "download", "list", "look", "rename", "remove", "chmod"])
def test_what_is_denied_is_denied_and_nothing_else(tmp_path, act):
    with bank(tmp_path, rules=[rule("deny", act)]) as opened, SftpClient(opened) as client:
        (opened.bank.root / "out" / "a").write_bytes(b"a")
        acts = {
            "list": lambda: client.sftp.listdir("/out"),
            "look": lambda: client.sftp.stat("/out"),
            "download": lambda: client.sftp.open("/out/a").close(),
            "upload": lambda: client.sftp.open("/in/.x", "w").close(),
            "chmod": lambda: client.sftp.chmod("/out/a", 0o600),
            "rename": lambda: client.sftp.rename("/out/a", "/out/b"),
            "remove": lambda: client.sftp.remove("/out/b" if act != "rename" else "/out/a"),
        }
        refused = []
        for name, attempt in acts.items():
            try:
                attempt()
            except PermissionError:
                refused.append(name)
        assert refused == [act]


def test_over_http_a_denial_is_403_and_a_sign_in_can_be_denied_at_both_doors(tmp_path):
    rules = [rule("deny", "list"), rule("deny", "sign_in", times=2)]
    with bank(tmp_path, doors="both", rules=rules) as opened, httpx.Client(base_url=url(opened)) as client:
        form = {"grant_type": "client_credentials", "client_id": "payhub", "client_secret": "simulated-secret"}
        assert client.post("/oauth/token", data=form).status_code == 403
        with pytest.raises(paramiko.AuthenticationException):
            SftpClient(opened)
        SftpClient(opened).__exit__()
        sign_in(client)
        assert client.get("/v1/documents").status_code == 403
        assert client.get("/v1/files", params={"reference": "X"}).status_code == 200


def test_a_listing_that_lags_shows_the_folders_as_they_were_before_the_rename(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "listing_lags", "looks": 4}]) as opened, SftpClient(opened) as client:
        client.upload(pain001())
        assert client.sftp.listdir("/in") == [".file-1.xml.t1.tmp"]
        assert arrived(opened) == ["accepted"], "what is not shown is there all the same"
        assert client.sftp.stat("/in/.file-1.xml.t1.tmp").st_size == len(pain001())
        for path in ("/in/file-1.xml", "/done/file-1.xml"):
            with pytest.raises(FileNotFoundError):
                client.sftp.stat(path)
        assert client.sftp.listdir("/in") == []
        assert client.sftp.stat("/done/file-1.xml").st_size == len(pain001())


def test_a_listing_may_lag_by_the_banks_clock(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "listing_lags", "seconds": 90}]) as opened, SftpClient(opened) as client:
        client.upload(pain001())
        assert arrived(opened) == ["accepted"]
        step(opened, at(28, 9, 1))
        assert client.sftp.listdir("/done") == []
        step(opened, at(28, 9, 2))
        assert client.sftp.listdir("/done") == ["file-1.xml"]


def test_a_look_up_that_lags_finds_no_order_at_first(tmp_path):
    rules = [{"behaviour": "lookup_lags", "looks": 2}]
    with bank(tmp_path, doors="http", rules=rules) as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        assert upload(client, pain001()).status_code == 202
        found = [len(client.get("/v1/files", params={"reference": "MSG-1"}).json()["orders"]) for _ in range(3)]
        assert found == [0, 0, 1]


def test_a_file_that_is_taken_away_is_shown_nowhere_and_booked(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "take_away"}]) as opened, SftpClient(opened) as client:
        client.upload(pain001())
        assert arrived(opened) == ["accepted"]
        assert (client.sftp.listdir("/in"), client.sftp.listdir("/done")) == ([], [])


def test_a_swept_staged_copy_cannot_be_renamed(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "sweep_before_rename"}]) as opened, SftpClient(opened) as client:
        with pytest.raises(FileNotFoundError):
            client.upload(pain001())
        assert arrived(opened) == []
        client.upload(pain001())
        assert arrived(opened) == ["accepted"]


def test_the_host_key_changes_on_its_day_and_open_sessions_end(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "change_host_key", "when": {"business_day": 2}}]) as opened:
        first, port = opened.address.host_key, opened.address.sftp_port
        client = SftpClient(opened)
        step(opened, at(28, 18))
        assert opened.address.host_key == first
        step(opened, at(29, 16))
        assert opened.address.host_key != first
        assert opened.address.sftp_port == port
        with pytest.raises(BROKEN):
            client.sftp.listdir("/out")
        client.__exit__()
        with SftpClient(opened) as again:
            again.sftp.putfo(io.BytesIO(b"x"), "/in/.x")
        second = opened.address.host_key
    with bank(tmp_path) as opened:
        assert opened.address.host_key == second
