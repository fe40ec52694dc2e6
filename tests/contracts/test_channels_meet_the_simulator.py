"""Our connectors at the simulated bank's doors: two implementations of the same wires, written apart."""

import io
from contextlib import closing
from dataclasses import replace

import pytest

from banks.channel import Outstanding, Presence
from banks.connectors.https import HttpsChannel
from banks.connectors.sftp import SftpChannel
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.settings import AfterFetch, Directories, HttpsSettings, OAuthSettings, Pickup, SftpSettings
from tests.banks import channels
from tests.banks.simulator import bench

MB = 1_000_000
MESSAGE = bench.pain001()


def file(content: bytes = MESSAGE, *, key: str = "KEY-1"):
    return replace(channels.outbound(content, name="file-1.xml"), reference="MSG-1", key=key)


def by_sftp(opened) -> SftpChannel:
    address = opened.address
    settings = SftpSettings(
        host="127.0.0.1",
        port=address.sftp_port,
        username="payhub",
        host_keys=(" ".join(address.host_key.split()[:2]),),
        private_key="env:KEY",
        directories=Directories(outbox="/in", staging="/in", inbox=("/out",), done="/done"),
        pickup=Pickup(after_fetch=AfterFetch.DELETE, stable_wait_s=0),
        connect_timeout_s=10,
        io_timeout_s=10,
    )
    key = io.StringIO()
    bench.CLIENT_KEY.write_private_key(key)
    return SftpChannel(bank="alpenbank", settings=settings, secrets=lambda _: key.getvalue())


def by_api(opened) -> HttpsChannel:
    url = f"http://127.0.0.1:{opened.address.http_port}"
    settings = HttpsSettings(
        base_url=url,
        oauth=OAuthSettings(token_url=f"{url}/oauth/token", client_id="payhub", client_secret="env:SECRET"),
        connect_timeout_s=10,
        io_timeout_s=10,
    )
    return HttpsChannel(bank="nordbank", settings=settings, secrets=lambda _: "simulated-secret")


def test_a_file_goes_by_sftp_and_its_answer_comes_back(tmp_path):
    with bench.bank(tmp_path) as opened, by_sftp(opened) as channel:
        sent = file()
        channel.stage(sent)
        assert channel.look(sent).presence is Presence.STAGED
        channel.publish(sent)
        opened.bank.run()
        assert channel.look(sent).presence is Presence.DELIVERED
        assert channel.publish(sent).already
        (answer,) = channel.inbox([])
        assert b"<OrgnlMsgId>MSG-1</OrgnlMsgId>" in channel.fetch(answer, size_max=MB)
        channel.archive(answer)
        channel.archive(answer)
        assert list(channel.inbox([])) == []
        assert len(list(opened.bank.arrivals())) == 1


def test_a_file_goes_by_api_and_its_status_comes_back(tmp_path):
    with bench.bank(tmp_path, doors="http") as opened, by_api(opened) as channel:
        sent = file()
        channel.stage(sent)
        assert channel.look(sent).presence is Presence.ABSENT
        receipt = channel.publish(sent)
        opened.bank.run()
        sighting = channel.look(sent)
        assert sighting.presence is Presence.DELIVERED
        assert sighting.bank_reference == receipt.bank_reference
        assert channel.publish(sent).already
        with pytest.raises(Refused):
            channel.publish(file(bench.pain001(total="100.00")))
        waiting = Outstanding(reference="MSG-1", bank_reference=receipt.bank_reference)
        status = next(iter(channel.inbox([waiting])))
        assert b'"group_status":"ACSP"' in channel.fetch(status, size_max=MB).replace(b" ", b"")
        bench.step(opened, bench.at(28, 18))
        documents = list(channel.inbox([]))
        assert documents
        for document in documents:
            assert len(channel.fetch(document, size_max=MB)) == document.size
            channel.archive(document)
            channel.archive(document)
        assert list(channel.inbox([])) == []


@pytest.mark.parametrize(
    ("behaviour", "shown"), [("drop_before_rename", Presence.STAGED), ("drop_after_rename", Presence.DELIVERED)]
)
def test_a_line_the_bank_drops_around_the_rename_is_a_doubt_the_folders_settle(tmp_path, behaviour, shown):
    rules = [{"behaviour": behaviour, "times": 1}]
    with bench.bank(tmp_path, rules=rules) as opened, by_sftp(opened) as channel:
        sent = file()
        channel.stage(sent)
        with pytest.raises(OutcomeUnknown):
            channel.publish(sent)
        assert channel.look(sent).presence is shown
        assert channel.publish(sent).already is (shown is Presence.DELIVERED)
        opened.bank.run()
        assert len(list(opened.bank.arrivals())) == 1


@pytest.mark.parametrize(
    ("behaviour", "shown"), [("close_before_commit", Presence.ABSENT), ("accept_without_answer", Presence.DELIVERED)]
)
def test_a_post_the_bank_never_answers_is_a_doubt_the_reference_settles(tmp_path, behaviour, shown):
    rules = [{"behaviour": behaviour, "times": 1}]
    with bench.bank(tmp_path, doors="http", rules=rules) as opened, by_api(opened) as channel:
        sent = file()
        channel.stage(sent)
        with pytest.raises(OutcomeUnknown):
            channel.publish(sent)
        assert channel.look(sent).presence is shown
        assert channel.publish(sent).already is (shown is Presence.DELIVERED)


def test_a_login_the_bank_does_not_know_is_refused_at_both_doors(tmp_path):
    with bench.bank(tmp_path, doors="both") as opened:
        stranger = by_sftp(opened)
        stranger._settings = replace(stranger._settings, username="stranger")
        with closing(stranger), pytest.raises(Refused):
            stranger.look(file())
        thief = by_api(opened)
        thief._line.secrets = lambda _: "guessed"
        with closing(thief), pytest.raises(Refused):
            thief.look(file())
    with closing(by_sftp(opened)) as late, pytest.raises(Unreachable):
        late.look(file())
