"""A large file costs what a small one costs, per payment."""

from time import process_time

import pytest

from formats import pain002
from tests.banks.simulator.bench import DEBTOR, answers, at, bank, block, drop, pain001, payment, step

LARGE, SMALL = 20_000, 2_000
GROWTH_MAX = 3
"""How much dearer a payment may be in the large file; quadratic work would be ten times dearer."""


@pytest.mark.parametrize("booking", ["batch", "single"])
def test_a_file_of_twenty_thousand_payments_is_answered_booked_and_stated(tmp_path, booking):
    cost = {}
    for count in (SMALL, LARGE):
        accounts = [{"number": DEBTOR, "currency": "EUR", "balance": "1000000.00"}]
        rules = [{"behaviour": "reject_payment", "when": {"end_to_end_id": "INV-7"}, "code": "AC04"}]
        content = pain001(block(*(payment(f"INV-{n}", "1.01") for n in range(count))))
        with bank(tmp_path / str(count), accounts=accounts, rules=rules, booking=booking) as opened:
            begun = process_time()
            drop(opened, content)
            step(opened, at(28, 19))
            cost[count] = (process_time() - begun) / count
            (answer,) = answers(opened, "PAIN002")
            (account,) = opened.bank.store.rows("SELECT balance FROM accounts")
            report = pain002.read(answer)
        assert report.group_status == "PART"
        assert sum(one.status == "RJCT" for one in report.payments) == 1
        assert account["balance"] == 100_000_000 - 101 * (count - 1)
    assert cost[LARGE] < GROWTH_MAX * cost[SMALL]
