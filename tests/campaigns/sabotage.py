"""Does a campaign notice? The hub is broken on purpose in six ways, and a small campaign aimed at each must find it.

    python -m tests.campaigns.sabotage [--only early,retry] [--db postgres] [--seed 7]

Prints what showed each break, and as its last line one JSON object. Exit 0 only when all were caught, and the hub as it
is came through the same campaigns clean. A rename that replaces is only seen where OpenSSH's sshd is installed: the
simulated bank takes a file in hand before it lets another one take its place.
"""

import argparse
import json
import secrets
import signal
import sys
import time

from tests import sshd
from tests.campaigns import crash, outages
from tests.campaigns.sabotaged import BREAKS

TRIES_MAX = 3
"""Campaigns against one break: a moment that is aimed at may be missed."""


def by_crash(*aims, kills):
    """A campaign that kills at ``aims``."""

    def run(*, sabotage, db, seed, say):
        result = crash.campaign(
            kills=kills, db=db, workers=2, seed=seed, with_sshd=sshd.is_installed(), aims=aims, sabotage=sabotage,
            calm_s=CALM_S, line_delay_s=SLOW_S, say=say,
        )  # fmt: skip
        return result, crash.zeros_missed(result)

    return run


def by_outage(*acts, moments=()):
    """A campaign of some acts."""

    def run(*, sabotage, db, seed, say):
        result = outages.campaign(
            db=db, workers=2, acts=acts, seed=seed, with_sshd=sshd.is_installed(), moments=moments, sabotage=sabotage,
            calm_s=CALM_S, line_delay_s=SLOW_S, say=say,
        )  # fmt: skip
        return result, outages.zeros_missed(result)

    return run


SLOW_S = 0.1
"""Of the bank's line, each way: what is between its yes and our commit is then long enough to kill in."""
CALM_S = 45
"""How long a broken hub is waited for before what is missing is called stuck."""
AIMED = {
    "early": by_crash("written", kills=3),
    "posix_rename": by_outage("taken"),
    "retry": by_outage("cut"),
    "no_fence": by_outage("sleepers", moments=("both",)),
    "delete_first": by_crash("taken_away", kills=3),
    "shared_attempt": by_outage("sleepers", moments=("late",)),
}
SHOWS = {
    "early": {"early"}, "posix_rename": {"overwritten"}, "retry": {"duplicated"},
    "no_fence": {"meddled", "sent", "lost"}, "delete_first": {"stuck"},
    "shared_attempt": {"lost", "duplicated"},
}  # fmt: skip
"""The counts that a break must show in: a hub that merely stands still was not found out, it was stopped."""
assert set(AIMED) == set(SHOWS) == set(BREAKS)


def main(arguments=None):
    asked = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    say = print if not asked.quiet else lambda *_: None
    result = harness(only=tuple(asked.only.split(",")) if asked.only else tuple(AIMED), db=asked.db, seed=asked.seed,
                     say=say)  # fmt: skip
    print(json.dumps(result), flush=True)
    return 0 if passed(result) else 1


def passed(result):
    """Whether every break was found, and nothing where there is none."""
    return result["caught"] == result["sabotages"] and result["control"] == "clean"


def harness(*, only=tuple(AIMED), db="postgres", seed=None, say=print):
    """Tries the breaks named ``only``, then the same campaigns on the hub as it is."""
    began = time.monotonic()
    seed = secrets.randbelow(1 << 30) if seed is None else seed
    say(f"db={db} seed={seed}")
    shown = {name: caught(name, db, seed, say) for name in only}
    dirty = {}
    for name in only:
        _, missed = AIMED[name](sabotage=None, db=db, seed=seed, say=lambda *_: None)
        say(f"as it is, under the campaign against {name}: {_told(missed)}")
        dirty |= {name: missed} if missed else {}
    return {
        "sabotages": len(only), "caught": sum(map(bool, shown.values())), "control": dirty or "clean",
        "shown_by": shown, "db": db, "seed": seed, "took_s": round(time.monotonic() - began),
    }  # fmt: skip


def caught(name, db, seed, say):
    """The counts that showed a break; none when it was not found."""
    for number in range(TRIES_MAX):
        result, missed = AIMED[name](sabotage=name, db=db, seed=seed + number, say=lambda text: say(f"  {text}"))
        say(f"{name}: {_told(missed)} (moments that did not come: {result['missed'] or 'none'})")
        if result["files"] and SHOWS[name] & set(missed):
            return missed
    return {}


def _told(missed):
    return ", ".join(f"{count} {name}" for name, count in missed.items()) or "nothing to be seen"


def _parse(arguments):
    parser = argparse.ArgumentParser(description="Six breaks on purpose; each must be caught by a campaign.")
    parser.add_argument("--only", help=f"some breaks only, with commas: {', '.join(AIMED)}")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
