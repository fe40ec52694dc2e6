"""Moves money: payments on their day, returns on theirs, and what nobody ordered. Set by set, never row by row."""

from datetime import date
from sqlite3 import Connection

from banks.simulator.behaviours import DAYS, DayPlan, UnorderedEntry
from banks.simulator.days import BusinessDays
from banks.simulator.rules import Facts, RuleBook
from banks.simulator.store import minor

_NEXT_ENTRY = "(SELECT coalesce(MAX(id), 0) FROM entries)"
_DUE = "payments.state = 'accepted' AND refuse_at IS NULL AND fate <> 'unbooked' AND payments.due_day <= ?"
"""Payments that are booked on a day: those the scenario has refused later, or forgotten, are not."""


def book_day(connection: Connection, day: date, days: BusinessDays) -> None:
    """Books every accepted payment that is due by ``day``, then every return that is; repeatable."""
    _batches(connection, day)
    _singles(connection, day)
    _incoming_of_own_payments(connection, day)
    _twice(connection, day)
    _plan_returns(connection, day, days)
    connection.execute("UPDATE payments SET state = 'booked' WHERE state = 'accepted' AND entry IS NOT NULL")
    _returns(connection, day)
    _balances(connection)


def book_unordered(connection: Connection, entry: UnorderedEntry, day: date) -> None:
    """Books one entry that nobody ordered; ValueError for an account the bank does not keep."""
    account = connection.execute(
        "SELECT number, currency FROM accounts WHERE number = ? OR (? = '' AND position = 0)",
        (entry.account, entry.account),
    ).fetchone()
    if account is None:
        raise ValueError(f"Account {entry.account} is not kept here.")
    units = minor(entry.amount, account["currency"]) * (1 if entry.direction == "credit" else -1)
    connection.execute(
        "INSERT INTO entries (account, day, kind, amount, name, text, reference) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account["number"], day.isoformat(), entry.kind, units, entry.name, entry.text, entry.reference),
    )
    _balances(connection)


def book_ruled(connection: Connection, book: RuleBook, day: date, number: int) -> DayPlan:
    """Books what the scenario has for the ``number``-th business day, and gives back what else it has."""
    plan = book.plan(DAYS, DayPlan(), Facts(business_day=number))
    for entry in plan.entries:
        book_unordered(connection, entry, day)
    return plan


def _batches(connection: Connection, day: date) -> None:
    """One entry for each block that is booked as a whole."""
    rows = connection.execute(
        "SELECT blocks.id, blocks.account, SUM(payments.booked) FROM payments"  # nosec B608 # noqa: S608 - a constant
        " JOIN blocks ON blocks.id = payments.block"
        f" WHERE {_DUE} AND blocks.batch = 1 GROUP BY blocks.id",
        (day.isoformat(),),
    ).fetchall()
    (last,) = connection.execute(f"SELECT {_NEXT_ENTRY}").fetchone()
    numbered = [
        (last + n, account, day.isoformat(), -total, block) for n, (block, account, total) in enumerate(rows, 1)
    ]
    connection.executemany(
        "INSERT INTO entries (id, account, day, kind, amount, block) VALUES (?, ?, ?, 'batch', ?, ?)", numbered
    )
    connection.executemany(
        f"UPDATE payments SET entry = ? WHERE block = ? AND {_DUE}",  # nosec B608 # noqa: S608 - a constant
        [(entry, block, day.isoformat()) for entry, _, _, _, block in numbered],
    )


def _singles(connection: Connection, day: date) -> None:
    """One entry for each payment of the other blocks."""
    rows = connection.execute(
        "SELECT payments.id, payments.block, blocks.account, payments.booked FROM payments"  # nosec B608 # noqa: S608 - a constant
        " JOIN blocks ON blocks.id = payments.block"
        f" WHERE {_DUE} AND blocks.batch = 0 ORDER BY payments.id",
        (day.isoformat(),),
    ).fetchall()
    (last,) = connection.execute(f"SELECT {_NEXT_ENTRY}").fetchone()
    numbered = [
        (last + n, account, day.isoformat(), -booked, block, payment)
        for n, (payment, block, account, booked) in enumerate(rows, 1)
    ]
    connection.executemany(
        "INSERT INTO entries (id, account, day, kind, amount, block, payment) VALUES (?, ?, ?, 'single', ?, ?, ?)",
        numbered,
    )
    connection.executemany("UPDATE payments SET entry = ? WHERE id = ?", [(row[0], row[5]) for row in numbered])


