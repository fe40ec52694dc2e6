"""A file that is too late, or was withdrawn, is taken back: no copy stays, and nothing is sent late silently."""

from datetime import timedelta

import pytest

from gateway.domain.errors import Conflict
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import HandOver
from gateway.steps import submit
from gateway.stopping import withdraw
from tests.gateway.steps.world import ApiBank, Crash

LATE = timedelta(hours=12)
API = HandOver.POSTED


def staged(world, *amounts):
    """A file that stands staged at the bank when its worker dies."""
    batch, file = world.built(*(amounts or ("1.00",)))
    world.bank.script = [None, "crash"]
    with pytest.raises(Crash):
        submit.submit(world.carrier(hand_over=world.bank.hand_over), file)
    assert world.file(file).state is FileState.STAGED
    return batch, file


@pytest.fixture
def api(hub):
    """The same hub at a bank that is an API."""
    hub.bank = ApiBank()
    return hub


def carry(world, file, hand_over=API):
    return submit.submit(world.carrier(hand_over=hand_over), file)


def test_a_staged_file_whose_window_closed_is_taken_away_and_rolled(world):
    batch, file = staged(world, "1.00", "2.00")
    world.at += LATE
    world.submit(file)
    assert (world.file(file).state, world.states(batch)) == (FileState.WITHDRAWN, ["scheduled"] * 2)
    assert (world.bank.staged, world.bank.received, world.outcomes(file)) == ({}, [], ["taken_back"])


def test_a_staged_file_is_still_handed_over_at_the_last_moment_of_its_window(hub):
    batch, file = staged(hub)
    hub.at = hub.window(file).release_by
    hub.submit(file)
    assert (hub.states(batch), len(hub.bank.received)) == (["submitted"], 1)


def test_a_file_that_the_bank_has_is_not_taken_back_however_late_and_people_are_told(hub):
    batch, file = hub.built("1.00")
    hub.bank.script = [None, "crash-after"]
    with pytest.raises(Crash):
        hub.submit(file)
    hub.at += LATE
    hub.submit(file)
    assert (hub.states(batch), len(hub.bank.received)) == (["submitted"], 1)
    assert "payhub.file.late.v1" in hub.kinds()


@pytest.mark.parametrize("look", [None, "unclear"])
def test_a_crash_between_taking_away_and_writing_it_down_is_never_taken_for_an_arrival(hub, look):
    """The copy is gone because we took it: the rename that finds it gone would say that it was handed over."""
    batch, file = staged(hub)
    hub.at += LATE
    hub.bank.script = [look, "crash-after"]
    with pytest.raises(Crash):
        hub.submit(file)
    hub.bank.script = ["unclear", None, "unclear"]
    hub.submit(file)
    assert hub.states(batch) == ["in_doubt"], "people decide"
    hub.bank.script = ["unclear", None, "unclear"]
    hub.submit(file)
    assert (hub.states(batch), hub.bank.received) == (["in_doubt"], [])
    assert hub.bank.calls.count("publish") == 1


def test_a_copy_whose_taking_away_began_is_never_handed_over_nor_taken_for_handed_over(hub):
    batch, file = staged(hub)
    hub.bank.script = ["partial", "crash-after"]
    with pytest.raises(Crash):
        hub.submit(file)
    hub.bank.script = ["unclear", None, "unclear"]
    hub.submit(file)
    assert (hub.states(batch), hub.bank.calls.count("publish")) == (["in_doubt"], 1)


def test_a_doubt_in_which_nothing_can_be_seen_is_taken_back_when_it_is_too_late(hub):
    batch, file = hub.in_doubt("1.00")
    hub.at += LATE
    hub.bank.script = ["unclear"]
    hub.submit(file)
    assert (hub.states(batch), hub.bank.staged, hub.bank.received) == (["scheduled"], {}, [])


def test_staging_that_takes_longer_than_the_window_hands_nothing_over(hub):
    batch, file = hub.built("1.00")
    stage = hub.bank.stage

    def slowly(outbound):
        stage(outbound)
        hub.at += LATE

    hub.bank.stage = slowly
    hub.submit(file)
    assert (hub.states(batch), hub.bank.staged, hub.bank.received) == (["scheduled"], {}, [])


@pytest.mark.parametrize("no", ["unreachable", "refused"])
def test_an_api_that_says_no_leaves_nothing_and_the_file_can_still_be_withdrawn(api, no):
    batch, file = api.built("1.00")
    api.bank.script = [None, no]
    assert carry(api, file) is not submit.Next.NOTHING
    assert (api.file(file).state, api.outcomes(file)) == (FileState.GENERATED, [no])
    api.at += LATE
    carry(api, file)
    assert (api.file(file).state, api.states(batch)) == (FileState.WITHDRAWN, ["scheduled"])


