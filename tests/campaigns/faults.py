"""The faults campaign: lines that break at every stage of SFTP and HTTPS, while a hub works; counted at the banks.

    python -m tests.campaigns.faults --faults 200 --db sqlite [--seconds 600] [--seed 7]

A proxy stands before OpenSSH and before the bank's API. SSH is broken by the byte, learned from a session that went
well; requests under way are caught by what stands in the hub's rows; HTTP is seen in clear behind TLS. The last line
is one JSON object, and the exit 0 only when nothing was lost, doubled or stuck.
"""

import argparse
import json
import secrets
import signal
import sys
import time
from collections import Counter

from sqlalchemy import func, select

from banks.connectors import sftp_session
from banks.settings import Directories, SftpSettings
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.tables import evidence, file_moves
from tests.campaigns.counting import ENDED, at_the_banks, count
from tests.campaigns.load import Load
from tests.campaigns.watch import Watch
from tests.campaigns.world import Stuck, World
from tests.faults import front, proxy

TIMEOUT_S = 3
CALM_WITHIN_S = 420
"""A fault that looked like a refusal is tried again after five minutes."""
STRIKE_WITHIN_S = 20
"""How long a fault may wait for its stage; one that does not come is counted as missed."""
BURST_S = (1.0, 4.0)
BETWEEN_S = (0.1, 0.8)
RAW = ("request", "answer", "stall", "corrupt", "half_close", "delay", "throttle")
SESSION = ("connect", "banner", "key exchange", "authentication", "channel open")
CARRYING = ("stage", "publish", "collect")
BURST_EVERY = 12
BANNER_BYTES = 20
TLS_BYTES = 1_500
GLANCE_S = 0.01


class FaultyWorld(World):
    """A world whose lines to both banks run through something that breaks them."""

    def _open_banks(self):
        super()._open_banks()
        self.marks = _marks(self._door)
        self.lines = {"alpenbank": proxy.Proxy(("127.0.0.1", self._door["port"]))}
        self.front = front.Front(("127.0.0.1", self.banks["nordbank"].address.http_port), stall_s=TIMEOUT_S + 1)
        self._opened.callback(self.front.close)
        self.lines["nordbank"] = proxy.Proxy(("127.0.0.1", self.front.port))
        for line in self.lines.values():
            line.start()
            self._opened.callback(line.stop)
        self._door["port"] = self.lines["alpenbank"].port

    def _overlay(self):
        folder = super()._overlay()
        self.front.authority.cert_pem.write_to_path(folder / "bank-ca.pem")
        limits = f"connect_timeout_s = {TIMEOUT_S}\nio_timeout_s = {TIMEOUT_S}\nact_timeout_s = {TIMEOUT_S * 3}\n"
        alpenbank = folder / "banks" / "alpenbank.toml"
        alpenbank.write_text(alpenbank.read_text().replace("[channel]\n", f"[channel]\n{limits}"))
        address = f"https://127.0.0.1:{self.lines['nordbank'].port}"
        (folder / "banks" / "nordbank.toml").write_text(
            f'[channel]\nbase_url = "{address}"\nca_file = "{folder / "bank-ca.pem"}"\n{limits}'
            f'[channel.oauth]\ntoken_url = "{address}/oauth/token"\n'
        )
        return folder


def _marks(door):
    """After how many bytes of either side each part of an SSH session is over, from one that went well."""
    line = proxy.Proxy(("127.0.0.1", door["port"]))
    line.start()
    settings = SftpSettings(
        host="127.0.0.1", port=line.port, username=door["user"], host_keys=(door["host_key"],), private_key="env:KEY",
        directories=Directories(outbox="/in", staging="/in"),
    )  # fmt: skip
    try:
        found = {"connect": {"client": 0, "server": 0}, "banner": {"client": BANNER_BYTES, "server": BANNER_BYTES}}
        transport = sftp_session.connect("alpenbank", settings)
        found["key exchange"] = dict(line.carried)
        sftp_session.log_in("alpenbank", settings, lambda _: door["key"], transport)
        found["authentication"] = dict(line.carried)
        sftp_session.open_client("alpenbank", settings, transport)
        found["channel open"] = dict(line.carried)
        sftp_session.hang_up(transport)
    finally:
        line.stop()
    return found


