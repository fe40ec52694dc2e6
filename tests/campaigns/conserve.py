"""The conservation campaign: batches, or some of their payments, are cancelled at every moment while workers send.
What is cancelled never arrives, and the rest does.

    python -m tests.campaigns.conserve --files 500 --db sqlite [--seed 7]

Counted in payments and amounts, at the banks, against what the API answered: 2xx to a batch, the number each
cancellation withdrew. The last line is one JSON object; exit 0 only when it comes out even.
"""

import argparse
import json
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from sqlalchemy import func, select

from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.tables import files, payments
from tests.campaigns.counting import at_the_banks
from tests.campaigns.handing import Hands, order
from tests.campaigns.world import ALPENBANK, NORDBANK, Stuck, World

HANDS = 4
PAYMENTS_MAX = 4
CANCELLED_SHARE = 0.6
SINGLES_SHARE = 0.5
"""Of the cancellations, those that name payments; the rest of their file must arrive."""
CALM_WITHIN_S = 420
TAKEN_IN_WITHIN_S = 60
"""How soon a bank takes in what lies at its door, on a busy machine; what it has not by then is lost."""
MOMENT_WITHIN_S = 20
GLANCE_S = 0.005
MOMENTS = ("at once", "while people look", "just approved", "scheduled", "generated", "staged", "twice", "late")
"""When a batch is cancelled. ``twice`` is two callers at one moment."""
WITH_THE_BANK = ("submitted", "acknowledged", "settled", "reconciled")
OVER = (*WITH_THE_BANK, "cancelled")


class Ledger:
    """What the API said: batches by id, and how many payments each cancellation withdrew."""

    def __init__(self):
        self._guard = threading.Lock()
        self.created = {}
        self.withdrawn = Counter()
        self.tried = Counter()
        self.by_moment = Counter()

    def note_created(self, batch, given):
        with self._guard:
            self.created[batch] = given

    def note_cancelled(self, batch, moment, number):
        with self._guard:
            self.tried[moment] += 1
            self.withdrawn[batch] += number
            self.by_moment[moment] += number


def campaign(*, number, db, workers=2, seed=None, keep=False, say=print):
    """Runs one campaign; gives its figures."""
    seed = secrets.randbelow(1 << 30) if seed is None else seed
    say(f"files={number} db={db} workers={workers} seed={seed}")
    began, ledger, trouble = time.monotonic(), Ledger(), None
    with World(db=db, workers=workers, seed=seed, keep=keep) as world:
        world.morning()
        plans = [_plan(one, world.chance) for one in range(1, number + 1)]
        with ThreadPoolExecutor(HANDS) as pool:
            list(pool.map(lambda share: _play(world, ledger, share), [plans[start::HANDS] for start in range(HANDS)]))
        try:
            world.until(
                "everything sent or cancelled", lambda: _states(world).keys() <= set(OVER), within_s=CALM_WITHIN_S
            )
            world.until(
                "everything sent taken in", lambda: _sent(world) <= at_the_banks(world.banks)[1].keys(),
                within_s=TAKEN_IN_WITHIN_S,
            )  # fmt: skip
        except Stuck as err:
            trouble = f"{err} Payments stand at {_states(world)}"
        result = _figures(world, ledger)
    if trouble:
        say(trouble)
    return result | {"db": db, "workers": workers, "seed": seed, "seconds": round(time.monotonic() - began)}


def _plan(number, chance):
    account = (ALPENBANK, NORDBANK)[number % 2]
    given = order(number, account, chance.randint(1, PAYMENTS_MAX))
    moment = chance.choice(MOMENTS) if chance.random() < CANCELLED_SHARE else None
    some = chance.sample(range(len(given.payments)), chance.randint(1, len(given.payments)))
    return given, moment, chance.uniform(0, 0.05), some if chance.random() < SINGLES_SHARE else None


def _play(world, ledger, share):
    with Hands(world) as hands:
        for given, moment, offset_s, some in share:
            batch = hands.hand_over(given, world.day)
            ledger.note_created(batch, given)
            if moment == "at once":
                _cancel(hands, ledger, batch, moment, some)
                if some is not None:
                    hands.approve(batch)
            elif moment is None:
                hands.approve(batch)
            else:
                _race(world, hands, ledger, batch, moment, offset_s, some)


