"""The crash campaign: kill -9 at every step, under load, and the count at the banks must come out even.

    python -m tests.campaigns.crash --kills 20 --db sqlite --workers 1 [--sshd] [--seed 7]

Prints each kill, and as its last line one JSON object. Exit 0 only when nothing was lost, doubled or stuck and the
audit trail holds.
"""

import argparse
import json
import math
import secrets
import signal
import sys
import time

from gateway.persistence.audit_trail import AuditTrail
from tests import sshd
from tests.campaigns.counting import ENDED, at_the_banks, count
from tests.campaigns.killer import BY_DAY, BY_NIGHT, Killer
from tests.campaigns.load import Load
from tests.campaigns.watch import Watch
from tests.campaigns.world import Stuck, Ways, World

ZEROS = ("lost", "duplicated", "unknown", "stuck", "early", "left_over")
DAY_KILLS, NIGHT_KILLS = 12, 3
"""Kills of one simulated day: while batches come in, and while statements do."""
CALM_WITHIN_S = 150
"""How long the hub may take to bring everything to its end once nobody kills it any more."""
WARM_UP_S = 3.0
NEXT_VERSION = "99.0.0"
LINE_DELAY_S = 0.01
"""Of the SFTP bank's line, each way: what is between two messages can then be met."""


def main(arguments=None):
    asked = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whoever stops a campaign stops its processes
    say = print if not asked.quiet else lambda *_: None
    result = campaign(
        kills=asked.kills, db=asked.db, workers=asked.workers, seed=asked.seed, with_sshd=asked.sshd, keep=asked.keep,
        aims=tuple(asked.aims.split(",")) if asked.aims else BY_DAY, deploy=asked.deploy, say=say,
    )  # fmt: skip
    print(json.dumps(result), flush=True)
    return 0 if passed(result) else 1


def passed(result):
    """Whether a campaign held."""
    return result["audit_ok"] and not zeros_missed(result)


def zeros_missed(result):
    """The counts that must be zero and are not."""
    return {name: result[name] for name in ZEROS if result[name]}


