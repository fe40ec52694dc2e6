"""Every way to log in that banks ask for, against OpenSSH."""

import subprocess

import pytest

from banks.connectors.sftp import SftpChannel
from banks.errors import ChannelRefused
from tests import sshd
from tests.banks import channels

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not sshd.is_installed(), reason="OpenSSH's sshd is not installed"),
]

PASSWORD = "open sesame"
FILE = channels.outbound()
NO_NAMESPACES = "root with mount namespaces is not installed"


def sent(server, secrets, **changes):
    settings = channels.sftp_settings(server, **changes)
    with SftpChannel(bank="alpenbank", settings=settings, secrets=secrets.__getitem__, sleep=lambda _: None) as opened:
        opened.stage(FILE)
        return opened.publish(FILE)


@pytest.mark.skipif(not sshd.can_have_passwords(), reason=NO_NAMESPACES)
def test_a_server_that_wants_key_and_password_gets_both():
    both = "AuthenticationMethods publickey,password"
    with sshd.running(extra=both, password=PASSWORD) as server:
        secrets = {"env:KEY": server.private_key, "env:PASSWORD": PASSWORD, "env:WRONG": "guessed"}
        assert not sent(server, secrets, password="env:PASSWORD").already
        assert "Accepted password" in server.written()
        with pytest.raises(ChannelRefused, match="also wants password"):
            sent(server, secrets)
        with pytest.raises(ChannelRefused, match="did not accept the login"):
            sent(server, secrets, password="env:WRONG")


@pytest.mark.skipif(not sshd.can_have_passwords(), reason=NO_NAMESPACES)
def test_a_server_that_wants_a_password_only_gets_it():
    only = "PubkeyAuthentication no"
    with sshd.running(extra=only, password=PASSWORD) as server:
        assert not sent(server, {"env:PASSWORD": PASSWORD}, private_key=None, password="env:PASSWORD").already


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_keys_of_every_kind_open_with_their_passphrase(tmp_path, kind):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", PASSWORD, "-f", str(key)], check=True)
    with sshd.running() as server:
        (server.log.parent / "authorized").write_text(key.with_suffix(".pub").read_text())
        secrets = {"env:KEY": key.read_text(), "env:PASS": PASSWORD, "env:WRONG": "guessed"}
        assert not sent(server, secrets, passphrase="env:PASS").already
        with pytest.raises(ChannelRefused, match="passphrase is wrong"):
            sent(server, secrets, passphrase="env:WRONG")
        with pytest.raises(ChannelRefused, match="has a passphrase"):
            sent(server, secrets)
