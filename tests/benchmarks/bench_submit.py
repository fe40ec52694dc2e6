"""How many small files a second two workers on PostgreSQL hand over to OpenSSH, beside bare uploads of the same bytes.

The hub runs as an operator starts it (API and two workers as processes, PostgreSQL that writes to its disk), with
batches of one payment each that two people approved before the window opens; then the clock is set to when it opens,
and every file is built, staged, proven, renamed and written down: once with the files built before the two workers
start (``files_per_s``: sending alone, as the floor does), once with the building (``built_and_sent_per_s``).
The floor is what a script does: two processes, as many uploads at a time as the bank takes; connect, log in, a
temporary name, the bytes, the rename; nothing read back, nothing remembered. A second floor keeps its connections open,
as the hub does: then only the writing and renaming is left, and the ratio says what proving and remembering cost. All
are timed alike, by when the server renamed the first file and the last one.
"""

import json
import os
import secrets
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time
from pathlib import Path

from banks.simulator.serving import OpenBank
from gateway.domain.work import Job
from gateway.persistence.unit_of_work import LEASE_MS
from gateway.scheduling import jobs, queue
from tests import postgres, sshd
from tests.campaigns.handing import Hands, order
from tests.campaigns.world import ALPENBANK, ROOT, VIENNA, World, _nordbank

FILES = int(os.environ.get("BENCH_FILES", "300"))
WORKERS = 2
HANDS = 4
AT_ONCE = int(os.environ.get("BENCH_AT_ONCE", "8"))
"""Files the bank takes at the same time, as its profile says."""
BEFORE_IT_OPENS, AS_IT_OPENS = time(6, 30), time(7, 0)
"""The shipped settings send a day's files from seven."""
WITHIN_S = 300
LOOK_EVERY_S = 0.1


class Quiet(World):
    """Two workers before one OpenSSH server, without a bank behind it that takes files away, and without webhooks."""

    def _database(self):
        server = self._opened.enter_context(postgres.running(durable=True))
        return self._opened.enter_context(server.database())

    def _open_banks(self):
        self.sshd = self._opened.enter_context(sshd.running())
        self.banks = {
            "nordbank": self._opened.enter_context(
                OpenBank(_nordbank(), self.folder / "nordbank", self.clock, pulse=False)
            )
        }
        self._door = {
            "port": self.sshd.port, "user": self.sshd.username, "host_key": self.sshd.host_key,
            "prefix": self.sshd.prefix, "key": self.sshd.private_key,
        }  # fmt: skip

    def _overlay(self):
        folder = super()._overlay()
        settings = folder / "payhub.toml"
        settings.write_text(settings.read_text().replace("poll_every_s = 1\n", "poll_every_s = 3600\n"))
        bank = folder / "banks" / "alpenbank.toml"
        bank.write_text(f"{bank.read_text()}[limits]\nfiles_at_once = {AT_ONCE}\n")
        return folder

    def _listen(self):
        """Nobody is told."""

    def received(self):
        return [path for path in self.sshd.path("in").iterdir() if not path.name.startswith(".")]


def hub_s(number, *, built_first):
    """Seconds from the first hand-over to the last, the files themselves, and seconds from the opening to the first.

    ``built_first``: the files stand built and on the queue when the two workers start, as after an outage of the bank;
    else the same two workers also build them meanwhile.
    """
    with Quiet(db="postgres", workers=WORKERS, seed=1, with_sshd=True) as world:
        world.clock.set(datetime.combine(world.day, BEFORE_IT_OPENS, VIENNA))
        _prepare(world, number)
        world.until("everything is scheduled", lambda: _scheduled(world) == number, within_s=WITHIN_S)
        if built_first:
            for part in world.workers:
                part.stop()
        opened_at = datetime.now(VIENNA).timestamp()
        world.clock.set(datetime.combine(world.day, AS_IT_OPENS, VIENNA))
        if built_first:
            _build(world)
            for part in world.workers:
                part.start()
        world.until("every file is handed over", lambda: len(world.received()) == number, within_s=WITHIN_S)
        moments = sorted(path.stat().st_ctime for path in world.received())
        contents = [path.read_bytes() for path in world.received()]
        return moments[-1] - moments[0], contents, moments[0] - opened_at


def _prepare(world, number):
    def bring(share):
        with Hands(world) as hands:
            for each in share:
                hands.approve(hands.hand_over(order(each, ALPENBANK, 1), world.day))

    numbers = range(1, number + 1)
    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(bring, [numbers[start::HANDS] for start in range(HANDS)]))


