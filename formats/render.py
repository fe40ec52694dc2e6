"""Messages as JSON: one document a line, the contract that ``payhub read --json`` keeps.

Amounts are strings exactly as the bank wrote them, balances signed, absent values null. An account report is written
while it is read, so its size does not matter; its line counts only when it is complete.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from formats.errors import FormatError
from formats.findings import Finding
from formats.initiation import Account, CreditTransfer, Initiation, Party, PaymentInformation, StructuredRemittance
from formats.recall_answer import RecallAnswer, RecallStatus
from formats.registry import Message, codec_of, detect, read, reader_of
from formats.source import Source, opened
from formats.statement import Balance, Entry, Statement, StatementMessage, Transaction
from formats.statement_events import Closed, Event, Opened, Proven
from formats.status_report import BatchStatus, PaymentStatus, Reason, StatusReport

Json = dict[str, Any]


def lines(source: Source, name: str) -> Iterator[str]:
    """The document of one source in pieces that make one line when joined, its newline last.

    Raises :class:`FormatError` before or between pieces: pieces already given are then worth nothing.
    """
    with opened(source) as feed:
        codec = codec_of(detect(feed))
        if codec.stream is None:
            yield _text(document(read(feed), name)) + "\n"
        else:
            yield from _streamed(reader_of(codec.stream)(feed), name)


def document(message: Message, name: str) -> Json:
    """A whole message as the contract's document; ``name`` is what the caller knows the file by."""
    if isinstance(message, StatementMessage):
        return statement_message(message, name)
    if isinstance(message, StatusReport):
        return status_report(message, name)
    if isinstance(message, RecallAnswer):
        return recall_answer(message, name)
    return initiation(message, name)


def error(err: FormatError | OSError, name: str) -> Json:
    """What stands in a document's place where the file could not be read."""
    if isinstance(err, FormatError):
        where = {key: value for key, value in (("line", err.line), ("path", err.path)) if value is not None}
        return {"file": name, "error": {"code": err.code, "message": err.message, **where}}
    return {"file": name, "error": {"code": "file.unreadable", "message": err.strerror or str(err)}}


def statement_message(message: StatementMessage, name: str) -> Json:
    """A camt.052, .053, .054, MT940 or MT942."""
    return {
        "file": name,
        "message": message.message,
        "kind": message.kind,
        "message_id": message.message_id,
        "statements": [
            {**statement(part), "entries": [entry(one, part.account) for one in part.entries]}
            for part in message.statements
        ],
        "findings": [finding(one) for one in message.findings],
    }


def statement(part: Statement) -> Json:
    """A statement without its entries."""
    return {
        "id": part.id,
        "account": part.account.number,
        "currency": part.currency,
        "opening": balance(part.opening),
        "closing": balance(part.closing),
        "balanced": part.balanced,
    }


def balance(one: Balance | None) -> Json | None:
    """A signed balance, or null."""
    if one is None:
        return None
    return {"amount": one.amount.text, "currency": one.amount.currency, "date": _day(one.as_of), "code": one.code}


def entry(one: Entry, own: Account) -> Json:
    """One booking; ``own`` is the account of the statement."""
    return {
        "amount": one.amount.text,
        "currency": one.amount.currency,
        "direction": one.direction,
        "status": one.status,
        "reversal": one.reversal,
        "booking_date": _day(one.booking_date),
        "value_date": _day(one.value_date),
        "bank_reference": one.bank_reference,
        "transactions": [transaction(item, own, reversal=one.reversal) for item in one.transactions],
    }


def transaction(one: Transaction, own: Account, *, reversal: bool) -> Json:
    """One TxDtls; ``reversal`` is the entry's."""
    references = one.references
    name, account = counterparty(one, own, back=reversal or one.returned is not None)
    returned = one.returned
    return {
        "amount": None if one.amount is None else one.amount.text,
        "currency": None if one.amount is None else one.amount.currency,
        "direction": one.direction,
        "end_to_end_id": references.end_to_end_id,
        "instruction_id": references.instruction_id,
        "message_id": references.message_id,
        "payment_information_id": references.payment_information_id,
        "uetr": references.uetr,
        "account_servicer_reference": references.account_servicer_reference,
        "counterparty": {"name": name, "account": account},
        "remittance": [*one.remittance, *(text for block in one.structured_remittance for text in _said(block))],
        "return_reason": None if returned is None else returned.reason or returned.reason_proprietary,
    }


def counterparty(one: Transaction, own: Account, *, back: bool) -> tuple[str | None, str | None]:
    """Name and account number of the other side: who was paid on a debit, who paid on a credit.

    On money that comes ``back`` banks often name the parties of the original instead. So our own account is never the
    other side, and where that side is empty, the one the original was paid to (or came from) is.
    """
    sides = [(one.creditor, one.creditor_account), (one.debtor, one.debtor_account)]
    first, second = sides if one.direction == "debit" else reversed(sides)
    if _is_own(first[1], own) or (back and first == (None, None)):
        first = first if second == (None, None) or _is_own(second[1], own) else second
    party, account = first
    return (None if party is None else party.name), (None if account is None else account.number)


