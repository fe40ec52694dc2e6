"""Submit: whatever fails at whatever call, the bank has the file once, or it stands in doubt where all can see."""

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.domain.errors import Conflict, Fenced
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import HandOver
from gateway.persistence.migrations import upgrade
from gateway.steps import submit
from tests.databases import open_engine
from tests.gateway.steps.world import Crash, World

EXAMPLES, STEPS = 25, 12
STAGE = (None, "crash", "crash-after", "unreachable", "refused")
PUBLISH = (None, "crash", "crash-after", "unreachable", "refused", "unknown-before", "unknown-after")
LOOK = (None, "crash", "unreachable", "unclear")
HANDED_OVER = {FileState.SUBMITTED, FileState.ACKNOWLEDGED}


def test_a_file_is_handed_over_and_its_payments_are_submitted(world):
    batch, file = world.sent("1.00", "2.00")
    assert (world.states(batch), world.file(file).state) == (["submitted"] * 2, FileState.SUBMITTED)
    assert world.evidence(file) == ["delivered"]


def test_a_file_goes_to_its_products_folder_as_it_was_when_the_file_was_built(hub):
    def folder(place):
        hub.routes[hub.bank_name] = tuple(replace(one, directory=place) for one in hub.routes[hub.bank_name])

    folder("/in/urgent")
    _, file = hub.built("1.00")
    folder("/in/elsewhere")
    seen, stage = [], hub.bank.stage

    def staged(outbound):
        seen.append(outbound.directory)
        stage(outbound)

    hub.bank.stage = staged
    hub.submit(file)
    assert seen == ["/in/urgent"]
    assert hub.file(file).state is FileState.SUBMITTED


def test_a_line_that_drops_leaves_file_and_payments_in_doubt(world):
    batch, _ = world.in_doubt("1.00", "2.00")
    assert world.states(batch) == ["in_doubt"] * 2


def test_a_look_that_shows_the_file_ends_the_doubt(hub):
    batch, file = hub.built("1.00")
    hub.bank.script = [None, "unknown-after"]
    hub.submit(file)
    assert hub.states(batch) == ["in_doubt"]
    hub.submit(file)
    assert (hub.states(batch), len(hub.bank.received)) == (["submitted"], 1)


def test_a_look_that_shows_only_the_staged_copy_hands_it_over(hub):
    batch, file = hub.in_doubt("1.00")
    assert hub.submit(file) is submit.Next.NOTHING
    assert (hub.states(batch), len(hub.bank.received)) == (["submitted"], 1)


def test_a_look_that_shows_nothing_sends_it_again_under_the_same_name(hub):
    _, file = hub.in_doubt("1.00")
    hub.bank.staged.clear()
    hub.submit(file)
    assert [name for name, _ in hub.bank.received] == [hub.file(file).name]


def test_a_look_that_proves_nothing_leaves_the_doubt_at_a_bank_that_does_not_stage(hub):
    batch, file = hub.in_doubt("1.00")
    hub.bank.script = ["unclear"]
    assert submit.submit(hub.carrier(hand_over=HandOver.POSTED), file) is submit.Next.RETRY
    assert (hub.states(batch), hub.bank.received) == (["in_doubt"], [])


def test_a_file_whose_doubt_outlasts_its_window_is_not_sent_late(hub):
    batch, file = hub.in_doubt("1.00")
    hub.bank.staged.clear()
    hub.at += timedelta(hours=12)
    hub.submit(file)
    assert hub.file(file).state is FileState.WITHDRAWN
    assert (hub.states(batch), hub.bank.received) == (["scheduled"], [])


def test_a_file_leaves_at_the_last_moment_of_its_window_and_not_after(hub):
    batch, file = hub.built("1.00")
    window_id = hub.file(file).window_id
    with hub.unit() as work:
        window = work.windows.get(window_id)
    hub.at = window.release_by + timedelta(microseconds=1)
    hub.submit(file)
    assert (hub.states(batch), hub.file(file).state) == (["scheduled"], FileState.WITHDRAWN)
    hub.roll(batch)
    (later,) = hub.payments(batch)
    assert later.window_id != window.id
    with hub.unit() as work:
        following = work.windows.get(later.window_id)
    hub.at = following.opens_at
    (again,) = hub.generate(batch)
    hub.at = following.release_by
    hub.submit(again)
    assert (hub.states(batch), len(hub.bank.received)) == (["submitted"], 1)


