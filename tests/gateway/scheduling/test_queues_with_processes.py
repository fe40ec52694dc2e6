"""What the queues promise, with real worker processes on both databases: nobody waits for a slow bank, limits hold
over all workers, and no deploy strands work.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

import pytest

from gateway import wiring
from gateway.scheduling import queue
from tests.architecture.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.server]

LONG_S = 120
NO_POLLS = "[polling]\nevery_s = 86400\njitter_percent = 0\n"


class Place:
    """A configuration, a database, a log that all workers write to, and the doors to put jobs on the queue."""

    def __init__(self, folder, url):
        self.folder, self.log = folder, folder / "log"
        self.environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "PAYHUB_CONFIG": str(ROOT / "config"),
            "PAYHUB_CONFIG_OVERLAY": str(folder / "overlay"), "PAYHUB_DATABASE_URL": url,
            "PAYHUB_VAULT_KEY": "5a" * 32,
        }  # fmt: skip
        self.limit("alpenbank")
        self.limit("nordbank")
        self.log.touch()
        with closing(self._built()) as hub:
            queue.migrate(hub)

    def limit(self, bank, text=""):
        path = self.folder / "overlay" / "banks" / f"{bank}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NO_POLLS + text)

    def _built(self):
        return wiring.build(ROOT / "config", self.environment, overlay=self.folder / "overlay")

    @contextmanager
    def hub(self):
        """A process that only puts jobs on the queue, such as the API."""
        hub = self._built()
        door = queue.Queue(hub)
        hub.enqueue = door.enqueue
        try:
            yield hub
        finally:
            door.close()
            hub.close()

    def ask(self, kind, *subjects, bank):
        with self.hub() as hub:
            for subject in subjects:
                with hub.unit_of_work(actor="test") as work:
                    work.request(kind, subject, lane=bank)
                    work.commit()

    def written(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def seen(self, what, kind="file"):
        return [one for one in self.written() if (one["what"], one["kind"]) == (what, kind)]

    def until(self, condition, seconds=LONG_S):
        ends, pause = time.monotonic() + seconds, threading.Event()
        while not condition():
            assert time.monotonic() < ends, f"it did not come to that: {self.log.read_text()[-2000:]}"
            pause.wait(0.1)

    def until_all(self, subjects, seconds=LONG_S):
        self.until(lambda: {one["subject"] for one in self.seen("ends")} >= set(subjects), seconds)

    @contextmanager
    def worker(self, *more):
        command = [sys.executable, "-m", "tests.gateway.scheduling.a_worker", str(self.log), *more]
        with (self.folder / "errors").open("ab") as errors:
            process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stderr=errors)
        try:
            up = self.folder / f"{process.pid}.up"
            self.until(lambda: up.exists() or process.poll() is not None)
            assert process.poll() is None, (self.folder / "errors").read_text()[-2000:]
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=60)


TURNS_MAX = 6
"""How often files are asked for until both workers have had some."""


def most_at_once(lines):
    """How many of them were under way at the same moment, at most."""
    turns = sorted((one["at"], 1 if one["what"] == "begins" else -1) for one in lines)
    under_way = highest = 0
    for _, step in turns:
        under_way += step
        highest = max(highest, under_way)
    return highest


@pytest.fixture
def place(tmp_path, database_url):
    return Place(tmp_path, database_url)


@pytest.fixture
def big_place(tmp_path, postgres_url):
    """On PostgreSQL only: where several machines share one database, deploys roll."""
    return Place(tmp_path, postgres_url)


def test_documents_that_wait_for_each_other_keep_nobody_else_waiting(place):
    """A worker with twelve documents of one bank in its queue, of which the first takes long."""
    with place.worker():
        place.ask("document", *(f"stall-{number}" for number in range(12)), bank="alpenbank")
        place.until(lambda: len(place.seen("begins", "document")) == queue.PER_BANK_IN_HAND)
        quick, batches = [f"quick-{number}" for number in range(8)], [f"batch-{number}" for number in range(4)]
        place.ask("document", *quick, bank="nordbank")
        place.ask("batch", *batches, bank="")
        place.until(lambda: len(place.seen("ends", "document")) == len(quick), 30)
        place.until(lambda: len(place.seen("ends", "batch")) == len(batches), 30)
        stalled = [one for one in place.written() if one["subject"].startswith("stall")]
        assert [one["what"] for one in stalled] == ["begins"] * queue.PER_BANK_IN_HAND
        (place.folder / "stall.go").touch()
        place.until(lambda: len(place.seen("ends", "document")) == len(quick) + 12)
    told = place.seen("begins", "document") + place.seen("ends", "document")
    assert most_at_once([one for one in told if one["bank"] == "alpenbank"]) == queue.PER_BANK_IN_HAND


def test_a_bank_that_stalls_delays_neither_another_bank_nor_its_own_polls(place):
    with place.worker(), place.worker():
        place.ask("file", *(f"stall-{number}" for number in range(12)), bank="alpenbank")
        place.until(lambda: len(place.seen("begins")) == queue.PER_BANK_AT_ONCE)
        quick = [f"quick-{number}" for number in range(8)]
        asked = time.monotonic()
        place.ask("file", *quick, bank="nordbank")
        place.ask("poll", "alpenbank", bank="alpenbank")
        place.until_all(quick, 30)
        place.until(lambda: any(one["bank"] == "alpenbank" for one in place.seen("ends", "poll")), 30)
        first = min(one["at"] for one in place.seen("begins") if one["bank"] == "nordbank")
        assert first - asked < 10
        stalled = [one for one in place.written() if one["subject"].startswith("stall")]
        assert [one["what"] for one in stalled] == ["begins"] * queue.PER_BANK_AT_ONCE
        (place.folder / "stall.go").touch()
        place.until_all(f"stall-{number}" for number in range(12))
    assert len(place.seen("ends")) == 20


def test_a_limit_of_files_at_once_holds_over_two_workers(place):
    place.limit("alpenbank", "[limits]\nfiles_at_once = 2\n")
    subjects = [f"F{number}" for number in range(16)]
    with place.worker(), place.worker():
        place.ask("file", *subjects, bank="alpenbank")
        place.until_all(subjects)
    lines = place.seen("begins") + place.seen("ends")
    assert most_at_once(lines) == 2
    assert len(place.seen("ends")) == len(subjects)
    assert len({one["worker"] for one in lines}) == 2


def test_a_limit_of_files_a_minute_holds_over_two_workers(place):
    place.limit("alpenbank", "[limits]\nper_minute = 3\n")
    minute_s = 6
    subjects = [f"F{number}" for number in range(9)]
    more = (queue.CONTRACT, str(minute_s))
    with place.worker(*more), place.worker(*more):
        place.ask("file", *subjects, bank="alpenbank")
        place.until_all(subjects)
    began = sorted(one["at"] for one in place.seen("begins"))
    assert len(began) == len(subjects)
    assert all(later - earlier > minute_s * 0.75 for earlier, later in zip(began, began[3:], strict=False))


def test_a_rolling_deploy_and_a_roll_back_strand_nothing_and_do_nothing_twice(big_place):
    old, new = (queue.CONTRACT,), ("jobs-2",)
    asked = []

    def ask(name):
        subjects = [f"{name}-{number}" for number in range(6)]
        asked.extend(subjects)
        big_place.ask("file", *subjects, bank="alpenbank")

    with big_place.worker(*old):
        ask("old-alone")
        with big_place.worker(*new):
            ask("together")
            big_place.until_all(asked)
        ask("rolled-back")
        big_place.until_all(asked, 60)
    ask("between")
    with big_place.worker(*new):
        ask("new-alone")
        big_place.until_all(asked)
    ask("after")
    with big_place.worker(*old):
        big_place.until_all(asked, 60)
    ran = sorted(one["subject"] for one in big_place.seen("begins"))
    assert ran == sorted(asked)


def test_releases_of_one_contract_share_the_work_while_a_deploy_rolls(big_place):
    """The one that was started last begins to listen a second later than it says it is up."""
    at_work = set()
    with big_place.worker(), big_place.worker():
        for turn in range(TURNS_MAX):
            subjects = [f"F{turn}-{number}" for number in range(24)]
            big_place.ask("file", *subjects, bank="alpenbank")
            big_place.until_all(subjects)
            at_work = {one["worker"] for one in big_place.seen("begins")}
            if len(at_work) == 2:
                break
    assert len(at_work) == 2


def test_what_waits_on_the_queue_of_a_bank_whose_limits_went_is_found(big_place):
    big_place.limit("alpenbank", "[limits]\nfiles_at_once = 1\n")
    big_place.ask("file", "F1", "F2", "F3", bank="alpenbank")
    big_place.limit("alpenbank")
    with big_place.worker():
        big_place.until_all(["F1", "F2", "F3"], 60)
    assert sorted(one["subject"] for one in big_place.seen("begins")) == ["F1", "F2", "F3"]
