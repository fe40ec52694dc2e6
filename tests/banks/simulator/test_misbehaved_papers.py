"""What the bank says and what it does part ways: answers, bookings, statements, and whatever lies in the outbox."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from zipfile import ZipFile

import httpx
import pytest

from banks.simulator.behaviours import DAYS, DOCUMENTS, FILES, LITTER, PAYMENTS, STATEMENTS
from formats import camt, pain002, registry
from formats.errors import FormatError
from tests.banks.simulator.bench import DEBTOR, SftpClient, answers, at, bank, block, drop, pain001, payment, step
from tests.banks.simulator.test_thread import sign_in, url

ELSEWHERE = (
    "accept", "reject_file", "silent", "answer_late", "answer_twice", "duplicate_file", "reject_payment",
    "return_payment", "amount_break", "unknown_entry", "fee", "change_host_key",
)  # fmt: skip
"""Tested in test_behaviours and test_misbehaved_lines."""
HERE = (
    "answer_changed", "answer_split", "answer_unlisted", "answer_backwards", "answer_status", "answer_as",
    "answer_foreign", "reject_later", "book_refused", "book_never", "book_twice", "litter", "statement_lost",
    "statement_without_entry", "statement_twice", "statement_again", "statement_in_pages", "document_lost",
    "document_twice", "document_shown_late", "document_truncated", "document_misencoded", "document_emptied",
    "document_zipped",
)  # fmt: skip
THREE = pain001(block(payment("A", "10.00"), payment("B", "20.00"), payment("C", "30.00"), booking="false"))


def test_every_behaviour_of_the_papers_is_tested():
    known = FILES.keys() | PAYMENTS.keys() | DAYS.keys() | STATEMENTS.keys() | DOCUMENTS.keys()
    assert sorted(ELSEWHERE + HERE) == sorted(known)


def reports(opened):
    return [pain002.read(content) for content in answers(opened, "PAIN002")]


def told(report):
    return {one.end_to_end_id: one.status for one in report.payments}


def papers(opened, start="CAMT053"):
    return [camt.read(content).statements[0] for content in answers(opened, start)]


def answered(folder, *rules, **settings):
    """The reports on one file of three payments."""
    with bank(folder, rules=list(rules), **settings) as opened:
        drop(opened, THREE)
        return reports(opened)


def booked(opened):
    return {row["end_to_end_id"]: row["state"] for row in opened.bank.store.rows("SELECT * FROM payments")}


def test_the_same_message_comes_again_with_other_bytes(tmp_path):
    first, second = answered(tmp_path, {"behaviour": "answer_changed"})
    assert first.message_id == second.message_id
    assert first.created_at != second.created_at
    assert first.group_status == second.group_status == "ACSP"


def test_the_same_message_comes_again_and_refuses_what_is_booked_all_the_same(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "answer_changed", "code": "MS03"}]) as opened:
        drop(opened, THREE)
        step(opened, at(28, 18))
        assert sorted(report.group_status for report in reports(opened)) == ["ACSP", "RJCT"]
        assert len({report.message_id for report in reports(opened)}) == 1
        assert set(booked(opened).values()) == {"booked"}


@pytest.mark.parametrize(
    ("parts", "expected"), [(2, [{"A", "B"}, {"C"}]), (3, [{"A"}, {"B"}, {"C"}]), (9, [{"A"}, {"B"}, {"C"}])]
)
def test_an_answer_in_parts_lists_every_payment_once_and_says_nothing_of_the_whole(tmp_path, parts, expected):
    split = answered(tmp_path, {"behaviour": "answer_split", "parts": parts})
    assert [set(told(report)) for report in split] == expected
    assert {report.group_status for report in split} == {None}
    assert {status for report in split for status in told(report).values()} == {"ACSP"}


def test_a_part_may_list_the_refused_payments_alone(tmp_path):
    (report,) = answered(
        tmp_path,
        {"behaviour": "answer_unlisted"},
        {"behaviour": "reject_payment", "when": {"end_to_end_id": "B"}, "code": "AC04"},
    )
    assert (report.group_status, told(report)) == ("PART", {"B": "RJCT"})
    assert [one.status for one in report.batches] == [None]


def test_an_older_answer_comes_after_the_newer_one(tmp_path):
    newer, older = answered(tmp_path, {"behaviour": "answer_backwards"})
    assert (newer.group_status, older.group_status) == ("ACSP", "ACTC")
    assert older.created_at < newer.created_at


def test_an_accepted_file_may_be_answered_with_a_status_nobody_knows(tmp_path):
    (report,) = answered(tmp_path, {"behaviour": "answer_status", "iso_status": "ABCX"}, detail="all")
    assert report.group_status == "ABCX"
    assert set(told(report).values()) == {"ABCX"}


def test_an_answer_may_come_as_a_message_nobody_knows(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "answer_as", "message": "pain.998.001.01"}]) as opened:
        drop(opened, THREE)
        (content,) = answers(opened, "PAIN002")
        with pytest.raises(FormatError):
            registry.read(content)


def test_beside_our_answer_lies_one_for_a_file_nobody_of_ours_sent(tmp_path):
    mine, foreign = answered(tmp_path, {"behaviour": "answer_foreign"})
    assert mine.original_message_id == "MSG-1"
    assert (foreign.original_message_id, foreign.group_status) == ("NOT-OURS-1", "RJCT")


def test_a_payment_is_refused_after_it_was_accepted_and_no_money_moves(tmp_path):
    rule = {"behaviour": "reject_later", "when": {"end_to_end_id": "B"}, "code": "ZZ99", "minutes": 24 * 60}
    with bank(tmp_path, rules=[rule]) as opened:
        drop(opened, THREE)
        step(opened, at(28, 18))
        assert booked(opened) == {"A": "booked", "B": "accepted", "C": "booked"}
        step(opened, at(29, 18))
        assert booked(opened) == {"A": "booked", "B": "rejected", "C": "booked"}
        first, later = reports(opened)
        assert (first.group_status, later.group_status) == ("ACSP", "PART")
        assert told(later)["B"] == "RJCT"
        assert papers(opened)[-1].closing.amount.value == Decimal("9960.00")


@pytest.mark.parametrize(
    ("behaviour", "options", "status", "closing"),
    [
        ("book_refused", {"code": "AC04"}, "RJCT", "9940.00"),
        ("book_never", {}, "ACSP", "9960.00"),
        ("book_twice", {}, "ACSP", "9920.00"),
    ],
)
def test_a_bank_may_do_other_than_it_says(tmp_path, behaviour, options, status, closing):
    rule = {"behaviour": behaviour, "when": {"end_to_end_id": "B"}, **options}
    with bank(tmp_path, rules=[rule], detail="all") as opened:
        drop(opened, THREE)
        step(opened, at(28, 18))
        assert told(reports(opened)[0])["B"] == status
        (statement,) = papers(opened)
        assert statement.balanced
        assert statement.closing.amount.value == Decimal(closing)


def day_of_three(folder, *rules, **settings):
    """The statements after one day with three entries and one without."""
    with bank(folder, rules=list(rules), **settings) as opened:
        drop(opened, THREE)
        step(opened, at(29, 18))
        return papers(opened)


def test_a_statement_is_lost_and_the_next_one_goes_on_from_where_it_closed(tmp_path):
    (only,) = day_of_three(tmp_path, {"behaviour": "statement_lost", "when": {"business_day": 1}})
    assert (only.electronic_sequence, only.opening.amount.value) == ("2", Decimal("9940.00"))


def test_a_statement_without_an_entry_does_not_add_up_until_it_comes_again(tmp_path):
    rules = [{"behaviour": "statement_without_entry", "entry": 2, "when": {"business_day": 1}},
             {"behaviour": "statement_again", "entry": 0, "when": {"business_day": 1}}]  # fmt: skip
    wrong, right, _ = day_of_three(tmp_path, *rules)
    assert (wrong.balanced, len(wrong.entries)) == (False, 2)
    assert (right.balanced, len(right.entries)) == (True, 3)
    assert (wrong.id, wrong.electronic_sequence) == (right.id, right.electronic_sequence)


def test_a_statement_comes_twice_as_the_same_bytes(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "statement_twice", "when": {"account": DEBTOR}}]) as opened:
        step(opened, at(28, 18))
        first, second = answers(opened, "CAMT053")
        assert first == second


@pytest.mark.parametrize("year", ["camt.053.001.02", "camt.053.001.08"])
def test_a_statement_in_pages_adds_up_over_its_pages_and_may_lack_one(tmp_path, year):
    pages = {"behaviour": "statement_in_pages", "entries": 1, "when": {"business_day": 1}}
    first, second, third, _ = day_of_three(tmp_path / "whole", pages, statement=year)
    assert [len(page.entries) for page in (first, second, third)] == [1, 1, 1]
    assert (first.opening.amount.value, third.closing.amount.value) == (Decimal("10000.00"), Decimal("9940.00"))
    assert {page.id for page in (first, second, third)} == {first.id}
    if year.endswith("08"):
        assert [page.last_page for page in (first, second, third)] == [False, False, True]
    lacking = day_of_three(tmp_path / "lacking", {**pages, "page": 2}, statement=year)
    assert len(lacking) == 3


@pytest.mark.parametrize(
    ("behaviour", "readable"),
    [
        ("document_truncated", False),
        ("document_misencoded", False),
        ("document_emptied", False),
        ("document_zipped", False),
        ("document_twice", True),
    ],
)
def test_a_document_may_arrive_spoilt_or_twice(tmp_path, behaviour, readable):
    with bank(tmp_path, rules=[{"behaviour": behaviour, "when": {"document": "pain.002*"}}]) as opened:
        drop(opened, THREE)
        written = answers(opened, "PAIN002")
        assert len(written) == (2 if behaviour == "document_twice" else 1)
        if readable:
            assert written[0] == written[1]
            return
        with pytest.raises(FormatError):
            registry.read(written[0])
        if behaviour == "document_zipped":
            with ZipFile(io.BytesIO(written[0])) as archive:
                assert b"MSG-1" in archive.read(archive.namelist()[0])


def test_a_lost_document_is_never_sent(tmp_path):
    assert answered(tmp_path, {"behaviour": "document_lost", "when": {"document": "pain.002*"}}) == []


def test_a_document_is_shown_only_after_so_many_looks_at_both_doors(tmp_path):
    rules = [{"behaviour": "document_shown_late", "looks": 2, "when": {"document": "camt.053*"}}]
    with (
        bank(tmp_path, doors="both", rules=rules, statements_over="both") as opened,
        SftpClient(opened) as client, httpx.Client(base_url=url(opened)) as api,
    ):  # fmt: skip
        step(opened, at(28, 18))
        sign_in(api)
        assert [len(client.sftp.listdir("/out")) for _ in range(3)] == [0, 0, 1]
        assert [len(api.get("/v1/documents").json()["documents"]) for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize("kind", LITTER)
def test_the_outbox_holds_what_is_no_answer(tmp_path, kind):
    rules = [{"behaviour": "litter", "kind": kind, "name": "IT.xml", "when": {"business_day": 1}}]
    with bank(tmp_path, rules=rules) as opened:
        step(opened, at(29, 18))
        (piece,) = answers(opened, "IT")
        if kind == "foreign_statement":
            assert camt.read(piece).statements[0].account.number != DEBTOR
        elif kind == "foreign_answer":
            assert pain002.read(piece).original_message_id.startswith("STRANGER")
        else:
            with pytest.raises(FormatError):
                registry.read(piece)


def test_rubbish_may_have_a_name_that_is_a_trap_but_stays_in_the_outbox(tmp_path):
    rules = [{"behaviour": "litter", "kind": "garbage", "name": "../../<b>.xml", "when": {"business_day": 1}}]
    with bank(tmp_path, rules=rules) as opened:
        step(opened, at(28, 16, 1))
        assert [path.name for path in (opened.bank.root / "out").iterdir()] == [".._.._<b>.xml"]


def test_a_bank_whose_clock_differs_writes_other_times_and_keeps_its_hours(tmp_path):
    with bank(tmp_path, clock_ahead_minutes=-90, local_times=True) as opened:
        drop(opened, THREE)
        step(opened, at(28, 18))
        (report,) = reports(opened)
        (statement,) = papers(opened)
        assert report.created_at == datetime(2026, 9, 28, 7, 30)  # noqa: DTZ001 - this bank writes no zone
        assert statement.created_at.isoformat() == "2026-09-28T16:30:00"
    with bank(tmp_path / "zoned", clock_ahead_minutes=30) as opened:
        drop(opened, THREE)
        assert reports(opened)[0].created_at == datetime(2026, 9, 28, 7, 30, tzinfo=UTC)
