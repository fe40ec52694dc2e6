"""Zombies: a worker is put to sleep in the middle of its work, others take over, then it wakes and knows of nothing."""

import time
from collections import Counter

from tests.campaigns.world import Stuck

MOMENTS = ("stage", "publish", "arrived", "poll", "both", "late")
"""In the middle of staging; before the rename; after it and before it is written down; while it asks for answers. At
``both`` the one who takes over is put to sleep too, and at ``late`` the sleeper's messages arrive while the other one
is between staging and renaming.
"""
MOMENT_WITHIN_S = 60
TAKEN_OVER_WITHIN_S = 120
"""A lease, and for a sleeper on SQLite the minute for which a living process of the same machine is believed."""
AWAKE_S = 4.0
"""How long a woken sleeper is watched: it goes on at once, with messages that are ready to be sent."""
GLANCE_S = 0.004
STAGING_DONE_S_MAX = 20
TRIES_MAX = {"both": 3, "late": 8}
"""How often a moment is tried that needs two workers to stand just so."""
LINE_AGE_S = 0.3
"""Longer than any line's delay: what was sent before somebody fell asleep has come to where it is held."""


class Missed(Exception):
    """The moment did not come as it was wanted."""


class Sleepers:
    """Counts what sleepers did after they were overtaken: ``meddled`` is what they wrote, ``sent`` what they sent."""

    def __init__(self, world, watch):
        self._world = world
        self._watch = watch
        self.by_moment = Counter()
        self.missed = Counter()
        self.meddled = []
        self.sent = []
        self.takeovers = []
        """Seconds until somebody else had what the sleeper held."""

    def sleep(self, moment):
        """One sleeper, from falling asleep to the end of its awakening. Gives a line to print."""
        for _ in range(TRIES_MAX.get(moment, 1)):
            try:
                told = self._once(moment)
            except Missed as err:
                told = str(err)
            else:
                self.by_moment[moment] += 1
                return told
        self.missed[moment] += 1
        return told

    def _once(self, moment):
        caught = self._caught(moment)
        if caught is None:
            raise Missed(f"no worker came to {moment}")
        sleeper = self._world.worker_of(caught.worker)
        if sleeper is None:
            raise Missed(f"the worker at {moment} was gone")
        self._hold(sleeper)
        sleeper.freeze()
        try:
            return self._asleep(moment, caught, sleeper)
        finally:
            self._release(sleeper)
            sleeper.thaw()

    def _asleep(self, moment, caught, sleeper):
        began = time.monotonic()
        if moment == "poll":
            self._taken_over([caught.key], sleeper, caught.fence)
            took = self._took(began)
            return f"{sleeper.name} slept while polling; after {took} s another one polled"
        if moment == "both":
            return self._both(caught, sleeper, began)
        if moment == "late":
            return self._late(caught, sleeper, began)
        self._world.until(
            f"{caught.name} brought to its bank by another worker",
            lambda: self._watch.file(caught.file).submitted_at is not None, within_s=TAKEN_OVER_WITHIN_S,
        )  # fmt: skip
        took = self._took(began)
        self._wake(caught, sleeper)
        return f"{sleeper.name} slept at {moment} of {caught.name}; another one finished it after {took} s"

    def _both(self, caught, sleeper, began):
        """The sleeper wakes while the one who took over sleeps: whatever changes, the sleeper did it."""
        self._taken_over([caught.key], sleeper, caught.fence)
        took = self._took(began)
        row = self._watch.job(caught.key)
        heir = self._world.worker_of(row.worker) if row is not None else None
        if heir is None or heir is sleeper:
            raise Missed("whoever took over was gone already")
        heir.freeze()
        try:
            if self._watch.file(caught.file).state != "generated":
                raise Missed(f"{heir.name} was too quick for us with {caught.name}")
            self._wake(caught, sleeper)
        finally:
            heir.thaw()
        return f"{sleeper.name} slept at stage of {caught.name}, woke after {took} s while {heir.name} slept"

    def _late(self, caught, sleeper, began):
        """The sleeper's messages were on their way all the time, and arrive when the other one has staged the file and
        its rename is on its way.
        """
        if not self._is_late(caught, sleeper):
            raise Missed(f"{sleeper.name} had sent nothing about {caught.name} yet, or too much")
        self._taken_over([caught.key], sleeper, caught.fence)
        row = self._watch.job(caught.key)
        heir = self._world.worker_of(row.worker) if row is not None else None
        deadline = time.monotonic() + STAGING_DONE_S_MAX
        while time.monotonic() < deadline and self._watch.file(caught.file).state == "generated":
            time.sleep(GLANCE_S)
        if heir is None or heir is sleeper:
            raise Missed("whoever took over was gone already")
        self._hold(heir)
        try:
            if self._watch.holds(caught.bank, caught.name):
                raise Missed(f"{heir.name} was too quick for us with {caught.name}")
            self._release(sleeper)
            took = self._took(began)
            time.sleep(LINE_AGE_S)
        finally:
            self._release(heir)
        self._world.until(
            f"{caught.name} brought to its bank", lambda: self._watch.file(caught.file).submitted_at is not None,
            within_s=TAKEN_OVER_WITHIN_S,
        )  # fmt: skip
        self._wake(caught, sleeper)
        return f"messages of {sleeper.name} about {caught.name} came {took} s late"

    def _is_late(self, caught, sleeper):
        """Whether the sleeper's very first message about the file waits on the line: one that opens the staged copy
        empties what has its name by then, while what is written to an open copy stays in that, removed or not.
        """
        time.sleep(LINE_AGE_S)
        there = self._world.banks[caught.bank].bank.root / "in"
        begun = any(there.glob(f".{caught.name}.*"))
        return self._world.line is not None and self._world.line.holds_back(sleeper.pid) and not begun

    def _wake(self, caught, sleeper):
        """Wakes it, and looks whether anything about the file is other than before, here or at the bank."""
        before, there = self._watch.written_about(caught.file), self._arrivals(caught)
        self._release(sleeper)
        sleeper.thaw()
        time.sleep(AWAKE_S)
        if self._watch.written_about(caught.file) != before:
            self.meddled.append(caught.name)
        if self._arrivals(caught) != there:
            self.sent.append(caught.name)

    def _taken_over(self, keys, sleeper, fence):
        mine = f"|{sleeper.pid}|"

        def others():
            rows = [self._watch.job(key) for key in keys]
            return all(row is None or (row.fence > fence and row.worker and mine not in row.worker) for row in rows)

        deadline = time.monotonic() + TAKEN_OVER_WITHIN_S
        while not others():
            if time.monotonic() > deadline:
                raise Stuck(f"Nobody took over {', '.join(keys)} from {sleeper.name} within {TAKEN_OVER_WITHIN_S} s.")
            time.sleep(GLANCE_S)

    def _took(self, began):
        took = round(time.monotonic() - began, 1)
        self.takeovers.append(took)
        return took

    def _caught(self, moment):
        deadline = time.monotonic() + MOMENT_WITHIN_S
        while time.monotonic() < deadline:
            caught = self._watch.polling() if moment == "poll" else self._carrying(moment)
            if caught is not None:
                return caught
            time.sleep(GLANCE_S)
        return None

    def _carrying(self, moment):
        """A file of the bank behind the line, with its worker. Messages can only come late that were sent: whoever is
        to be late must have its connection to the bank already.
        """
        at = {"both": "stage", "late": "stage"}.get(moment, moment)
        return self._watch.caught(at, bank="alpenbank", warm=moment == "late")

    def _arrivals(self, caught):
        store = self._world.banks[caught.bank].bank.store
        return [tuple(row) for row in store.rows("SELECT id, outcome FROM arrivals WHERE name = ?", caught.name)]

    def _hold(self, part):
        if self._world.line is not None:
            self._world.line.hold(part.pid)

    def _release(self, part):
        if self._world.line is not None:
            self._world.line.release(part.pid)
