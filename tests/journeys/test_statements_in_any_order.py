"""Statements arrive in any order, and a day comes late or corrected: in the end the same is proven."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from sqlalchemy import select

from formats.initiation import Account
from formats.statement import Balance, StatementMessage
from gateway.domain.account import OwnAccount
from gateway.persistence.tables import breaks, entries, statements
from gateway.steps import reconcile
from tests.gateway.hubs import open_hub
from tests.reconciliation.factories import entry, euro, statement

EVENINGS = ("0.00", "10.00", "35.00", "35.00", "30.00")
"""What the account holds at the end of each day."""
MONDAY = date(2026, 11, 16)


@pytest.fixture
def hub(tmp_path):
    hub = open_hub(tmp_path)
    yield hub
    hub.close()


def _day(account, number, *, wrong=None):
    """The statement of one day: one credit a day, or none; ``wrong`` is a closing balance that cannot be."""
    before, after = list(pairwise(EVENINGS))[number - 1]
    moved = Decimal(after) - Decimal(before)
    booked = (entry(str(abs(moved)), "credit" if moved > 0 else "debit"),) if moved else ()
    day = MONDAY + timedelta(days=number)
    made = statement(
        *booked, opening=before, id=f"{account}-{number}", account=Account(other=account),
        electronic_sequence=str(number),
    )  # fmt: skip
    return replace(made, closing=Balance(code="CLBD", amount=euro(wrong or after), as_of=day))


def _bring(hub, account, *told):
    """Each statement in a document of its own."""
    ours = {account: OwnAccount(number=account, currency="EUR", entity="MUSTER", bank="nordbank", name="Muster AG")}
    for one in told:
        message = StatementMessage(message="camt.053.001.08", kind="statement", message_id=one.id, statements=(one,))
        with hub.unit_of_work(actor="test") as work:
            name = work.new_id()
            document = work.documents.add(
                name, bank="nordbank", sha256=name.rjust(64, "0"), name=f"{name}.xml", media_type=None, size=1
            )
            reconcile.reconcile(work, document, message, accounts=ours)
            work.commit()


def _verdicts(hub, account):
    with hub.reading() as connection:
        query = select(statements.c.sequence, statements.c.verdict).where(statements.c.account == account)
        return sorted(tuple(row) for row in connection.execute(query))


def _open_breaks(hub, account):
    """The reasons of open breaks about statements; each unknown credit has a break of its own beside them."""
    query = select(breaks.c.reason).where(
        breaks.c.account == account, breaks.c.state == "open", breaks.c.kind == "statement_unproven"
    )
    with hub.reading() as connection:
        return list(connection.execute(query).scalars())


def _standings(hub, account):
    with hub.reading() as connection:
        query = select(entries.c.state, entries.c.amount).where(entries.c.account == account)
        return sorted((row.state, row.amount) for row in connection.execute(query))


def test_four_days_in_any_order_are_all_proven_in_the_end(hub):
    for number, order in enumerate(permutations((1, 2, 3, 4))):
        account = f"ACCOUNT-{number}"
        _bring(hub, account, *(_day(account, day) for day in order))
        assert _verdicts(hub, account) == [(str(day), "proven") for day in (1, 2, 3, 4)], order
        assert not _open_breaks(hub, account), order
        assert _standings(hub, account) == [("open", Decimal(5)), ("open", Decimal(10)), ("open", Decimal(25))], order


def test_while_a_day_is_missing_only_the_day_after_it_waits(hub):
    _bring(hub, "GAP", *(_day("GAP", day) for day in (1, 3, 4)))
    assert _verdicts(hub, "GAP") == [("1", "proven"), ("3", "quarantined"), ("4", "proven")]
    [reason] = _open_breaks(hub, "GAP")
    assert reason.startswith("A statement is missing between 1 and 3")
    _bring(hub, "GAP", _day("GAP", 2))
    assert {verdict for _, verdict in _verdicts(hub, "GAP")} == {"proven"}
    assert not _open_breaks(hub, "GAP")


def test_a_wrong_statement_is_one_break_until_the_corrected_one_comes(hub):
    _bring(hub, "WRONG", _day("WRONG", 1), _day("WRONG", 2, wrong="36.00"), _day("WRONG", 3), _day("WRONG", 4))
    assert _verdicts(hub, "WRONG") == [("1", "proven"), ("2", "quarantined"), ("3", "quarantined"), ("4", "proven")]
    assert "Statement 2 does not add up (difference -1.00 EUR). Not posted." in _open_breaks(hub, "WRONG")
    _bring(hub, "WRONG", _day("WRONG", 2))
    wrong = ("2", "quarantined")
    assert _verdicts(hub, "WRONG") == [("1", "proven"), ("2", "proven"), wrong, ("3", "proven"), ("4", "proven")]
    assert not _open_breaks(hub, "WRONG")
