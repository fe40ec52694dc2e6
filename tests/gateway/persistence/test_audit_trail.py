import pytest
from sqlalchemy import delete, update

from gateway.audit import link
from gateway.persistence.tables import audit, audit_head


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