@pytest.mark.parametrize("no", ["unreachable", "refused"])
def test_an_api_that_says_no_the_second_time_proves_nothing_about_the_first(api, no):
    batch, file = staged(api)
    api.bank.script = [None, no]
    carry(api, file)
    assert (api.file(file).state, api.states(batch)) == (FileState.STAGED, ["generated"])
    assert api.outcomes(file) == [None]


def test_an_api_that_lists_nothing_is_asked_again_inside_the_window_only(api):
    batch, file = staged(api)
    api.bank.script = [None, "unknown-before", None, "unknown-before"]
    assert carry(api, file) is submit.Next.RETRY
    assert api.states(batch) == ["in_doubt"]
    carry(api, file)
    assert api.states(batch) == ["in_doubt"]
    api.at += LATE
    for _ in range(3):
        assert carry(api, file) is submit.Next.RETRY
    assert (api.states(batch), api.bank.received) == (["in_doubt"], []), "a list may lag: people decide"
    assert api.bank.calls.count("publish") == 3, "the one that crashed, and two with the same key inside the window"


def test_a_staged_file_of_an_api_that_is_late_becomes_a_doubt(api):
    batch, file = staged(api)
    api.at += LATE
    carry(api, file)
    assert (api.states(batch), api.bank.received) == (["in_doubt"], [])


def test_an_api_that_shows_orders_that_are_not_ours_is_not_asked_to_make_another(api):
    batch, file = staged(api)
    api.bank.script = ["unclear"]
    carry(api, file)
    assert (api.states(batch), api.bank.received) == (["in_doubt"], [])


def test_a_half_written_file_is_not_put_back_where_it_could_be_withdrawn(hub):
    _, file = hub.built("1.00")
    hub.bank.script = [None, "refused"]
    carry(hub, file, HandOver.WRITTEN)
    assert hub.file(file).state is FileState.STAGED


def test_what_an_earlier_attempt_left_is_taken_away_before_a_new_one_begins(hub):
    _, file = hub.built("1.00")
    hub.bank.script = ["crash-after"]
    with pytest.raises(Crash):
        hub.submit(file, hub.claim("file", file, "w1"))
    left = set(hub.bank.staged)
    hub.submit(file, hub.claim("file", file, "w2"))
    assert left
    assert hub.bank.staged == {}
    assert hub.outcomes(file) == ["taken_back", "delivered"]


def test_the_bank_hears_since_when_we_try(hub):
    _, file = hub.built("1.00")
    begun, seen = hub.at, []
    publish = hub.bank.publish
    hub.bank.publish = lambda outbound: (seen.append(outbound.since), publish(outbound))[1]
    hub.bank.script = [None, "unknown-before"]
    hub.submit(file)
    hub.at += timedelta(minutes=5)
    hub.bank.script = []
    hub.submit(file)
    assert seen == [begun, begun]


def test_a_built_file_is_withdrawn_with_its_batch(world):
    batch, file = world.built("1.00", "2.00")
    came = world.do(withdraw.withdraw, batch_id=batch, actor="anna", reason="wrong month")
    assert (came.cancelled, came.kept) == (2, ())
    assert (world.file(file).state, world.states(batch)) == (FileState.WITHDRAWN, ["cancelled"] * 2)
    assert world.submit(file) is submit.Next.NOTHING
    assert (world.bank.received, world.bank.calls) == ([], [])


def test_a_worker_that_was_staging_when_the_file_was_withdrawn_loses_and_its_copy_goes(world):
    batch, file = world.built("1.00")
    stage = world.bank.stage

    def interrupted(outbound):
        stage(outbound)
        world.do(withdraw.withdraw, batch_id=batch, actor="anna", reason="wrong month")

    world.bank.stage = interrupted
    with pytest.raises(Conflict):
        world.submit(file)
    assert world.bank.staged
    assert world.submit(file) is submit.Next.NOTHING
    assert (world.bank.staged, world.bank.received, world.outcomes(file)) == ({}, [], ["taken_back"])
    assert world.states(batch) == ["cancelled"]


def test_what_is_staged_stays_and_the_answer_says_why(hub):
    batch, _ = staged(hub, "1.00", "2.00")
    with pytest.raises(Conflict):
        hub.do(withdraw.withdraw, batch_id=batch, actor="anna", reason="wrong month")
    with hub.unit() as work:
        hub.take("5.00", message_id="RUN-2", work=work)
        work.commit()
    assert hub.states(batch) == ["generated"] * 2
