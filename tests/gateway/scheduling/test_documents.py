"""Understanding: containers are opened, versions told apart, and a document the hub fails on blocks no other."""

import gzip
import hashlib
import io
import zipfile

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from gateway.domain.errors import Conflict
from gateway.domain.payment_file import HandOver
from gateway.domain.ruling import Verdict
from gateway.domain.work import Claim, Job
from gateway.persistence.tables import entries, events, statements
from gateway.scheduling import documents, jobs
from tests.gateway.scheduling.banks import camt053, camt054, pain002
from tests.gateway.steps.world import about, report


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return held.getvalue()


def alarms(intake):
    with intake.engine.connect() as connection:
        query = select(events.c.data).where(events.c.type == "payhub.document.quarantined.v1").order_by(events.c.id)
        return [row.data for row in connection.execute(query)]


def test_an_archive_of_answers_becomes_documents_of_their_own(intake):
    batch, file = intake.sent("1.00")
    data = zipped(("one.xml", pain002(file, "ACCP")), ("two.xml", camt053(intake.account)), ("three.xml", b"<x/>"))
    archive = intake.take_in(data)
    intake.read()
    outer, one, two, three = intake.documents()
    assert (outer.id, outer.kind, outer.state) == (archive.id, "zip", "processed")
    assert [(each.parent_id, each.root_id, each.depth) for each in (one, two, three)] == [(outer.id, outer.id, 1)] * 3
    assert [each.state for each in (one, two, three)] == ["processed", "processed", "quarantined"]
    assert intake.states(batch) == ["acknowledged"]
    assert [each["name"] for each in alarms(intake)] == ["three.xml"]


def test_a_document_that_came_alone_before_is_not_taken_out_of_an_archive_again(intake):
    _, file = intake.sent("1.00")
    alone = intake.take_in(pain002(file, "ACCP"))
    intake.read()
    intake.take_in(zipped(("again.xml", pain002(file, "ACCP"))))
    intake.read()
    assert len(intake.documents()) == 2
    again = intake.document(alone.id)
    assert (again.seen, again.parent_id) == (2, None)


def test_layers_compose_and_end(desk):
    inner = camt053(desk.account)
    desk.take_in(gzip.compress(zipped(("a.gz", gzip.compress(inner)))))
    desk.read()
    assert [(one.kind, one.depth, one.state) for one in desk.documents()] == [
        ("gzip", 0, "processed"), ("zip", 1, "processed"), ("gzip", 2, "processed"),
        ("camt.053.001.08", 3, "processed"),
    ]  # fmt: skip


def test_what_is_packed_too_often_is_set_aside(desk):
    data = camt053(desk.account)
    for level in range(4):
        data = zipped((f"{level}.zip", data))
    desk.take_in(data)
    desk.read()
    assert desk.documents()[-1].state == "quarantined"
    assert "packed 4 times over" in desk.documents()[-1].reason
    assert desk.count(statements) == 0


def test_the_limits_hold_for_all_layers_together(desk, monkeypatch):
    monkeypatch.setattr(documents, "LIMITS", documents.Limits(members_max=4, expanded_max=10_000))
    desk.take_in(zipped(*((f"{n}.zip", zipped((f"{n}-a", b"%d" % n), (f"{n}-b", b"%d!" % n))) for n in range(3))))
    desk.read()
    states = [(one.state, one.depth) for one in desk.documents()]
    assert len(states) <= 1 + 4
    assert ("quarantined", 1) in states


def test_a_hostile_archive_leaves_nothing_half_stored(intake):
    intake.take_in(zipped(("good.xml", camt053(intake.account)), ("bomb.xml", bytes(30 << 20))))
    intake.read()
    (one,) = intake.documents()
    assert (one.state, "times larger" in one.reason) == ("quarantined", True)
    assert intake.count(statements) == 0


def test_one_bad_member_is_set_aside_alone_and_kept_as_it_lies_there(intake):
    data = bytearray(zipped(("bad.xml", camt053(intake.account)), ("good.xml", b"<x/>"), method=zipfile.ZIP_STORED))
    data[data.find(b"<Stmt>") + 1] ^= 1
    intake.take_in(bytes(data), name="week.zip")
    intake.read()
    outer, bad, good = intake.documents()
    assert (outer.state, bad.state, bad.kind) == ("processed", "quarantined", "unopened")
    assert "taken out of week.zip" in bad.reason
    assert "taken out" not in good.reason
    with intake.unit() as work:
        assert hashlib.sha256(work.vault.get(bad.sha256)).hexdigest() == bad.sha256
        with pytest.raises(Conflict, match="send that again"):
            work.documents.replay(bad.id)