def _build(world):
    """Builds every batch's file in this process; the files go on the real queue, for workers that are not there yet."""
    hub, real = world.hub, queue.Queue(world.hub)
    hub.enqueue = lambda line, job: real.enqueue(line, job) if job.kind == "file" else f"bench-{job.key}"[:40]
    worker = jobs.Worker(hub=hub, name="bench", jitter=lambda: 0.5)
    with hub.reading() as connection:
        batches = [row[0] for row in connection.exec_driver_sql("SELECT id FROM batches ORDER BY id")]
    for batch in batches:
        job = Job(kind="batch", subject=batch)
        with hub.unit_of_work(actor="bench") as work:
            work.request(job.kind, job.subject)
            work.commit()
        with hub.unit_of_work(actor="bench") as work:
            claim = work.work.claim(job, f"bench-{job.key}"[:40], "bench", lease_ms=LEASE_MS)
            work.commit()
        jobs.advance(worker, claim)
        with hub.unit_of_work(actor="bench") as work:
            work.work.finish(claim, patience_ms=LEASE_MS)
            work.commit()
    real.close()


def _scheduled(world):
    with world.hub.reading() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM payments WHERE state = 'scheduled'").scalar_one()


def floor_s(contents, lines):
    """Seconds from the first rename to the last, as many at a time as the hub may do; ``lines`` are fresh or kept."""
    with sshd.running() as server:
        base = Path(server.log).parent
        (base / "key").touch(mode=0o600)
        (base / "key").write_text(server.private_key)
        (base / "contents.json").write_text(json.dumps([content.decode() for content in contents]))
        given = ("upload", lines, str(server.port), server.username, str(base / "key"), server.remote("in"))
        parts = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.bench_submit", *given, str(base / "contents.json"), str(part)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for part in range(WORKERS)
        ]
        for part in parts:
            assert part.stdout.readline().strip() == b"ready"
        for part in parts:
            part.stdin.write(b"\n")
            part.stdin.flush()
        assert [part.wait(WITHIN_S) for part in parts] == [0] * WORKERS
        for part in parts:
            part.stdin.close()
            part.stdout.close()
        moments = sorted(path.stat().st_ctime for path in server.path("in").iterdir())
        assert len(moments) == len(contents)
        return moments[-1] - moments[0]


def upload(kind, port, user, key, folder, contents, part):
    """One process of the floor: gets ready, says so, waits for the word, uploads its share."""
    import paramiko

    mine = [content.encode() for content in json.loads(Path(contents).read_text())][int(part) :: WORKERS]
    at_once = AT_ONCE // WORKERS
    secret = paramiko.Ed25519Key.from_private_key_file(key)

    def connected():
        transport = paramiko.Transport(("127.0.0.1", int(port)))
        transport.connect(username=user, pkey=secret)
        return paramiko.SFTPClient.from_transport(transport)

    def send(client, content):
        name = secrets.token_hex(8)
        with client.open(f"{folder}/.{name}.tmp", "wb") as out:
            out.write(content)
        client.rename(f"{folder}/.{name}.tmp", f"{folder}/{name}.xml")

    def send_share(number, client):
        for content in mine[number::at_once]:
            if kind == "kept":
                send(client, content)
                continue
            fresh = connected()
            send(fresh, content)
            fresh.get_channel().get_transport().close()

    clients = [connected() if kind == "kept" else None for _ in range(at_once)]
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=send_share, args=one) for one in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in filter(None, clients):
        client.get_channel().get_transport().close()


def figures():
    """Files a second, those of the floors, and how many times slower than they we are."""
    took_s, contents, _ = hub_s(FILES, built_first=True)
    both_s, _, first_s = hub_s(FILES, built_first=False)
    rate, both = (FILES - 1) / took_s, (FILES - 1) / both_s
    fresh, kept = ((FILES - 1) / min(floor_s(contents, kind) for _ in range(2)) for kind in ("fresh", "kept"))
    return {
        "files_per_s": round(rate, 1), "files_per_s_floor": round(fresh, 1), "submit_vs_floor": round(fresh / rate, 2),
        "files_per_s_open_lines": round(kept, 1), "submit_vs_open_lines": round(kept / rate, 2),
        "built_and_sent_per_s": round(both, 1), "submit_first_after_s": round(first_s, 2),
    }  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["upload"]:
        upload(*sys.argv[2:])
    else:
        print(json.dumps(figures()))