class Injector:
    """Strikes one planned fault after the other; ``by`` counts those that really happened, by stage and kind."""

    def __init__(self, world, watch, load):
        self._world = world
        self._watch = watch
        self._load = load
        self.struck = 0
        self.by = Counter()
        self.missed = Counter()

    def strike(self, bank, stage, kind):
        self._load.check()
        act = self._burst
        if stage != "burst":
            act = self._sftp if bank == "alpenbank" else self._https
        if act(bank, stage, kind):
            self.struck += 1
            self.by[f"{bank} {stage}: {kind}"] += 1
        else:
            self.missed[f"{bank} {stage}"] += 1
        time.sleep(self._world.chance.uniform(*BETWEEN_S))

    def strike_by_night(self, act):
        """Statements are fetched only once: the line breaks on the first try to fetch one, ``act`` puts it out."""
        before = self._world.front.struck
        moment, kind = self._world.chance.choice(front.MOMENTS), self._world.chance.choice(front.KINDS)
        self._world.front.arm("document", moment, kind)
        act()
        if self._landed(self._world.front, before):
            self.struck += 1
            self.by[f"nordbank document, {moment}: {kind}"] += 1

    def _burst(self, bank, _stage, _kind):
        """The line is down for seconds: what is open is cut, what comes is refused."""
        line = self._world.lines[bank]
        line.refusing = True
        line.hang_up()
        time.sleep(self._world.chance.uniform(*BURST_S))
        line.refusing = False
        return True

    def _sftp(self, bank, stage, kind):
        line, before = self._world.lines[bank], self._world.lines[bank].struck
        if stage in SESSION:
            side = self._world.chance.choice(("client", "server"))
            first = self._world.marks[SESSION[max(0, SESSION.index(stage) - 1)]][side]
            last = self._world.marks[stage][side]
            spot = self._world.chance.randint(first, max(first, last - 1))
            line.arm(kind, after_bytes=spot, side=side, fresh=True)
            line.hang_up()  # so that somebody must connect anew
        else:
            caught = self._soon(lambda: self._watch.working(stage, documents_are="acknowledge"))
            if not caught:
                return False
            spot = self._world.chance.choice((0, 0, 0, 40, 100, 400, 1_500))
            line.arm(kind, after_bytes=spot, side=self._world.chance.choice(("client", "server")))
        return self._landed(line, before)

    def _https(self, bank, stage, kind):
        line = self._world.lines[bank]
        if stage == "TLS handshake":
            before = line.struck
            spot = self._world.chance.randint(0, TLS_BYTES)
            line.arm(kind, after_bytes=spot, side=self._world.chance.choice(("client", "server")), fresh=True)
            line.hang_up()
            return self._landed(line, before)
        request, moment = stage.split(", ")
        front_, before = self._world.front, self._world.front.struck
        front_.arm(request, moment, kind)
        if request == "token":
            self._world.banks[bank].http.tokens.forget()  # who is not known any more asks for a new token
        return self._landed(front_, before)

    def _landed(self, where, before):
        landed = self._soon(lambda: where.struck > before)
        where.disarm()
        return landed

    @staticmethod
    def _soon(reached):
        deadline = time.monotonic() + STRIKE_WITHIN_S
        while time.monotonic() < deadline:
            if reached():
                return True
            time.sleep(GLANCE_S)
        return False


def plan(number, chance):
    """``number`` faults: each stage of both protocols as often as the others, kinds by chance, bursts between."""
    stages = [("alpenbank", stage, RAW) for stage in (*SESSION, *CARRYING)]
    stages += [("nordbank", "TLS handshake", RAW)]
    stages += [
        ("nordbank", f"{request}, {moment}", front.KINDS) for request in ("token", "upload") for moment in front.MOMENTS
    ]
    stages += [
        ("nordbank", f"{request}, {moment}", front.KINDS)
        for request in ("status", "documents") for moment in ("header", "unanswered", "answer body")
    ]  # fmt: skip
    banks = ("alpenbank", "nordbank")
    queue = []
    while len(queue) < number:
        for bank, stage, kinds in chance.sample(stages, len(stages)):
            queue.append((bank, stage, chance.choice(kinds)))
            if len(queue) % BURST_EVERY == 0:
                queue.append((chance.choice(banks), "burst", "down"))
    return queue[:number]