def _incoming_of_own_payments(connection: Connection, day: date) -> None:
    """A payee who keeps an account here is credited the same day."""
    connection.execute(
        "INSERT INTO entries (account, day, kind, amount, payment)"
        " SELECT accounts.number, ?, 'credit', payments.booked, payments.id FROM payments"
        " JOIN accounts ON accounts.number = payments.creditor_account AND accounts.currency = payments.currency"
        " WHERE payments.state = 'accepted' AND payments.entry IS NOT NULL AND payments.return_after IS NULL",
        (day.isoformat(),),
    )


def _twice(connection: Connection, day: date) -> None:
    """The bank's own mistake: a second entry for an order that stands booked already."""
    connection.execute(
        "INSERT INTO entries (account, day, kind, amount, block, payment)"
        " SELECT blocks.account, ?, 'single', -payments.booked, blocks.id, payments.id FROM payments"
        " JOIN blocks ON blocks.id = payments.block"
        " WHERE payments.state = 'accepted' AND payments.entry IS NOT NULL AND fate = 'twice'",
        (day.isoformat(),),
    )


def _plan_returns(connection: Connection, day: date, days: BusinessDays) -> None:
    spans = connection.execute(
        "SELECT DISTINCT return_after FROM payments"
        " WHERE state = 'accepted' AND entry IS NOT NULL AND return_after IS NOT NULL"
    ).fetchall()
    connection.executemany(
        "UPDATE payments SET return_day = ? WHERE state = 'accepted' AND entry IS NOT NULL AND return_after = ?",
        [(days.after(day, span).isoformat(), span) for (span,) in spans],
    )


def _returns(connection: Connection, day: date) -> None:
    """Money that comes back: a credit of its own, less the fee, with the reason and the original references. A payee
    who keeps an account here and was credited gives it back.
    """
    rows = connection.execute(
        "SELECT payments.id, payments.block, blocks.account, payments.booked, payments.return_fee FROM payments"
        " JOIN blocks ON blocks.id = payments.block"
        " WHERE return_day <= ? AND return_day IS NOT NULL AND return_entry IS NULL ORDER BY payments.id",
        (day.isoformat(),),
    ).fetchall()
    (last,) = connection.execute(f"SELECT {_NEXT_ENTRY}").fetchone()
    numbered = [
        (last + n, account, day.isoformat(), booked - fee, block, payment, fee)
        for n, (payment, block, account, booked, fee) in enumerate(rows, 1)
    ]
    connection.executemany(
        "INSERT INTO entries (id, account, day, kind, amount, block, payment, fee)"
        " VALUES (?, ?, ?, 'return', ?, ?, ?, ?)",
        numbered,
    )
    connection.executemany(
        "INSERT INTO entries (account, day, kind, amount, payment)"
        " SELECT account, ?, 'given_back', -amount, payment FROM entries WHERE payment = ? AND kind = 'credit'",
        [(day.isoformat(), row[5]) for row in numbered],
    )
    connection.executemany(
        "UPDATE payments SET return_entry = ?, state = 'returned' WHERE id = ?", [(row[0], row[5]) for row in numbered]
    )


def _balances(connection: Connection) -> None:
    """A balance is the opening one and all entries since; computed, so that it cannot drift."""
    booked = "opening + coalesce((SELECT SUM(amount) FROM entries WHERE account = number AND statement IS NULL), 0)"
    # most looks find nothing to do; a row that stays as it is is not written again
    connection.execute(f"UPDATE accounts SET balance = {booked} WHERE balance <> {booked}")  # nosec B608 # noqa: S608 - a constant