def _is_own(account: Account | None, own: Account) -> bool:
    return account is not None and account.number is not None and account.number == own.number


def status_report(report: StatusReport, name: str) -> Json:
    """A pain.002, with the effective status of each payment."""
    return {
        "file": name,
        "message": report.message,
        "kind": "status_report",
        "message_id": report.message_id,
        "original_message_id": report.original_message_id,
        "original_message_name": report.original_message_name,
        "group_status": report.group_status,
        "payments": [_payment_status(one) for one in report.payments],
        "batches": [_batch_status(one) for one in report.batches],
        "findings": [finding(one) for one in report.findings],
    }


def recall_answer(answer: RecallAnswer, name: str) -> Json:
    """A camt.029, with the status that speaks of each payment."""
    return {
        "file": name,
        "message": answer.message,
        "kind": "recall_answer",
        "message_id": answer.message_id,
        "case_id": answer.case_id,
        "status": answer.status,
        "payments": [_recall_status(one) for one in answer.payments],
        "findings": [finding(one) for one in answer.findings],
    }


def initiation(message: Initiation, name: str) -> Json:
    """A pain.001 or pain.008."""
    return {
        "file": name,
        "message": message.message,
        "kind": "initiation",
        "message_id": message.message_id,
        "number_of_transactions": message.number_of_transactions,
        "control_sum": message.control_sum,
        "batches": [_batch(one) for one in message.batches],
        "findings": [finding(one) for one in message.findings],
    }


def finding(one: Finding) -> Json:
    """A finding, with what is not known as null."""
    return {
        "rule": one.rule,
        "severity": one.severity.value,
        "message": one.message,
        "advice": one.advice,
        "path": one.path,
        "line": one.line,
        "payment": one.payment,
    }


def _streamed(events: Iterator[Event], name: str) -> Iterator[str]:
    own = Account()
    gap = ""
    begun = False
    for event in events:
        if isinstance(event, Entry):
            yield gap + _text(entry(event, own))
            gap = ","
        elif isinstance(event, Opened):
            own = event.statement.account
            yield ("," if begun else f'{{"file":{_text(name)},"statements":[') + '{"entries":['
            begun, gap = True, ""
        elif isinstance(event, Closed):
            yield "]," + _text(statement(event.statement))[1:]
        elif isinstance(event, Proven):
            rest = statement_message(event.message, name)
            del rest["file"], rest["statements"]
            yield ("]," if begun else f'{{"file":{_text(name)},"statements":[],') + _text(rest)[1:] + "\n"


def _recall_status(one: RecallStatus) -> Json:
    return {
        "case_id": one.case_id,
        "cancellation_id": one.cancellation_id,
        "original_message_id": one.original_message_id,
        "payment_information_id": one.payment_information_id,
        "instruction_id": one.instruction_id,
        "end_to_end_id": one.end_to_end_id,
        "uetr": one.uetr,
        "status": one.status,
        "status_level": one.level,
        "names_payment": one.names_payment,
        "reasons": [_reason(reason) for reason in one.reasons],
    }


def _payment_status(one: PaymentStatus) -> Json:
    return {
        "payment_information_id": one.payment_information_id,
        "instruction_id": one.instruction_id,
        "end_to_end_id": one.end_to_end_id,
        "uetr": one.uetr,
        "status": one.status,
        "status_level": one.status_level,
        "reasons": [_reason(reason) for reason in one.reasons],
    }


def _batch_status(one: BatchStatus) -> Json:
    reasons = [_reason(reason) for reason in one.reasons]
    return {"payment_information_id": one.payment_information_id, "status": one.status, "reasons": reasons}


def _reason(one: Reason) -> Json:
    return {"code": one.code, "proprietary": one.proprietary, "text": list(one.text)}


def _batch(one: PaymentInformation) -> Json:
    return {
        "id": one.id,
        "debtor_account": None if one.debtor_account is None else one.debtor_account.number,
        "execution_date": _day(one.execution_date),
        "payments": [_payment(payment) for payment in one.payments],
    }


def _payment(one: CreditTransfer) -> Json:
    return {
        "instruction_id": one.instruction_id,
        "end_to_end_id": one.end_to_end_id,
        "uetr": one.uetr,
        "amount": one.amount.text,
        "currency": one.amount.currency,
        "counterparty": _side(one.creditor, one.creditor_account),
        "remittance": [*one.remittance, *(text for block in one.structured_remittance for text in _said(block))],
    }


def _side(party: Party, account: Account | None) -> Json:
    return {"name": party.name, "account": None if account is None else account.number}


def _said(block: StructuredRemittance) -> list[str]:
    """What a structured remittance says, as texts: its reference, the documents' numbers, what was added."""
    numbers = [one.number for one in block.documents if one.number is not None]
    return [*([block.reference] if block.reference is not None else []), *numbers, *block.additional]


def _day(value: date | datetime | None) -> str | None:
    if value is None:
        return None
    return (value.date() if isinstance(value, datetime) else value).isoformat()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
