import threading
from dataclasses import replace

import pytest

from banks.channel import Presence
from banks.connectors.sftp import SftpChannel
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.settings import AfterFetch, Pickup, Vanished
from tests import sshd
from tests.banks import channels

pytestmark = pytest.mark.skipif(not sshd.is_installed(), reason="OpenSSH's sshd is not installed")

FILE = channels.outbound()
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXoGZ0cSdw1hYWJ6E3gHfnYJpMeb6rX9T2hP2eYyH1k"


@pytest.fixture(scope="module")
def running():
    with sshd.running() as server:
        yield server


@pytest.fixture
def server(running):
    yield running
    for folder in sshd.FOLDERS:
        place = running.path(folder)
        place.mkdir(exist_ok=True)
        for path in place.iterdir():
            path.rmdir() if path.is_dir() else path.unlink()


def channel(server, *, sleep=None, **changes) -> SftpChannel:
    settings = channels.sftp_settings(server, **changes)
    slept = sleep or (lambda _: None)
    return SftpChannel(bank="alpenbank", settings=settings, secrets=channels.sftp_secrets(server), sleep=slept)


def sent(server, opened: SftpChannel):
    with opened:
        opened.stage(FILE)
        return opened.publish(FILE)


def test_a_host_key_that_changed_stops_everything_and_shows_both_fingerprints(server):
    authentications = server.written().count("Accepted publickey")
    with channel(server, host_keys=(OTHER_KEY,)) as opened, pytest.raises(Refused, match="host key changed") as found:
        opened.stage(FILE)
    assert found.value.message.count("SHA256:") == 2
    assert server.written().count("Accepted publickey") == authentications


def test_one_of_several_pinned_keys_is_enough(server):
    assert not sent(server, channel(server, host_keys=(OTHER_KEY, server.host_key))).already


def test_a_wrong_key_is_refused_and_not_tried_again(server, tmp_path):
    settings = channels.sftp_settings(server, username="nobody-here")
    opened = SftpChannel(bank="alpenbank", settings=settings, secrets=channels.sftp_secrets(server))
    with opened, pytest.raises(Refused, match="did not accept the login"):
        opened.stage(FILE)


@pytest.mark.parametrize("secret", ["", "not a key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END-----"])
def test_a_secret_that_is_no_key_is_refused_without_repeating_it(server, secret):
    opened = SftpChannel(bank="a", settings=channels.sftp_settings(server), secrets=lambda _: secret)
    with opened, pytest.raises(Refused, match="not a private key"):
        opened.stage(FILE)


def test_no_thread_is_left_behind(server):
    before = threading.active_count()
    sent(server, channel(server))
    assert threading.active_count() == before


def test_a_file_the_bank_moved_to_its_work_or_done_folder_is_delivered(server):
    for folder in ("work", "done"):
        sent(server, channel(server))
        (server.path("in") / FILE.name).rename(server.path(folder) / FILE.name)
        with channel(server) as opened:
            sighting = opened.look(FILE)
            receipt = opened.publish(FILE)
        assert sighting.presence is Presence.DELIVERED
        assert f"/{folder}/" in sighting.evidence
        assert receipt.already
        (server.path(folder) / FILE.name).unlink()


def test_a_bank_that_adds_to_the_names_of_files_it_works_on_still_shows_them(server):
    sent(server, channel(server))
    (server.path("in") / FILE.name).rename(server.path("done") / f"{FILE.name}.20260930.done")
    (server.path("in") / f"{FILE.name}.ok").write_bytes(b"")
    with channel(server, vanished=Vanished.UNCLEAR) as opened:
        sighting = opened.look(FILE)
        assert opened.publish(FILE).already
    assert sighting.presence is Presence.DELIVERED
    assert sighting.evidence.startswith(server.remote("done/"))


def test_a_file_with_a_folder_of_its_own_goes_there(server):
    elsewhere = replace(FILE, directory=server.remote("work"))
    with channel(server) as opened:
        opened.stage(elsewhere)
        opened.publish(elsewhere)
        assert opened.look(elsewhere).presence is Presence.DELIVERED
    assert [path.name for path in server.path("work").iterdir()] == [FILE.name]
    assert list(server.path("in").iterdir()) == []