def _race(world, hands, ledger, batch, moment, offset_s, some):
    """One thread waits for its moment and cancels while this one has the batch approved."""

    def act():
        with Hands(world) as mine:
            _wait(world, batch, moment)
            time.sleep(offset_s)
            _cancel(mine, ledger, batch, moment, some)

    racers = [threading.Thread(target=act) for _ in range(2 if moment == "twice" else 1)]
    for racer in racers:
        racer.start()
    hands.approve(batch)
    for racer in racers:
        racer.join()


def _cancel(hands, ledger, batch, moment, some):
    named = None if some is None else [f"{batch}-{position:07}" for position in some]
    number = hands.cancel(batch, f"cancelled: {moment}", payment_ids=named)
    ledger.note_cancelled(batch, moment if some is None else f"{moment}, some of it", number)


def _wait(world, batch, moment):
    """Until the rows of the batch say that the moment has come (or has passed, or the time is over)."""
    wanted = {
        "just approved": ("approved", "scheduled"), "twice": ("approved", "scheduled", "generated"),
        "scheduled": ("scheduled", "generated"), "generated": ("generated",), "staged": ("staged",),
        "late": WITH_THE_BANK,
    }.get(moment)  # fmt: skip
    if wanted is None:
        return
    table, column = (files, files.c.batch_id) if moment == "staged" else (payments, payments.c.batch_id)
    deadline = time.monotonic() + MOMENT_WITHIN_S
    while time.monotonic() < deadline:
        with world.hub.reading() as connection:
            states = set(connection.execute(select(table.c.state).where(column == batch).distinct()).scalars())
        if states & {*wanted, *OVER}:
            return
        time.sleep(GLANCE_S)


def _states(world):
    with world.hub.reading() as connection:
        return dict(connection.execute(select(payments.c.state, func.count()).group_by(payments.c.state)).all())


def _sent(world):
    return set().union(*(_in_state(world, state) for state in WITH_THE_BANK))


def _figures(world, ledger):
    outcomes, held = at_the_banks(world.banks)
    owned = {
        reference: (batch, amount)
        for batch, given in ledger.created.items()
        for reference, amount in given.payments.items()
    }
    cancelled = _in_state(world, "cancelled")
    with world.hub.reading(still=True) as connection:
        breaches = list(AuditTrail(connection).breaches())
    arrived = Counter(owned[reference][0] for reference in held if reference in owned)
    uneven = [
        batch
        for batch, given in ledger.created.items()
        if len(given.payments) - ledger.withdrawn[batch] != arrived[batch]
    ]
    wanted = len(owned) - sum(ledger.withdrawn.values())
    states = _states(world)
    return {
        "lost": len(owned.keys() - held.keys() - cancelled),
        "duplicated": sum(1 for times in held.values() if times > 1) + outcomes["duplicate"] + outcomes["unreadable"],
        "stuck": sum(number for state, number in states.items() if state not in OVER),
        "both": len(cancelled & held.keys()), "unknown": len(held.keys() - owned.keys()), "uneven": len(uneven),
        "created": len(owned), "cancelled": sum(ledger.withdrawn.values()), "submitted": len(held),
        "balanced": wanted == len(held), "amounts": _amounts(owned, held, cancelled), "files": outcomes["accepted"],
        "by_moment": dict(ledger.by_moment), "tried": dict(ledger.tried), "audit_ok": not breaches, "states": states,
    }  # fmt: skip


def _amounts(owned, held, cancelled):
    """Created, cancelled and submitted in euros, and whether they add up."""

    def total(references):
        return sum((owned[one][1] for one in references if one in owned), Decimal(0))

    created, gone, sent = total(owned), total(cancelled), total(held)
    return {"created": str(created), "cancelled": str(gone), "submitted": str(sent), "even": created - gone == sent}


def _in_state(world, state):
    with world.hub.reading() as connection:
        return set(connection.execute(select(payments.c.end_to_end_id).where(payments.c.state == state)).scalars())


def passed(result):
    """Whether nothing was made and nothing was lost."""
    zeros = ("lost", "duplicated", "stuck", "both", "unknown", "uneven")
    even = result["balanced"] and result["amounts"]["even"] and result["audit_ok"]
    return even and not any(result[name] for name in zeros)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Cancellations race the sending; counted at the banks.")
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and database")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whoever stops a campaign stops its processes
    result = campaign(number=asked.files, db=asked.db, workers=asked.workers, seed=asked.seed, keep=asked.keep)
    print(json.dumps(result), flush=True)
    return 0 if passed(result) else 1


if __name__ == "__main__":
    sys.exit(main())
