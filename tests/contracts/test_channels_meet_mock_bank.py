"""A bank and a server nobody here wrote: mock-bank reading its folders behind OpenSSH's sshd, and behind none."""

import importlib.util
from dataclasses import replace

import pytest

from banks.channel import Presence
from banks.connectors.folder import FolderChannel
from banks.connectors.sftp import SftpChannel
from banks.settings import Directories
from tests import mock_bank, sshd
from tests.banks import channels
from tests.banks.simulator import bench

MB = 1_000_000

pytestmark = pytest.mark.skipif(importlib.util.find_spec("mockbank") is None, reason="mock-bank is not installed")


@pytest.fixture(params=["sftp", "folder"])
def met(request, tmp_path):
    if request.param == "folder":
        settings = channels.folder_settings(tmp_path)
        done = replace(settings.directories, done=str(tmp_path / "in" / "processed"), work=None)
        with mock_bank.running(tmp_path / "in", tmp_path / "out") as bank:
            yield bank, FolderChannel(bank="mock", settings=replace(settings, directories=done))
        return
    if not sshd.is_installed():
        pytest.skip("OpenSSH's sshd is not installed")
    with sshd.running() as server, mock_bank.running(server.path("in"), server.path("out")) as bank:
        places = Directories(
            outbox=server.remote("in"),
            staging=server.remote("in"),
            inbox=(server.remote("out"),),
            done=server.remote("in/processed"),
            archive=server.remote("archive"),
        )
        settings = channels.sftp_settings(server, directories=places)
        with SftpChannel(bank="mock", settings=settings, secrets=channels.sftp_secrets(server)) as channel:
            yield bank, channel


def test_our_file_is_read_by_a_bank_nobody_here_wrote_and_its_answers_come_back(met):
    bank, channel = met
    accounts = bank.accounts()
    block = bench.block(bench.payment(iban=accounts["EURODIS"]["iban"]), account=accounts["ACME"]["iban"])
    content = bench.pain001(block, message_id="MSG-MOCK-1", total="100.00")
    file = replace(channels.outbound(content, name="alpenbank_000001.xml"), reference="MSG-MOCK-1")

    channel.stage(file)
    assert bank.scan() == [], "a staged copy is none of the bank's business"
    channel.publish(file)
    assert channel.look(file).presence is Presence.DELIVERED
    assert len(bank.scan()) == 1
    sighting = channel.look(file)
    assert sighting.presence is Presence.DELIVERED
    assert "processed" in sighting.evidence
    assert channel.publish(file).already
    assert bank.scan() == []

    answers = list(channel.inbox([]))
    contents = [channel.fetch(answer, size_max=MB) for answer in answers]
    assert any(b"pain.002" in content and b"MSG-MOCK-1" in content for content in contents)
    for answer in answers:
        channel.archive(answer)
    assert list(channel.inbox([])) == []
    assert len(bank.payments()) == 1
