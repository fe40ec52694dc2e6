"""The bank answers recalls: it stops, gives back, refuses, thinks it over, says nothing, or breaks its word."""

import io
from decimal import Decimal

import httpx
import pytest

from banks.simulator import ledger
from banks.simulator.recalling import recalls
from formats import camt, camt029, camt055, pain002
from formats.initiation import Agent, Party
from formats.values import Money
from tests.banks.simulator.bench import (
    CREDITOR,
    DEBTOR,
    MONDAY_MORNING,
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


def recall(*references, recall_id="RC-1", reason="DUPL", message_id="MSG-1", whole=False, version="camt.055.001.09"):
    """A camt.055 about payments of a file as ``bench`` makes it."""
    rows = tuple(
        camt055.RecalledPayment(
            payment_information_id="P-1", amount=Money.parse("100.00", "EUR"), end_to_end_id=reference,
            instruction_id=f"I-{reference}", cancellation_id=recall_id, reason=reason,
        )
        for reference in references or ("INV-1",)
    )  # fmt: skip
    message = camt055.Recall(
        id=recall_id, sender=Party(name="Demo GmbH"), bank=Agent(bic="SIMBDEFFXXX"), original_message_id=message_id,
        original_message_name="pain.001.001.09", payments=rows,
    )  # fmt: skip
    out = io.BytesIO()
    camt055.write(message, version, out, at=MONDAY_MORNING)
    text = out.getvalue().decode()
    if whole:
        text = text[: text.index("<TxInf>")] + text[text.rindex("</TxInf>") + len("</TxInf>") :]
    return text.encode()


def said(opened):
    """Every camt.029, in the order of their ids: what it says of its payment, and why."""
    found = [camt029.read(content) for content in answers(opened, "CAMT029")]
    assert not [one.findings for one in found if one.findings], "an answer breaks its own schema"
    return [(one.status, one.payments[0].status, *(r.code for r in one.payments[0].reasons)) for one in found]


def states(opened):
    return {row["end_to_end_id"]: row["state"] for row in ledger.payments(opened.bank.store)}


def closing(opened, account=DEBTOR):
    last = answers(opened, f"CAMT053_{account}")[-1]
    return camt.read(last).statements[0].closing.amount.value


def booked_then_recalled(opened):
    drop(opened, pain001())
    step(opened, at(28, 16, 30))
    drop(opened, recall(), "recall-1.xml")


@pytest.mark.parametrize("version", camt055.VERSIONS)
def test_what_is_not_booked_yet_is_stopped_and_the_answer_names_case_and_payment(tmp_path, version):
    with bank(tmp_path) as opened:
        drop(opened, pain001(block(payment("A"), payment("B"), booking="false")))
        drop(opened, recall("A", version=version), "recall-1.xml")
        (answer,) = (camt029.read(content) for content in answers(opened, "CAMT029"))
        (one,) = answer.payments
        assert (answer.status, one.status, one.end_to_end_id, one.instruction_id) == ("CNCL", "ACCR", "A", "I-A")
        assert (one.case_id, one.original_message_id, one.payment_information_id) == ("RC-1", "MSG-1", "P-1")
        assert not answer.findings
        step(opened, at(28, 18))
        assert states(opened) == {"A": "cancelled", "B": "booked"}
        assert closing(opened) == Decimal("9900.00")


def test_a_payment_that_was_stopped_is_told_as_cancelled_beside_the_answer(tmp_path):
    with bank(tmp_path, settlement_report=True) as opened:
        drop(opened, pain001(block(payment("A"), payment("B"))))
        drop(opened, recall("A"), "recall-1.xml")
        step(opened, at(28, 18))
        told = [pain002.read(content) for content in answers(opened, "PAIN002")]
        found = [(one.group_status, {p.end_to_end_id: p.status for p in one.payments}) for one in told]
        assert found == [
            ("ACSP", {}), ("PART", {"A": "CANC", "B": "ACSP"}), ("PART", {"A": "CANC", "B": "ACSC"}),
        ]  # fmt: skip


def test_the_older_report_says_refused_at_your_request_and_a_bank_may_say_nothing(tmp_path):
    with bank(tmp_path / "old", status_report="pain.002.001.03") as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        last = [pain002.read(content) for content in answers(opened, "PAIN002")][-1]
        assert [(one.status, one.reasons[0].code) for one in last.payments] == [("RJCT", "DS02")]
    with bank(tmp_path / "still", cancellation_report=False) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        assert len(answers(opened, "PAIN002")) == 1
        assert said(opened) == [("CNCL", "ACCR")]


def test_what_is_booked_comes_back_as_an_entry_of_its_own(tmp_path):
    with bank(tmp_path, notification="camt.054.001.08") as opened:
        booked_then_recalled(opened)
        assert said(opened) == [("CNCL", "ACCR")]
        assert states(opened) == {"INV-1": "booked"}
        step(opened, at(30, 18))
        assert states(opened) == {"INV-1": "returned"}
        assert closing(opened) == Decimal("10000.00")
        for name in ("CAMT053", "CAMT054"):
            (entry,) = camt.read(answers(opened, name)[-1]).statements[0].entries
            (detail,) = entry.transactions
            assert (entry.direction, entry.amount.value, detail.returned.reason) == (
                "credit",
                Decimal("100.00"),
                "FOCR",
            )
            assert (detail.references.end_to_end_id, detail.references.instruction_id) == ("INV-1", "I-INV-1")


def test_a_rule_says_when_how_and_less_what_fee_money_comes_back(tmp_path):
    rule = {"behaviour": "recall_returned", "business_days": 1, "fee": "5.00", "code": "CUST"}
    with bank(tmp_path, rules=[rule]) as opened:
        booked_then_recalled(opened)
        step(opened, at(29, 18))
        assert closing(opened) == Decimal("9995.00")


def test_a_payee_of_this_bank_gives_back_what_was_credited(tmp_path):
    accounts = [{"number": number, "currency": "EUR", "balance": "1000.00"} for number in (DEBTOR, CREDITOR)]
    with bank(tmp_path, accounts=accounts) as opened:
        booked_then_recalled(opened)
        step(opened, at(28, 18))
        assert (closing(opened), closing(opened, CREDITOR)) == (Decimal("900.00"), Decimal("1100.00"))
        step(opened, at(30, 18))
        assert (closing(opened), closing(opened, CREDITOR)) == (Decimal("1000.00"), Decimal("1000.00"))


@pytest.mark.parametrize("code", ["CUST", "LEGL", "NOAS", "AC04"])
def test_a_refusal_says_why_and_the_payment_takes_its_course(tmp_path, code):
    rule = {"behaviour": "recall_refused", "code": code, "text": "No.", "when": {"reason": "DUPL", "amount": "100.00"}}
    with bank(tmp_path, rules=[rule]) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        step(opened, at(30, 18))
        assert said(opened) == [("RJCR", "RJCR", code)]
        assert states(opened) == {"INV-1": "booked"}
        assert closing(opened) == Decimal("9900.00")


def test_what_is_back_already_or_never_was_is_refused_without_any_rule(tmp_path):
    rules = [
        {"behaviour": "return_payment", "business_days": 1, "when": {"end_to_end_id": "BACK"}},
        {"behaviour": "reject_payment", "code": "AC04", "when": {"end_to_end_id": "REFUSED"}},
    ]
    with bank(tmp_path, rules=rules) as opened:
        drop(opened, pain001(block(payment("BACK"), payment("REFUSED"), payment("STOPPED"))))
        drop(opened, recall("STOPPED", recall_id="RC-0"), "recall-0.xml")
        step(opened, at(29, 18))
        for number, reference in enumerate(("BACK", "REFUSED", "STOPPED", "UNKNOWN"), 1):
            drop(opened, recall(reference, recall_id=f"RC-{number}"), f"recall-{number}.xml")
        codes = [one[2:] for one in said(opened)]
        assert codes == [(), ("ARDT",), ("NOOR",), ("ARDT",), ("NOOR",)]


def test_a_bank_that_thinks_it_over_says_so_first_and_gives_back_what_it_booked_meanwhile(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "recall_pending", "minutes": 1440}]) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        assert said(opened) == [("PDCR", "PDCR")]
        step(opened, at(29, 8, 59))
        assert [row["state"] for row in recalls(opened.bank.store)] == ["pending"]
        step(opened, at(29, 9))
        assert sorted(said(opened)) == [("CNCL", "ACCR"), ("PDCR", "PDCR")]
        step(opened, at(30, 18))
        assert states(opened) == {"INV-1": "booked"}, "two business days from its consent, not from the recall"
        step(opened, at(30, 18).replace(day=1, month=10))
        assert states(opened) == {"INV-1": "returned"}


