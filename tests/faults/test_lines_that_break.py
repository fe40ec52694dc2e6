"""A line that breaks at every stage of a transfer: each failure has its one name, and the file arrives exactly once."""

from contextlib import ExitStack

import pytest

from banks.channel import Presence
from banks.connectors.https import HttpsChannel
from banks.connectors.sftp import SftpChannel
from banks.errors import OutcomeUnknown, Refused, Unreachable
from tests import bank_api, sshd
from tests.banks import channels
from tests.faults import proxy

needs_sshd = pytest.mark.skipif(not sshd.is_installed(), reason="OpenSSH's sshd is not installed")
FILE = channels.outbound(b"<Document>" + b"x" * 300_000 + b"</Document>")
STEP_BYTES = 400
ATTEMPTS_MAX = 8


class Sftp:
    """An sshd behind a breaking line."""

    def __init__(self, running: ExitStack) -> None:
        self.server = running.enter_context(sshd.running())
        self.line = running.enter_context(proxy.between(self.server.host, self.server.port))

    def channel(self, **changes) -> SftpChannel:
        settings = channels.sftp_settings(self.server, port=self.line.port, **changes)
        return SftpChannel(bank="alpenbank", settings=settings, secrets=channels.sftp_secrets(self.server))

    def received(self) -> list[str]:
        return sorted(path.name for path in self.server.path("in").iterdir() if not path.name.startswith("."))

    def empty(self) -> None:
        for path in self.server.path("in").iterdir():
            path.unlink()


class Api:
    """A bank API behind a breaking line."""

    def __init__(self, running: ExitStack) -> None:
        self.bank = running.enter_context(bank_api.running())
        self.line = running.enter_context(proxy.between("127.0.0.1", self.bank.port))

    def channel(self, **changes) -> HttpsChannel:
        settings = channels.https_settings(f"http://127.0.0.1:{self.line.port}", **changes)
        return HttpsChannel(bank="nordbank", settings=settings, secrets=channels.https_secrets)


@pytest.fixture
def sftp():
    with ExitStack() as running:
        yield Sftp(running)


@pytest.fixture
def api():
    with ExitStack() as running:
        yield Api(running)


@needs_sshd
def test_a_line_that_breaks_before_the_rename_leaves_a_doubt_that_a_look_settles(sftp):
    with sftp.channel() as channel:
        channel.stage(FILE)
        sftp.line.arm("request")
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
        assert sftp.received() == []
        assert channel.look(FILE).presence is Presence.STAGED
        assert not channel.publish(FILE).already
    assert sftp.received() == [FILE.name]


@needs_sshd
def test_a_line_that_breaks_after_the_rename_leaves_a_doubt_that_a_look_settles(sftp):
    with sftp.channel() as channel:
        channel.stage(FILE)
        sftp.line.arm("answer")
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
        assert sftp.received() == [FILE.name]
        assert channel.look(FILE).presence is Presence.DELIVERED
        assert channel.publish(FILE).already
    assert sftp.received() == [FILE.name]


@needs_sshd
def test_a_bank_that_took_the_file_before_we_could_look_leaves_it_unclear(sftp):
    with sftp.channel() as channel:
        channel.stage(FILE)
        sftp.line.arm("answer")
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
        sftp.empty()
        assert channel.look(FILE).presence is Presence.UNCLEAR
        assert channel.publish(FILE).already
    assert sftp.received() == []


@needs_sshd
def test_a_line_that_breaks_while_staging_is_merely_unreachable(sftp):
    with sftp.channel() as channel:
        channel.look(FILE)
        sftp.line.arm("request", after_bytes=100_000)
        with pytest.raises(Unreachable):
            channel.stage(FILE)
        assert sftp.received() == []
        assert channel.look(FILE).presence in {Presence.ABSENT, Presence.UNCLEAR}
        channel.stage(FILE)
        channel.publish(FILE)
    assert sftp.received() == [FILE.name]


@needs_sshd
def test_no_connection_at_all_is_unreachable_even_when_publishing(sftp):
    with sftp.channel() as before:
        before.stage(FILE)
    sftp.line.refusing = True
    with sftp.channel() as channel, pytest.raises(Unreachable):
        channel.publish(FILE)
    sftp.line.refusing = False
    with sftp.channel() as after:
        assert not after.publish(FILE).already


@needs_sshd
def test_a_line_that_was_cut_while_idle_is_opened_again(sftp):
    with sftp.channel() as channel:
        channel.stage(FILE)
        sftp.line.hang_up()
        channel._session.transport.join(timeout=5)
        assert not channel.publish(FILE).already
    assert sftp.line.connections == 2


@needs_sshd
def test_a_silent_line_is_given_up_after_its_timeout(sftp):
    with sftp.channel(io_timeout_s=1) as channel:
        channel.stage(FILE)
        sftp.line.arm("stall")
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
        assert channel.look(FILE).presence is Presence.STAGED


