import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select

from gateway.evidence import pack
from gateway.persistence import erasure, retention, vault_examination
from gateway.persistence.queries import EVERYTHING, console, evidence
from gateway.persistence.tables import batches, breaks, documents, events, findings, payments
from gateway.persistence.vault import Vault
from tests.gateway.steps.test_reconcile import booking, hear, statement
from tests.gateway.steps.world import World, report

DAYS = {"batches": 30, "files": 30, "documents": 30, "personal": 60}
PAYEE, PAYEES_ACCOUNT = "Payee 1", "FR1420041010050500013M02606"


@pytest.fixture
def world(engine):
    return World(engine)


def refused(world, *amounts, message_id="RUN-1"):
    """A batch whose bank refused all of it: nothing about it can move any more."""
    batch, file = world.sent(*amounts or ("100.00",), message_id=message_id)
    world.hear(report(file, "RJCT"))
    return batch


def run(world, days):
    """What ``payhub retention run --yes`` does at a day; gives what forgot whom it is about."""
    world.at += timedelta(days=days)
    with world.unit() as work:
        retention.remove(work, retention.due(work.connection, DAYS, work.at), DAYS)
        work.commit()
    with world.unit() as work:
        found = erasure.due(work.connection, DAYS, work.at)
        erasure.erase(work, found, DAYS)
        work.commit()
    return [(one.kind, one.id) for one in found]


def everything(world):
    """Every value of the tables that speak of payments, as text."""
    with world.engine.connect() as connection:
        rows = [
            row._asdict() for table in (payments, batches, findings, events, documents, breaks)
            for row in connection.execute(select(table))
        ]  # fmt: skip
    return json.dumps(rows, default=str)


def test_rows_forget_after_their_days_and_not_before(world):
    batch = refused(world)
    assert PAYEE in everything(world)
    assert run(world, 31) == [], "the bytes are gone, the rows stay for now"
    assert PAYEE in everything(world)
    assert ("batch", batch) in run(world, 30)
    shown = everything(world)
    assert PAYEE not in shown
    assert PAYEES_ACCOUNT not in shown
    assert "RUN-1-1" in shown, "the ERP's own reference stays"
    assert "100.00" in shown


def test_the_trail_holds_and_says_who_erased_what_under_which_rule(world):
    batch = refused(world)
    run(world, 61)
    with world.unit() as work:
        assert list(work.trail.breaches()) == []
    with world.engine.connect() as connection:
        rows = console.trail(connection, EVERYTHING, subject=batch).items
    said = next(one for one in rows if one.action == erasure.ERASED)
    assert said.data == {"kind": "batch", "rows": 1, "rule": "[retention] personal_days = 60"}


def test_what_was_erased_is_named_as_that_and_not_as_damaged(world):
    batch = refused(world)
    run(world, 61)
    with world.unit() as work:
        flaws = {one.sha256 for one in vault_examination.examine(work.connection, work.vault)}
        gone = list(vault_examination.removed(work.connection))
    assert gone
    assert not flaws & {one.sha256 for one in gone}
    assert {one.rule for one in gone} >= {"[retention] batches_days = 30", "[retention] files_days = 30"}
    assert "erased on" in gone[0].says
    out = io.BytesIO()
    with world.engine.connect() as connection:
        vault = Vault(connection, ring=world.ring, ids=world.ids, at=world.at)
        pack.write(connection, vault, evidence.find(connection, EVERYTHING, batch), out, signer=None)
    members = zipfile.ZipFile(out)
    manifest = json.loads(members.read(pack.MANIFEST))
    assert {one["sha256"] for one in manifest["erased"]} == {one.sha256 for one in gone}
    assert "under [retention] personal_days = 60" in members.read("timeline.html").decode()
    for name in members.namelist():
        assert PAYEE not in members.read(name).decode(errors="replace"), name


@pytest.mark.parametrize("gone", [(), ("batches",), ("files",)])
def test_nothing_is_forgotten_whose_bytes_are_still_there(world, gone):
    refused(world)
    world.at += timedelta(days=61)
    with world.unit() as work:
        some = [one for one in retention.due(work.connection, DAYS, work.at) if one.kind in gone]
        retention.remove(work, some, DAYS)
        assert [one for one in erasure.due(work.connection, DAYS, work.at) if one.kind == "batch"] == []


def test_nothing_is_forgotten_that_can_move_or_that_a_break_speaks_of(world):
    world.sent("7.00", message_id="RUN-2")
    payment = world.payments(refused(world))[0].id
    with world.unit() as work:
        work.connection.execute(
            insert(breaks).values(
                id="B", key="B", kind="missing", bank="alpenbank", payment_id=None,
                payment_ids=[payment], reason="", who_acts="", opened_at=world.at, state="open",
            )
        )  # fmt: skip
        work.commit()
    assert [one for one in run(world, 10_000) if one[0] == "batch"] == []
    assert PAYEE in everything(world)


def test_it_is_done_once_and_never_without_a_number_of_days(world):
    batch = refused(world)
    assert ("batch", batch) in run(world, 61)
    assert run(world, 61) == []
    with world.unit() as work:
        assert erasure.due(work.connection, {"batches": 1}, work.at) == []


def test_a_large_batch_costs_as_many_statements_as_a_small_one(world):
    refused(world, "1.00", message_id="SMALL")
    refused(world, *[f"{number}.00" for number in range(2, 40)], message_id="LARGE")
    world.at += timedelta(days=61)
    with world.unit() as work:
        retention.remove(work, retention.due(work.connection, DAYS, work.at), DAYS)
        work.commit()
    counts = []
    with world.unit() as work:
        for one in (each for each in erasure.due(work.connection, DAYS, work.at) if each.kind == "batch"):
            asked = []

            def ask(_connection, _cursor, statement, *_more, asked=asked):
                asked.append(statement)

            event.listen(world.engine, "before_cursor_execute", ask)
            erasure.erase(work, [one], DAYS)
            event.remove(world.engine, "before_cursor_execute", ask)
            counts.append(len(asked))
    assert len(counts) == 2
    assert counts[0] == counts[1]


def test_a_page_that_waits_for_the_others_forgets_nothing(world):
    batch, _ = world.sent("100.00", "7.00")
    first, second = world.payments(batch)
    hear(world, statement(world, booking(first), closing="900.00", page=1, last=False))
    assert run(world, 61) == []
    hear(world, statement(world, booking(second), opening="900.00", closing="893.00", page=2))
    assert world.states(batch) == ["reconciled"] * 2