def campaign(*, faults, db, workers=1, seconds=0, seed=None, keep=False, say=print):
    """Runs one campaign until ``faults`` were tried (or ``seconds`` passed, where given); gives its figures."""
    seed = secrets.randbelow(1 << 30) if seed is None else seed
    say(f"faults={faults} db={db} workers={workers} seed={seed}")
    began = time.monotonic()
    trouble = None
    with FaultyWorld(db=db, workers=workers, seed=seed, with_sshd=True, keep=keep) as world:
        watch = Watch(world.url, world.banks, alone=workers == 1)
        try:
            with Load(world, watch) as load:
                injector = Injector(world, watch, load)
                world.morning()
                load.open(world.day)
                opened = time.monotonic()
                try:
                    for number, fault in enumerate(plan(faults, world.chance), 1):
                        if seconds and time.monotonic() - opened > seconds:
                            break
                        injector.strike(*fault)
                        say(f"fault {number}: {', '.join(fault)}")
                    _come_to_rest(world, watch, load, injector)
                except Stuck as err:
                    trouble = f"{err} Payments stand at {watch.states()}"
            result = _figures(world, watch, load, injector)
        finally:
            watch.close()
    if trouble:
        say(trouble)
    return result | {"db": db, "workers": workers, "seed": seed, "seconds": round(time.monotonic() - began)}


def _come_to_rest(world, watch, load, injector):
    """The lines are whole again: everything must come to its end without help."""
    load.close()
    done = {"acknowledged", ENDED}
    world.until("every payment acknowledged", lambda: set(watch.states()) <= done, within_s=CALM_WITHIN_S)
    world.booking()
    injector.strike_by_night(world.evening)
    world.until("every payment reconciled", lambda: set(watch.states()) <= {ENDED}, within_s=CALM_WITHIN_S)


def _figures(world, watch, load, injector):
    outcomes, held = at_the_banks(world.banks)
    # the same order asked for again under the same key is what an idempotency key is for: the bank made one of it
    replayed = outcomes.pop("replayed", 0)
    states = watch.states()
    with world.hub.reading(still=True) as connection:
        breaches = list(AuditTrail(connection).breaches())
        doubtful = select(file_moves.c.file_id).where(file_moves.c.target == "in_doubt").distinct()
        in_doubt = connection.execute(select(func.count()).select_from(doubtful.subquery())).scalar_one()
        proofs = select(evidence.c.kind, func.count()).where(evidence.c.file_id.in_(doubtful)).group_by(evidence.c.kind)
        settled = dict(connection.execute(proofs).all())
    wanted = sum(map(len, load.accepted.values()))
    return {
        **count(load.accepted, outcomes, held), "stuck": wanted - states.get(ENDED, 0), "audit_ok": not breaches,
        "faults": injector.struck, "by": dict(sorted(injector.by.items())), "missed": dict(injector.missed),
        "files": outcomes["accepted"], "payments": wanted, "in_doubt_seen": in_doubt, "doubts_settled": settled,
        "replayed": replayed, "states": states,
    }  # fmt: skip


def passed(result):
    """Whether a campaign held."""
    return result["audit_ok"] and not any(result[name] for name in ("lost", "duplicated", "unknown", "stuck"))


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Lines that break at every stage; counted at the banks.")
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=0, help="stop breaking lines after so long")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and database")
    parser.add_argument("--quiet", action="store_true")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whoever stops a campaign stops its processes
    result = campaign(
        faults=asked.faults, db=asked.db, workers=asked.workers, seconds=asked.seconds, seed=asked.seed,
        keep=asked.keep, say=(lambda *_: None) if asked.quiet else print,
    )  # fmt: skip
    print(json.dumps(result), flush=True)
    return 0 if passed(result) else 1


if __name__ == "__main__":
    sys.exit(main())
