"""The bank believes nothing: what it checks by itself, and the code it answers with."""

from datetime import date

import pytest

from formats import pain002
from tests.banks.simulator.bench import CREDITOR, DEBTOR, answers, at, bank, block, drop, pain001, payment, step

CLOSED = "DE02120300000000202051"
ACCOUNTS = [
    {"number": DEBTOR, "currency": "EUR", "balance": "100.00", "overdraft": "50.00"},
    {"number": CLOSED, "currency": "EUR", "balance": "100.00", "closed": True},
]


def judged(folder, content):
    with bank(folder, accounts=ACCOUNTS) as opened:
        drop(opened, content)
        (answer,) = answers(opened, "PAIN002")
    report = pain002.read(answer)
    group = [reason.code for reason in report.group_reasons]
    return report.group_status, group, [[reason.code for reason in one.reasons] for one in report.payments]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pain001(count=2), "AM18"),
        (pain001(total="99.99"), "AM10"),
        (pain001().replace(b"</BtchBookg>", b"</BtchBookg><NbOfTxs>3</NbOfTxs>"), "AM20"),
        (b"not xml at all", "FF01"),
        (pain001()[:-200], "FF01"),
        (pain001().replace(b"<EndToEndId>INV-1</EndToEndId>", b""), "FF01"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused_as_a_whole(tmp_path, content, code):
    status, reasons, payments = judged(tmp_path, content)
    assert (status, reasons, payments) == ("RJCT", [code], [])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (payment("B", iban="DE75512108001245126198"), "AC03"),
        (payment("B", iban=CLOSED), "AC04"),
        (payment("B", "1.00", currency="USD"), "AM03"),
        (payment("B", "60.00"), "AM04"),
        (payment("B", "0.001"), "AM12"),
    ],
)
def test_a_payment_that_is_wrong_is_refused_alone(tmp_path, wrong, code):
    status, _, payments = judged(tmp_path, pain001(block(payment("A", "95.00"), wrong)))
    assert (status, payments) == ("PART", [[], [code]])


@pytest.mark.parametrize(("account", "code"), [(CREDITOR, "AC02"), (CLOSED, "AC04")])
def test_a_block_from_an_account_that_cannot_pay_is_refused_at_its_own_level(tmp_path, account, code):
    with bank(tmp_path, accounts=ACCOUNTS) as opened:
        drop(opened, pain001(block(payment("A"), account=account), block(payment("B", "1.00"), name="P-2")))
        (answer,) = answers(opened, "PAIN002")
    report = pain002.read(answer)
    assert report.group_status == "PART"
    told = [(one.payment_information_id, one.status, [reason.code for reason in one.reasons]) for one in report.batches]
    assert told == [("P-1", "RJCT", [code]), ("P-2", "ACSP", [])]


def test_money_that_is_promised_cannot_be_spent_again_before_it_is_booked(tmp_path):
    with bank(tmp_path, accounts=ACCOUNTS) as opened:
        drop(opened, pain001(block(payment("A", "150.00"), day=date(2026, 10, 1))))
        drop(opened, pain001(block(payment("B", "0.01")), message_id="MSG-2"), "file-2.xml")
        first, second = (pain002.read(answer) for answer in answers(opened, "PAIN002"))
    assert (first.group_status, second.group_status) == ("ACSP", "RJCT")


def test_a_payment_for_a_weekend_is_booked_on_the_business_day_after_it(tmp_path):
    with bank(tmp_path, holidays=["2026-10-05"]) as opened:
        drop(opened, pain001(block(payment(), day=date(2026, 10, 3))))
        step(opened, at(30, 19))
        (due,) = opened.bank.store.rows("SELECT due_day, state FROM payments")
    assert tuple(due) == ("2026-10-06", "accepted")


def test_a_truncated_file_does_not_use_up_its_message_id(tmp_path):
    with bank(tmp_path) as opened:
        drop(opened, pain001()[:-100], "cut.xml")
        drop(opened, pain001())
        assert [arrival.outcome for arrival in opened.bank.arrivals()] == ["unreadable", "accepted"]
