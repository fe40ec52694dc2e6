from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError

from gateway.audit import link
from gateway.origin import Origin
from gateway.persistence import hardening
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.columns import JsonText
from gateway.persistence.tables import anchors, audit, audit_head
from tests.databases import open_engine
from tests.gateway.stores import AT, Store


@pytest.fixture
def trail(store):
    """Five acts in three units of work."""
    for actions in (("a", "b"), ("c",), ("d", "e")):
        with store.unit() as work:
            for action in actions:
                work.note(action=action, subject="B1", data={"count": 1})
            work.commit()
    return store


def breaches(store, *changes):
    """What a walk finds after somebody changed the database behind our back; the change is undone."""
    with store.unit() as work:
        hardening.allow_changes(work.connection)
        for change in changes:
            work.connection.execute(change)
        return [(breach.sequence, breach.what) for breach in work.trail.breaches()]


def test_an_untouched_trail_holds(trail):
    assert breaches(trail) == []
    with trail.unit() as work:
        assert [row.action for row in work.trail.rows(subject="B1")] == list("abcde")
        assert [row.sequence for row in work.trail.rows(after=3)] == [4, 5]


def test_an_empty_trail_holds(store):
    assert breaches(store) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (update(audit).where(audit.c.sequence == 3).values(action="x"), 3),
        (update(audit).where(audit.c.sequence == 3).values(actor="somebody else"), 3),
        (update(audit).where(audit.c.sequence == 3).values(data={"count": 2}), 3),
        (update(audit).where(audit.c.sequence == 3).values(hash="0" * 64), 3),
        (delete(audit).where(audit.c.sequence == 3), 3),
        (delete(audit).where(audit.c.sequence == 1), 1),
        (delete(audit).where(audit.c.sequence == 5), 5),
        (delete(audit), 1),
        (update(audit_head).values(hash="0" * 64), 5),
        (update(audit_head).values(sequence=4), 6),
    ],
    ids=["act", "actor", "data", "hash", "gap", "first", "end", "everything", "head", "head moved back"],
)
def test_an_edit_is_seen_and_named(trail, change, where):
    assert breaches(trail, change)[0][0] == where


def test_an_edit_with_its_own_hash_put_right_is_seen_at_the_next_row(trail):
    with trail.unit() as work:
        row = work.trail.rows(after=2)[0]
        forged = link(row.previous, type(row)(**{name: getattr(row, name) for name in row.__slots__} | {"action": "x"}))
    assert breaches(trail, update(audit).where(audit.c.sequence == 3).values(action="x", hash=forged))[0][0] == 4


def test_rows_of_a_unit_that_was_not_committed_never_were(trail):
    with trail.unit() as work:
        work.note(action="never", subject="B1", data={})
    assert breaches(trail) == []
    with trail.unit() as work:
        assert len(work.trail.rows()) == 5


def test_a_whole_chain_written_anew_is_seen_by_a_head_that_was_kept_outside(trail):
    with trail.unit() as work:
        hardening.allow_changes(work.connection)
        anchored = {work.trail.head()[0]: work.trail.head()[1]}
        rows, previous = work.trail.rows(), "0" * 64
        for row in rows:
            forged = replace(row, previous=previous, action="x" if row.sequence == 2 else row.action)
            previous = link(forged.previous, forged)
            facts = {"previous": forged.previous, "action": forged.action, "hash": previous}
            work.connection.execute(update(audit).where(audit.c.sequence == row.sequence).values(**facts))
        work.connection.execute(update(audit_head).values(hash=previous))
        assert list(work.trail.breaches()) == []
        found = list(work.trail.breaches(anchored=anchored | {9: "0" * 64}))
    assert [one.sequence for one in found] == [5, 9]
    assert "anew" in found[0].what


@pytest.mark.parametrize("table", ["audit", "anchors"])
@pytest.mark.parametrize("act", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_remove_what_is_only_appended_to(trail, table, act):
    with trail.unit() as work:
        work.connection.execute(insert(anchors).values(sequence=1, hash="", at=AT, key_id="k", signature=""))
        with pytest.raises(DBAPIError, match="only appended"):
            work.connection.exec_driver_sql(act.format(table))


def test_rows_of_an_older_version_hold_and_no_byte_of_them_may_change(trail):
    with trail.unit() as work:
        hardening.allow_changes(work.connection)
        loose = update(audit).where(audit.c.sequence == 3)
        work.connection.execute(loose.values(data=JsonText('{"count": 1}')))
        assert list(work.trail.breaches()) == []
        work.connection.execute(loose.values(data=JsonText('{"count":  1}')))
        assert [one.sequence for one in work.trail.breaches()] == [3]


def test_where_a_request_came_from_is_part_of_the_chain(store):
    with store.unit() as work:
        work.trail = AuditTrail(work.connection, Origin(address="10.0.0.7", request_id="R1"))
        work.note(action="a", subject="B1", data={})
        work.commit()
    assert breaches(store) == []
    assert breaches(store, update(audit).values(address="10.0.0.8"))[0][0] == 1
    assert breaches(store, update(audit).values(request_id=None))[0][0] == 1


def test_a_byte_that_is_no_text_any_more_is_named_like_any_other(sqlite_url):
    engine = open_engine(sqlite_url)
    store = Store(engine)
    with store.unit() as work:
        work.note(action="a", subject="B1", data={})
        work.commit()
    with store.unit() as work:
        hardening.allow_changes(work.connection)
        work.connection.exec_driver_sql("UPDATE audit SET action = CAST(x'ff' AS TEXT)")
        assert [one.sequence for one in work.trail.breaches()] == [1]
    engine.dispose()
