"""The acts of the outage campaign. Each is a generator that does something to the hub and tells what, line by line."""

import time
from collections import Counter, defaultdict

import httpx

MOMENT_WITHIN_S = 60
GLANCE_S = 0.004
TAKEN_OVER_WITHIN_S = 90
DATABASE_AWAY_S = (2, 25)
"""Shorter and longer than a worker bears (``gateway.worker.AWAY_MS_MAX``)."""
READY_AGAIN_WITHIN_S = 60
PROGRESS_WITHIN_S = 120
STEPS = ("+3600", "-3600", "+0 x2")
"""An hour ahead, an hour back, and twice as fast."""
STEP_S = 12
"""How long a wrong clock is watched: longer than a lease, so that a lease that ends wrongly is seen to."""
FOREIGN = b"<Document>A file of somebody else that has this name. MsgId: none. %d</Document>"


class Scene:
    """The hub, who watches it, and what was counted so far."""

    def __init__(self, world, watch, sleepers):
        self.world = world
        self.watch = watch
        self.sleepers = sleepers
        self.missed = Counter()
        self.recoveries = defaultdict(list)
        """By act, the seconds until the hub went on with what was interrupted."""
        self.answers = Counter()
        """What the API said while the database was away."""
        self.foreign = {}
        """Contents that another sender put at the bank, by name."""
        self.stolen = 0
        """Jobs that were taken from a living worker because of a clock."""

    def overwritten(self):
        """Files of another sender that the bank never got, because ours took their place."""
        kept = {bytes(row["content"]) for row in self._arrived()}
        return [name for name, content in self.foreign.items() if content not in kept]

    def _arrived(self):
        return self.world.banks["alpenbank"].bank.store.rows("SELECT content FROM arrival_bytes")

    def carrying(self, moment):
        """Waits until a file for the SFTP bank stands at a moment; None when it does not come."""
        deadline = time.monotonic() + MOMENT_WITHIN_S
        while time.monotonic() < deadline:
            caught = self.watch.caught(moment, bank="alpenbank")
            if caught is not None:
                return caught
            time.sleep(GLANCE_S)
        self.missed[moment] += 1
        return None


def sleep(scene, moments):
    """A sleeper at each moment."""
    for moment in scene.world.chance.sample(moments, len(moments)):
        yield scene.sleepers.sleep(moment)


def cut(scene, _moments):
    """The line breaks when the bank has the file and the hub does not know it yet."""
    caught = scene.carrying("arrived")
    part = caught and scene.world.worker_of(caught.worker)
    if part is None:
        yield "no file arrived"
        return
    scene.world.line.cut(part.pid)
    scene.world.until(
        f"{caught.name} known to be submitted", lambda: scene.watch.file(caught.file).submitted_at is not None,
        within_s=TAKEN_OVER_WITHIN_S,
    )  # fmt: skip
    yield f"the line broke after the rename of {caught.name}"


def take_name(scene, _moments):
    """Another sender has put a file under the name that ours is about to get, and the bank has not fetched it yet."""
    bank = scene.world.banks["alpenbank"].bank
    with bank._acting:  # the bank is slow today
        caught = scene.carrying("stage")
        if caught is None:
            yield "no file was staged"
            return
        place = bank.root / "in" / caught.name
        if scene.watch.holds(caught.bank, caught.name):
            scene.missed["taken"] += 1
            yield "too late"
            return
        content = FOREIGN % len(scene.foreign)
        hidden = place.with_name(f".{caught.name}.foreign")
        hidden.write_bytes(content)
        hidden.chmod(0o666)
        hidden.rename(place)
        scene.foreign[caught.name] = content
        _until(lambda: _has_been_tried(scene, caught))
    _until(lambda: not place.exists())
    scene.watch.hurry(caught.file)
    scene.world.until(
        f"{caught.name} handed over in the end", lambda: scene.watch.file(caught.file).submitted_at is not None,
        within_s=TAKEN_OVER_WITHIN_S,
    )  # fmt: skip
    yield f"somebody else had the name {caught.name}"


def _has_been_tried(scene, caught):
    """Whether the hub has met the other one's file: it waits for a person, or it did not mind."""
    job = scene.watch.job(caught.key)
    return job is None or job.failures > 0 or scene.watch.file(caught.file).submitted_at is not None