def test_an_empty_archive_is_set_aside(desk):
    desk.take_in(zipped())
    desk.read()
    assert desk.documents()[0].reason == "There is nothing in it."


@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
def test_the_same_message_id_with_other_bytes_is_an_amendment_and_counts_as_the_later_word(intake, status):
    batch, file = intake.sent("1.00")
    first = intake.take_in(pain002(file, "ACCP"), name="a.xml")
    second = intake.take_in(pain002(file, status), name="b.xml")
    intake.read()
    assert (intake.document(first.id).amends, intake.document(second.id).amends) == (None, first.id)
    assert intake.states(batch) == [{"ACSC": "acknowledged", "RJCT": "rejected"}[status]]


def test_other_messages_are_no_amendments(desk):
    _, file = desk.sent("1.00")
    desk.take_in(pain002(file, "ACCP"))
    desk.take_in(pain002(file, "ACSC", message_id="STS-2"))
    desk.take_in(camt053(desk.account, message_id="STS-1"))
    desk.read()
    assert [one.amends for one in desk.documents()] == [None, None, None]
    assert [one.name_of is not None for one in desk.documents()] == [False, True, True]


def test_a_statement_sent_again_in_another_message_is_an_amendment_and_moves_nothing_twice(intake):
    first = intake.take_in(camt053(intake.account, message_id="M-1"))
    second = intake.take_in(camt053(intake.account, message_id="M-2"))
    third = intake.take_in(camt053(intake.account, message_id="M-3", statement_id="S-2", day="2026-11-21"))
    intake.read()
    assert [intake.document(one.id).amends for one in (first, second, third)] == [None, first.id, None]
    with intake.engine.connect() as connection:
        verdicts = connection.execute(select(statements.c.verdict).order_by(statements.c.id)).scalars().all()
    assert verdicts[1] == "duplicate"
    assert intake.count(entries) == 0


def poison(monkeypatch, marked, failure):
    read = documents._read

    def reads(document, data, bank):
        if marked in data:
            raise failure
        return read(document, data, bank)

    monkeypatch.setattr(documents, "_read", reads)


@pytest.mark.parametrize("failure", [ZeroDivisionError("DE89370400440532013000"), MemoryError(), RecursionError()])
def test_a_document_the_hub_fails_on_is_tried_a_few_times_and_set_aside(intake, monkeypatch, failure):
    poison(monkeypatch, b"poison", failure)
    batch, file = intake.sent("1.00")
    bad = intake.take_in(b"<poison/>", name="bad.xml")
    good = intake.take_in(pain002(file, "ACCP"), name="good.xml")
    for _ in range(documents.TRIES_MAX - 1):
        with pytest.raises(type(failure)):
            intake.process(bad.id)
    intake.process(good.id)
    assert (intake.states(batch), intake.document(bad.id).state) == (["acknowledged"], "received")
    intake.process(bad.id)
    ended = intake.document(bad.id)
    assert ended.state == "quarantined"
    assert f"failed on it 5 times: {type(failure).__name__} in gateway/scheduling/test_documents.py:" in ended.reason
    assert "DE89" not in ended.reason
    assert [one["name"] for one in alarms(intake)] == ["bad.xml"]


def test_a_document_whose_tries_end_without_a_word_is_set_aside_unread(intake, monkeypatch):
    class Killed(BaseException):
        pass

    poison(monkeypatch, b"endless", Killed())
    bad = intake.take_in(b"<endless/>")
    for _ in range(documents.TRIES_MAX):
        with pytest.raises(Killed):
            intake.process(bad.id)
    intake.process(bad.id)
    assert "never came to an end" in intake.document(bad.id).reason
    assert len(alarms(intake)) == 1


class Lost(Exception):
    sqlstate = "57P01"


@pytest.mark.parametrize("failure", [Conflict("somebody was first"), OperationalError("select", {}, Lost())])
def test_a_failure_that_is_not_the_document_s_is_not_counted_against_it(intake, monkeypatch, failure):
    poison(monkeypatch, b"fine", failure)
    fine = intake.take_in(b"<fine/>")
    for _ in range(documents.TRIES_MAX + 2):
        with pytest.raises(type(failure)):
            intake.process(fine.id)
    assert (intake.document(fine.id).state, intake.document(fine.id).tries) == ("received", 0)


