import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from banks import checking, secrets
from banks.settings import Answers, BankProfile, FileFormat, PartUnlisted
from tests import bank_api, sshd
from tests.banks import channels

NOW = datetime.now(UTC)
"""Certificates made by the test begin now, so that this one test looks at the real clock."""


def profile(channel) -> BankProfile:
    return BankProfile(
        name="testbank",
        title="Testbank",
        bic="TESTDEFFXXX",
        channel=channel,
        file=FileFormat(
            name="{sequence}.xml",
            message="pain.001.001.09",
            charset="sepa",
            batch_booking=None,
            transactions_max=1,
        ),
        products=(),
        answers=Answers(part_unlisted=PartUnlisted.PENDING, positive_reports=True, expected_minutes=1),
    )


def tried(channel, environment, *, at=NOW) -> dict[str, checking.Trial]:
    made = list(checking.check(profile(channel), secrets.resolver(environment), at=at, ids=lambda: "7"))
    assert all(trial.advice for trial in made if trial.ok is False), "each failure says what to do"
    return {trial.what: trial for trial in made}


@pytest.fixture
def server():
    if not sshd.is_installed():
        pytest.skip("OpenSSH's sshd is not installed")
    with sshd.running() as running:
        yield running


def test_a_good_sftp_channel_passes_from_name_to_rename_and_leaves_nothing(server):
    trials = tried(channels.sftp_settings(server, probe=True), {"KEY": server.private_key})
    assert all(trial.ok for trial in trials.values())
    assert {"DNS", "TCP", "host key", "login", "folder outbox", "folder archive", "write and rename"} <= set(trials)
    assert list(server.path("in").iterdir()) == []


def test_nothing_is_written_unless_the_profile_says_so(server):
    trials = tried(channels.sftp_settings(server), {"KEY": server.private_key})
    assert trials["write and rename"].ok is None
    assert checking.passed(list(trials.values()))


def test_each_fault_of_an_sftp_channel_is_told_where_it_is(server):
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXoGZ0cSdw1hYWJ6E3gHfnYJpMeb6rX9T2hP2eYyH1k"
    key = {"KEY": server.private_key}
    settings = channels.sftp_settings(server)
    assert tried(settings, {})["secret"].ok is False
    assert tried(channels.sftp_settings(server, host="no-such-bank.invalid"), key)["DNS"].ok is False
    assert tried(channels.sftp_settings(server, port=1), key)["TCP"].ok is False
    assert tried(channels.sftp_settings(server, host_keys=(other,)), key)["host key"].ok is False
    assert tried(channels.sftp_settings(server, username="nobody-here"), key)["login"].ok is False
    server.path("archive").rmdir()
    trials = tried(settings, key)
    assert trials["folder archive"].ok is False
    assert trials["folder outbox"].ok
    assert not checking.passed(list(trials.values()))


def test_a_server_that_lets_us_write_but_not_rename_is_told():
    if not sshd.is_installed():
        pytest.skip("OpenSSH's sshd is not installed")
    with sshd.running(internal_options="-P rename") as server:
        trials = tried(channels.sftp_settings(server, probe=True), {"KEY": server.private_key})
        trial = trials["write and rename"]
        assert trial.ok is False
        assert "renamed" in trial.found
        assert ".payhub-probe-7.tmp was left there" in trial.found


def test_a_good_api_passes_and_holds_nothing_afterwards():
    with bank_api.running() as api:
        trials = tried(channels.https_settings(api.url), {"SECRET": bank_api.SECRET})
        assert {name: trial.ok for name, trial in trials.items()} == {
            "secret": True,
            "DNS": True,
            "TCP": True,
            "certificate": None,
            "token": True,
            "orders": True,
            "documents": True,
        }
        assert api.orders == []


def test_a_wrong_secret_and_a_closed_call_are_told():
    with bank_api.running() as api:
        settings = channels.https_settings(api.url)
        assert tried(settings, {"SECRET": "guessed"})["token"].ok is False
        api.answers.append((403, {}, b"not for you"))
        trials = tried(settings, {"SECRET": bank_api.SECRET})
        assert (trials["orders"].ok, trials["documents"].ok) == (False, True)
        assert "403" in trials["orders"].found


@pytest.fixture
def secured(tmp_path):
    """A TLS server that asks for no more than a greeting, and the file of the CA that signed it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=NOW + timedelta(days=10)).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with bank_api.running(context) as api:
        yield f"https://localhost:{api.port}", str(tmp_path / "ca.pem")


def test_a_certificate_shows_its_days_left_and_warns_in_time(secured):
    url, authority = secured
    trials = tried(channels.https_settings(url, ca_file=authority), {"SECRET": bank_api.SECRET})
    assert trials["certificate"].ok
    assert "9 days left" in trials["certificate"].found
    assert trials["certificate"].advice
    assert trials["documents"].ok


def test_a_certificate_nobody_vouches_for_stops_the_check(secured):
    url, _ = secured
    trials = tried(channels.https_settings(url), {"SECRET": bank_api.SECRET})
    assert trials["certificate"].ok is False
    assert "token" not in trials


def test_folders_are_checked_for_being_there(tmp_path):
    settings = channels.folder_settings(tmp_path)
    assert all(trial.ok for trial in tried(settings, {}).values())
    (tmp_path / "in").rmdir()
    assert tried(settings, {})["folder outbox"].ok is False
