"""The outage campaign: sleepers, dropped lines, a database killed under load, a machine gone silent, clocks that jump.

    python -m tests.campaigns.outages --db postgres --workers 2 [--rounds 2] [--acts sleepers,database] [--seed 7]

Prints what happens, and as its last line one JSON object. Exit 0 only when nothing was lost, doubled or stuck, nobody
who was overtaken wrote or sent anything, and the audit trail holds.
"""

import argparse
import json
import secrets
import signal
import sys
import time
from collections import Counter

from gateway.persistence.audit_trail import AuditTrail
from tests import sshd
from tests.campaigns import disturbances, host, timepiece
from tests.campaigns.counting import ENDED, at_the_banks, count
from tests.campaigns.crash import left_over, p95
from tests.campaigns.load import Load
from tests.campaigns.sleepers import MOMENTS, Sleepers
from tests.campaigns.watch import Watch
from tests.campaigns.world import Stuck, Ways, World

ACTS = ("sleepers", "cut", "taken", "database", "host", "clocks")
ZEROS = ("lost", "duplicated", "unknown", "stuck", "early", "left_over", "meddled", "sent", "overwritten", "stolen")
CALM_WITHIN_S = 180
WARM_UP_S = 3.0
LINE_DELAY_S = 0.03
"""Of the SFTP bank's line, each way: a moment between two messages is then long enough to be met."""


def main(arguments=None):
    asked = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whoever stops a campaign stops its processes
    say = print if not asked.quiet else lambda *_: None
    result = campaign(
        db=asked.db, workers=asked.workers, rounds=asked.rounds, acts=tuple(asked.acts.split(",")), seed=asked.seed,
        with_sshd=asked.sshd, keep=asked.keep, moments=tuple(asked.moments.split(",")), say=say,
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
    *, db, workers, rounds=1, acts=ACTS, seed=None, with_sshd=False, keep=False, moments=MOMENTS, sabotage=None,
    calm_s=CALM_WITHIN_S, line_delay_s=LINE_DELAY_S, say=print,
):  # fmt: skip
    """Runs the acts ``rounds`` times; gives the figures."""
    seed = secrets.randbelow(1 << 30) if seed is None else seed
    acts = _possible(acts, db, say)
    say(f"db={db} workers={workers} acts={','.join(acts)} seed={seed}")
    began = time.monotonic()
    ways = Ways(
        line_delay_s=line_delay_s, host="host" in acts, clocks="clocks" in acts, sabotage=sabotage,
        durable="database" in acts,
    )  # fmt: skip
    with World(db=db, workers=workers, seed=seed, with_sshd=with_sshd, keep=keep, ways=ways) as world:
        if keep:
            say(f"folder {world.folder}")
        watch = Watch(world.url, world.banks, alone=workers == 1)
        try:
            with Load(world, watch) as load:
                scene = disturbances.Scene(world, watch, Sleepers(world, watch))
                trouble = _play(scene, load, acts * rounds, moments, calm_s, say)
            result = _figures(scene, load)
        finally:
            watch.close()
    if trouble:
        say(trouble)
    facts = {"db": db, "workers": workers, "sshd": with_sshd, "seed": seed, "acts": dict(Counter(acts * rounds))}
    return result | facts | {"took_s": round(time.monotonic() - began)}


def _possible(acts, db, say):
    """The acts that this machine and this database allow; says which are left out and why."""
    reasons = {}
    if db == "sqlite":
        reasons |= dict.fromkeys(("database", "host"), "SQLite is a file on the machine of its workers")
    if "host" in acts and "host" not in reasons and not host.is_possible():
        reasons["host"] = "it needs root, ip and iptables; a held line stands in for it"
    if timepiece.library() is None:
        reasons["clocks"] = "libfaketime is not installed"
    for one in acts:
        if one in reasons:
            say(f"without {one}: {reasons[one]}")
    return tuple(one for one in acts if one not in reasons)


def _play(scene, load, acts, moments, calm_s, say):
    world, watch = scene.world, scene.watch
    try:
        world.morning()
        load.open(world.day)
        time.sleep(WARM_UP_S)
        for act in acts:
            for told in disturbances.BY_NAME[act](scene, moments):
                load.check()
                say(f"{act}: {told}")
        load.close()
        world.until(
            "every payment acknowledged", lambda: set(watch.states()) <= {"acknowledged", ENDED}, within_s=calm_s
        )
        world.booking()
        world.evening()
        world.start_the_ended()
        world.until("every payment reconciled", lambda: set(watch.states()) == {ENDED}, within_s=calm_s)
    except Stuck as err:
        return f"{err} Payments stand at {watch.states()}"
    return None


def _figures(scene, load):
    world, watch, sleepers = scene.world, scene.watch, scene.sleepers
    outcomes, held = at_the_banks(world.banks, but=scene.foreign)
    # an API order under its own key again is what keys are for: the bank's answer is that it has the file
    replayed = outcomes.pop("replayed", 0)
    states = watch.states()
    with world.hub.reading(still=True) as connection:
        breaches = list(AuditTrail(connection).breaches())
    wanted = sum(map(len, load.accepted.values()))
    return {
        "files": outcomes["accepted"], **count(load.accepted, outcomes, held), "stuck": wanted - states.get(ENDED, 0),
        "early": len(watch.early), "meddled": len(sleepers.meddled), "sent": len(sleepers.sent),
        "overwritten": len(scene.overwritten()), "stolen": scene.stolen, "replayed": replayed,
        "audit_ok": not breaches, "payments": wanted, "sleepers": dict(sleepers.by_moment),
        "missed": dict(sleepers.missed + scene.missed), "takeover_p95_s": p95(sorted(sleepers.takeovers)),
        "recovery_max_s": {act: max(seconds) for act, seconds in scene.recoveries.items()},
        "answers_while_away": dict(scene.answers), "states": states, "retries": load.retries,
        "left_over": len(left_over(world, watch)),
    }  # fmt: skip


def _parse(arguments):
    given = sys.argv[1:] if arguments is None else arguments
    plain = [f"--{one.lower()}" if "=" in one and not one.startswith("-") else one for one in given]
    parser = argparse.ArgumentParser(
        description="Sleepers, outages, clocks; the count at the banks must come out even."
    )
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--acts", default=",".join(ACTS), help=f"some only, with commas: {', '.join(ACTS)}")
    parser.add_argument("--moments", default=",".join(MOMENTS), help="when workers fall asleep")
    parser.add_argument(
        "--sshd", action=argparse.BooleanOptionalAction, default=sshd.is_installed(),
        help="a real OpenSSH server before the SFTP bank; the default where one is installed",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of an earlier run")
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and database")
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args(plain)


if __name__ == "__main__":
    sys.exit(main())