def test_a_statement_the_database_does_not_take_is_counted(desk, monkeypatch):
    too_large = Lost()
    too_large.sqlstate = "54000"
    poison(monkeypatch, b"large", OperationalError("select", {}, too_large))
    large = desk.take_in(b"<large/>")
    with pytest.raises(OperationalError):
        desk.process(large.id)
    assert desk.document(large.id).tries == 1


def test_words_no_database_takes_are_kept_as_far_as_possible(intake):
    _, file = intake.sent("1.00")
    order = "O\\u0000" + "x" * 500
    body = f'{{"reference": "{file}", "order_id": "{order}", "group_status": "ACCP"}}'
    intake.take_in(body.encode())
    intake.read()
    (one,) = intake.documents()
    assert (one.state, len(one.message_id)) == ("processed", 140)


def test_a_document_of_a_bank_that_is_not_configured_any_more_is_set_aside(desk):
    desk.take_in(b"<x/>", bank="gonebank")
    desk.read()
    assert "no bank gonebank" in desk.documents()[0].reason


def test_only_a_document_is_given_up_for_having_no_end():
    def claim(kind):
        return Claim(job=Job(kind=kind, subject="1"), workflow_id="W", fence=1, worker="w", failures=0)

    assert jobs.endless(claim("document"), held_ms=jobs.DOCUMENT_MS_MAX + 1)
    assert not jobs.endless(claim("document"), held_ms=jobs.DOCUMENT_MS_MAX)
    assert not jobs.endless(claim("file"), held_ms=jobs.DOCUMENT_MS_MAX * 100)


def test_an_answer_that_comes_while_the_file_is_being_handed_over_is_not_lost(intake):
    batch, file = intake.built("1.00")
    publish = intake.bank.publish

    def quick(outbound):
        receipt = publish(outbound)
        intake.take_in(pain002(file, "ACCP"))
        intake.read()
        return receipt

    intake.bank.publish = quick
    with pytest.raises(Conflict):
        intake.submit(file)
    assert (intake.states(batch), intake.documents()[0].state) == (["acknowledged"], "processed")
    intake.submit(file)
    assert len(intake.bank.received) == 1


def test_a_document_in_quarantine_is_processed_again_when_its_cause_was_mended(intake):
    batch, file = intake.sent("1.00")
    intake.bank_name, here = "nordbank", intake.bank_name
    one = intake.take_in(pain002(file, "RJCT"))
    intake.read()
    intake.bank_name = here
    assert (intake.document(one.id).state, intake.states(batch)) == ("quarantined", ["submitted"])
    with intake.unit() as work:
        work.documents.replay(one.id)
        work.commit()
    again = intake.document(one.id)
    assert (again.state, again.reason, again.tries) == ("received", None, 0)
    intake.read()
    assert intake.document(one.id).state == "quarantined", "nothing was mended"
    assert intake.hear(report(file, payments=[about(intake.payments(batch)[0].id, "ACCP")])).state == "processed"


@pytest.mark.parametrize("state", ["generated", "staged", "in_doubt"])
def test_a_statement_waits_while_a_bank_may_have_a_part_of_a_file_payment_by_payment(intake, monkeypatch, state):
    """A booking proves one payment of such a file, and the others would never be handed over."""
    monkeypatch.setattr(documents.settings, "takes_single_payments", lambda _channel: True)
    batch, file = intake.built("1.00", "2.00")
    first = intake.payments(batch)[0]
    intake.bank.script = [None, "unreachable" if state == "staged" else "unknown-before"]
    intake.submit(file)
    if state == "generated":  # two people say that it never arrived; and the bank cannot be reached
        intake.bank.hand_over = HandOver.ONE_BY_ONE
        intake.decided(file, Verdict.SEND_AGAIN)
        intake.bank.script = [None, "unreachable"]
        intake.submit(file)
    assert intake.file(file).state == state
    told = intake.take_in(camt054(intake.account, first))
    with pytest.raises(Conflict, match="payment by payment"):
        intake.process(told.id)
    assert (intake.file(file).state, intake.document(told.id).state) == (state, "received")
    intake.bank.script = []
    intake.submit(file)
    intake.read()
    assert (intake.states(batch), intake.document(told.id).state) == (["settled", "submitted"], "processed")


def test_a_file_of_which_nothing_was_tried_keeps_no_statement_waiting(desk, monkeypatch):
    monkeypatch.setattr(documents.settings, "takes_single_payments", lambda _channel: True)
    desk.built("1.00")
    told = desk.take_in(camt053(desk.account))
    desk.read()
    assert desk.document(told.id).state == "processed"
