"""Mock-bank misbehaves: each of our accounts there in its own way, and what the hub makes of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.persistence.tables import breaks, documents, events, files, statements
from tests.journeys.at_mock_bank import MORNING, meeting

pytestmark = [pytest.mark.server, pytest.mark.slow]
ACCOUNTS = {
    "RETURNS": {"behaviour": "return-later", "parameters": {"days": 2, "end_to_end_id": "RETURNS-1"}},
    "SILENT": {"behaviour": "silent"},
    "REFUSES": {"behaviour": "reject-file"},
    "POOR": {"behaviour": "insufficient-funds", "balance": 50_00},
    "GAP": {"behaviour": "statement-gap"},
    "CLOSING": {},
}
"""Our accounts at the bank, by what it does with them."""
AMOUNTS = ("30.00", "40.00", "10.00")


def _references(account):
    return {f"{account}-{number}": ("elsewhere", amount) for number, amount in enumerate(AMOUNTS, 1)}


@pytest.fixture(scope="module")
def lived(tmp_path_factory, sshd_of_the_module, migrated_database):
    """Six batches, a week at the bank, and everything it said read."""
    folder = tmp_path_factory.mktemp("week")
    with meeting(folder, migrated_database, sshd_of_the_module, ACCOUNTS) as met:
        for account in ACCOUNTS:
            met.pay(account, _references(account), message_id=f"WEEK-{account}")
        met.hub.until_states({"submitted": 3 * len(ACCOUNTS)})
        met.bank.scan()
        met.hub.until("every answer", lambda: met.hub.states().get("submitted") == 3)
        met.hub.clock.set(MORNING + timedelta(hours=8))
        met.hub.until("an alert", lambda: any(kind.endswith("overdue.v1") for (kind,) in met.hub.rows(events.c.type)))
        met.bank.change("CLOSING", closed=True)
        for _ in range(6):
            met.bank.advance(days=1)
        met.until_read()
        yield met


@pytest.mark.parametrize("account", ["RETURNS", "SILENT", "POOR", "CLOSING"])
def test_the_hub_says_what_the_bank_knows(lived, account):
    assert lived.states(account) == lived.at_the_bank(account), lived.hub.story()


def test_a_payment_that_came_back_is_returned_with_the_banks_reason(lived):
    assert lived.states("RETURNS") == {"RETURNS-1": "returned", "RETURNS-2": "reconciled", "RETURNS-3": "reconciled"}


def test_a_silent_bank_is_chased_and_settled_by_its_statement_alone(lived):
    chased = [
        row.data["file"] for row in lived.hub.rows(events.c.type, events.c.data) if row.type.endswith("overdue.v1")
    ]
    silent = [row.name for row in lived.hub.rows(files.c.name, files.c.id, files.c.state) if row.state == "submitted"]
    assert chased == silent
    assert set(lived.states("SILENT").values()) == {"reconciled"}
    assert lived.bank_words("SILENT") == dict.fromkeys(_references("SILENT"), (None, None))


def test_a_file_refused_whole_rejects_every_payment_in_it(lived):
    assert lived.at_the_bank("REFUSES") == {}, "a file refused whole is not looked into"
    assert set(lived.states("REFUSES").values()) == {"rejected"}
    assert set(lived.bank_words("REFUSES").values()) == {("RJCT", "FF01")}


def test_what_the_balance_does_not_cover_is_rejected_and_the_rest_is_paid(lived):
    assert lived.states("POOR") == {"POOR-1": "reconciled", "POOR-2": "rejected", "POOR-3": "reconciled"}
    assert lived.bank_words("POOR")["POOR-2"] == ("RJCT", "AM04")


def test_a_report_without_a_group_status_rejects_what_was_accepted_before(lived):
    assert set(lived.states("CLOSING").values()) == {"rejected"}
    assert set(lived.bank_words("CLOSING").values()) == {("RJCT", "AC04")}


def test_a_statement_that_leaves_an_entry_out_is_a_break_of_exactly_that_entry(lived):
    account = lived.ours["GAP"]
    assert set(lived.states("GAP").values()) == {"settled"}, "booked, says the notification; nothing proves it"
    columns = (breaks.c.kind, breaks.c.account, breaks.c.expected, breaks.c.booked, breaks.c.state)
    found = [row for row in lived.hub.rows(*columns) if row.account == account and row.state == "open"]
    assert [row.kind for row in found] == ["statement_unproven"], lived.hub.story()
    assert abs(found[0].expected - found[0].booked) == Decimal(AMOUNTS[-1])


def test_other_accounts_statements_and_interbank_messages_are_set_aside_with_a_reason(lived):
    strange = {
        row.reason for row in lived.hub.rows(documents.c.state, documents.c.reason) if row.state == "quarantined"
    }
    assert all("not one of ours" in reason or "between banks" in reason for reason in strange), strange
    assert any("pacs.004" in reason for reason in strange)


def test_only_the_statement_with_the_gap_is_unproven(lived):
    rows = lived.hub.rows(statements.c.account, statements.c.kind, statements.c.verdict)
    unproven = [row.account for row in rows if row.kind == "statement" and row.verdict != "proven"]
    assert unproven == [lived.ours["GAP"]], lived.hub.story()
    assert lived.hub.audit_is_intact()
