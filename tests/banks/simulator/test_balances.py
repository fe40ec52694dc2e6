"""Whatever happens in whatever order, statements add up and follow one another without a gap."""

import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from formats import camt
from tests.banks.simulator.bench import (
    CREDITOR,
    DEBTOR,
    MONDAY_MORNING,
    answers,
    bank,
    block,
    drop,
    pain001,
    payment,
    step,
)

OTHER = "DE02120300000000202051"
TALES = st.lists(
    st.tuples(
        st.integers(1, 40),  # hours that pass before the file
        st.lists(st.integers(1, 99_999), min_size=1, max_size=4),  # amounts in cents
        st.sampled_from(["true", "false"]),
        st.sampled_from([CREDITOR, OTHER]),
        st.integers(0, 3),  # days ahead
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(TALES)
def test_statements_add_up_over_any_number_of_days(tale):
    rules = [
        {"behaviour": "return_payment", "when": {"end_to_end_id": "*1"}, "business_days": 1, "fee": "0.01"},
        {"behaviour": "amount_break", "when": {"end_to_end_id": "*2"}, "difference": "0.03"},
        {"behaviour": "unknown_entry", "when": {"business_day": 2}, "amount": "5.55"},
        {"behaviour": "fee", "amount": "0.10"},
    ]
    accounts = [
        {"number": DEBTOR, "currency": "EUR", "balance": "1500.00"},
        {"number": OTHER, "currency": "EUR", "balance": "-20.00", "overdraft": "100.00"},
    ]
    with tempfile.TemporaryDirectory() as folder, bank(Path(folder), rules=rules, accounts=accounts) as opened:
        now: datetime = MONDAY_MORNING
        for number, (hours, cents, booking, payee, ahead) in enumerate(tale):
            now += timedelta(hours=hours)
            step(opened, now)
            lines = [
                payment(f"F{number}-{n}", str(Decimal(amount).scaleb(-2)), iban=payee) for n, amount in enumerate(cents)
            ]
            day = (now + timedelta(days=ahead)).date()
            drop(opened, pain001(block(*lines, day=day, booking=booking), message_id=f"M{number}"), f"{number}.xml")
        step(opened, now + timedelta(days=8))
        written = [statement for content in answers(opened, "CAMT053") for statement in camt.read(content).statements]
        final = {row["number"]: row["opening"] for row in opened.bank.store.rows("SELECT * FROM accounts")}
        stuck = opened.bank.store.rows(
            "SELECT * FROM payments WHERE state = 'accepted' AND due_day < ?", str(now.date())
        )
    assert stuck == []
    for number, start in ((DEBTOR, Decimal("1500.00")), (OTHER, Decimal("-20.00"))):
        balance = start
        own = sorted((one for one in written if one.account.number == number), key=lambda one: one.from_date)
        assert [one.electronic_sequence for one in own] == [str(n) for n in range(1, len(own) + 1)]
        for statement in own:
            assert statement.balanced
            assert statement.opening.amount.value == balance
            for entry in statement.entries:
                sign = 1 if entry.direction == "credit" else -1
                balance += sign * entry.amount.value
                if len(entry.transactions) > 1:
                    assert sum(one.amount.value for one in entry.transactions) == entry.amount.value
            assert statement.closing.amount.value == balance
        assert Decimal(final[number]).scaleb(-2) == balance
    assert now.tzinfo is UTC
