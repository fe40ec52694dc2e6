import ssl
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from banks import checking, checking_api, checking_pgp, secrets
from banks.api_settings import CallbackScheme, Signing, SigningKey, SigningStyle
from banks.settings import (
    Answers,
    BankProfile,
    Directories,
    FileFormat,
    FolderSettings,
    OnLate,
    PartUnlisted,
    Product,
)
from banks.settings_pgp import PgpSettings
from tests import bank_api, pgp_keys, sshd
from tests.banks import api_pages, channels

BANK_KEY = pgp_keys.made("Bank")
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


def tried(channel, environment, *, at=NOW, confirmed=()) -> dict[str, checking.Trial]:
    return tried_profile(profile(channel), environment, at=at, confirmed=confirmed)


def tried_profile(bank, environment, *, at=NOW, confirmed=()) -> dict[str, checking.Trial]:
    resolver = secrets.resolver(environment)
    made = list(checking.check(bank, resolver, at=at, ids=lambda: "7", confirmed=confirmed))
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


def test_a_key_that_administrators_confirmed_passes_and_says_so(server):
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXoGZ0cSdw1hYWJ6E3gHfnYJpMeb6rX9T2hP2eYyH1k"
    settings = channels.sftp_settings(server, host_keys=(other,))
    key = {"KEY": server.private_key}
    assert "confirm-key" in tried(settings, key)["host key"].advice
    trial = tried(settings, key, confirmed=(server.host_key,))["host key"]
    assert trial.ok
    assert "two administrators confirmed" in trial.found


def test_the_room_at_the_bank_and_the_folder_of_each_product_are_tried(server):
    bank = profile(channels.sftp_settings(server))
    urgent = Product(
        name="urgent", message="pain.001.001.09", service_level="URGP", local_instrument=None, currency=None,
        calendar="TARGET", time_zone="UTC", cutoff=time(15), days_before_value=0, margin_minutes=0,
        on_late=OnLate.ROLL, directory=server.remote("urgent"),
    )  # fmt: skip
    trials = tried_profile(replace(bank, products=(urgent,)), {"KEY": server.private_key})
    assert "MiB are free" in trials["room"].found
    assert trials["folder outbox of urgent"].ok is False
    server.path("urgent").mkdir()
    assert tried_profile(replace(bank, products=(urgent,)), {"KEY": server.private_key})["folder outbox of urgent"].ok


def test_what_others_add_is_tried_before_anything_connects(monkeypatch, tmp_path):
    def keys(bank, _secrets, at):
        yield checking.Trial(what="PGP key", ok=False, found=f"of {bank.name} ends before {at:%Y}", advice="Renew it.")

    monkeypatch.setattr(checking, "OFFLINE", (keys,))
    trials = tried(channels.folder_settings(tmp_path), {})
    assert trials["PGP key"].ok is False
    assert trials["folder outbox"].ok


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


def pem_pair():
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.mark.parametrize(
    ("days", "ok", "words"),
    [(3, True, "within the week"), (20, True, "within the month"), (50, True, "in good time"), (90, True, ""),
     (-1, False, "now")],
)  # fmt: skip
def test_our_own_certificate_shows_its_days_left_and_warns_at_sixty_thirty_and_seven(days, ok, words):
    authority = trustme.CA()
    ours = authority.issue_cert(
        "payhub.example", not_before=NOW - timedelta(days=400), not_after=NOW + timedelta(days=days, hours=1)
    )
    with bank_api.running() as api:
        settings = channels.https_settings(api.url, certificate="env:CERT", certificate_key="env:KEY")
        secrets = {
            "SECRET": bank_api.SECRET, "CERT": ours.cert_chain_pems[0].bytes().decode(),
            "KEY": ours.private_key_pem.bytes().decode(),
        }  # fmt: skip
        trial = tried(settings, secrets)["our certificate"]
    assert trial.ok is ok
    assert words in trial.advice
    assert bool(trial.advice) is bool(words)


