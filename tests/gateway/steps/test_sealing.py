"""Sealing: made once with the first attempt, kept with it, and sent by every later one."""

import hashlib
from itertools import count

import pytest

from banks.errors import Refused
from gateway.domain.errors import Conflict
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import SealedFile
from gateway.persistence.tables import audit
from gateway.persistence.vault import Vault
from gateway.steps import submit
from tests.gateway.steps.world import Crash


class Sealer:
    """Never twice the same, as OpenPGP is."""

    def __init__(self):
        self.numbers = count(1)
        self.made = []
        self.given = []
        self.refuses = False

    def __call__(self, _file, content):
        if self.refuses:
            raise Refused("our key ended")
        self.given.append(content)
        self.made.append(b"sealed %d " % next(self.numbers) + content[:20])
        return SealedFile(content=self.made[-1], signed_by="aa", encrypted_to=("bb",))


def sealing(hub):
    hub.seal = Sealer()
    return hub.seal


def test_the_bank_gets_the_sealed_bytes_and_the_approved_ones_stay_in_the_vault(world):
    seal = sealing(world)
    _, file = world.sent("1.00")
    stored = world.file(file)
    assert [content for _, content in world.bank.received] == seal.made
    with world.unit() as work:
        assert seal.given == [work.vault.get(stored.sha256)], "promise P5"
        assert work.vault.get(stored.wire_sha256) == seal.made[0]
    assert stored.sealed_sha256 == hashlib.sha256(seal.made[0]).hexdigest()
    assert stored.sealed_size == len(seal.made[0])


def test_the_trail_names_the_keys_that_were_used(world):
    sealing(world)
    _, file = world.sent("1.00")
    stored = world.file(file)
    with world.engine.connect() as connection:
        [note] = [row.data for row in connection.execute(audit.select()) if row.action == "file.sealed"]
    assert note == {
        "sha256": stored.sha256, "sealed_sha256": stored.sealed_sha256, "sealed_size": stored.sealed_size,
        "signed_by": "aa", "encrypted_to": ["bb"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [["crash"], ["crash-after"], ["unreachable"], [None, "crash"], [None, "crash-after"], [None, "unknown-before"]],
)
def test_whatever_happens_afterwards_every_attempt_sends_the_same_bytes(world, script):
    seal = sealing(world)
    _, file = world.built("1.00")
    world.bank.script = script
    for _ in range(4):
        try:
            world.submit(file)
        except Crash:
            continue
    assert world.file(file).state is FileState.SUBMITTED
    assert len(seal.made) == 1
    assert [content for _, content in world.bank.received] == seal.made


def test_a_crash_before_the_first_attempt_is_committed_leaves_nothing_sealed(hub, monkeypatch):
    seal = sealing(hub)
    _, file = hub.built("1.00")
    put = Vault.put

    def dies(_vault, _content, _sha256):
        raise Crash

    monkeypatch.setattr(Vault, "put", dies)
    with pytest.raises(Crash):
        hub.submit(file)
    monkeypatch.setattr(Vault, "put", put)
    assert hub.file(file).sealed_sha256 is None
    assert hub.submit(file) is submit.Next.NOTHING
    assert [content for _, content in hub.bank.received] == [seal.made[1]]


def test_a_key_that_cannot_be_used_stops_the_file_and_leaves_no_attempt(hub):
    seal = sealing(hub)
    seal.refuses = True
    _, file = hub.built("1.00")
    assert hub.submit(file) is submit.Next.ASK
    with hub.unit() as work:
        assert work.files.attempts(file) == []
    seal.refuses = False
    assert hub.submit(file) is submit.Next.NOTHING


def test_what_went_unsealed_once_is_never_sealed_afterwards(hub):
    _, file = hub.built("1.00")
    hub.bank.script = ["unreachable"]
    assert hub.submit(file) is submit.Next.RETRY
    seal = sealing(hub)
    assert hub.submit(file) is submit.Next.NOTHING
    assert seal.made == []


def test_bytes_that_are_not_those_of_the_file_are_not_sealed(hub, monkeypatch):
    seal = sealing(hub)
    _, file = hub.built("1.00")
    monkeypatch.setattr(Vault, "get", lambda _vault, _sha256: b"<other/>")
    with pytest.raises(Conflict):
        hub.submit(file)
    assert seal.made == []
    assert hub.bank.calls == []


def test_a_file_is_sealed_once(world):
    sealing(world)
    _, file = world.sent("1.00")
    with world.unit() as work, pytest.raises(Conflict):
        work.files.seal(work.files.get(file), sha256="0" * 64, size=1)
