"""What every connector promises, whoever is on the other side."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from banks.channel import Channel, Presence
from banks.connectors.folder import FolderChannel
from banks.connectors.https import HttpsChannel
from banks.connectors.sftp import SftpChannel
from banks.errors import Refused
from tests import bank_api, sshd
from tests.banks import channels

MB = 1_000_000


@dataclass
class Counterparty:
    """The other side, seen from behind: what it received, what it offers and still lists."""

    kind: str
    open: Callable[[], Channel]
    received: Callable[[], list[bytes]]
    offer: Callable[[str, bytes], None]
    listed: Callable[[], list[str]]


def _in_folders(kind: str, root: Callable[[str], Path], opener: Callable[[], Channel]) -> Counterparty:
    def received() -> list[bytes]:
        paths = (path for folder in ("in", "work", "done") for path in sorted(root(folder).iterdir()))
        return [path.read_bytes() for path in paths if not path.name.startswith(".")]

    return Counterparty(
        kind=kind,
        open=opener,
        received=received,
        offer=lambda name, content: (root("out") / name).write_bytes(content) and None,
        listed=lambda: sorted(path.name for path in root("out").iterdir()),
    )


@pytest.fixture(params=["sftp", "folder", "https"])
def bank(request, tmp_path) -> Iterator[Counterparty]:
    with ExitStack() as running:
        if request.param == "sftp":
            if not sshd.is_installed():
                pytest.skip("OpenSSH's sshd is not installed")
            server = running.enter_context(sshd.running())
            settings, secrets = channels.sftp_settings(server), channels.sftp_secrets(server)
            yield _in_folders(
                "sftp", server.path, lambda: SftpChannel(bank="alpenbank", settings=settings, secrets=secrets)
            )
        elif request.param == "folder":
            folders = channels.folder_settings(tmp_path)
            yield _in_folders(
                "folder", lambda name: tmp_path / name, lambda: FolderChannel(bank="hausbank", settings=folders)
            )
        else:
            api = running.enter_context(bank_api.running())
            reached = channels.https_settings(api.url)
            yield Counterparty(
                kind="https",
                open=lambda: HttpsChannel(bank="nordbank", settings=reached, secrets=channels.https_secrets),
                received=lambda: list(api.contents.values()),
                offer=api.offer,
                listed=lambda: sorted(api.documents[key][0] for key in set(api.documents) - api.acknowledged),
            )


def test_a_file_arrives_whole_and_once(bank):
    file = channels.outbound(b"x" * (2 * MB + 1))
    with bank.open() as channel:
        channel.stage(file)
        assert bank.received() == []
        assert not channel.publish(file).already
    assert bank.received() == [file.content]


def test_staging_twice_is_the_same_as_staging_once(bank):
    file = channels.outbound()
    with bank.open() as channel:
        channel.stage(file)
        channel.stage(file)
        channel.publish(file)
    assert bank.received() == [file.content]


def test_publishing_twice_sends_once_and_says_so(bank):
    file = channels.outbound()
    with bank.open() as channel:
        channel.stage(file)
        first, second = channel.publish(file), channel.publish(file)
    assert bank.received() == [file.content]
    assert second.already
    assert first.bank_reference == second.bank_reference


def test_publishing_goes_on_where_a_crash_left_it(bank):
    file = channels.outbound()
    with bank.open() as before:
        before.stage(file)
    with bank.open() as after:
        assert not after.publish(file).already
    with bank.open() as later:
        assert later.publish(file).already
    assert bank.received() == [file.content]


def test_a_second_attempt_under_another_token_sends_nothing_more(bank):
    file = channels.outbound()
    again = channels.outbound(token="2")
    with bank.open() as channel:
        channel.stage(file)
        channel.publish(file)
        channel.stage(again)
        assert channel.publish(again).already
    assert bank.received() == [file.content]


def test_other_bytes_under_a_name_that_was_used_are_refused(bank):
    file = channels.outbound()
    other = channels.outbound(b"<Tampered/>", token="2")
    with bank.open() as channel:
        channel.stage(file)
        channel.publish(file)
        channel.stage(other)
        with pytest.raises(Refused):
            channel.publish(other)
    assert bank.received() == [file.content]


def test_a_look_before_sending_never_claims_delivery_and_after_it_does(bank):
    file = channels.outbound()
    with bank.open() as channel:
        assert channel.look(file).presence in {Presence.ABSENT, Presence.UNCLEAR}
        channel.stage(file)
        staged = channel.look(file).presence
        receipt = channel.publish(file)
        sighting = channel.look(file)
    assert staged is (Presence.ABSENT if bank.kind == "https" else Presence.STAGED)
    assert sighting.presence is Presence.DELIVERED
    assert sighting.bank_reference == receipt.bank_reference


def test_a_look_changes_nothing(bank):
    file = channels.outbound()
    with bank.open() as channel:
        channel.stage(file)
        channel.look(file)
        channel.look(file)
        assert bank.received() == []
        assert not channel.publish(file).already


def test_answers_are_listed_fetched_and_put_away_once(bank):
    for number in range(5):
        bank.offer(f"statement-{number}.xml", b"<Statement/>" * (number + 1))
    with bank.open() as channel:
        documents = list(channel.inbox([]))
        assert [document.name for document in documents] == [f"statement-{number}.xml" for number in range(5)]
        fetched = [channel.fetch(document, size_max=MB) for document in documents]
        assert bank.listed() == sorted(document.name for document in documents)
        for document in documents:
            channel.archive(document)
            channel.archive(document)
        assert list(channel.inbox([])) == []
    assert fetched == [b"<Statement/>" * (number + 1) for number in range(5)]
    assert bank.listed() == []


def test_a_document_larger_than_allowed_is_refused_and_stays_at_the_bank(bank):
    bank.offer("huge.xml", b"x" * (MB + 1))
    with bank.open() as channel:
        (document,) = channel.inbox([])
        with pytest.raises(Refused, match=r"larger|more than"):
            channel.fetch(document, size_max=MB)
        assert channel.fetch(document, size_max=MB + 1) == b"x" * (MB + 1)
    assert bank.listed() == ["huge.xml"]


def test_an_empty_document_and_an_empty_inbox_are_fine(bank):
    with bank.open() as channel:
        assert list(channel.inbox([])) == []
        bank.offer("empty.xml", b"")
        (document,) = channel.inbox([])
        assert channel.fetch(document, size_max=MB) == b""


def test_a_name_that_is_used_again_for_other_bytes_replaces_nothing(bank):
    for content in (b"<First/>", b"<Second/>"):
        bank.offer("statement.xml", content)
        with bank.open() as channel:
            (document,) = channel.inbox([])
            assert channel.fetch(document, size_max=MB) == content
            channel.archive(document)


def test_closing_twice_is_fine_and_a_closed_channel_opens_again(bank):
    file = channels.outbound()
    channel = bank.open()
    channel.stage(file)
    channel.close()
    channel.close()
    channel.publish(file)
    channel.close()
    assert bank.received() == [file.content]


def test_a_discarded_copy_is_never_handed_over_by_anybody(bank):
    file = channels.outbound(b"<Document/>", name="discarded.xml")
    with bank.open() as channel:
        channel.stage(file)
        assert channel.discard(file) is (bank.kind != "https")
        assert channel.discard(file) is False
        assert channel.look(file).presence is not Presence.STAGED
    assert bank.received() == []
