"""Collecting: stored first, understood later, taken off the bank last; and nothing fetched twice for nothing."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from banks.errors import Refused, Unreachable
from gateway.domain.lifecycle import State
from gateway.domain.payment import Selection
from gateway.persistence.tables import document_names, documents, events, listings
from gateway.scheduling import collecting
from tests.gateway.scheduling.banks import MODIFIED, pain002
from tests.gateway.steps.world import Crash, report


def told(intake, kind="payhub.document.unfetched.v1"):
    with intake.engine.connect() as connection:
        return [row.data for row in connection.execute(select(events.c.data).where(events.c.type == kind))]


def test_a_document_is_read_and_then_taken_off_the_bank_s_outbox(intake):
    batch, file = intake.sent("1.00")
    intake.shelf.put("a.xml", pain002(file, "ACCP"))
    assert intake.round() == 1
    assert intake.shelf.archived == []
    intake.read()
    assert intake.round() == 0
    assert (intake.states(batch), intake.shelf.archived) == (["acknowledged"], ["a.xml"])
    assert intake.round() == 0
    assert intake.count(listings) == 0, "what left the listing is forgotten"


@pytest.mark.parametrize("sized", [True, False], ids=["sizes listed", "no sizes listed"])
def test_nothing_is_removed_at_the_bank_before_a_committed_row_says_that_it_was_read(intake, sized):
    _, file = intake.sent("1.00")
    seen = []

    def look(_name):
        with intake.engine.connect() as connection:
            seen.extend(connection.execute(select(documents.c.state)).scalars())

    intake.shelf.before["archive"] = look
    intake.shelf.put("a.xml", pain002(file, "ACCP"), sized=sized)
    intake.shelf.put("b.xml", b"<nonsense/>", sized=sized)
    for _ in range(3):
        intake.round()
    assert intake.shelf.archived == []
    intake.read()
    intake.round()
    assert sorted(seen) == ["processed", "processed", "quarantined", "quarantined"]
    assert sorted(intake.shelf.archived) == ["a.xml", "b.xml"]


@pytest.mark.parametrize("dies_at", range(1, 9))
def test_a_round_that_dies_anywhere_loses_nothing_and_removes_nothing_unread(intake, monkeypatch, dies_at):
    batch, file = intake.sent("1.00")
    intake.shelf.put("a.xml", pain002(file, "ACCP"))
    commits = 0
    unit = intake.unit

    def mortal(**more):
        nonlocal commits
        work = unit(**more)
        commit = work.commit

        def dies():
            nonlocal commits
            commits += 1
            if commits == dies_at:
                raise Crash
            commit()

        work.commit = dies
        return work

    monkeypatch.setattr(intake, "unit", mortal)
    for _ in range(6):
        try:
            intake.round()
            assert not intake.shelf.archived or intake.documents()[0].state == "processed"
            intake.read()
        except Crash:
            continue
    assert (intake.states(batch), intake.shelf.archived) == (["acknowledged"], ["a.xml"])
    assert [one.seen for one in intake.documents()] == [1]


def test_a_file_that_stays_is_fetched_once(intake):
    _, file = intake.sent("1.00")
    intake.shelf.put("a.xml", pain002(file, "ACCP"))
    for _ in range(4):
        intake.round(leaves=True)
        intake.read()
    assert intake.shelf.fetched() == {"a.xml": 1}
    assert [one.seen for one in intake.documents()] == [1]


@pytest.mark.parametrize("change", ["size", "time"])
def test_a_file_that_stays_and_changes_is_fetched_again(desk, change):
    desk.shelf.put("a.xml", b"<one/>")
    desk.round(leaves=True)
    if change == "size":
        desk.shelf.put("a.xml", b"<three/>")
    else:
        desk.shelf.put("a.xml", b"<two/>", at=MODIFIED + timedelta(seconds=1))
    assert desk.round(leaves=True) == 1
    first, second = desk.documents()
    assert (second.name_of, first.name_of) == (first.id, None)


def test_what_a_bank_overwrites_between_two_rounds_is_not_removed_unread(desk):
    desk.shelf.put("a.xml", b"<one/>")
    desk.round()
    desk.read()
    desk.shelf.put("a.xml", b"<two/>")  # the same size and time: a listing does not show it
    assert desk.round() == 1
    assert desk.shelf.archived == []
    assert len(desk.documents()) == 2


def test_the_same_bytes_again_are_counted_with_their_names(intake):
    intake.shelf.put("a.xml", b"<one/>")
    intake.round(leaves=True)
    intake.read()
    intake.later(hours=1)
    intake.shelf.put("b.xml", b"<one/>")
    assert intake.round(leaves=True) == 0
    intake.round(leaves=True)
    (one,) = intake.documents()
    assert (one.seen, one.seen_at, one.state) == (2, intake.at, "quarantined")
    with intake.engine.connect() as connection:
        assert set(connection.execute(select(document_names.c.name)).scalars()) == {"a.xml", "b.xml"}


def test_an_entry_that_is_refused_is_told_once_and_keeps_nobody_waiting(intake):
    intake.shelf.put("bad.xml", b"<bad/>")
    intake.shelf.put("good.xml", b"<good/>")
    intake.shelf.faults["fetch", "bad.xml"] = Refused("Permission denied.")
    assert intake.round(leaves=True) == 1
    for _ in range(12):
        intake.later(minutes=75)
        assert intake.round(leaves=True) == 0
    assert [one["name"] for one in told(intake)] == ["bad.xml"]
    assert intake.shelf.fetched()["bad.xml"] < 10, "its pauses grow"
    del intake.shelf.faults["fetch", "bad.xml"]
    intake.later(hours=6)
    assert intake.round(leaves=True) == 1


def test_an_entry_that_changes_is_tried_at_once(desk):
    desk.shelf.put("bad.xml", b"<bad/>")
    desk.shelf.faults["fetch", "bad.xml"] = Refused("Permission denied.")
    desk.round()
    desk.shelf.faults.clear()
    assert desk.round() == 0
    desk.shelf.put("bad.xml", b"<mended/>")
    assert desk.round() == 1


def test_what_is_listed_as_too_large_is_not_even_fetched(desk):
    desk.shelf.put("large.xml", b"x" * 2_000)
    desk.round(size_max=1_000)
    assert desk.shelf.fetched() == {}
    assert "larger than 1,000 bytes" in told(desk)[0]["reason"]


def test_a_fault_of_ours_in_fetching_one_entry_keeps_nobody_waiting(desk):
    desk.shelf.put("bad.xml", b"<bad/>")
    desk.shelf.put("good.xml", b"<good/>")
    desk.shelf.faults["fetch", "bad.xml"] = ZeroDivisionError("secret")
    assert desk.round() == 1
    (one,) = told(desk)
    assert "ZeroDivisionError" in one["reason"]
    assert "secret" not in one["reason"]


def test_a_line_that_is_down_is_raised_soon_and_blames_no_entry(desk):
    for number in range(10):
        desk.shelf.put(f"{number}.xml", b"<%d/>" % number)
        desk.shelf.faults["fetch", f"{number}.xml"] = Unreachable("no line")
    assert isinstance(desk.round(), Unreachable)
    assert len(desk.shelf.fetched()) == collecting.LINE_FAILURES_MAX
    assert told(desk) == []
    desk.shelf.faults.clear()
    assert desk.round() == 10


def test_entries_that_fail_like_a_broken_line_every_time_keep_the_others_waiting_for_a_few_rounds_only(desk):
    for number in range(5):
        desk.shelf.put(f"{number}.xml", b"<bad/>")
        desk.shelf.faults["fetch", f"{number}.xml"] = Unreachable("other bytes than listed")
    desk.shelf.put("good.xml", b"<good/>")
    for _ in range(10):
        desk.round()
    assert desk.shelf.fetched()["good.xml"] >= 1
    assert len(told(desk)) == 5


def test_a_document_that_cannot_be_taken_off_the_outbox_is_told_once(desk):
    desk.shelf.put("a.xml", b"<one/>")
    desk.shelf.faults["archive", "a.xml"] = Refused("No permission to delete.")
    desk.round()
    desk.read()
    for _ in range(3):
        desk.round()
    assert [one["reason"] for one in told(desk)] == ["No permission to delete."]
    desk.later(hours=7)
    desk.shelf.faults.clear()
    desk.round()
    assert desk.shelf.archived == ["a.xml"]


def test_a_listing_that_breaks_off_forgets_nothing(desk):
    desk.shelf.put("a.xml", b"<one/>")
    desk.round(leaves=True)
    desk.shelf.faults["inbox", "end"] = Unreachable("no line")
    document = desk.shelf.files.pop("a.xml")
    assert isinstance(desk.round(leaves=True), Unreachable)
    desk.shelf.files["a.xml"] = document
    desk.shelf.faults.clear()
    desk.round(leaves=True)
    assert desk.shelf.fetched() == {"a.xml": 1}


def test_a_long_listing_is_taken_in_several_rounds_that_follow_at_once(desk, monkeypatch):
    monkeypatch.setattr(collecting, "DOCUMENTS_PER_ROUND", 2)
    for number in range(5):
        desk.shelf.put(f"{number}.xml", b"<%d/>" % number)
    assert desk.round(leaves=True) == 2
    assert desk.queued[-1].key == f"poll:{desk.bank_name}"
    assert [desk.round(leaves=True) for _ in range(3)] == [2, 1, 0]


def test_a_status_at_one_address_is_fetched_whenever_it_is_asked_for_and_stored_when_it_is_news(intake):
    batch, file = intake.sent("1.00")

    def status(word):
        body = json.dumps({"reference": file, "order_id": "O-1", "group_status": word}).encode()
        intake.shelf.put("status-O-1.json", body, sized=False, media_type="application/json")

    status("RCVD")
    assert [intake.round(asks=True), intake.round(asks=True)] == [1, 0]
    intake.read()
    intake.later(minutes=10)
    status("ACSC")
    assert intake.round(asks=True) == 1
    intake.read()
    first, second = intake.documents()
    assert (second.name_of, second.amends) == (None, None), "a later word of an order is no amendment"
    assert first.seen == 1
    assert intake.payments(batch)[0].iso_status == "ACSC"


def test_an_order_is_asked_about_with_growing_pauses_and_not_for_ever(intake):
    _, file = intake.sent("1.00")
    asked = 0
    for _ in range(4 * 20):
        intake.round(asks=True)
        asked += file in intake.shelf.asked[-1]
        intake.later(hours=6)
    assert 4 * 12 < asked <= 4 * 14 + 1
    assert intake.shelf.asked[-1] == []


def test_the_pauses_between_two_questions_grow(desk):
    _, file = desk.sent("1.00")
    asked = []
    for minute in range(0, 600, 10):
        desk.round(asks=True)
        asked += [minute] if file in desk.shelf.asked[-1] else []
        desk.later(minutes=10)
    pauses = [after - before for before, after in pairwise(asked)]
    assert (pauses[0], pauses[-1]) == (10, 30)
    assert pauses == sorted(pauses)


def test_an_order_is_asked_about_at_every_round_while_it_is_fresh(desk):
    _, file = desk.sent("1.00")
    for _ in range(5):
        desk.round(asks=True)
        desk.later(minutes=3)
    assert desk.shelf.asked == [[file]] * 5


def test_a_doubt_is_asked_about_until_it_is_settled(desk):
    _, file = desk.in_doubt("1.00")
    desk.later(days=100)
    desk.round(asks=True)
    assert desk.shelf.asked == [[file]]


@pytest.mark.parametrize("how", ["refused", "booked"])
def test_an_order_none_of_whose_payments_can_move_any_more_is_not_asked_about(intake, how):
    batch, file = intake.sent("1.00", "2.00")
    other = intake.sent("3.00", message_id="RUN-2")[1]
    if how == "refused":
        intake.hear(report(file, "RJCT"))
    else:
        intake.hear(report(file, "ACSC"))
        with intake.unit() as work:
            work.payments.move(
                Selection(batch_id=batch), State.ACKNOWLEDGED, State.SETTLED, step="reconcile", reason="booked"
            )
            work.commit()
    intake.round(asks=True)
    assert intake.shelf.asked == [[other]]


def test_a_bank_that_answers_about_nothing_is_asked_about_nothing(desk):
    desk.sent("1.00")
    desk.round()
    assert desk.shelf.asked == [[]]


def test_two_banks_that_list_the_same_place_are_kept_apart(desk):
    desk.shelf.put("a.xml", b"<one/>")
    assert desk.round(leaves=True) == 1
    assert desk.round(leaves=True, bank="nordbank") == 1
    assert [one.bank for one in desk.documents()] == ["alpenbank", "nordbank"]