def campaign(
    *, kills, db, workers, seed=None, with_sshd=False, keep=False, aims=BY_DAY, deploy=False, sabotage=None,
    calm_s=CALM_WITHIN_S, line_delay_s=LINE_DELAY_S, say=print,
):  # fmt: skip
    """Runs one campaign; gives its figures. ``aims`` are the moments of the day that are aimed at; ``deploy`` puts
    another version of the application in the place of each worker in the middle, one after the other.
    """
    seed = secrets.randbelow(1 << 30) if seed is None else seed
    say(f"kills={kills} db={db} workers={workers} seed={seed}")
    began = time.monotonic()
    ways = Ways(line_delay_s=line_delay_s, sabotage=sabotage)
    with World(db=db, workers=workers, seed=seed, with_sshd=with_sshd, keep=keep, ways=ways) as world:
        if keep:
            say(f"folder {world.folder}")
        watch = Watch(world.url, world.banks, alone=workers == 1)
        try:
            with Load(world, watch) as load:
                killer = Killer(world, watch, load)
                watch.on_early = killer.strike
                days = list(_days(kills, aims, world.chance))
                trouble = _play(killer, days, calm_s, say, deploy_at=len(days) // 2 if deploy else None)
            result = _figures(world, watch, load, killer)
        finally:
            watch.close()
    if trouble:
        say(trouble)
    facts = {"db": db, "workers": workers, "sshd": with_sshd, "deploy": deploy, "seed": seed}
    return result | facts | {"took_s": round(time.monotonic() - began)}


def _play(killer, days, calm_s, say, *, deploy_at):
    """The days of the campaign. Gives what went wrong in words, if something got stuck; the figures tell the rest."""
    world, watch, load = killer.world, killer.watch, killer.load
    try:
        for number, (by_day, by_night) in enumerate(days):
            world.morning()
            load.open(world.day)
            time.sleep(WARM_UP_S)
            half = len(by_day) // 2
            _kill(killer, by_day[:half], "acknowledge", say)
            if number == deploy_at:
                _deploy(killer, say)
            _kill(killer, by_day[half:], "acknowledge", say)
            load.close()
            world.until(
                "every payment acknowledged", lambda: set(watch.states()) <= {"acknowledged", ENDED}, within_s=calm_s
            )
            world.booking()
            world.evening()
            _kill(killer, by_night, "reconcile", say)
            world.until("every payment reconciled", lambda: set(watch.states()) == {ENDED}, within_s=calm_s)
        world.until("every interrupted job taken up", lambda: not watch.unrecovered, within_s=calm_s)
    except Stuck as err:
        return f"{err} Payments stand at {watch.states()}; jobs nobody took up: {watch.unrecovered}"
    return None


def _deploy(killer, say):
    """A rolling deploy: the workers end one after the other as an orchestrator ends them, and come back as another
    version, while what the old one left half done is still there.
    """
    for part in killer.world.workers:
        part.stop()
        part.version = NEXT_VERSION
        part.start()
        say(f"deploy: {part.name} is {NEXT_VERSION} now")
        killer.rest()


def _days(kills, aims, chance):
    """The kills cut into days: each aim comes about equally often, in an order of chance."""
    number = max(1, math.ceil(kills / (DAY_KILLS + NIGHT_KILLS)))
    for day in range(number):
        today = kills * (day + 1) // number - kills * day // number
        by_night = min(NIGHT_KILLS, max(1, round(today * NIGHT_KILLS / (DAY_KILLS + NIGHT_KILLS)))) if today > 1 else 0
        shuffled = chance.sample(aims, len(aims))
        yield (shuffled * today)[: today - by_night], BY_NIGHT[:by_night]


def _kill(killer, aims, documents_are, say):
    for aim in aims:
        name, steps = killer.kill(aim, documents_are=documents_are)
        say(f"kill {killer.kills}: {name} at {aim}, in the middle of {', '.join(steps) or 'nothing'}")
        killer.rest()


def _figures(world, watch, load, killer):
    outcomes, held = at_the_banks(world.banks)
    states = watch.states()
    with world.hub.reading(still=True) as connection:
        breaches = list(AuditTrail(connection).breaches())
    wanted = sum(map(len, load.accepted.values()))
    recoveries = sorted(seconds for seconds, _ in watch.recoveries)
    return {
        "kills": killer.kills, "early": len(watch.early), "files": outcomes["accepted"],
        **count(load.accepted, outcomes, held),
        "stuck": wanted - states.get(ENDED, 0), "audit_ok": not breaches,
        "recovery_p95_s": p95(recoveries), "recovery_max_s": max(recoveries, default=None),
        "api_recovery_p95_s": p95(sorted(killer.api_recoveries)), "payments": wanted,
        "by_step": dict(sorted(killer.by_step.items())), "missed": dict(killer.missed), "states": states,
        "retries": load.retries, "left_over": len(left_over(world, watch)),
    }  # fmt: skip


def left_over(world, watch):
    """Places in the queue that nobody gives back."""
    seen = set(watch.left_over())
    try:
        world.until("every place in the queue given back", lambda: not seen & set(watch.left_over()), within_s=60)
    except Stuck:
        return seen & set(watch.left_over())
    return set()


def p95(values):
    """The value that 95 of 100 sorted ones do not exceed."""
    return values[min(len(values) - 1, math.ceil(len(values) * 0.95) - 1)] if values else None


def _parse(arguments):
    given = sys.argv[1:] if arguments is None else arguments
    plain = [f"--{one.lower()}" if "=" in one and not one.startswith("-") else one for one in given]
    parser = argparse.ArgumentParser(description="kill -9 at every step; the count at the banks must come out even.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--sshd", action=argparse.BooleanOptionalAction, default=sshd.is_installed(),
        help="a real OpenSSH server before the SFTP bank; the default where one is installed",
    )  # fmt: skip
    parser.add_argument("--deploy", action="store_true", help="another version of the application in the middle")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of an earlier run")
    parser.add_argument("--aims", help=f"aim at some moments only, with commas between them: {', '.join(BY_DAY)}")
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and database")
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args(plain)


if __name__ == "__main__":
    sys.exit(main())