@pytest.mark.parametrize("moment", ["stage", "publish"])
def test_a_worker_that_was_overtaken_writes_nothing_down(world, moment):
    _, file = world.built("1.00")
    old = world.claim("file", file, "old")
    act = getattr(world.bank, moment)

    def overtaken(outbound):
        world.claim("file", file, "new")
        return act(outbound)

    setattr(world.bank, moment, overtaken)
    before = world.file(file).version
    with pytest.raises(Fenced):
        world.submit(file, old)
    assert world.file(file).version == before + (moment == "publish")
    setattr(world.bank, moment, act)
    world.submit(file, world.claim("file", file, "newest"))
    assert world.file(file).state is FileState.SUBMITTED
    assert len(world.bank.received) == 1


class Sending(RuleBasedStateMachine):
    """One file, a bank that fails as it likes, workers that die and come back from the dead."""

    template = None

    def __init__(self):
        super().__init__()
        if Sending.template is None:
            Sending.template = Path(tempfile.mkdtemp(prefix="payhub-template-")) / "hub.db"
            engine = open_engine(f"sqlite:///{Sending.template}")
            upgrade(engine)
            engine.dispose()
        self.folder = Path(tempfile.mkdtemp(prefix="payhub-sending-"))
        shutil.copyfile(Sending.template, self.folder / "hub.db")
        self.engine = open_engine(f"sqlite:///{self.folder / 'hub.db'}")
        self.world = World(self.engine)
        self.batch, self.file = self.world.built("1.00", "2.00")
        self.claims = [self.world.claim("file", self.file, "w0")]

    def teardown(self):
        self.world.bank.script = []
        for _ in range(3):  # the line is good again: a few looks and the file is where it belongs
            self._run(self._fresh())
        assert self.world.file(self.file).state is FileState.SUBMITTED
        assert len(self.world.bank.received) == 1
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def _fresh(self):
        self.claims.append(self.world.claim("file", self.file, f"w{len(self.claims)}"))
        return self.claims[-1]

    def _run(self, claim):
        try:
            return self.world.submit(self.file, claim)
        except (Crash, Fenced, Conflict):
            return None

    @rule(faults=st.lists(st.sampled_from(sorted({*STAGE, *PUBLISH, *LOOK} - {None})) | st.none(), max_size=4))
    def a_worker_tries(self, faults):
        self.world.bank.script = list(faults)
        self._run(self._fresh())

    @precondition(lambda self: len(self.claims) > 1)
    @rule(faults=st.lists(st.none() | st.just("unknown-after"), max_size=2), which=st.integers(0, 50))
    def a_worker_comes_back_from_the_dead(self, faults, which):
        self.world.bank.script = list(faults)
        calls = len(self.world.bank.calls)
        self._run(self.claims[which % (len(self.claims) - 1)])
        assert len(self.world.bank.calls) == calls, "whoever was overtaken says nothing to the bank"

    @rule(
        faults=st.lists(st.none() | st.just("unknown-after"), max_size=2), moment=st.sampled_from(["stage", "publish"])
    )
    def a_worker_is_overtaken_while_it_speaks_to_the_bank(self, faults, moment):
        act, claim = getattr(self.world.bank, moment), self._fresh()

        def overtaken(outbound):
            setattr(self.world.bank, moment, act)
            self.world.bank.script = []
            self._run(self._fresh())
            self.world.bank.script = list(faults)
            return act(outbound)

        setattr(self.world.bank, moment, overtaken)
        self.world.bank.script = []
        self._run(claim)
        setattr(self.world.bank, moment, act)

    @invariant()
    def the_bank_has_it_once_at_most_and_nobody_claims_more(self):
        received = self.world.bank.received
        assert len(received) <= 1
        state = self.world.file(self.file).state
        assert state not in HANDED_OVER or len(received) == 1
        if state in (FileState.GENERATED, FileState.WITHDRAWN):
            assert not received
        wanted = {"generated": "generated", "staged": "generated", "in_doubt": "in_doubt", "submitted": "submitted"}
        assert self.world.states(self.batch) == [wanted[str(state)]] * 2
        if received and state not in HANDED_OVER:
            assert any(one.outcome is None for one in self._attempts()), "a doubt shows as an attempt without outcome"

    def _attempts(self):
        with self.world.unit() as work:
            return work.files.attempts(self.file)


Sending.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)


class TestSending(Sending.TestCase):
    """Random crashes, silences and takeovers."""