def test_a_decision_after_the_booking_run_finds_the_payment_booked_however_far_the_clock_jumps(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "recall_late", "minutes": 450}]) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        assert said(opened) == []
        step(opened, at(28, 18))
        assert said(opened) == [("CNCL", "ACCR")]
        assert states(opened) == {"INV-1": "booked"}


def test_pending_and_refused_together_are_pending_first_and_refused_then(tmp_path):
    rules = [{"behaviour": "recall_pending", "minutes": 60}, {"behaviour": "recall_refused", "code": "LEGL"}]
    with bank(tmp_path, rules=rules) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        step(opened, at(28, 10))
        assert sorted(said(opened)) == [("PDCR", "PDCR"), ("RJCR", "RJCR", "LEGL")]


@pytest.mark.parametrize(("refuse", "ends"), [(False, "cancelled"), (True, "booked")])
def test_a_silent_bank_acts_and_never_says_a_word(tmp_path, refuse, ends):
    rules = [{"behaviour": "recall_silent"}] + ([{"behaviour": "recall_refused", "code": "CUST"}] if refuse else [])
    with bank(tmp_path, rules=rules) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        step(opened, at(30, 18))
        assert said(opened) == []
        assert len(answers(opened, "PAIN002")) == 1
        assert states(opened) == {"INV-1": ends}