def test_the_signing_key_is_loaded_and_signs_for_trial():
    private, public = pem_pair()
    key = SigningKey(key="env:KEY", key_id=None, algorithm="ES256")
    signing = Signing(style=SigningStyle.DETACHED, header="x-jws-signature", key=key)
    with bank_api.running() as api:
        settings = channels.https_settings(api.url, signing=signing)
        good = tried(settings, {"SECRET": bank_api.SECRET, "KEY": private})["signing key"]
        bad = tried(settings, {"SECRET": bank_api.SECRET, "KEY": public})["signing key"]
    assert (good.ok, good.found) == (True, "signs with ES256 (x-jws-signature)")
    assert bad.ok is False
    assert bad.advice


def test_the_key_of_callbacks_is_loaded():
    agreed = api_pages.shown("calls-back").callback
    _, public = pem_pair()
    assert checking_api.callback(agreed, lambda _: public).found == "1 public keys of the bank"
    assert checking_api.callback(agreed, lambda _: "nonsense").ok is False
    shared = replace(agreed, scheme=CallbackScheme.HMAC)
    assert checking_api.callback(shared, lambda _: "x" * 20).found == "a shared secret of 20 bytes"
    assert checking_api.callback(shared, lambda _: "short").ok is False
    (trial, *_) = checking.check(api_pages.shown("calls-back"), lambda _: public, at=NOW, ids=lambda: "7")
    assert (trial.what, trial.ok) == ("callback key", True)


def test_a_bank_that_cannot_be_asked_is_told_as_such():
    with bank_api.running() as api:
        settings = channels.https_settings(api.url, api=api_pages.shown("berlin").channel.api)
        trials = tried(settings, {"SECRET": bank_api.SECRET})
    assert trials["orders"].ok is None
    assert "documents" not in trials


def pgp_trials(days=None, **more):
    drawer = pgp_keys.Drawer()
    we = pgp_keys.made("We", days=days)
    settings = PgpSettings(
        our_keys=(pgp_keys.ours(drawer, "WE", we),), bank_keys=(pgp_keys.theirs(drawer, "BANK", BANK_KEY),)
    )
    found = checking_pgp.trials("testbank", replace(settings, **more), drawer, at=NOW + timedelta(hours=1))
    return {trial.what: trial for trial in found}, drawer, settings


def test_keys_are_shown_with_days_left_and_tried_on_a_message_to_ourselves():
    found, *_ = pgp_trials(days=500)
    assert [trial.ok for trial in found.values()] == [True, True, True]
    assert "can sign and be encrypted to, 499 days left" in found["our PGP key"].found
    assert "has no end" in found["bank's PGP key"].found
    assert found["PGP trial"].found == "a message to ourselves was signed and encrypted, and opened again"


def test_a_key_that_ends_soon_is_fine_and_says_what_to_do():
    found, *_ = pgp_trials(days=40)
    assert found["our PGP key"].ok
    assert "agree on the next key" in found["our PGP key"].advice


def test_keys_that_cannot_do_their_work_fail_with_advice():
    drawer = pgp_keys.Drawer()
    settings = PgpSettings(
        our_keys=(pgp_keys.ours(drawer, "WE", pgp_keys.made("We", days=1)),),
        bank_keys=(pgp_keys.theirs(drawer, "BANK", BANK_KEY),),
    )
    later = {trial.what: trial for trial in checking_pgp.trials("b", settings, drawer, at=NOW + timedelta(days=2))}
    assert later["our PGP key"].ok is False
    assert "put the next key there" in later["our PGP key"].advice
    drawer.put("BANK_PUBLIC", "nonsense")
    broken = {trial.what: trial for trial in checking_pgp.trials("b", settings, drawer, at=NOW)}
    assert broken["bank's PGP key"].ok is False
    assert "PGP trial" not in broken


def test_a_check_of_a_channel_tries_its_keys_before_its_line(tmp_path):
    drawer = pgp_keys.Drawer()
    settings = PgpSettings(
        our_keys=(pgp_keys.ours(drawer, "WE", pgp_keys.made("We")),),
        bank_keys=(pgp_keys.theirs(drawer, "BANK", BANK_KEY),),
    )
    bank = replace(
        profile(FolderSettings(directories=Directories(outbox=str(tmp_path), staging=str(tmp_path)))), pgp=settings
    )
    made = [trial.what for trial in checking.check(bank, drawer, at=NOW, ids=lambda: "7")]
    assert made[:5] == ["secret", "secret", "our PGP key", "bank's PGP key", "PGP trial"]
