from dataclasses import replace

import pytest

from gateway.domain.approval import Decision
from gateway.domain.policy import Rule
from gateway.persistence import configurations
from gateway.scheduling import letting_go
from gateway.scheduling.alarm import Alarm
from tests.gateway.steps.signers import Signers

THREE = Rule(name="all", approvers=3)


@pytest.fixture
def desk(intake):
    """Three approvers on a hub that runs with the policy of the test."""
    signers = Signers(intake)
    for name in ("anna", "ben", "cleo"):
        signers.add(name, "approver")
    signers.policy(THREE)
    intake.hub.enqueue = lambda _connection, job: job.key

    def look():
        intake.hub.configuration = replace(intake.hub.configuration, policy=intake.policy)
        intake.clock.at = intake.at
        return letting_go.look(intake.hub)

    signers.look = look
    return signers


def test_what_everybody_signed_goes_once_fewer_are_needed_and_nothing_else(desk, intake, monkeypatch):
    monkeypatch.setattr(letting_go, "AT_ONCE", 1)  # several reads for what is one otherwise
    signed, half, unsigned = (
        desk.brought(f"{number}.00", message_id=f"M-{number}", end_to_end_id=f"E-{number}") for number in (1, 2, 3)
    )
    declined = desk.brought("4.00", message_id="M-4", end_to_end_id="E-4")
    for name in ("anna", "ben"):
        desk.sign(signed, name)
    for batch in (half, declined):
        desk.sign(batch, "anna")
    desk.sign(declined, "ben", Decision.DECLINE, reason="a mistake")
    assert desk.look() == 0
    desk.policy()
    assert desk.look() == 1
    stand = [intake.states(batch) for batch in (signed, half, unsigned, declined)]
    assert stand == [["approved"], ["validated"], ["validated"], ["declined"]]
    assert desk.look() == 0


def test_the_alarm_clock_of_a_worker_looks(desk, intake):
    batch = desk.brought("1.00")
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    desk.policy()
    intake.hub.configuration = replace(intake.hub.configuration, policy=intake.policy)
    alarm = Alarm(intake.hub, None, "worker", lambda: 0.5)
    alarm.let_go()
    assert intake.states(batch) == ["approved"]


def test_a_batch_that_enough_signed_at_once_is_not_looked_at_again(desk):
    desk.policy()
    batch = desk.brought("1.00")
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    assert desk.look() == 0


def test_a_process_that_was_not_restarted_with_the_policy_of_the_others_lets_nothing_go(desk, intake):
    """Two people sign what needs three; a worker that was left running under the old policy takes two for enough."""
    batch = desk.brought("1.00")
    for name in ("anna", "ben"):
        desk.sign(batch, name)
    ours = intake.hub.configuration.digests
    started(intake, ours)
    started(intake, ours | {"approvals.toml": "0" * 64})
    desk.policy()
    assert desk.look() == 0
    assert intake.states(batch) == ["validated"]
    started(intake, ours | {"payhub.toml": "0" * 64})
    assert desk.look() == 1


def started(intake, files):
    """A process says on the trail with which configuration it runs."""
    with intake.unit() as work:
        assert configurations.note_loaded(work, files, {})
        work.commit()
