"""Servers that forbid, fail or lie: what we conclude from them, and what we do not."""

from contextlib import contextmanager

import asyncssh
import pytest

from banks.channel import Presence
from banks.connectors.sftp import SftpChannel
from banks.connectors.sftp_client import CHUNK_BYTES
from banks.errors import ChannelRefused, OutcomeUnknown, Refused
from banks.settings import Directories, SftpSettings
from tests import odd_sftp
from tests.banks import channels
from tests.odd_sftp import Oddities

FILE = channels.outbound(b"x" * (5 * CHUNK_BYTES))


@contextmanager
def channel(root, odd: Oddities, **changes):
    with odd_sftp.running(root, odd) as server:
        settings = {
            "host": "127.0.0.1",
            "port": server.port,
            "username": "corp",
            "password": "env:PASSWORD",
            "host_keys": (server.host_key,),
            "directories": Directories(outbox="/in", staging="/in", inbox=("/out",), done="/done", archive="/archive"),
            "pickup": channels.PICKUP,
            "connect_timeout_s": 30,
            "io_timeout_s": 30,
        }
        made = SftpSettings(**{**settings, **changes})
        with SftpChannel(bank="odd", settings=made, secrets=lambda _: odd_sftp.PASSWORD) as opened:
            yield opened


def received(root) -> list[str]:
    return sorted(path.name for path in (root / "in").iterdir() if not path.name.startswith("."))


def test_one_lost_chunk_in_the_middle_is_noticed_though_the_size_is_right(tmp_path):
    lost = []

    def disk_full_for_a_moment(offset: int) -> None:
        if offset == 2 * CHUNK_BYTES and not lost:
            lost.append(offset)
            raise asyncssh.SFTPFailure("No space left on device")

    with channel(tmp_path, Oddities(write=disk_full_for_a_moment)) as opened:
        with pytest.raises(Refused, match="No space left"):
            opened.stage(FILE)
        opened.stage(FILE)
        opened.publish(FILE)
    assert (tmp_path / "in" / FILE.name).read_bytes() == FILE.content


def test_a_server_that_says_yes_and_drops_the_bytes_is_found_out_before_anything_is_handed_over(tmp_path):
    with channel(tmp_path, Oddities(swallows=True)) as opened, pytest.raises(Refused, match=r"holds 32768 of"):
        opened.stage(FILE)
    assert received(tmp_path) == []


def test_a_file_that_is_not_whole_after_its_rename_is_a_doubt(tmp_path):
    with channel(tmp_path, Oddities(truncates=True)) as opened:
        opened.stage(FILE)
        with pytest.raises(OutcomeUnknown, match="holds 0 of"):
            opened.publish(FILE)
        assert opened.look(FILE).presence is Presence.UNCLEAR


def test_a_server_that_forbids_stat_is_asked_for_its_listing(tmp_path):
    with channel(tmp_path, Oddities(no_stat=True)) as opened:
        opened.stage(FILE)
        assert opened.look(FILE).presence is Presence.STAGED
        assert not opened.publish(FILE).already
        assert opened.look(FILE).presence is Presence.DELIVERED
        assert opened.publish(FILE).already
    assert received(tmp_path) == [FILE.name]


def test_a_server_that_shows_nothing_is_refused_unless_the_profile_says_so(tmp_path):
    with channel(tmp_path, Oddities(no_stat=True, no_list=True)) as opened, pytest.raises(Refused):
        opened.stage(FILE)


def test_where_nothing_can_be_seen_only_the_answers_count_and_a_doubt_stays_one(tmp_path):
    with channel(tmp_path, Oddities(no_stat=True, no_list=True), visible=False) as opened:
        opened.stage(FILE)
        assert opened.look(FILE).presence is Presence.UNCLEAR
        receipt = opened.publish(FILE)
        assert not receipt.already
        assert "does not let us look" in receipt.evidence
        with pytest.raises(OutcomeUnknown):
            opened.publish(FILE)
        assert opened.look(FILE).presence is Presence.UNCLEAR
    assert received(tmp_path) == [FILE.name]


def test_a_server_that_calls_everything_failure_is_understood_by_looking(tmp_path):
    with channel(tmp_path, Oddities(vague=True)) as opened:
        opened.stage(FILE)
        opened.publish(FILE)
        assert opened.publish(FILE).already
        again = channels.outbound(FILE.content, token="2")
        opened.stage(again)
        assert opened.publish(again).already
    assert received(tmp_path) == [FILE.name]


def test_a_server_that_forbids_renaming_refuses_and_the_copy_stays_staged(tmp_path):
    with channel(tmp_path, Oddities(no_rename=True)) as opened:
        opened.stage(FILE)
        with pytest.raises(Refused, match="not allowed"):
            opened.publish(FILE)
        assert opened.look(FILE).presence is Presence.STAGED
    assert received(tmp_path) == []


def test_names_in_a_listing_that_lead_elsewhere_are_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "good.xml").write_bytes(b"x")
    odd = Oddities(also_lists=["../../etc/passwd", "/etc/passwd", "..", "nul\x00.xml", "bell\x07.xml"])
    with channel(tmp_path, odd) as opened:
        assert [document.name for document in opened.inbox([])] == ["bell_.xml", "good.xml"]


def test_a_listing_that_shows_what_is_not_there_spoils_only_that_file(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "good.xml").write_bytes(b"x")
    with channel(tmp_path, Oddities(also_lists=["ghost.xml"])) as opened:
        ghost, good = opened.inbox([])
        with pytest.raises(Refused):
            opened.fetch(ghost, size_max=10)
        opened.archive(ghost)
        assert opened.fetch(good, size_max=10) == b"x"


def test_a_server_that_asks_questions_gets_the_password_as_the_answer(tmp_path):
    with channel(tmp_path, Oddities(asks=("Password: ",)), interactive=True) as opened:
        opened.stage(FILE)
        assert not opened.publish(FILE).already
    assert received(tmp_path) == [FILE.name]


def test_a_server_that_asks_for_more_than_the_password_is_refused_with_a_reason(tmp_path):
    asked = Oddities(asks=("Password: ", "One-time code: "))
    with channel(tmp_path, asked, interactive=True) as opened, pytest.raises(ChannelRefused, match="asks for more"):
        opened.stage(FILE)


def test_a_server_that_forbids_changing_modes_takes_files_all_the_same(tmp_path):
    (tmp_path / "out").mkdir(parents=True)
    (tmp_path / "out" / "a.xml").write_bytes(b"x")
    with channel(tmp_path, Oddities(no_chmod=True)) as opened:
        opened.stage(FILE)
        opened.publish(FILE)
        (document,) = opened.inbox([])
        opened.archive(document)
    assert received(tmp_path) == [FILE.name]
    assert (tmp_path / "archive" / "a.xml").exists()


def test_a_bank_that_takes_the_file_away_at_once_has_it_once(tmp_path):
    with channel(tmp_path, Oddities(takes_away=True)) as opened:
        opened.stage(FILE)
        assert "took it away at once" in opened.publish(FILE).evidence
        assert opened.publish(FILE).already
    assert list((tmp_path / "in").iterdir()) == []


def test_answers_of_several_folders_are_all_fetched(tmp_path):
    for folder in ("status", "statements"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.xml").write_bytes(folder.encode())
    places = Directories(outbox="/in", staging="/in", inbox=("/status", "/statements"), archive="/archive")
    with channel(tmp_path, Oddities(), directories=places) as opened:
        fetched = [opened.fetch(document, size_max=100) for document in opened.inbox([])]
    assert sorted(fetched) == [b"statements", b"status"]
