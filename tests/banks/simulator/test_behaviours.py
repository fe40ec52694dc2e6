"""Every behaviour of the scenario, one by one."""

from contextlib import contextmanager
from decimal import Decimal

import httpx
import paramiko
import pytest

from formats import camt, pain002
from tests.banks.simulator.bench import (
    SftpClient,
    answers,
    at,
    bank,
    block,
    drop,
    pain001,
    payment,
    step,
)
from tests.banks.simulator.test_thread import sign_in, upload, url


def reports(opened):
    return [pain002.read(content) for content in answers(opened, "PAIN002")]


def statements(opened):
    return [camt.read(content).statements[0] for content in answers(opened, "CAMT053")]


@contextmanager
def running(folder, rule):
    with bank(folder, doors="http", rules=[rule]) as opened, httpx.Client(base_url=url(opened)) as client:
        yield opened, client


def outcomes(opened):
    return [arrival.outcome for arrival in opened.bank.arrivals()]


def test_without_rules_everything_is_accepted_and_booked(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "accept"}]) as opened:
        drop(opened, pain001())
        step(opened, at(28, 18))
        (report,) = reports(opened)
        assert (report.group_status, report.original_message_id) == ("ACSP", "MSG-1")
        (statement,) = statements(opened)
        assert statement.closing.amount.value == Decimal("9900.00")


def test_a_rejected_payment_makes_the_file_partly_accepted_and_is_not_booked(tmp_path):
    rule = {"behaviour": "reject_payment", "when": {"creditor_name": "Closed*"}, "code": "AC04", "text": "Closed."}
    with bank(tmp_path, rules=[rule]) as opened:
        drop(opened, pain001(block(payment("A", "10.00"), payment("B", "20.00", name="Closed GmbH"))))
        step(opened, at(28, 18))
        (report,) = reports(opened)
        assert report.group_status == "PART"
        told = {one.end_to_end_id: (one.status, [reason.code for reason in one.reasons]) for one in report.payments}
        assert told == {"A": ("ACSP", []), "B": ("RJCT", ["AC04"])}
        assert statements(opened)[0].closing.amount.value == Decimal("9990.00")


def test_exceptions_only_lists_the_refused_payments_and_no_other(tmp_path):
    rule = {"behaviour": "reject_payment", "when": {"end_to_end_id": "B"}, "code": "AM04"}
    with bank(tmp_path, rules=[rule], detail="exceptions") as opened:
        drop(opened, pain001(block(payment("A"), payment("B"))))
        (report,) = reports(opened)
        assert [one.end_to_end_id for one in report.payments] == ["B"]


def test_a_rejected_file_is_answered_at_group_level_and_books_nothing(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "reject_file", "when": {"file_number": 1}, "code": "FF01"}]) as opened:
        drop(opened, pain001())
        drop(opened, pain001(message_id="MSG-2"), "file-2.xml")
        step(opened, at(28, 18))
        first, second = reports(opened)
        assert (first.group_status, first.group_reasons[0].code) == ("RJCT", "FF01")
        assert second.group_status == "ACSP"
        assert statements(opened)[0].closing.amount.value == Decimal("9900.00")


def test_a_silent_bank_books_without_a_word(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "silent"}]) as opened:
        drop(opened, pain001())
        step(opened, at(29, 18))
        assert reports(opened) == []
        assert statements(opened)[0].closing.amount.value == Decimal("9900.00")


def test_a_late_answer_comes_when_its_simulated_minutes_are_over(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "answer_late", "minutes": 90}]) as opened:
        drop(opened, pain001())
        step(opened, at(28, 10, 29))
        assert reports(opened) == []
        step(opened, at(28, 10, 30))
        assert [report.group_status for report in reports(opened)] == ["ACSP"]


def test_an_answer_may_be_delivered_twice_as_the_same_message(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "answer_twice"}]) as opened:
        drop(opened, pain001())
        first, second = answers(opened, "PAIN002")
        assert first == second


def test_a_bank_may_refuse_as_duplicate_what_it_accepted(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "duplicate_file"}]) as opened:
        drop(opened, pain001())
        step(opened, at(28, 18))
        told = {report.group_status: [reason.code for reason in report.group_reasons] for report in reports(opened)}
        assert told == {"ACSP": [], "RJCT": ["DUPL"]}
        assert outcomes(opened) == ["accepted"]
        assert statements(opened)[0].closing.amount.value == Decimal("9900.00")


def test_the_same_message_id_again_is_counted_as_a_duplicate_and_booked_once(tmp_path):
    with bank(tmp_path) as opened:
        drop(opened, pain001())
        drop(opened, pain001(), "again.xml")
        step(opened, at(28, 18))
        assert outcomes(opened) == ["accepted", "duplicate"]
        told = {report.group_status: [reason.code for reason in report.group_reasons] for report in reports(opened)}
        assert told == {"ACSP": [], "RJCT": ["DU01"]}
        assert statements(opened)[0].closing.amount.value == Decimal("9900.00")


@pytest.mark.parametrize("booking", ["batch", "single"])
def test_a_return_comes_back_business_days_later_less_its_fee(tmp_path, booking):
    rule = {"behaviour": "return_payment", "when": {"amount": "100.00"}, "code": "AC04", "fee": "5.00"}
    with bank(tmp_path, rules=[rule], booking=booking) as opened:
        drop(opened, pain001(block(payment("A", "100.00"), payment("B", "7.00"))))
        step(opened, at(29, 18))
        assert statements(opened)[-1].entries == ()
        step(opened, at(30, 18))
        (back,) = statements(opened)[-1].entries
        (detail,) = back.transactions
        assert (back.amount.value, back.direction) == (Decimal("95.00"), "credit")
        assert (detail.references.end_to_end_id, detail.returned.reason) == ("A", "AC04")
        assert (detail.references.message_id, detail.references.payment_information_id) == ("MSG-1", "P-1")
        assert detail.charges[0].amount.value == Decimal("5.00")


