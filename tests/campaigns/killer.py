"""The killer: waits until a process is in the middle of a step, kills it as the kernel would, and starts it again."""

import threading
import time
from collections import Counter

from tests.campaigns.world import READY_WITHIN_S

BY_DAY = (
    "intake", "validate", "approve", "schedule", "generate", "stage", "publish", "arrived", "written", "acknowledge",
    "collect", "notify", "any",
)  # fmt: skip
"""Moments to aim at. ``taken_away`` is one more: an answer is gone from its bank, and not safe with the hub; the hub as
it is never comes there.
"""
BY_NIGHT = ("reconcile", "reconcile", "notify")
MOMENT_WITHIN_S = 25
GLANCE_S = 0.004
OFF_BALANCE_S = 0.03
"""How long after a request or a hand-over began its process is killed at most."""
DOWN_S_MAX = 1.0
BETWEEN_S = (0.3, 2.5)


class Killer:
    """Counts what every kill interrupted, as the rows of the dead process say, not as it was aimed."""

    def __init__(self, world, watch, load):
        self.world = world
        self.watch = watch
        self.load = load
        self.kills = 0
        self.api_kills = 0
        self.missed = Counter()
        self.by_step = Counter()
        self.api_recoveries = []
        self._struck = threading.Lock()

    def kill(self, aim, *, documents_are):
        """One kill at (or, when the moment does not come, near) a moment; the process stands again afterwards."""
        self.load.check()
        victim = self._aimed(aim, documents_are) if aim != "any" else self._anybody()
        steps = self._doing() if victim is self.world.server else []
        killed_at = time.monotonic()
        with self._struck:
            victim.kill()
        self.kills += 1
        if victim is self.world.server:
            self.api_kills += 1
        else:
            steps = self.watch.left_by(victim.pid, documents_are=documents_are)
        self.by_step.update(dict.fromkeys(steps or ["idle"], 1))
        time.sleep(self.world.chance.uniform(0, DOWN_S_MAX))
        victim.start()
        if victim is self.world.server:
            self.world.until("the API is back", self.world.is_ready, within_s=READY_WITHIN_S)
            self.api_recoveries.append(round(time.monotonic() - killed_at, 2))
        return victim.name, steps

    def strike(self):
        """kill -9 for every worker, at once: something was just seen that must not be."""
        with self._struck:
            alive = [part for part in self.world.workers if part.is_alive]
            for part in alive:
                part.kill()
            for part in alive:
                part.start()

    def rest(self):
        """A moment in which the hub gets on with its work."""
        time.sleep(self.world.chance.uniform(*BETWEEN_S))

    def _anybody(self):
        return self.world.chance.choice(self.world.parts)

    def _doing(self):
        return [
            name for name, event in (("intake", self.load.posting), ("approve", self.load.approving))
            if event.is_set()
        ]  # fmt: skip

    def _aimed(self, aim, documents_are):
        if aim in ("intake", "approve"):
            event = self.load.posting if aim == "intake" else self.load.approving
            if self._soon(event.is_set):
                time.sleep(self.world.chance.uniform(0, OFF_BALANCE_S))
            else:
                self.missed[aim] += 1
            return self.world.server
        if aim == "taken_away":
            if self._soon(self.watch.taken_unsafely):
                self.strike()
            else:
                self.missed[aim] += 1
            return self.world.workers[0]
        found = []

        def caught():
            worker = self.watch.working(aim, documents_are=documents_are)
            if worker is not None:
                found[:] = [part for part in self.world.workers if f"|{part.pid}|" in worker]
            return bool(found)

        if not self._soon(caught):
            self.missed[aim] += 1
            return self._anybody()
        if aim == "publish":  # on either side of the hand-over, and of writing it down
            time.sleep(self.world.chance.uniform(0, OFF_BALANCE_S))
        return found[0]

    def _soon(self, reached):
        deadline = time.monotonic() + MOMENT_WITHIN_S
        while time.monotonic() < deadline:
            if reached():
                return True
            time.sleep(GLANCE_S)
        return False
