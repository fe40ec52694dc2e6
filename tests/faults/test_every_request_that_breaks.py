"""The line breaks at every request of a transfer, before, inside and after it, in both directions, one at a time.

Whatever became of the first try, a look and a second one on a fresh line end with exactly one whole file; and nothing
that was said about it on the way was wrong.
"""

from contextlib import ExitStack, suppress

import pytest

from banks.channel import Presence
from banks.connectors.https import HttpsChannel
from banks.connectors.sftp import SftpChannel
from banks.connectors.sftp_client import Client
from banks.errors import OutcomeUnknown, Unreachable
from tests import bank_api, sshd
from tests.banks import channels
from tests.faults import front, proxy

pytestmark = [pytest.mark.slow, pytest.mark.server]
needs_sshd = pytest.mark.skipif(not sshd.is_installed(), reason="OpenSSH's sshd is not installed")
FILE = channels.outbound(b"<Document/>" * 20)
INSIDE_BYTES = 20
SESSION_STEP_BYTES = 450
TRIES_MAX = 4
LOST_LINE = (Unreachable, OutcomeUnknown)


class Bank:
    """An sshd behind a line that breaks, and the requests of a transfer that went well."""

    def __init__(self, running, monkeypatch):
        self.server = running.enter_context(sshd.running())
        self.line = running.enter_context(proxy.between(self.server.host, self.server.port))
        self.requests = []
        with monkeypatch.context() as patched:
            ask = Client._async_request

            def noted(client, *arguments):
                self.requests.append(dict(self.line.carried))
                return ask(client, *arguments)

            patched.setattr(Client, "_async_request", noted)
            with self.channel() as channel:
                channel.stage(FILE)
                channel.publish(FILE)
            self.requests.append(dict(self.line.carried))
        self.empty()

    def channel(self):
        settings = channels.sftp_settings(self.server, port=self.line.port, io_timeout_s=10, connect_timeout_s=10)
        return SftpChannel(bank="alpenbank", settings=settings, secrets=channels.sftp_secrets(self.server))

    def spots(self, side):
        """Bytes of one side to break after: every few of the session, and around each request or its answer."""
        session = self.requests[0][side]
        spots = set(range(0, session, SESSION_STEP_BYTES))
        for marks in self.requests[:-1]:
            spots |= {marks[side], marks[side] + INSIDE_BYTES}
        return sorted(spots | {marks[side] - 1 for marks in self.requests})

    def received(self):
        return [path for path in self.server.path("in").iterdir() if not path.name.startswith(".")]

    def empty(self):
        for path in self.server.path("in").iterdir():
            path.unlink()


@needs_sshd
@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("fault", ["request", "corrupt", "half_close"])
def test_a_session_that_breaks_anywhere_ends_with_one_whole_file_and_no_wrong_word(monkeypatch, fault, side):
    with ExitStack() as running:
        bank = Bank(running, monkeypatch)
        assert len(bank.requests) >= 8, "open, write, fsync, close and stat, then rename and stat"
        struck = 0
        for spot in bank.spots(side):
            before = bank.line.struck
            bank.line.arm(fault, after_bytes=spot, side=side, fresh=True)
            staged, receipt = _tried(bank.channel)
            bank.line.disarm()
            struck += bank.line.struck > before
            if receipt is not None:
                assert len(bank.received()) == 1, (spot, "it was said to be there")
            _ended(bank, staged, spot)
            assert [path.read_bytes() for path in bank.received()] == [FILE.content], spot
            bank.empty()
        assert struck >= len(bank.requests)


def _tried(opened):
    """One try: whether the file was staged, and the receipt where one was given."""
    staged, receipt = False, None
    with opened() as channel, suppress(*LOST_LINE):
        channel.stage(FILE)
        staged = True
        receipt = channel.publish(FILE)
    return staged, receipt


def _ended(bank, staged, spot):
    """What the gateway does after a doubt: look, then hand over what is staged, or stage again what is not."""
    with bank.channel() as channel:
        seen = channel.look(FILE)
        there = bool(bank.received())
        assert (seen.presence is Presence.DELIVERED) == there, (spot, seen)
        if seen.presence is Presence.STAGED:
            assert not there, spot
        elif not staged:
            channel.stage(FILE)
        assert channel.publish(FILE).already == there, spot


@pytest.fixture
def api():
    with ExitStack() as running:
        bank = running.enter_context(bank_api.running())
        door = front.Front(("127.0.0.1", bank.port), stall_s=2)
        running.callback(door.close)
        line = running.enter_context(proxy.between("127.0.0.1", door.port))
        yield bank, door, line


@pytest.mark.parametrize("stage", ["token", "upload"])
@pytest.mark.parametrize("moment", front.MOMENTS)
@pytest.mark.parametrize("kind", front.KINDS)
def test_a_request_to_a_bank_api_that_breaks_anywhere_is_one_order(api, tmp_path, stage, moment, kind):
    bank, door, line = api
    door.arm(stage, moment, kind)
    receipt = _posted(line, door, tmp_path)
    assert door.struck == 1
    if receipt is not None:
        assert len(bank.orders) == 1, "it was said to be there"
    _settled(bank, line, door, tmp_path)


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("spot", [0, 1, 5, 100, 300, 700, 1_200])
def test_a_tls_session_that_breaks_or_is_corrupted_is_one_order(api, tmp_path, side, spot):
    bank, door, line = api
    for fault in ("request", "corrupt"):
        line.arm(fault, after_bytes=spot, side=side, fresh=True)
        _posted(line, door, tmp_path)
        line.disarm()
        door.wait_until_quiet()
        assert len(bank.orders) <= 1
    _settled(bank, line, door, tmp_path)


def _channel(line, door, folder):
    certificate = folder / "ca.pem"
    door.authority.cert_pem.write_to_path(certificate)
    settings = channels.https_settings(
        f"https://127.0.0.1:{line.port}", ca_file=str(certificate), io_timeout_s=1, connect_timeout_s=2
    )
    return HttpsChannel(bank="nordbank", settings=settings, secrets=channels.https_secrets)


def _posted(line, door, folder):
    return _tried(lambda: _channel(line, door, folder))[1]


def _settled(bank, line, door, folder):
    """The look tells the truth, and posting again under the same key leaves one order of these bytes."""
    for _ in range(TRIES_MAX):
        door.wait_until_quiet()  # what its client gave up may still be on its way to the bank
        with suppress(*LOST_LINE), _channel(line, door, folder) as channel:
            there = bool(bank.orders)
            assert (channel.look(FILE).presence is Presence.DELIVERED) == there
            assert channel.publish(FILE).already == there
            break
    assert [order["sha256"] for order in bank.orders] == [FILE.sha256]
