"""The balances of a statement (:60:, :62:, :64:, :65:) and the totals of an interim report (:34F:, :90D:, :90C:)."""

import re
from dataclasses import dataclass

from formats.findings import Finding, Severity
from formats.gathered import Findings
from formats.mt94x import scalars
from formats.statement import Balance
from formats.values import Money

_BALANCE = re.compile(rf"([CD])(\d{{6}})([A-Z]{{3}})?({scalars.AMOUNT})\s*", re.ASCII)
_TOTAL = re.compile(rf"(\d{{1,9}})([A-Z]{{3}})({scalars.AMOUNT})\s*", re.ASCII)
_FLOOR = re.compile(r"([A-Z]{3})[CD]?[\d.,]+\s*", re.ASCII)
_CODES = {"60": "OPBD", "62": "CLBD", "64": "CLAV", "65": "FWAV"}


def balance(tag: str, value: str, line: int, currency: str | None, found: Findings) -> Balance | None:
    """One balance, signed; None with a finding where the line is damaged. ``currency`` fills in for a missing one."""
    first = value.partition("\n")[0].strip()
    read = _BALANCE.fullmatch(first)
    if read is None:
        found.add(
            Finding(
                rule="MT-11",
                severity=Severity.HALT,
                message=f"The balance '{first[:40]}' cannot be read; it was left out.",
                advice="Do not post this statement. Ask the bank to deliver it again.",
                path=f":{tag}:",
                line=line,
            )
        )
        return None
    sign, day_text, written, amount_text = read.groups()
    as_of = scalars.day(day_text)
    if as_of is None:
        found.add(_note(f"The date {day_text} of a balance does not exist; it was left out.", tag, line))
    if written is None:
        found.add(_note("A balance has no currency; the one of the opening balance was taken.", tag, line))
    number = scalars.amount(amount_text)
    assert number is not None
    return Balance(
        code=_CODES[tag[:2]],
        amount=Money(-number if sign == "D" and number else number, written or currency),
        as_of=as_of,
        sub_type="INTM" if tag.endswith("M") else None,
    )


def floor_currency(value: str) -> str | None:
    """The currency of :34F:, the only one an interim report names."""
    read = _FLOOR.match(value)
    return read.group(1) if read is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """:90D: or :90C: how many entries of one direction, and their sum."""

    number: int
    amount: Money


def total(value: str) -> Total | None:
    """The total, or None where it cannot be read."""
    read = _TOTAL.fullmatch(value.partition("\n")[0])
    if read is None:
        return None
    number = scalars.amount(read.group(3))
    assert number is not None
    return Total(number=int(read.group(1)), amount=Money(number, read.group(2)))


def _note(message: str, tag: str, line: int) -> Finding:
    return Finding(
        rule="MT-11",
        severity=Severity.WARN,
        message=message,
        advice="Compare with the bank's own listing.",
        path=f":{tag}:",
        line=line,
    )
