"""What the bank makes of a file: it counts and adds by itself, looks at its accounts, and applies the scenario."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from sqlite3 import Connection, Row

from banks.simulator.behaviours import FILES, PAYMENTS, FilePlan, PaymentPlan
from banks.simulator.config import BankConfig
from banks.simulator.days import BusinessDays
from banks.simulator.reading import is_recall, read_initiation, read_recall
from banks.simulator.recalling import take_recall
from banks.simulator.rules import Facts, RuleBook
from banks.simulator.store import minor, stamp
from formats.codes.currencies import MINOR_UNITS
from formats.errors import FormatError
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.values import amount_problem, iban_problem

Reason = tuple[str, str]
"""An ISO reason code and a sentence."""

_PAYMENT_COLUMNS = (
    "block, arrival, instruction_id, end_to_end_id, uetr, amount, booked, currency, creditor, creditor_account,"
    " creditor_agent, remittance, state, reason_code, reason_text, due_day, return_after, return_code, return_fee,"
    " refuse_at, refuse_code, refuse_text, fate"
)


@dataclass(slots=True)
class Purse:
    """What may still leave an account: its balance and overdraft less what is accepted and not yet booked."""

    currency: str
    closed: bool
    left: int


def decide(
    connection: Connection, arrival: Row, *, config: BankConfig, days: BusinessDays, book: RuleBook, at: datetime,
    business_day: int,
) -> None:  # fmt: skip
    """Reads one arrival and writes down what becomes of it and of each of its payments, or of what it recalls."""
    content = connection.execute("SELECT content FROM arrival_bytes WHERE arrival = ?", (arrival["id"],)).fetchone()[0]
    recall = is_recall(content)
    if arrival["outcome"] == "duplicate" and not recall:
        text = "A file with this message id was received before."
        _close(connection, arrival, FilePlan(reject_code=config.duplicate_code, reject_text=text), at)
        return
    try:
        if recall:
            take_recall(connection, arrival, read_recall(content), book=book, business_day=business_day, at=at)
            return
        initiation = read_initiation(content)
    except FormatError as err:
        connection.execute("UPDATE arrivals SET outcome = 'unreadable' WHERE id = ?", (arrival["id"],))
        _close(connection, arrival, FilePlan(reject_code="FF01", reject_text=err.message), at)
        return
    number = connection.execute(
        "SELECT COUNT(*) FROM arrivals WHERE outcome = 'accepted' AND id <= ?"
        " AND coalesce(message, '') NOT LIKE 'camt.%'",
        (arrival["id"],),
    ).fetchone()[0]
    facts = Facts(
        channel=arrival["channel"], file_number=number, file_name=arrival["name"], message_id=initiation.message_id
    )
    plan = book.plan(FILES, FilePlan(), facts)
    wrong = totals_problem(initiation)
    if plan.reject_code is None and wrong is not None:
        plan = replace(plan, reject_code=wrong[0], reject_text=wrong[1])
    _head(connection, arrival, initiation)
    if plan.reject_code is None:
        purses = _purses(connection)
        for block in initiation.batches:
            _block(connection, arrival["id"], block, purses, facts, config=config, days=days, book=book, at=at)
    _close(connection, arrival, plan, at)


def totals_problem(initiation: Initiation) -> Reason | None:
    """Whether the file's count and sum are what its payments say; the first thing that is wrong, or None."""
    count, total = 0, Decimal(0)
    for block in initiation.batches:
        amounts = [payment.amount.value for payment in block.payments]
        count, total = count + len(amounts), total + sum(amounts, Decimal(0))
        if _differs(block.number_of_transactions, Decimal(len(amounts))):
            return "AM20", f"Block {block.id} announces another number of payments than it holds."
        if _differs(block.control_sum, sum(amounts, Decimal(0))):
            return "AM10", f"Block {block.id} announces another sum than its payments have."
    if initiation.number_of_transactions is None or _differs(initiation.number_of_transactions, Decimal(count)):
        return "AM18", f"The file announces another number of payments than the {count} it holds."
    if _differs(initiation.control_sum, total):
        return "AM10", "The file announces another sum than its payments have."
    return None if count else ("AM18", "The file holds no payment.")


def _differs(told: str | None, counted: Decimal) -> bool:
    try:
        return told is not None and Decimal(told) != counted
    except InvalidOperation:
        return True


def _head(connection: Connection, arrival: Row, initiation: Initiation) -> None:
    connection.execute(
        "UPDATE arrivals SET message_id = ?, message = ?, count = ?, control_sum = ? WHERE id = ?",
        (
            initiation.message_id,
            initiation.message,
            int(initiation.number_of_transactions or 0)
            if (initiation.number_of_transactions or "").isdigit()
            else None,
            initiation.control_sum,
            arrival["id"],
        ),
    )


def _purses(connection: Connection) -> dict[str, Purse]:
    held = dict(
        connection.execute(
            "SELECT blocks.account, SUM(payments.booked) FROM payments JOIN blocks ON blocks.id = payments.block"
            " WHERE payments.state = 'accepted' GROUP BY blocks.account"
        ).fetchall()
    )
    return {
        row["number"]: Purse(
            row["currency"], bool(row["closed"]), row["balance"] + row["overdraft"] - held.get(row["number"], 0)
        )
        for row in connection.execute("SELECT * FROM accounts")
    }


