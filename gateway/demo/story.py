"""The story: what people, banks and the calendar do, act by act, and what must have happened before the next act."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from gateway.demo.batches import DAY, Handover, handovers
from gateway.demo.erp import TIMEOUT_S, hand_over
from gateway.demo.figures import standing
from gateway.demo.world import World

VIENNA = ZoneInfo("Europe/Vienna")
STARTS_AT = datetime.combine(DAY, datetime.min.time(), tzinfo=VIENNA) + timedelta(hours=8, minutes=30)
ACT_WITHIN_S = 60
LOOK_EVERY_S = 0.1
BUSINESS_DAYS = 3
Tell = Callable[[str], None]


class StoryStuck(Exception):
    """An act did not end within ``ACT_WITHIN_S`` seconds; the message says where everything stands."""


class Story:
    """Plays the acts in order; ``tell`` hears what happens, ``look`` is called while waiting."""

    def __init__(self, world: World, tell: Tell, look: Callable[[], None]) -> None:
        self._world = world
        self._tell = tell
        self._look = look
        self.batches: dict[str, tuple[str, Handover]] = {}

    def play(self) -> None:
        """The whole story."""
        for handover in handovers():
            self._tell(f"The ERP hands over the {handover.name} ({handover.file_name}).")
            batch = hand_over(self._world.api, self._world.access.erp_key, handover)
            self.batches[batch] = (handover.name, handover)
            self._until(f"{handover.name} validated", lambda: self._all_in({"validated", "invalid"}, batch))  # noqa: B023
        self._tell("Anna and Ben look at what waits and approve it; the suspected duplicate stays held.")
        for batch, (name, _) in self.batches.items():
            self._approve(batch)
            done = {"acknowledged", "rejected", "invalid", "validated"}
            self._until(f"{name} answered by its bank", lambda: self._all_in(done, batch))  # noqa: B023
        for number in range(BUSINESS_DAYS):
            self._evening(number)
        self._until("everything where it belongs", self._at_the_end)
        self._until("the ERP has heard it", self._heard)

    def _approve(self, batch: str) -> None:
        for token in self._world.access.tokens.values():
            headers = {"Authorization": f"Bearer {token}"}
            url = f"{self._world.api}/v1/batches/{batch}/approvals"
            shown = httpx.get(url, headers=headers, timeout=TIMEOUT_S)
            shown.raise_for_status()
            body = {"digest": shown.json()["digest"], "decision": "approve", "reason": "checked"}
            httpx.post(url, headers=headers, json=body, timeout=TIMEOUT_S).raise_for_status()

    def _evening(self, number: int) -> None:
        """The banks book at four and send their statements at six; the hub proves and reconciles them."""
        day = STARTS_AT + timedelta(days=number)
        self._tell(f"{day:%A} evening: the banks book and send their statements.")
        for hour, minute in ((16, 5), (18, 5)):
            self._world.clock.set(day.replace(hour=hour, minute=minute))
            self._wait_for_banks()
        wanted = (number + 1) * len(self._world.banks)
        self._until(f"statements of {day:%A}", lambda: standing(self._world.hub).statements >= wanted)

    def _wait_for_banks(self) -> None:
        for bank in self._world.banks.values():
            bank.bank.run()

    def _all_in(self, states: set[str], batch: str) -> bool:
        found = standing(self._world.hub).payments
        return all(row.state in states for row in found if row.batch_id == batch)

    def _at_the_end(self) -> bool:
        found = {row.reference: row.state for row in standing(self._world.hub).payments}
        wanted = {line.reference: line.ends for _, handover in self.batches.values() for line in handover.lines}
        return found == wanted

    def _heard(self) -> bool:
        now = standing(self._world.hub)
        states = {reference: state for reference, (_, state) in self._world.erp.states.items()}
        return all(states.get(row.reference) == row.state for row in now.payments) and not now.webhooks_behind

    def _until(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + ACT_WITHIN_S
        while not reached():
            if time.monotonic() > deadline:
                where = {row.reference: row.state for row in standing(self._world.hub).payments}
                raise StoryStuck(f"Waited {ACT_WITHIN_S} s for: {what}. Payments stand at {where}.")
            self._look()
            time.sleep(LOOK_EVERY_S)