@needs_sshd
@pytest.mark.parametrize("fault", ["request", "answer", "corrupt"])
def test_the_line_may_break_anywhere_and_the_file_arrives_once(sftp, fault):
    """Cuts after every few hundred bytes, from the greeting to the last answer, and recovers as the gateway does."""
    small = channels.outbound(b"<Document/>" * 20)
    after_bytes, struck = 0, True
    while struck:
        sftp.empty()
        before = sftp.line.struck
        sftp.line.arm(fault, after_bytes=after_bytes)
        names = _sent_as_the_gateway_does(sftp, small)
        struck = sftp.line.struck > before
        sftp.line.disarm()
        assert sftp.received() == [small.name], (fault, after_bytes, names)
        assert (sftp.server.path("in") / small.name).read_bytes() == small.content
        after_bytes += STEP_BYTES
    assert after_bytes > 5 * STEP_BYTES


@pytest.mark.parametrize("fault", ["request", "answer"])
def test_a_post_may_break_anywhere_and_the_order_is_placed_once(api, fault):
    after_bytes, number, struck = 0, 0, True
    while struck:
        number += 1
        file = channels.outbound(b"<Document/>" * 100, name=f"file-{number}.xml")
        before = api.line.struck
        api.line.arm(fault, after_bytes=after_bytes)
        met = _sent_as_the_gateway_does(api, file)
        struck = api.line.struck > before
        api.line.disarm()
        placed = [order for order in api.bank.orders if order["reference"] == file.reference]
        assert len(placed) == 1, (fault, after_bytes, met)
        assert placed[0]["sha256"] == file.sha256
        after_bytes += STEP_BYTES // 2
    assert after_bytes > 5 * STEP_BYTES // 2


def _sent_as_the_gateway_does(bank: "Sftp | Api", file) -> list[str]:
    """Stage until it is recorded, then publish; publishing again is safe, whatever became of it before."""
    staged, met = False, []
    for _ in range(ATTEMPTS_MAX):
        with bank.channel() as channel:
            try:
                if not staged:
                    channel.stage(file)
                    staged = True
                channel.publish(file)
            except (Unreachable, OutcomeUnknown) as err:
                met.append(type(err).__name__)
            else:
                return met
    raise AssertionError(f"The file did not leave in {ATTEMPTS_MAX} attempts: {met}")


def test_a_post_that_never_arrived_is_in_doubt_and_the_bank_lists_nothing(api):
    with api.channel() as channel:
        channel.stage(FILE)
        api.line.arm("request")
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
        assert channel.look(FILE).presence is Presence.ABSENT
        assert not channel.publish(FILE).already
    assert len(api.bank.orders) == 1


def test_a_post_whose_answer_was_lost_is_in_doubt_and_the_bank_lists_the_order(api):
    with api.channel() as channel:
        channel.stage(FILE)
        api.line.arm("answer")
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
        sighting = channel.look(FILE)
        receipt = channel.publish(FILE)
    assert sighting.presence is Presence.DELIVERED
    assert receipt.already
    assert receipt.bank_reference == sighting.bank_reference
    assert len(api.bank.orders) == 1


def test_a_post_that_breaks_half_way_is_in_doubt(api):
    with api.channel() as channel:
        channel.stage(FILE)
        api.line.arm("request", after_bytes=20_000)
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
    assert api.bank.orders == []


def test_a_silent_api_is_in_doubt_when_posting_and_unreachable_when_asked(api):
    with api.channel(io_timeout_s=1) as channel:
        channel.stage(FILE)
        api.line.arm("stall")
        with pytest.raises(OutcomeUnknown):
            channel.publish(FILE)
    with api.channel(io_timeout_s=1) as channel:
        channel.stage(FILE)
        api.line.arm("stall")
        with pytest.raises(Unreachable):
            channel.look(FILE)


def test_an_api_that_nobody_serves_is_unreachable_even_when_posting(api):
    with api.channel() as channel:
        channel.stage(FILE)
        api.line.hang_up()
        api.line.stop()
        with pytest.raises((Unreachable, OutcomeUnknown)):
            channel.publish(FILE)
        with pytest.raises(Unreachable):
            channel.publish(FILE)


def test_an_address_that_does_not_exist_is_unreachable():
    settings = channels.https_settings("http://127.0.0.1:1")
    with HttpsChannel(bank="nordbank", settings=settings, secrets=channels.https_secrets) as channel:
        with pytest.raises(Unreachable):
            channel.stage(FILE)
        with pytest.raises(Unreachable):
            channel.publish(FILE)


@needs_sshd
def test_a_refusal_is_never_taken_for_a_broken_line(sftp):
    sftp.server.path("in").rename(sftp.server.home / "elsewhere")
    with sftp.channel() as channel, pytest.raises(Refused):
        channel.stage(FILE)