def _block(
    connection: Connection,
    arrival: int,
    block: PaymentInformation,
    purses: dict[str, Purse],
    facts: Facts,
    *,
    config: BankConfig,
    days: BusinessDays,
    book: RuleBook,
    at: datetime,
) -> None:
    account = block.debtor_account.number if block.debtor_account is not None else None
    purse = purses.get(account or "")
    reason: Reason | None = None
    if purse is None:
        reason = ("AC02", "This debtor account is not kept here.")
    elif purse.closed:
        reason = ("AC04", "This debtor account is closed.")
    elif block.execution_date is None:
        reason = ("DT01", "The execution date is missing or no date.")
    due = None if block.execution_date is None else _due(block.execution_date, days, at).isoformat()
    batch = config.booking == "batch" or (config.booking == "as_sent" and block.batch_booking is not False)
    number = connection.execute(
        "INSERT INTO blocks (arrival, payment_information_id, account, due_day, batch, reason_code, reason_text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (arrival, block.id, account, due, int(batch), *(reason or (None, None))),
    ).lastrowid
    facts = replace(facts, debtor_iban=account)
    ruled = book.speaks_of(PAYMENTS)
    rows = []
    for payment in block.payments:
        plan = PaymentPlan(booked=payment.amount.value)
        if ruled and reason is None:
            plan = book.plan(PAYMENTS, plan, _about(payment, facts))
        if plan.reject_code is not None:
            refused: Reason | None = (plan.reject_code, plan.reject_text)
        else:
            refused = reason or _objection(payment, plan, purse, purses)
        if refused is None and purse is not None:
            purse.left -= minor(plan.booked, purse.currency)
        rows.append(_row(payment, plan, refused, block=number, arrival=arrival, due=due, at=at))
    marks = ", ".join("?" * len(_PAYMENT_COLUMNS.split(",")))
    connection.executemany(f"INSERT INTO payments ({_PAYMENT_COLUMNS}) VALUES ({marks})", rows)  # nosec B608 # noqa: S608 - constants


def _due(wanted: date | datetime, days: BusinessDays, at: datetime) -> date:
    day = wanted.date() if isinstance(wanted, datetime) else wanted
    return days.on_or_after(max(day, days.date_of(at)))


def _about(payment: CreditTransfer, facts: Facts) -> Facts:
    return replace(
        facts,
        creditor_iban=payment.creditor_account.number if payment.creditor_account is not None else None,
        creditor_name=payment.creditor.name,
        end_to_end_id=payment.end_to_end_id,
        amount=payment.amount.value,
        currency=payment.amount.currency,
    )


def _objection(
    payment: CreditTransfer, plan: PaymentPlan, purse: Purse | None, purses: dict[str, Purse]
) -> Reason | None:
    """What the bank has against a payment that no rule speaks of, or None."""
    assert purse is not None
    currency = payment.amount.currency or ""
    if currency != purse.currency:
        return "AM03", f"This account pays in {purse.currency} only."
    for value in (payment.amount.value, plan.booked):
        problem = amount_problem(value, currency)
        if problem is not None:
            return "AM12", problem
    payee = payment.creditor_account
    if payee is None or payee.number is None:
        return "AC01", "The payee's account is missing."
    if payee.iban is not None and iban_problem(payee.iban) is not None:
        return "AC03", "The payee's account number is invalid."
    own = purses.get(payee.number)
    if own is not None and own.closed:
        return "AC04", "The payee's account is closed."
    if minor(plan.booked, currency) > purse.left:
        return "AM04", "There is not enough money on the account."
    return None


def _row(
    payment: CreditTransfer,
    plan: PaymentPlan,
    refused: Reason | None,
    *,
    block: int | None,
    arrival: int,
    due: str | None,
    at: datetime,
) -> tuple[object, ...]:
    currency = payment.amount.currency
    payable = refused is None and currency is not None
    code, text = refused or (None, None)
    wait = plan.refuse_after_minutes
    return (
        block, arrival, payment.instruction_id, payment.end_to_end_id, payment.uetr,
        _units(payment.amount.value, currency), minor(plan.booked, currency or "") if payable else 0, currency,
        payment.creditor.name, payment.creditor_account.number if payment.creditor_account else None,
        payment.creditor_agent.bic if payment.creditor_agent else None, "\n".join(payment.remittance) or None,
        "rejected" if refused else "accepted", code, text, due, plan.return_after,
        plan.return_code or None, minor(plan.return_fee, currency or "") if payable else 0,
        None if wait is None else stamp(at + timedelta(minutes=wait)), plan.refuse_code or None,
        plan.refuse_text or None, plan.fate,
    )  # fmt: skip


def _units(value: Decimal, currency: str | None) -> int | None:
    """The ordered amount in minor units, or None where it is not an amount of that currency (it was refused)."""
    if currency not in MINOR_UNITS:
        return None
    scaled = value.scaleb(MINOR_UNITS[currency])
    return int(scaled) if scaled == int(scaled) else None


def _close(connection: Connection, arrival: Row, plan: FilePlan, at: datetime) -> None:
    answer_at = stamp(at + timedelta(minutes=plan.delay_minutes)) if plan.answer else None
    connection.execute(
        "UPDATE arrivals SET decided = 1, answer_at = ?, plan = ?, reason_code = ?, reason_text = ? WHERE id = ?",
        (answer_at, json.dumps(asdict(plan)), plan.reject_code, plan.reject_text or None, arrival["id"]),
    )
