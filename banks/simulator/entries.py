"""Entries as camt.053 and camt.054 write them, in the two versions banks use: .02 of 2009 and .08 of 2019."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from sqlite3 import Row

from banks.simulator.store import major
from banks.simulator.writing import box, money, tag

_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")
REMITTANCE_CHARACTERS_MAX = 140

CODES = {
    "batch": ("PMNT", "ICDT", "ESCT"),
    "single": ("PMNT", "ICDT", "ESCT"),
    "return": ("PMNT", "ICDT", "RRTN"),
    "credit": ("PMNT", "RCDT", "ESCT"),
    "given_back": ("PMNT", "RCDT", "RRTN"),
    "incoming": ("PMNT", "RCDT", "ESCT"),
    "fee": ("ACMT", "MDOP", "FEES"),
}
"""Bank transaction codes by the kind of an entry (ISO external code sets: domain, family, sub-family)."""
RECEIVED = ("credit", "given_back")
"""Entries of a payee who keeps an account here: what came in, and what a recall took out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What differs between the versions. ``modern`` is .08: choices around parties and status, amounts in details."""

    modern: bool
    currency: str

    @property
    def bic(self) -> str:
        """The element that holds a BIC."""
        return "BICFI" if self.modern else "BIC"


def account_id(number: str) -> str:
    """An account's Id: IBAN where it has the shape of one."""
    if _IBAN_SHAPE.fullmatch(number):
        return box("Id", tag("IBAN", number))
    return box("Id", box("Othr", tag("Id", number)))


def side(units: int) -> str:
    """CdtDbtInd of a signed amount; zero is a credit."""
    return tag("CdtDbtInd", "DBIT" if units < 0 else "CRDT")


def entry_xml(entry: Row, payments: Sequence[Row], dialect: Dialect) -> Iterator[str]:
    """One Ntry, with a TxDtls for each payment."""
    yield "<Ntry>"
    yield tag("NtryRef", entry["id"])
    yield money("Amt", major(entry["amount"], dialect.currency), dialect.currency)
    yield side(entry["amount"])
    yield box("Sts", tag("Cd", "BOOK")) if dialect.modern else tag("Sts", "BOOK")
    yield box("BookgDt", tag("Dt", entry["day"]))
    yield box("ValDt", tag("Dt", entry["day"]))
    yield tag("AcctSvcrRef", f"E{entry['id']:010d}")
    domain, family, sub_family = CODES[entry["kind"]]
    yield box("BkTxCd", box("Domn", tag("Cd", domain), box("Fmly", tag("Cd", family), tag("SubFmlyCd", sub_family))))
    details = [_payment(entry, payment, dialect) for payment in payments] or [_unordered(entry, dialect)]
    yield box("NtryDtls", _batch(entry, payments, dialect), *details)
    yield tag("AddtlNtryInf", entry["text"] if entry["kind"] == "fee" else None)
    yield "</Ntry>"


def _batch(entry: Row, payments: Sequence[Row], dialect: Dialect) -> str:
    if entry["kind"] != "batch":
        return ""
    return box(
        "Btch",
        tag("MsgId", payments[0]["message_id"]),
        tag("PmtInfId", payments[0]["payment_information_id"]),
        tag("NbOfTxs", len(payments)),
        money("TtlAmt", major(entry["amount"], dialect.currency), dialect.currency),
        side(entry["amount"]),
    )


def _payment(entry: Row, payment: Row, dialect: Dialect) -> str:
    kind = entry["kind"]
    units = -payment["booked"] if kind in ("batch", "single") else entry["amount"]
    refs = box(
        "Refs",
        tag("MsgId", payment["message_id"] if kind not in RECEIVED else None),
        tag("AcctSvcrRef", f"T{payment['id']:010d}{'R' if kind == 'return' else ''}"),
        tag("PmtInfId", payment["payment_information_id"] if kind not in RECEIVED else None),
        tag("InstrId", payment["instruction_id"] if kind not in RECEIVED else None),
        tag("EndToEndId", payment["end_to_end_id"]),
        tag("UETR", payment["uetr"]) if dialect.modern else "",
    )
    return box(
        "TxDtls",
        refs,
        _amounts(units, payment, dialect),
        _charges(entry["fee"], dialect),
        _parties(kind, payment, dialect),
        _agents(payment, dialect) if kind not in RECEIVED else "",
        _remittance(payment["remittance"]),
        box("RtrInf", box("Rsn", tag("Cd", payment["return_code"]))) if kind == "return" else "",
    )


def _amounts(units: int, payment: Row, dialect: Dialect) -> str:
    own = money("Amt", major(units, dialect.currency), dialect.currency)
    ordered = payment["amount"]
    differs = ordered is not None and ordered != abs(units)
    instructed = box("InstdAmt", money("Amt", major(ordered, dialect.currency), dialect.currency)) if differs else ""
    if dialect.modern:
        return own + side(units) + (box("AmtDtls", instructed) if differs else "")
    return box("AmtDtls", instructed, box("TxAmt", own))


def _charges(units: int, dialect: Dialect) -> str:
    if not units:
        return ""
    taken = money("Amt", major(units, dialect.currency), dialect.currency)
    if dialect.modern:
        return box("Chrgs", box("Rcrd", taken, tag("CdtDbtInd", "DBIT"), tag("ChrgInclInd", "true")))
    return box("Chrgs", taken, tag("CdtDbtInd", "DBIT"))


def _parties(kind: str, payment: Row, dialect: Dialect) -> str:
    if kind in RECEIVED:
        payer = payment["debtor_account"]
        return box("RltdPties", box("DbtrAcct", account_id(payer)))
    payee = payment["creditor_account"]
    return box(
        "RltdPties",
        _party("Cdtr", payment["creditor"], dialect),
        box("CdtrAcct", account_id(payee)) if payee else "",
    )


def _party(role: str, name: str | None, dialect: Dialect) -> str:
    inner = tag("Nm", name)
    return box(role, box("Pty", inner) if dialect.modern else inner)


def _agents(payment: Row, dialect: Dialect) -> str:
    return box("RltdAgts", box("CdtrAgt", box("FinInstnId", tag(dialect.bic, payment["creditor_agent"]))))


def _remittance(text: str | None) -> str:
    lines = (text or "").split("\n")
    return box("RmtInf", *(tag("Ustrd", line[:REMITTANCE_CHARACTERS_MAX]) for line in lines))


def _unordered(entry: Row, dialect: Dialect) -> str:
    if entry["kind"] == "fee":
        return ""
    own = money("Amt", major(entry["amount"], dialect.currency), dialect.currency)
    role = "Dbtr" if entry["amount"] >= 0 else "Cdtr"
    return box(
        "TxDtls",
        box("Refs", tag("AcctSvcrRef", f"U{entry['id']:010d}"), tag("EndToEndId", entry["reference"] or "NOTPROVIDED")),
        own + side(entry["amount"]) if dialect.modern else box("AmtDtls", box("TxAmt", own)),
        box("RltdPties", _party(role, entry["name"], dialect)),
        _remittance(entry["text"]),
    )
