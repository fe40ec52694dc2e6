"""Statements at the end of each business day, and advices of what was booked: their balances add up to the cent."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby
from sqlite3 import Connection, Row

from banks.simulator.config import BankConfig
from banks.simulator.days import BusinessDays
from banks.simulator.documents import doors_of_statements, offer
from banks.simulator.entries import Dialect, account_id, entry_xml, side
from banks.simulator.store import major, stamp
from banks.simulator.writing import box, document, money, tag

_DETAILS = (
    "SELECT {entry} AS entry_id, payments.*, blocks.payment_information_id, blocks.account AS debtor_account,"
    " arrivals.message_id FROM entries JOIN payments ON {join} JOIN blocks ON blocks.id = payments.block"
    " JOIN arrivals ON arrivals.id = payments.arrival WHERE entries.account = :account AND {open} AND {kind}"
)


def close_day(connection: Connection, config: BankConfig, days: BusinessDays, day: date, at: datetime) -> None:
    """Writes the statement of every account for ``day`` and carries the balances over."""
    for account in connection.execute("SELECT * FROM accounts ORDER BY position").fetchall():
        entries = _entries(connection, account["number"], "statement IS NULL")
        opening = account["opening"]
        closing = opening + sum(entry["amount"] for entry in entries)
        # what we say on paper is what we keep: a statement that does not add up is never written
        assert closing == account["balance"], f"{account['number']}: {closing} is not {account['balance']}"
        sequence = account["sequence"] + 1
        number = connection.execute(
            "INSERT INTO statements (account, day, sequence, opening, closing) VALUES (?, ?, ?, ?, ?)",
            (account["number"], day.isoformat(), sequence, opening, closing),
        ).lastrowid
        dialect = Dialect(modern=config.statement.endswith(".08"), currency=account["currency"])
        name = f"{account['number']}_{day:%Y%m%d}"
        parts = (
            "<BkToCstmrStmt>",
            box("GrpHdr", tag("MsgId", f"{config.bic[:8]}-ST{number}"), tag("CreDtTm", stamp(at))),
            "<Stmt>",
            tag("Id", f"{config.bic[:8]}-ST{number}"),
            tag("ElctrncSeqNb", sequence),
            tag("CreDtTm", stamp(at)),
            box(
                "FrToDt",
                tag("FrDtTm", stamp(days.at(day, time.min))),
                tag("ToDtTm", stamp(at)),
            ),
            _account(account, config, dialect),
            _balance("OPBD", opening, day, dialect),
            _balance("CLBD", closing, day, dialect),
            *_entry_parts(connection, account, entries, "entries.statement IS NULL", dialect),
            "</Stmt></BkToCstmrStmt>",
        )
        content = document(config.statement, parts)
        doors = doors_of_statements(config)
        offer(connection, doors=doors, name=f"CAMT053_{name}.xml", kind=config.statement, content=content, at=at)
        connection.execute(
            "UPDATE entries SET statement = ? WHERE account = ? AND statement IS NULL", (number, account["number"])
        )
        connection.execute(
            "UPDATE accounts SET opening = ?, sequence = ? WHERE number = ?", (closing, sequence, account["number"])
        )


def notify(connection: Connection, config: BankConfig, days: BusinessDays, day: date, at: datetime) -> None:
    """Writes a camt.054 for each account with entries that no advice has told yet, where the bank sends them."""
    if config.notification is None:
        return
    for account in connection.execute("SELECT * FROM accounts ORDER BY position").fetchall():
        entries = _entries(connection, account["number"], "notified = 0")
        if not entries:
            continue
        dialect = Dialect(modern=config.notification.endswith(".08"), currency=account["currency"])
        name = f"{config.bic[:8]}-AD{entries[-1]['id']}"
        parts = (
            "<BkToCstmrDbtCdtNtfctn>",
            box("GrpHdr", tag("MsgId", name), tag("CreDtTm", stamp(at))),
            "<Ntfctn>",
            tag("Id", name),
            tag("CreDtTm", stamp(at)),
            box("FrToDt", tag("FrDtTm", stamp(days.at(day, time.min))), tag("ToDtTm", stamp(at))),
            _account(account, config, dialect),
            *_entry_parts(connection, account, entries, "entries.notified = 0", dialect),
            "</Ntfctn></BkToCstmrDbtCdtNtfctn>",
        )
        content = document(config.notification, parts)
        doors = doors_of_statements(config)
        file_name = f"CAMT054_{account['number']}_{entries[-1]['id']}.xml"
        offer(connection, doors=doors, name=file_name, kind=config.notification, content=content, at=at)
        connection.execute("UPDATE entries SET notified = 1 WHERE account = ?", (account["number"],))


def _entries(connection: Connection, account: str, condition: str) -> list[Row]:
    return connection.execute(
        f"SELECT * FROM entries WHERE account = ? AND {condition} ORDER BY id",  # noqa: S608 - two texts of this module
        (account,),
    ).fetchall()


def _entry_parts(
    connection: Connection, account: Row, entries: Sequence[Row], condition: str, dialect: Dialect
) -> Iterator[str]:
    batched = _DETAILS.format(
        entry="entries.id", join="payments.entry = entries.id", open=condition, kind="entries.kind = 'batch'"
    )
    others = _DETAILS.format(
        entry="entries.id", join="payments.id = entries.payment", open=condition, kind="entries.kind <> 'batch'"
    )
    rows = connection.execute(f"{batched} UNION ALL {others} ORDER BY entry_id, id", {"account": account["number"]})
    details = {number: list(group) for number, group in groupby(rows, key=lambda row: row["entry_id"])}
    for entry in entries:
        yield from entry_xml(entry, details.get(entry["id"], ()), dialect)


def _account(account: Row, config: BankConfig, dialect: Dialect) -> str:
    return box(
        "Acct",
        account_id(account["number"]),
        tag("Ccy", account["currency"]),
        box("Ownr", tag("Nm", account["owner"])),
        box("Svcr", box("FinInstnId", tag(dialect.bic, config.bic))),
    )


def _balance(code: str, units: int, day: date, dialect: Dialect) -> str:
    return box(
        "Bal",
        box("Tp", box("CdOrPrtry", tag("Cd", code))),
        money("Amt", major(units, dialect.currency), dialect.currency),
        side(units),
        box("Dt", tag("Dt", day.isoformat())),
    )
