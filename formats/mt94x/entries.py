"""One :61: and the :86: that belongs to it, as an entry of the model."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from formats.findings import Finding, Severity
from formats.gathered import Findings
from formats.initiation import Account, Agent, Party, StructuredRemittance
from formats.mt94x import dutch, german, scalars
from formats.mt94x.details import Details
from formats.mt94x.dialects import details
from formats.shapes.drafts import defaults, settled, twin
from formats.statement import (
    BankTransactionCode,
    Charge,
    Direction,
    Entry,
    References,
    Return,
    Transaction,
)
from formats.values import Money

_LINE = re.compile(
    r"(\d{6})(\d{4}|[ ]{4})?[ ]*(R?[CD]|E[CD])([A-Z])?"
    rf"({scalars.AMOUNT})(?![\d.,])[ ]?((?!NONREF(?:$|//))(?:[NSF][A-Z0-9]{{2}}[A-Z0-9 ]|[A-Z]{{3}}[A-Z0-9 ]))?(.*)",
    re.ASCII | re.DOTALL,
)
_BARE = re.compile(r"\s*(?:NONREF|//|$)")
"""What may follow an amount without a type code; anything else could be a digit of the amount, mistyped (12,O5)."""
_MARKS: dict[str, tuple[Direction, bool, str | None]] = {
    "C": ("credit", False, None),
    "D": ("debit", False, None),
    "RC": ("debit", True, None),
    "RD": ("credit", True, None),
    "EC": ("credit", False, "PDNG"),
    "ED": ("debit", False, "PDNG"),
}
"""Direction, reversal and status of a mark: RC takes a credit back, so money leaves; EC and ED are only expected."""
_POINTERS = frozenset({"NONREF", "KREF+", "EREF+", "EREF", "PREF", "KREF", "MARF", ""})
"""What stands for a customer reference and is none: "see :86:", or nothing."""
SHARED_MAX = 2048
"""How many parties, accounts and codes are kept to be shared between entries: they repeat, and cannot change."""
_CURRENCY_AMOUNT = re.compile(r"([A-Z]{3})?([\d.,]+)", re.ASCII)
_IBAN_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_BIC_SHAPE = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)


_ENTRY, _NO_ENTRY = twin(Entry), tuple(defaults(Entry).values())
_TRANSACTION, _NO_TRANSACTION = twin(Transaction), tuple(defaults(Transaction).values())
_REFERENCES, _NO_REFERENCES = twin(References), tuple(defaults(References).values())
_MONEY = twin(Money)
"""Drafts, because a frozen constructor took a third of the time of reading a statement."""


@dataclass(slots=True)
class Told:
    """What an entry needs to know of its statement: the currency, and where to leave findings."""

    currency: str | None
    found: Findings


def entry(value: str, line: int, text: str | None, narrative: str | None, told: Told) -> Entry | None:
    """The entry of a :61:, of the :86: and :NS: behind it where there are any; None, with a finding that stops the
    statement, where the line cannot be read.
    """
    first, _, supplementary = value.partition("\n")
    read = _LINE.match(first)
    if read is None:
        told.found.add(_unreadable(first, line))
        return None
    value_text, entry_text, mark, _, amount_text, type_code, rest = read.groups()
    if not type_code and _BARE.match(rest) is None:
        told.found.add(_unreadable(first, line))
        return None
    amount = _amount(amount_text, told.currency)
    direction, reversal, status = _MARKS[mark]
    value_date, booking_date = scalars.days(value_text, entry_text)
    if value_date is None or booking_date is None:
        _doubt(value_text, value_date, entry_text, line, told.found)
    customer, _, bank = rest.partition("//")
    customer = customer.strip()
    bank_reference = bank.strip() or None
    said = details(text) if text else None
    if narrative is not None:
        said = _narrated(said, narrative.split("\n"))
    code = _code(type_code, said.gvc, said.primanota) if said is not None else _code(type_code, None, None)
    if supplementary or customer not in _POINTERS:
        said = _supplemented(said, customer, supplementary)
    transactions: tuple[Transaction, ...] = ()
    if said is not None:
        transactions = (_transaction(said, amount, direction, code, bank_reference),)
        if said.gvc in german.BATCHES:
            told.found.add(_collective(line))
    draft = _ENTRY(*_NO_ENTRY)
    draft.amount = amount
    draft.direction = direction
    draft.status = status
    draft.reversal = reversal
    draft.booking_date = booking_date
    draft.value_date = value_date
    draft.bank_reference = bank_reference
    draft.reference = None if customer in _POINTERS else customer
    draft.code = code
    draft.additional_information = text or None
    draft.line = line
    if transactions:
        draft.transactions = transactions
        draft.instructed = transactions[0].instructed
    return settled(draft, Entry)


def _amount(text: str, currency: str | None) -> Money:
    plain = text.replace(",", ".")
    number = Decimal(plain)
    if plain[0] in "0." or plain[-1] == ".":
        plain = format(number, "f")
    return settled(_MONEY(number, currency, plain), Money)


def _doubt(value_text: str, value_date: date | None, entry_text: str | None, line: int, found: Findings) -> None:
    """Tells which date does not exist; a missing entry date is no fault."""
    if entry_text and not entry_text.isspace():
        found.add(_impossible(entry_text, "entry", line))
    if value_date is None:
        found.add(_impossible(value_text, "value", line))


@lru_cache(maxsize=SHARED_MAX)
def _code(type_code: str | None, gvc: str | None, primanota: str | None) -> BankTransactionCode | None:
    """``NTRF+166+0399`` in German statements, ``NTRF`` elsewhere; the ISO code beside it where it is certain."""
    proprietary = "+".join(part.strip() for part in (type_code, gvc, primanota) if part) or None
    if proprietary is None:
        return None
    known = german.CODES.get(gvc or "")
    if known is None:
        return BankTransactionCode(proprietary=proprietary)
    return BankTransactionCode(domain="PMNT", family=known[0], sub_family=known[1], proprietary=proprietary)


def _supplemented(said: Details | None, customer: str, supplementary: str) -> Details | None:
    """With the line under :61:, which holds an account, a name, or charges and the original amount."""
    account, name = dutch.counterparty(customer, supplementary)
    if said is None and not (supplementary or account):
        return None
    said = said if said is not None else Details()
    said.account = said.account or account
    said.name = said.name or name
    if "/" in supplementary:
        flat = supplementary.replace("\n", "")
        said.instructed = said.instructed or _between(flat, "/OCMT/")
        said.charges = said.charges or _between(flat, "/CHGS/")
    if supplementary and account is None:
        said.references += (("61", supplementary.strip()),)
    return said


def _between(text: str, word: str) -> str | None:
    _, found, rest = text.partition(word)
    return rest.partition("/")[0] or None if found else None


def _narrated(told: Details | None, lines: list[str]) -> Details:
    """A :NS: block: 01 to 14 remittance, 15 and 16 the other party, 17 the posting text, 18 the primanota."""
    told = told if told is not None else Details()
    numbered = [(line[:2], line[2:].strip()) for line in lines if line[:2].isdigit() and line[2:].strip()]
    told.remittance = (*told.remittance, *(text for number, text in numbered if "01" <= number <= "14"))
    name = " ".join(text for number, text in numbered if number in ("15", "16"))
    told.name = told.name or name or None
    for number, text in numbered:
        if number == "17":
            told.posting_text = told.posting_text or text
        elif number == "18":
            told.primanota = told.primanota or text
    return told


def _transaction(
    told: Details, amount: Money, direction: Direction, code: BankTransactionCode | None, bank_reference: str | None
) -> Transaction:
    references = _REFERENCES(*_NO_REFERENCES)
    references.account_servicer_reference = bank_reference
    references.payment_information_id = told.payment_information_id
    references.end_to_end_id = told.end_to_end_id
    references.transaction_id = told.transaction_id
    references.mandate_id = told.mandate_id
    references.proprietary = told.references
    draft = _TRANSACTION(*_NO_TRANSACTION)
    draft.references = settled(references, References)
    draft.amount = amount
    draft.direction = direction
    draft.code = code
    draft.purpose = told.purpose
    draft.remittance = told.remittance
    draft.additional_information = told.posting_text
    party = _party(told.name) if told.name else None
    account = _account(told.account) if told.account else None
    agent = _agent(told.agent) if told.agent else None
    if direction == "debit":
        draft.creditor, draft.creditor_account, draft.creditor_agent = party, account, agent
    else:
        draft.debtor, draft.debtor_account, draft.debtor_agent = party, account, agent
    _seldom(told, draft, amount.currency)
    return settled(draft, Transaction)


def _seldom(told: Details, draft: Any, currency: str | None) -> None:
    """What few entries have."""
    if told.ultimate_debtor:
        draft.ultimate_debtor = _party(told.ultimate_debtor)
    if told.ultimate_creditor:
        draft.ultimate_creditor = _party(told.ultimate_creditor)
    if told.instructed:
        draft.instructed = _money(told.instructed, currency)
    if told.charges and (charges := _money(told.charges, currency)) is not None:
        draft.charges = (Charge(amount=charges),)
    if told.structured_reference:
        draft.structured_remittance = (StructuredRemittance(reference=told.structured_reference),)
    if told.return_reason or told.return_reason_proprietary:
        draft.returned = Return(reason=told.return_reason, reason_proprietary=told.return_reason_proprietary)


def _money(text: str, currency: str | None) -> Money | None:
    read = _CURRENCY_AMOUNT.match(text)
    number = scalars.amount(read.group(2)) if read is not None else None
    if read is None or number is None:
        return None
    return Money(number, read.group(1) or currency)


@lru_cache(maxsize=SHARED_MAX)
def _party(name: str) -> Party:
    return Party(name=name)


@lru_cache(maxsize=SHARED_MAX)
def _account(text: str) -> Account:
    compact = text.replace(" ", "")
    return Account(iban=compact) if _IBAN_SHAPE.fullmatch(compact) else Account(other=text.strip())


@lru_cache(maxsize=SHARED_MAX)
def _agent(text: str) -> Agent:
    text = text.strip()
    return Agent(bic=text) if _BIC_SHAPE.fullmatch(text) else Agent(member_id=text)


def _unreadable(text: str, line: int) -> Finding:
    return Finding(
        rule="MT-05",
        severity=Severity.HALT,
        message=f"The entry '{text[:40]}' cannot be read; it is missing from the statement.",
        advice="Do not post this statement. Ask the bank to deliver it again.",
        path=":61:",
        line=line,
    )


def _impossible(text: str, what: str, line: int) -> Finding:
    return Finding(
        rule="MT-06",
        severity=Severity.WARN,
        message=f"The {what} date {text} does not exist, or not near the value date; it was left out.",
        advice="Take the date from the bank's own listing.",
        path=":61:",
        line=line,
    )


def _collective(line: int) -> Finding:
    return Finding(
        rule="MT-19",
        severity=Severity.WARN,
        message="The statement shows one sum for several payments and does not say which.",
        advice="Ask the bank for camt.053 or camt.054 with the details.",
        path=":61:",
        line=line,
    )
