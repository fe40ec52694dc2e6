import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import insert

from gateway.evidence import pack
from gateway.persistence import retention, vault_examination
from gateway.persistence.queries import EVERYTHING, evidence
from gateway.persistence.tables import breaks, documents
from gateway.persistence.vault import Vault
from tests.gateway.steps.test_reconcile import DAY, booking, hear, statement
from tests.gateway.steps.world import World, report

DAYS = {"batches": 30, "files": 90}
ONE_DAY = timedelta(days=1)


@pytest.fixture
def world(engine):
    return World(engine)


def refused(world, message_id="RUN-1"):
    """A batch whose bank refused all of it: nothing about it can move any more."""
    batch, file = world.sent("100.00", message_id=message_id)
    world.hear(report(file, "RJCT"))
    return batch, file


def due(world, days):
    with world.engine.connect() as connection:
        return retention.due(connection, DAYS, world.at + timedelta(days=days))


def kinds(world, days):
    return [one.kind for one in due(world, days)]


def test_bytes_go_after_the_days_of_their_class_and_not_before(world):
    refused(world)
    assert [kinds(world, days) for days in (29, 31, 91)] == [[], ["batches"], ["batches", "files"]]


def test_what_went_leaves_its_hash_a_row_of_the_trail_and_a_vault_that_holds(world):
    batch, _ = refused(world)
    gone = due(world, 91)
    with world.unit() as work:
        assert retention.remove(work, gone, DAYS) == sum(one.size for one in gone)
        work.commit()
    assert due(world, 91) == []
    with world.unit() as work:
        assert list(work.trail.breaches()) == []
        flaws = {one.sha256 for one in vault_examination.examine(work.connection, work.vault)}
        assert not flaws & {one.sha256 for one in gone}
    out = io.BytesIO()
    with world.engine.connect() as connection:
        vault = Vault(connection, ring=world.ring, ids=world.ids, at=world.at)
        pack.write(connection, vault, evidence.find(connection, EVERYTHING, batch), out, signer=None)
    manifest = json.loads(zipfile.ZipFile(out).read(pack.MANIFEST))
    assert set(manifest["not_in_the_vault"]) >= {one.sha256 for one in gone}


def test_what_can_still_move_is_never_removed(world):
    world.sent("100.00")
    assert due(world, 10_000) == []


def test_a_file_that_its_bank_never_answers_goes_when_all_its_payments_are_over(world):
    batch, file = world.sent("100.00", "7.00")
    one, two = world.payments(batch)
    hear(world, statement(world, booking(one), closing="900.00"))
    assert (world.file(file).state, kinds(world, 91)) == ("submitted", [])
    hear(world, statement(world, booking(two), opening="900.00", closing="893.00", number=2, day=DAY + ONE_DAY))
    assert world.states(batch) == ["reconciled"] * 2
    assert (world.file(file).state, kinds(world, 91)) == ("submitted", ["batches", "files"])


def test_a_file_in_doubt_is_never_removed(world):
    world.in_doubt("100.00")
    assert due(world, 10_000) == []


def test_an_open_break_holds_everything_it_speaks_of(world):
    batch, _ = refused(world)
    payment = world.payments(batch)[0].id
    with world.unit() as work:
        work.connection.execute(
            insert(breaks).values(
                id="B", key="B", kind="missing", bank="alpenbank", payment_id=None,
                payment_ids=[payment], reason="", who_acts="", opened_at=world.at, state="open",
            )
        )  # fmt: skip
        work.commit()
    assert due(world, 91) == []


def test_bytes_that_something_younger_shares_stay(world):
    refused(world)
    (one,) = due(world, 31)
    with world.unit() as work:
        work.connection.execute(
            insert(documents).values(
                id="D", bank="alpenbank", sha256=one.sha256, name="same", size=1, state="processed",
                received_at=world.at + timedelta(days=30), seen=1, archived=False,
            )
        )  # fmt: skip
        work.commit()
    assert due(world, 31) == []


def test_without_days_everything_is_kept(world):
    refused(world)
    with world.engine.connect() as connection:
        assert retention.due(connection, {}, world.at + timedelta(days=10_000)) == []


def test_a_missing_document_nobody_removed_is_a_flaw(world):
    refused(world)
    body = world.body("100.00")
    sha256 = hashlib.sha256(body).hexdigest()
    with world.unit() as work:
        work.vault.remove(sha256)
        flaws = {one.sha256 for one in vault_examination.examine(work.connection, work.vault)}
    assert sha256 in flaws