def test_a_bank_that_takes_files_away_at_once_was_handed_the_file(server):
    sent(server, channel(server))
    (server.path("in") / FILE.name).unlink()
    with channel(server) as opened:
        assert opened.look(FILE).presence is Presence.UNCLEAR
        assert opened.publish(FILE).already


@pytest.mark.parametrize("vanished", [Vanished.UNCLEAR, Vanished.ABSENT])
def test_a_missing_staged_copy_proves_nothing_where_temporary_names_are_swept(server, vanished):
    with channel(server, vanished=vanished) as opened:
        opened.stage(FILE)
        (server.path("in") / FILE.staging_name).unlink()
        with pytest.raises(OutcomeUnknown):
            opened.publish(FILE)
        expected = Presence.ABSENT if vanished is Vanished.ABSENT else Presence.UNCLEAR
        assert opened.look(FILE).presence is expected


def test_a_missing_folder_is_not_taken_for_a_file_that_was_taken_away(server):
    with channel(server) as opened:
        opened.stage(FILE)
        server.path("in").rename(server.home / "gone")
        try:
            with pytest.raises(Refused, match="not there"):
                opened.publish(FILE)
        finally:
            (server.home / "gone").rename(server.path("in"))


def test_a_half_written_staged_copy_is_not_handed_over_and_says_so(server):
    (server.path("in") / FILE.staging_name).write_bytes(FILE.content[:3])
    with channel(server) as opened:
        sighting = opened.look(FILE)
    assert sighting.presence is Presence.ABSENT
    assert "3 of" in sighting.evidence


def test_a_name_taken_by_a_file_of_the_same_size_is_compared_and_never_replaced(server):
    other = bytes(reversed(FILE.content))
    (server.path("in") / FILE.name).write_bytes(other)
    with channel(server) as opened:
        opened.stage(FILE)
        with pytest.raises(Refused, match="taken by another file"):
            opened.publish(FILE)
    assert (server.path("in") / FILE.name).read_bytes() == other


def test_reading_back_finds_bytes_that_changed_on_the_way(server):
    claims_more = replace(FILE, sha256="0" * 64)
    with channel(server, read_back=True) as opened:
        opened.stage(FILE)
        with pytest.raises(Refused, match="does not hold the bytes"):
            opened.stage(claims_more)
        assert opened.look(claims_more).presence is Presence.STAGED


def test_a_bank_that_wants_a_marker_has_the_file_only_with_its_marker(server):
    marker = server.path("in") / f"{FILE.name}.ok"
    with channel(server, marker="{name}.ok") as opened:
        opened.stage(FILE)
        opened.publish(FILE)
        assert marker.exists()
        assert opened.look(FILE).presence is Presence.DELIVERED
        marker.unlink()
        assert opened.look(FILE).presence is Presence.STAGED
        assert opened.publish(FILE).already
        assert marker.exists()


def test_a_bank_that_forbids_renaming_is_written_to_directly_and_once(server):
    with channel(server, rename=False) as opened:
        opened.stage(FILE)
        assert list(server.path("in").iterdir()) == []
        assert not opened.publish(FILE).already
        assert opened.publish(FILE).already
        (server.path("in") / FILE.name).write_bytes(FILE.content[:4])
        with pytest.raises(OutcomeUnknown, match="not whole"):
            opened.publish(FILE)
        assert opened.look(FILE).presence is Presence.UNCLEAR


def test_only_whole_regular_files_with_finished_names_are_answers(server):
    out = server.path("out")
    (out / "folder").mkdir()
    (out / "link.xml").symlink_to("/etc/passwd")
    for name in (".hidden", "half.xml.part", "half.tmp", "b.xml", "a b.xml"):
        (out / name).write_bytes(b"x")
    with channel(server) as opened:
        assert [document.name for document in opened.inbox([])] == ["a b.xml", "b.xml"]