def kill_database(scene, _moments):
    """PostgreSQL dies hard under load, in the middle of whatever, and comes back on the same data."""
    world = scene.world
    time.sleep(world.chance.uniform(0, 2))
    world.crash_database()
    away_s = world.chance.uniform(*DATABASE_AWAY_S)
    _ask_while_away(scene, until=time.monotonic() + away_s)
    world.revive_database()
    back = time.monotonic()
    world.until("the API is ready again", world.is_ready, within_s=READY_AGAIN_WITHIN_S)  # by itself
    ready_s = round(time.monotonic() - back, 1)
    submitted, ended = scene.watch.submitted(), []

    def goes_on():
        ended.extend(world.start_the_ended())
        return scene.watch.submitted() > submitted

    world.until("files are handed over again", goes_on, within_s=PROGRESS_WITHIN_S)
    scene.recoveries["database"].append(round(time.monotonic() - back, 2))
    yield (
        f"PostgreSQL was away for {away_s:.1f} s; the API was ready after {ready_s} s, files went on after"
        f" {scene.recoveries['database'][-1]} s; ended by themselves: {', '.join(ended) or 'nobody'}"
    )


def _ask_while_away(scene, *, until):
    """Asks the API what a caller would: the answer must be a problem document that says to come again."""
    headers = {"Authorization": f"Bearer {scene.world.access.erp_key}"}
    while time.monotonic() < until:
        try:
            answer = httpx.get(f"{scene.world.api}/v1/batches", headers=headers, timeout=15)
        except httpx.HTTPError as err:
            scene.answers[type(err).__name__] += 1
        else:
            kind = answer.headers.get("content-type", "")
            scene.answers[f"{answer.status_code} {kind.partition(';')[0]}"] += 1
        time.sleep(0.3)


def lose_host(scene, _moments):
    """The cable of a worker's machine is pulled while it carries a file; nothing is closed. Then it comes back: as it
    was (a sleeper that never slept), or after a new start.
    """
    world, part = scene.world, scene.world.workers[-1]
    deadline = time.monotonic() + MOMENT_WITHIN_S
    held = []
    while time.monotonic() < deadline and not held:
        held = [row for row in scene.watch.jobs_of(part.pid) if row.kind == "file"]
        time.sleep(GLANCE_S)
    if not held:
        scene.missed["host"] += 1
        yield "the worker on the other machine carried nothing"
        return
    world.host.lose()
    lost = time.monotonic()
    held = scene.watch.jobs_of(part.pid)
    mine = f"|{part.pid}|"

    def taken_over():
        rows = [(one, scene.watch.job(one.key)) for one in held]
        return all(now is None or (now.fence > then.fence and mine not in (now.worker or mine)) for then, now in rows)

    world.until("what it held taken over", taken_over, within_s=TAKEN_OVER_WITHIN_S)
    scene.recoveries["host"].append(round(time.monotonic() - lost, 2))
    again = world.chance.random() < 0.5
    if not again:
        part.kill()
    world.host.find()
    if not again:
        part.start()
    yield (
        f"{part.name} was cut off with {len(held)} jobs, others had them after {scene.recoveries['host'][-1]} s;"
        f" it came back {'as it was' if again else 'with a new start'}"
    )


def step_clocks(scene, _moments):
    """A worker's clock jumps; nobody may lose a job because of it, and the dead must not keep theirs."""
    world = scene.world
    for to in STEPS:
        number = world.chance.randrange(len(world.timepieces))
        before = sum(part.written("work.restarted") for part in world.workers)
        world.timepieces[number].set(to)
        time.sleep(STEP_S)
        stolen = sum(part.written("work.restarted") for part in world.workers) - before
        if world.db != "sqlite":  # there the clock is everybody's, and a lease that ended too soon is only done again
            scene.stolen += stolen
        part = world.workers[number]
        held = _kill_with_work(scene, part)
        killed = time.monotonic()
        world.until(
            "what the dead one with the wrong clock held taken over",
            lambda held=held: all(_is_taken(scene, one) for one in held), within_s=TAKEN_OVER_WITHIN_S,
        )  # fmt: skip
        recovery = round(time.monotonic() - killed, 2)
        if held:
            scene.recoveries["clocks"].append(recovery)
        world.timepieces[number].set("+0")
        part.start()
        yield f"the clock of {part.name} at {to}: {stolen} jobs taken from it, {len(held)} left behind for {recovery} s"


def _kill_with_work(scene, part):
    deadline = time.monotonic() + MOMENT_WITHIN_S
    while time.monotonic() < deadline and not scene.watch.jobs_of(part.pid):
        time.sleep(GLANCE_S)
    part.kill()
    return scene.watch.jobs_of(part.pid)


def _is_taken(scene, then):
    now = scene.watch.job(then.key)
    if now is None or (now.fence > then.fence and now.worker is not None):
        return True
    # with one worker nobody is there to take over; that the row is free again is all that can be seen
    return len(scene.world.workers) == 1 and now.fence > then.fence


def _until(reached):
    deadline = time.monotonic() + MOMENT_WITHIN_S
    while not reached() and time.monotonic() < deadline:
        time.sleep(GLANCE_S)


BY_NAME = {
    "sleepers": sleep, "cut": cut, "taken": take_name, "database": kill_database, "host": lose_host,
    "clocks": step_clocks,
}  # fmt: skip