def test_a_broken_amount_is_booked_and_told_as_it_was_booked(tmp_path):
    rule = {"behaviour": "amount_break", "when": {"end_to_end_id": "A"}, "difference": "-0.10"}
    with bank(tmp_path, rules=[rule], booking="single") as opened:
        drop(opened, pain001())
        drop(opened, pain001(block(payment("A", "50.00")), message_id="MSG-2"), "file-2.xml")
        step(opened, at(28, 18))
        assert [entry.amount.value for entry in statements(opened)[0].entries] == [Decimal("100.00"), Decimal("49.90")]


def test_an_unknown_entry_and_a_fee_stand_on_the_statement_of_their_day(tmp_path):
    rules = [
        {"behaviour": "unknown_entry", "when": {"business_day": 2}, "amount": "77.00", "text": "who knows"},
        {"behaviour": "fee", "when": {"business_day": 2}, "amount": "1.50"},
    ]
    with bank(tmp_path, rules=rules) as opened:
        step(opened, at(29, 18))
        first, second = statements(opened)
        assert first.entries == ()
        assert [(entry.amount.value, entry.direction) for entry in second.entries] == [
            (Decimal("77.00"), "credit"),
            (Decimal("1.50"), "debit"),
        ]
        assert second.closing.amount.value == Decimal("10075.50")


@pytest.mark.parametrize(("behaviour", "arrived"), [("drop_before_rename", False), ("drop_after_rename", True)])
def test_the_line_drops_at_the_rename_once(tmp_path, behaviour, arrived):
    with bank(tmp_path, rules=[{"behaviour": behaviour, "when": {"message_id": "MSG-1"}}]) as opened:
        with SftpClient(opened) as client:
            hidden = client.stage(pain001())
            with pytest.raises((OSError, EOFError, paramiko.SSHException)):
                client.sftp.rename(hidden, "/in/file-1.xml")
        opened.bank.run()
        assert outcomes(opened) == (["accepted"] if arrived else [])
        with SftpClient(opened) as client:
            client.upload(pain001(), "file-2.xml")
            opened.bank.run()
        assert outcomes(opened) == (["accepted", "duplicate"] if arrived else ["accepted"])


@pytest.mark.parametrize(("behaviour", "arrived"), [("accept_without_answer", True), ("close_before_commit", False)])
def test_the_socket_closes_without_an_answer_once(tmp_path, behaviour, arrived):
    with running(tmp_path, {"behaviour": behaviour}) as (opened, client):
        sign_in(client)
        with pytest.raises(httpx.TransportError):
            upload(client, pain001())
        assert outcomes(opened) == (["accepted"] if arrived else [])
        found = client.get("/v1/files", params={"reference": "MSG-1"}).json()["orders"]
        assert len(found) == int(arrived)
        again = upload(client, pain001())
        assert again.status_code == (200 if arrived else 202)
        assert again.headers.get("Idempotency-Replayed") == ("true" if arrived else None)


@pytest.mark.parametrize(("committed", "arrived"), [(False, []), (True, ["accepted"])])
def test_an_http_error_may_hide_that_the_file_was_kept(tmp_path, committed, arrived):
    rule = {"behaviour": "http_error", "status": 503, "committed": committed}
    with bank(tmp_path, doors="http", rules=[rule]) as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        assert upload(client, pain001()).status_code == 503
        assert outcomes(opened) == arrived


def test_too_many_requests_says_when_to_come_back(tmp_path):
    rule = {"behaviour": "too_many_requests", "retry_after_s": 7, "times": 2}
    with bank(tmp_path, doors="http", rules=[rule]) as opened, httpx.Client(base_url=url(opened)) as client:
        sign_in(client)
        told = [upload(client, pain001()) for _ in range(3)]
        assert [answer.status_code for answer in told] == [429, 429, 202]
        assert told[0].headers["Retry-After"] == "7"


def test_tokens_expire_all_at_once(tmp_path):
    with running(tmp_path, {"behaviour": "expire_tokens"}) as (_, client):
        sign_in(client)
        assert upload(client, pain001()).status_code == 401
        assert client.get("/v1/documents").status_code == 401
        sign_in(client)
        assert upload(client, pain001()).status_code == 202


def test_rules_that_acted_are_remembered_over_a_restart(tmp_path):
    rule = {"behaviour": "reject_payment", "code": "AC04", "times": 1}
    with bank(tmp_path, rules=[rule]) as opened:
        drop(opened, pain001())
    with bank(tmp_path, rules=[rule]) as opened:
        drop(opened, pain001(message_id="MSG-2"), "file-2.xml")
        assert [report.group_status for report in reports(opened)] == ["RJCT", "ACSP"]
        assert outcomes(opened) == ["accepted", "accepted"]


def test_a_rule_of_one_door_is_not_used_up_at_the_other(tmp_path):
    with bank(tmp_path, doors="both", rules=[{"behaviour": "too_many_requests"}]) as opened:
        with SftpClient(opened) as sftp:
            sftp.upload(pain001(message_id="MSG-0"))
        with httpx.Client(base_url=url(opened)) as client:
            sign_in(client)
            assert upload(client, pain001()).status_code == 429