def test_an_answer_may_come_twice_beside_one_that_is_not_ours_and_be_contradicted(tmp_path):
    rules = [{"behaviour": one} for one in ("recall_twice", "recall_foreign", "recall_contradicted")]
    with bank(tmp_path, rules=rules) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        found = [camt029.read(content) for content in answers(opened, "CAMT029")]
        told = [(one.message_id.rpartition("-")[2], one.payments[0].case_id, one.status) for one in found]
        assert sorted(told) == [
            ("A", "RC-1", "CNCL"), ("A", "RC-1", "CNCL"), ("B", "RC-1", "RJCR"), ("B", "RC-1", "RJCR"),
            ("F", "NOT-OURS-1", "CNCL"),
        ]  # fmt: skip
        assert states(opened) == {"INV-1": "cancelled"}


def test_a_bank_may_say_a_word_nobody_knows_and_break_the_one_it_gave(tmp_path):
    rules = [{"behaviour": "recall_status", "iso_status": "ABCX"}, {"behaviour": "recall_broken"}]
    with bank(tmp_path, rules=rules) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        (answer,) = (camt029.read(content) for content in answers(opened, "CAMT029"))
        assert answer.payments[0].status == "ABCX"
        step(opened, at(28, 18))
        assert states(opened) == {"INV-1": "booked"}


def test_several_payments_and_a_whole_block_are_answered_one_by_one(tmp_path):
    rule = {"behaviour": "recall_refused", "code": "CUST", "when": {"end_to_end_id": "B"}}
    with bank(tmp_path, rules=[rule]) as opened:
        drop(opened, pain001(block(payment("A"), payment("B"))))
        drop(opened, recall(whole=True), "recall-1.xml")
        assert said(opened) == [("CNCL", "ACCR"), ("RJCR", "RJCR", "CUST")]
        assert states(opened) == {"A": "cancelled", "B": "accepted"}


def test_a_recall_that_comes_twice_is_counted_twice_and_answered_once(tmp_path):
    with bank(tmp_path) as opened:
        drop(opened, pain001())
        for number in (1, 2):
            drop(opened, recall(), f"recall-{number}.xml")
        assert [one.outcome for one in opened.bank.arrivals()] == ["accepted", "accepted", "duplicate"]
        assert [one.message_id for one in opened.bank.arrivals()] == ["MSG-1", "RC-1", "RC-1"]
        assert said(opened) == [("CNCL", "ACCR")]


def test_a_recall_is_no_payment_file_where_files_are_counted(tmp_path):
    with bank(tmp_path, rules=[{"behaviour": "silent", "when": {"file_number": 2}}]) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
        drop(opened, pain001(message_id="MSG-2"), "file-2.xml")
        told = {pain002.read(content).original_message_id for content in answers(opened, "PAIN002")}
        assert told == {"MSG-1"}


def test_half_a_recall_is_unreadable(tmp_path):
    with bank(tmp_path) as opened:
        drop(opened, recall().replace(b"<CtrlData>", b"<CtrlDat>").replace(b"</CtrlData>", b"</CtrlDat>"), "r.xml")
        assert [one.outcome for one in opened.bank.arrivals()] == ["unreadable"]
        assert said(opened) == []


def test_what_was_asked_is_remembered_over_a_restart(tmp_path):
    rule = {"behaviour": "recall_pending", "minutes": 120}
    with bank(tmp_path, rules=[rule]) as opened:
        drop(opened, pain001())
        drop(opened, recall(), "recall-1.xml")
    with bank(tmp_path, rules=[rule]) as opened:
        step(opened, at(28, 11))
        assert sorted(said(opened)) == [("CNCL", "ACCR"), ("PDCR", "PDCR")]


def test_a_recall_comes_by_sftp_and_by_the_api_and_is_answered_by_the_same_door(tmp_path):
    with bank(tmp_path, doors="both", pulse=True) as opened, SftpClient(opened) as client:
        client.upload(pain001())
        opened.bank.run()
        client.upload(recall(), "recall-1.xml")
        opened.bank.run()
        (name,) = (one for one in client.sftp.listdir("/out") if one.startswith("CAMT029"))
        assert camt029.read(client.read(f"/out/{name}")).status == "CNCL"
        with httpx.Client(base_url=url(opened)) as api:
            sign_in(api)
            answer = upload(api, recall(recall_id="RC-2"), key='"rc-2"', reference="RC-2")
            assert answer.status_code == 202, answer.text
            opened.bank.run()
            listed = api.get("/v1/documents").json()["documents"]
            (found,) = (one for one in listed if one["type"] == "camt.029.001.09")
            content = api.get(f"/v1/documents/{found['id']}").content
            assert camt029.read(content).payments[0].reasons[0].code == "ARDT"
            told = api.get("/_sim/recalls").json()
            assert [(one["case_id"], one["state"], one["reason_code"]) for one in told] == [
                ("RC-1", "accepted", None), ("RC-2", "refused", "ARDT"),
            ]  # fmt: skip