def test_an_answer_that_still_grows_is_left_for_the_next_poll(server):
    out = server.path("out")
    (out / "done.xml").write_bytes(b"whole")
    (out / "growing.xml").write_bytes(b"hal")
    waits = []

    def meanwhile(seconds: float) -> None:
        waits.append(seconds)
        (out / "growing.xml").write_bytes(b"half of it")
        (out / "new.xml").write_bytes(b"?")

    pickup = replace(channels.PICKUP, stable_wait_s=2)
    with channel(server, pickup=pickup, sleep=meanwhile) as opened:
        assert [document.name for document in opened.inbox([])] == ["done.xml"]
    assert waits == [2]


def test_an_empty_inbox_is_not_waited_for(server):
    def never(_: float) -> None:
        raise AssertionError("There is nothing to wait for.")

    with channel(server, pickup=replace(channels.PICKUP, stable_wait_s=2), sleep=never) as opened:
        assert list(opened.inbox([])) == []


@pytest.mark.parametrize(("after", "left"), [(AfterFetch.DELETE, []), (AfterFetch.LEAVE, ["a.xml"])])
def test_an_answer_is_deleted_or_left_as_the_profile_says(server, after, left):
    (server.path("out") / "a.xml").write_bytes(b"x")
    with channel(server, pickup=Pickup(after_fetch=after, stable_wait_s=0)) as opened:
        (document,) = opened.inbox([])
        opened.archive(document)
        opened.archive(document)
    assert [path.name for path in server.path("out").iterdir()] == left


def test_nothing_in_the_archive_is_ever_replaced(server):
    (server.path("archive") / "a.xml").write_bytes(b"before")
    (server.path("out") / "a.xml").write_bytes(b"after")
    with channel(server) as opened:
        (document,) = opened.inbox([])
        opened.archive(document)
    assert (server.path("archive") / "a.xml").read_bytes() == b"before"
    assert (server.path("archive") / "a.xml.2").read_bytes() == b"after"


def test_a_file_that_grew_after_it_was_listed_is_still_held_to_the_limit(server):
    (server.path("out") / "a.xml").write_bytes(b"x")
    with channel(server) as opened:
        (document,) = opened.inbox([])
        (server.path("out") / "a.xml").write_bytes(b"x" * 200_000)
        with pytest.raises(Refused, match="larger than"):
            opened.fetch(document, size_max=100_000)
        assert len(opened.fetch(document, size_max=200_000)) == 200_000


def test_a_server_that_drips_is_given_up_like_one_that_fell_silent(server):
    (server.path("out") / "a.xml").write_bytes(b"x" * 100_000)
    settings, secrets = channels.sftp_settings(server), channels.sftp_secrets(server)
    now, pace = [0.0], [0.0]

    def passing() -> float:
        now[0] += pace[0]
        return now[0]

    with SftpChannel(bank="alpenbank", settings=settings, secrets=secrets, ticks=passing) as opened:
        (document,) = opened.inbox([])
        pace[0] = settings.act_timeout_s / 5
        with pytest.raises(Unreachable, match="broke while fetching"):
            opened.fetch(document, size_max=100_000)
        pace[0] = 0.0
        assert len(opened.fetch(document, size_max=100_000)) == 100_000


def test_a_name_that_does_not_resolve_is_unreachable(server):
    with channel(server, host="no-such-bank.invalid") as opened, pytest.raises(Unreachable):
        opened.look(FILE)


def test_algorithms_can_be_narrowed_and_nonsense_is_refused(server):
    assert sent(server, channel(server, algorithms={"ciphers": ("aes256-ctr",)}))
    with channel(server, algorithms={"ciphers": ("rot13",)}) as opened, pytest.raises(Refused, match="algorithms"):
        opened.look(FILE)


def test_a_staging_name_equal_to_the_final_name_is_a_mistake_of_ours(server):
    with channel(server) as opened, pytest.raises(ValueError, match="must differ"):
        opened.stage(replace(FILE, staging_name=FILE.name))
