"""Whether a statement proves itself: its balances, its totals, its batches, its pages. Rulebook C.1 and C.2.

Nothing is repaired. A contradiction is a finding, and what to do about it is for whoever posts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from formats.camt.head import Summary, Total
from formats.errors import InvalidValue
from formats.findings import Finding, Severity
from formats.statement import Balance, Entry, Kind, Statement
from formats.values import decimal

_OPENING = ("OPBD", "PRCD")
_INTERIM = ("ITBD", "CLAV")


def opening_of(balances: tuple[Balance, ...]) -> Balance | None:
    """OPBD, else PRCD (BAL-02)."""
    return _first(balances, _OPENING)


def closing_of(balances: tuple[Balance, ...], kind: Kind) -> Balance | None:
    """CLBD. An intraday report that has an opening balance may close with an interim one instead; an interim balance
    alone closes nothing.
    """
    closing = _first(balances, ("CLBD",))
    if closing is None and kind == "report" and opening_of(balances) is not None:
        return _first(balances, _INTERIM)
    return closing


def _first(balances: tuple[Balance, ...], codes: tuple[str, ...]) -> Balance | None:
    for code in codes:
        for balance in balances:
            if balance.code == code and not balance.proprietary:
                return balance
    return None


@dataclass(slots=True)
class Tally:
    """What was counted while the entries of one statement went by."""

    credits: int = 0
    debits: int = 0
    credit_sum: Decimal = Decimal(0)
    debit_sum: Decimal = Decimal(0)
    booked: dict[str | None, Decimal] = field(default_factory=dict)
    """Signed sum of booked entries by currency (BAL-03)."""

    def count(self, entry: Entry) -> None:
        """Adds one entry."""
        value = entry.amount.value
        if entry.direction == "debit":
            self.debits += 1
            self.debit_sum += value
            value = -value
        else:
            self.credits += 1
            self.credit_sum += value
        if entry.booked:
            currency = entry.amount.currency
            self.booked[currency] = self.booked.get(currency, _ZERO) + value


_ZERO = Decimal(0)


def balanced(opening: Balance | None, closing: Balance | None, tally: Tally) -> bool | None:
    """Whether opening + booked entries = closing, exactly; None where a balance is missing (BAL-03)."""
    expected = expected_closing(opening, tally)
    if expected is None or closing is None:
        return None
    return expected == closing.amount.value


def expected_closing(opening: Balance | None, tally: Tally) -> Decimal | None:
    """Opening + booked entries, in the currency of the opening balance."""
    if opening is None:
        return None
    return opening.amount.value + tally.booked.get(opening.amount.currency, _ZERO)


def statement_findings(statement: Statement, tally: Tally) -> Iterator[Finding]:
    """What the balances of one statement contradict (BAL-02, BAL-03)."""
    opening, closing = statement.opening, statement.closing
    name = f"Statement {statement.id or '(without id)'}"
    if statement.balanced is False and opening is not None and closing is not None:
        expected = expected_closing(opening, tally) or _ZERO
        difference = closing.amount.value - expected
        yield Finding(
            rule="BAL-03",
            # An intraday report may hold only what came since the last one (ENT-21), so its sum is no proof.
            severity=Severity.WARN if closing.code in _INTERIM else Severity.HALT,
            message=f"{name} does not add up (difference {difference:f} {closing.amount.currency or ''}): "
            f"{opening.code} {opening.amount.text} and the booked entries make {expected:f}, "
            f"{closing.code} says {closing.amount.text}.",
            advice="Do not post it. Ask the bank for the statement again.",
            path="Bal",
        )
    previous = _first(statement.balances, ("PRCD",))
    if opening is not None and previous is not None and opening.amount != previous.amount:
        yield Finding(
            rule="BAL-02",
            severity=Severity.WARN,
            message=f"{name}: opening {opening.amount.text} and previous closing {previous.amount.text} differ.",
            advice="Look for a statement in between.",
            path="Bal",
        )


def summary_findings(summary: Summary, tally: Tally) -> Iterator[Finding]:
    """What TxsSummry says against the entries that are there (SEQ-05)."""
    both = tally.credits + tally.debits
    yield from _total("entries", summary.all, both, tally.credit_sum + tally.debit_sum)
    yield from _total("credits", summary.credits, tally.credits, tally.credit_sum)
    yield from _total("debits", summary.debits, tally.debits, tally.debit_sum)
    if summary.all is not None and summary.all.net is not None:
        net = abs(tally.credit_sum - tally.debit_sum)
        if _differs(summary.all.net.strip().removeprefix("-"), net):
            yield _totals(f"the net of all entries is declared as {summary.all.net}, they make {net:f}")


def _total(name: str, total: Total | None, count: int, value: Decimal) -> Iterator[Finding]:
    if total is None:
        return
    if total.count is not None and _differs(total.count, Decimal(count)):
        yield _totals(f"{total.count} {name} are declared, {count} are there")
    if total.sum is not None and _differs(total.sum, value):
        yield _totals(f"the {name} are declared to sum to {total.sum}, they make {value:f}")


def _totals(what: str) -> Finding:
    return Finding(
        rule="SEQ-05",
        severity=Severity.HALT,
        message=f"Entry totals differ: {what}.",
        advice="An entry may be missing. Ask the bank for the statement again.",
        path="TxsSummry",
    )


def _differs(declared: str, counted: Decimal) -> bool:
    try:
        return decimal(declared) != counted
    except InvalidValue:
        return True


def entry_findings(entry: Entry) -> Iterator[Finding]:
    """What one entry says against its details: negative amounts, batches, sums (ENT-04, ENT-08, ENT-09)."""
    if entry.amount.value < 0:
        yield _entry("ENT-04", entry, f"the amount {entry.amount.text} is negative; its side is CdtDbtInd's to say")
    if entry.direction is None:
        yield _entry("ENT-04", entry, "it is neither credit nor debit")
    if entry.batches:
        yield from _batch_findings(entry)
    if entry.transactions:
        total = details_sum(entry)
        if total is not None and total != entry.amount.value:
            yield _entry("ENT-09", entry, f"its transactions make {total:f}, the entry {entry.amount.text}")


def details_sum(entry: Entry) -> Decimal | None:
    """The transactions as seen from the entry, or None where one has no amount or another currency."""
    total = _ZERO
    for transaction in entry.transactions:
        amount = transaction.amount
        if amount is None or amount.currency != entry.amount.currency:
            return None
        total += amount.value if transaction.direction == entry.direction else -amount.value
    return total


def _batch_findings(entry: Entry) -> Iterator[Finding]:
    declared = [b.number_of_transactions for b in entry.batches if b.number_of_transactions is not None]
    present = len(entry.transactions)
    if declared and all(number.isdecimal() for number in declared) and sum(map(int, declared)) != present:
        said = " + ".join(declared)
        yield _entry("ENT-08", entry, f"its batch declares {said} transactions, {present} are there", Severity.INFO)
    totals = [b.total for b in entry.batches]
    if any(total is None or total.currency != entry.amount.currency for total in totals):
        return
    signed = [
        -b.total.value if b.direction not in (None, entry.direction) else b.total.value
        for b in entry.batches
        if b.total
    ]
    if sum(signed, _ZERO) != entry.amount.value:
        said = " + ".join(f"{value:f}" for value in signed)
        yield _entry("ENT-08", entry, f"its batch declares {said} in all, the entry {entry.amount.text}", Severity.WARN)


def page_findings(number: str | None, last: bool | None, path: str) -> Iterator[Finding]:
    """Whether a message or statement is all there, by its own pagination (SEQ-04)."""
    wrong: list[str] = []
    if number is not None and not number.isdecimal():
        wrong.append(f"'{number}' is no page number")
    elif number is not None and int(number) > 1:
        wrong.append(f"this is page {number}: the pages before it must be there too")
    if last is False:
        wrong.append(f"page {number or '?'} is not the last: the next one is outstanding")
    for what in wrong:
        yield Finding(
            rule="SEQ-04",
            severity=Severity.WARN,
            message=f"{what[0].upper()}{what[1:]}.",
            advice="Hold the pages until all of them have come.",
            path=path,
        )


def _entry(rule: str, entry: Entry, what: str, severity: Severity = Severity.HALT) -> Finding:
    return Finding(rule=rule, severity=severity, message=f"{what}.", line=entry.line)
