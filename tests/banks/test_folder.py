from dataclasses import replace

import pytest

from banks.channel import Presence
from banks.connectors.folder import FolderChannel
from banks.errors import OutcomeUnknown, Refused
from banks.settings import AfterFetch, Vanished
from tests.banks import channels

FILE = channels.outbound()


@pytest.fixture
def root(tmp_path):
    channels.folder_settings(tmp_path)
    return tmp_path


def channel(root, *, sleep=None, **changes) -> FolderChannel:
    settings = channels.folder_settings(root, **changes)
    return FolderChannel(bank="hausbank", settings=settings, sleep=sleep or (lambda _: None))


def test_whoever_empties_the_folder_has_the_file(root):
    opened = channel(root)
    opened.stage(FILE)
    opened.publish(FILE)
    (root / "in" / FILE.name).unlink()
    assert opened.look(FILE).presence is Presence.UNCLEAR
    assert opened.publish(FILE).already


def test_a_file_that_was_moved_to_the_work_or_done_folder_is_delivered(root):
    for folder in ("work", "done"):
        opened = channel(root)
        opened.stage(FILE)
        opened.publish(FILE)
        (root / "in" / FILE.name).rename(root / folder / FILE.name)
        assert opened.look(FILE).presence is Presence.DELIVERED
        assert opened.publish(FILE).already
        (root / folder / FILE.name).unlink()


def test_a_swept_staged_copy_proves_nothing_where_the_profile_says_so(root):
    opened = channel(root, vanished=Vanished.UNCLEAR)
    opened.stage(FILE)
    (root / "in" / FILE.staging_name).unlink()
    with pytest.raises(OutcomeUnknown):
        opened.publish(FILE)


def test_a_folder_that_shows_everything_tells_for_certain(root):
    assert channel(root, vanished=Vanished.ABSENT).look(FILE).presence is Presence.ABSENT


def test_a_folder_that_is_missing_is_refused(root):
    opened = channel(root)
    opened.stage(FILE)
    (root / "in").rename(root / "elsewhere")
    with pytest.raises(Refused, match="not there"):
        opened.publish(FILE)
    with pytest.raises(Refused):
        opened.stage(FILE)


def test_a_marker_is_part_of_handing_over(root):
    opened = channel(root, marker="{name}.ok")
    opened.stage(FILE)
    opened.publish(FILE)
    (root / "in" / f"{FILE.name}.ok").unlink()
    assert opened.look(FILE).presence is Presence.STAGED
    assert opened.publish(FILE).already
    assert opened.look(FILE).presence is Presence.DELIVERED


def test_an_answer_that_still_grows_waits_and_a_link_is_none(root):
    (root / "out" / "whole.xml").write_bytes(b"whole")
    (root / "out" / "grows.xml").write_bytes(b"gro")
    (root / "out" / "link.xml").symlink_to("/etc/hostname")

    def meanwhile(_: float) -> None:
        (root / "out" / "grows.xml").write_bytes(b"grown")

    opened = channel(root, pickup=replace(channels.PICKUP, stable_wait_s=1), sleep=meanwhile)
    assert [document.name for document in opened.inbox([])] == ["whole.xml"]


def test_deleting_is_repeatable(root):
    (root / "out" / "a.xml").write_bytes(b"a")
    opened = channel(root, pickup=replace(channels.PICKUP, after_fetch=AfterFetch.DELETE))
    (document,) = opened.inbox([])
    opened.archive(document)
    opened.archive(document)
    assert list((root / "out").iterdir()) == []
