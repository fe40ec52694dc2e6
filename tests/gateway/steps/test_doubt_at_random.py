"""Two kinds of bank that lose answers and show late what they have, workers that fall asleep in front of the last act,
a clock that passes the window, people who rule and withdraw: the bank has each payment once, or people said otherwise.
"""

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from banks.errors import ChannelError
from gateway.domain.errors import Conflict, Fenced
from gateway.domain.lifecycle import FileState
from gateway.domain.ruling import Verdict
from gateway.persistence.migrations import upgrade
from gateway.stopping import withdraw
from tests.databases import open_engine
from tests.gateway.steps.world import ApiBank, CountingBank, Crash, World

EXAMPLES, STEPS = 25, 12
ROUNDS = 6
FRESH_IDS = 100_000
"""Where ids begin that the template does not have."""
FAULTS = st.sampled_from(
    ["crash", "crash-after", "unreachable", "refused", "unclear", "unknown-before", "unknown-after"]
)
SENT = (FileState.SUBMITTED, FileState.ACKNOWLEDGED)


class Doubting(RuleBasedStateMachine):
    """One batch, and every file that is ever built of it."""

    bank = CountingBank
    template = None

    def __init__(self):
        super().__init__()
        if Doubting.template is None:
            Doubting.template = self._built()
        path, self.batch, first = Doubting.template
        self.folder = Path(tempfile.mkdtemp(prefix="payhub-doubting-"))
        shutil.copyfile(path, self.folder / "hub.db")
        self.engine = open_engine(f"sqlite:///{self.folder / 'hub.db'}")
        self.world = World(self.engine)
        self.world.ids._count = count(FRESH_IDS)
        self.world.bank = self.bank()
        self.files = [first]
        self.workers = 0
        self.sleepers = []
        self.misled = False
        """Two people decided against what is, or will be, so: then the hub owes nothing but one file of each name."""

    @staticmethod
    def _built():
        """A database with a built file in it, made once."""
        path = Path(tempfile.mkdtemp(prefix="payhub-template-")) / "hub.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        built = World(engine).built("1.00", "2.00")
        engine.dispose()
        return path, *built

    @property
    def file(self):
        return self.files[-1]

    def held(self):
        return [name for name, _ in self.world.bank.received]

    def _run(self, file=None):
        self.workers += 1
        file = file or self.file
        with suppress(Crash, Fenced, Conflict):
            self.world.submit(file, self.world.claim("file", file, f"w{self.workers}"))

    @rule(faults=st.lists(st.none() | FAULTS, max_size=5))
    def a_worker_tries(self, faults):
        self.world.bank.script = list(faults)
        self._run()
        self.world.bank.script = []

    @rule(moment=st.sampled_from(["publish", "discard"]))
    def a_worker_falls_asleep(self, moment):
        act = getattr(self.world.bank, moment)

        def asleep(outbound):
            self.sleepers.append((moment, outbound))
            raise Crash

        setattr(self.world.bank, moment, asleep)
        self._run()
        setattr(self.world.bank, moment, act)

    @precondition(lambda self: self.sleepers)
    @rule(which=st.integers(0, 20), again=st.booleans())
    def a_sleeper_goes_on(self, which, again):
        moment, outbound = self.sleepers[which % len(self.sleepers)]
        for _ in range(1 + again):
            with suppress(ChannelError):
                getattr(self.world.bank, moment)(outbound)

    @rule(minutes=st.sampled_from([2, 30, 12 * 60]))
    def time_passes(self, minutes):
        self.world.at += timedelta(minutes=minutes)

    @rule(verdict=st.sampled_from(Verdict), person=st.sampled_from(["anna", "ben", "eve"]))
    def a_person_rules(self, verdict, person):
        holds = self.world.file(self.file).name in self.held()
        if verdict is Verdict.ARRIVED and not holds:
            return
        try:
            said = self.world.rule(self.file, person, verdict)
        except Conflict:
            return
        wrong = holds or (self.sleepers and self.bank is ApiBank)  # a request that is asleep cannot be taken back
        if sum(one.verdict is verdict for one in said) > 1 and verdict is not Verdict.ARRIVED and wrong:
            self.misled = True

    @rule()
    def a_person_withdraws(self):
        with suppress(Conflict):
            self.world.do(withdraw.withdraw, batch_id=self.batch, actor="anna", reason="not this month")

    @rule(place=st.sampled_from([0, 1]))
    def a_person_withdraws_one_payment(self, place):
        """The other one goes on, in a new file where the old one is surely not at the bank."""
        with suppress(Conflict):
            self.world.withdraw(self.batch, [self.world.payments(self.batch)[place].id])

    @precondition(lambda self: self.world.file(self.file).state is FileState.WITHDRAWN)
    @rule()
    def the_next_window_comes(self):
        self.world.roll(self.batch)
        ids = {one.window_id for one in self.world.payments(self.batch) if one.state == "scheduled"}
        with self.world.unit() as work:
            opens = [work.windows.get(one).opens_at for one in ids]
        if opens:
            self.world.at = max(self.world.at, *opens)
            self.files += self.world.generate(self.batch)

    @invariant()
    def the_bank_has_each_payment_once(self):
        held = self.held()
        assert len(set(held)) == len(held), "a file stands there twice"
        assert len(held) <= 1 or self.misled, "the same payments went out in two files"

    @invariant()
    def nobody_claims_an_arrival_that_was_not(self):
        for file in map(self.world.file, self.files):
            assert file.state not in SENT or file.name in self.held()
            assert file.state is not FileState.GENERATED or file.name not in self.held() or self.misled

    def teardown(self):
        self._line_is_good_again()
        states = set(self.world.states(self.batch))
        (state,) = states - {"cancelled"} or {"cancelled"}
        if not self.misled:
            sent = b"".join(content for _, content in self.world.bank.received)
            for one in self.world.payments(self.batch):
                assert (one.id.encode() in sent) == (bool(self.held()) and one.state != "cancelled")
            assert (state == "submitted") == bool(self.held()), (state, self.held())
            for file in map(self.world.file, self.files):
                assert (file.state in SENT) == (file.name in self.held())
        if state == "rejected":
            assert "people" in self.world.evidence(self.file)
        assert self.misled or state in ("submitted", "rejected", "cancelled", "in_doubt", "expired")
        assert state != "in_doubt" or self._nothing_can_prove_it()
        left = set(self.world.bank.staged)
        assert not left or state == "in_doubt", "no copy is left for anybody to hand over"
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def _line_is_good_again(self):
        """Everybody who slept goes on, the line holds, and the clock reaches the next windows."""
        self.world.bank.script = []
        for round_ in range(ROUNDS):
            self._run()
            if self.world.file(self.file).state is FileState.WITHDRAWN:
                self.the_next_window_comes()
            if round_ == 1:
                for moment, outbound in self.sleepers:
                    with suppress(ChannelError):
                        getattr(self.world.bank, moment)(outbound)
        for file in self.files:
            self._run(file)

    def _nothing_can_prove_it(self):
        """An API that lists nothing when it is too late to ask again waits for people."""
        return self.bank is ApiBank


class DoubtingAnApi(Doubting):
    bank = ApiBank


for machine in (Doubting, DoubtingAnApi):
    machine.TestCase.settings = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
    )


@pytest.mark.slow
class TestDoubting(Doubting.TestCase):
    """A bank that takes staged files."""


@pytest.mark.slow
class TestDoubtingAnApi(DoubtingAnApi.TestCase):
    """A bank that is an API."""
