"""Statements at the end of each business day, and advices of what was booked: their balances add up to the cent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from sqlite3 import Connection, Row

from banks.simulator.behaviours import STATEMENTS, StatementPlan
from banks.simulator.config import BankConfig
from banks.simulator.documents import Desk, doors_of_statements
from banks.simulator.entries import Dialect, account_id, entry_xml, side
from banks.simulator.rules import Facts
from banks.simulator.store import major
from banks.simulator.writing import box, document, money, tag

AGAIN_AFTER = timedelta(hours=1)
"""By how much a statement that comes again was written later, by its own words."""
_DETAILS = (
    "SELECT {entry} AS entry_id, payments.*, blocks.payment_information_id, blocks.account AS debtor_account,"
    " arrivals.message_id FROM entries JOIN payments ON {join} JOIN blocks ON blocks.id = payments.block"
    " JOIN arrivals ON arrivals.id = payments.arrival WHERE entries.account = :account AND {open} AND {kind}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What one document shows: the whole statement, or one page of it. ``number`` is None where there are no pages."""

    opening: int
    closing: int
    entries: Sequence[Row]
    number: int | None = None
    first: bool = True
    last: bool = True


def close_day(desk: Desk, day: date, at: datetime) -> None:
    """Writes the statement of every account for ``day`` and carries the balances over."""
    connection = desk.connection
    for account in connection.execute("SELECT * FROM accounts ORDER BY position").fetchall():
        entries = _entries(connection, account["number"], "statement IS NULL")
        opening = account["opening"]
        closing = opening + sum(entry["amount"] for entry in entries)
        # what we say on paper is what we keep: our own books always add up, whatever the scenario makes of the paper
        assert closing == account["balance"], f"{account['number']}: {closing} is not {account['balance']}"
        sequence = account["sequence"] + 1
        number = connection.execute(
            "INSERT INTO statements (account, day, sequence, opening, closing) VALUES (?, ?, ?, ?, ?)",
            (account["number"], day.isoformat(), sequence, opening, closing),
        ).lastrowid
        told = Statement(
            id=f"{desk.config.bic[:8]}-ST{number}", sequence=sequence, day=day, at=at, account=account, entries=entries,
            opening=opening, closing=closing,
        )  # fmt: skip
        _deliver(desk, told)
        connection.execute(
            "UPDATE entries SET statement = ? WHERE account = ? AND statement IS NULL", (number, account["number"])
        )
        connection.execute(
            "UPDATE accounts SET opening = ?, sequence = ? WHERE number = ?", (closing, sequence, account["number"])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A day of one account as the books have it."""

    id: str
    sequence: int
    day: date
    at: datetime
    account: Row
    entries: Sequence[Row]
    opening: int
    closing: int


def _deliver(desk: Desk, told: Statement) -> None:
    """Sends the statement as the scenario wants it."""
    plan = StatementPlan()
    if desk.book.speaks_of(STATEMENTS):
        day = int(desk.store.fact("day_number") or 0)
        plan = desk.book.plan(STATEMENTS, plan, Facts(account=told.account["number"], business_day=day))
    if plan.lost:
        return
    doors, kind = doors_of_statements(desk.config), desk.config.statement
    name = f"CAMT053_{told.account['number']}_{told.day:%Y%m%d}"
    for page in _pages(told, plan):
        if page.number is not None and page.number == plan.lost_page:
            continue
        suffix = "" if page.number is None else f"_P{page.number}"
        content = _paper(desk, told, page, created=told.at)
        for _ in range(plan.copies):
            desk.offer(doors=doors, name=f"{name}{suffix}.xml", kind=kind, content=content, at=told.at)
    if plan.again_without_entry is not None:
        whole = _Page(opening=told.opening, closing=told.closing, entries=_without(told, plan.again_without_entry))
        again = _paper(desk, told, whole, created=told.at + AGAIN_AFTER)
        desk.offer(doors=doors, name=f"{name}_AGAIN.xml", kind=kind, content=again, at=told.at)


def _without(told: Statement, number: int) -> Sequence[Row]:
    return [entry for position, entry in enumerate(told.entries, 1) if position != number]


def _pages(told: Statement, plan: StatementPlan) -> Iterator[_Page]:
    shown = _without(told, plan.without_entry)
    size = plan.entries_per_page
    if size is None:
        yield _Page(opening=told.opening, closing=told.closing, entries=shown)
        return
    starts = range(0, len(shown), max(1, size)) or range(1)
    opening = told.opening
    for number, start in enumerate(starts, 1):
        entries = shown[start : start + max(1, size)]
        last = number == len(starts)
        closing = told.closing if last else opening + sum(entry["amount"] for entry in entries)
        yield _Page(opening=opening, closing=closing, entries=entries, number=number, first=number == 1, last=last)
        opening = closing


def _paper(desk: Desk, told: Statement, page: _Page, *, created: datetime) -> bytes:
    """The bytes of one document: a whole statement or a page."""
    config, account = desk.config, told.account
    dialect = Dialect(modern=config.statement.endswith(".08"), currency=account["currency"])
    pages = "" if page.number is None else tag("PgNb", page.number) + tag("LastPgInd", str(page.last).lower())
    parts = (
        "<BkToCstmrStmt>",
        box(
            "GrpHdr", tag("MsgId", f"{told.id}{'' if page.number is None else f'-{page.number}'}"),
            tag("CreDtTm", desk.moment(created)), "" if dialect.modern else box("MsgPgntn", pages),
        ),
        "<Stmt>",
        tag("Id", told.id),
        box("StmtPgntn", pages) if dialect.modern else "",
        tag("ElctrncSeqNb", told.sequence),
        tag("CreDtTm", desk.moment(created)),
        box(
            "FrToDt",
            tag("FrDtTm", desk.moment(desk.days.at(told.day, time.min))),
            tag("ToDtTm", desk.moment(told.at)),
        ),
        _account(account, config, dialect),
        _balance("OPBD" if page.first else "ITBD", page.opening, told.day, dialect),
        _balance("CLBD" if page.last else "ITBD", page.closing, told.day, dialect),
        *_entry_parts(desk.connection, account, page.entries, "entries.statement IS NULL", dialect),
        "</Stmt></BkToCstmrStmt>",
    )  # fmt: skip
    return document(config.statement, parts)


def notify(desk: Desk, day: date, at: datetime) -> None:
    """Writes a camt.054 for each account with entries that no advice has told yet, where the bank sends them."""
    connection, config = desk.connection, desk.config
    if config.notification is None:
        return
    for account in connection.execute("SELECT * FROM accounts ORDER BY position").fetchall():
        entries = _entries(connection, account["number"], "notified = 0")
        if not entries:
            continue
        dialect = Dialect(modern=config.notification.endswith(".08"), currency=account["currency"])
        name = f"{config.bic[:8]}-AD{entries[-1]['id']}"
        since = desk.moment(desk.days.at(day, time.min))
        parts = (
            "<BkToCstmrDbtCdtNtfctn>",
            box("GrpHdr", tag("MsgId", name), tag("CreDtTm", desk.moment(at))),
            "<Ntfctn>",
            tag("Id", name),
            tag("CreDtTm", desk.moment(at)),
            box("FrToDt", tag("FrDtTm", since), tag("ToDtTm", desk.moment(at))),
            _account(account, config, dialect),
            *_entry_parts(connection, account, entries, "entries.notified = 0", dialect),
            "</Ntfctn></BkToCstmrDbtCdtNtfctn>",
        )
        content = document(config.notification, parts)
        file_name = f"CAMT054_{account['number']}_{entries[-1]['id']}.xml"
        desk.offer(doors=doors_of_statements(config), name=file_name, kind=config.notification, content=content, at=at)
        connection.execute("UPDATE entries SET notified = 1 WHERE account = ?", (account["number"],))


def _entries(connection: Connection, account: str, condition: str) -> list[Row]:
    return connection.execute(
        f"SELECT * FROM entries WHERE account = ? AND {condition} ORDER BY id",  # nosec B608 # noqa: S608 - two texts of this module
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
