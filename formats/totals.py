"""Counts and sums of an initiation: what it declares against what it holds, exactly (rulebook GEN-003 to GEN-005)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

from formats.initiation import CreditTransfer, Initiation, PaymentInformation

EXACT = Context(prec=60, traps=[Inexact])
"""Adding amounts never rounds: 60 digits hold more payments of 18 digits than there are."""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """``count`` payments and the arithmetic ``sum`` of their amounts, whatever their currencies."""

    count: int = 0
    sum: Decimal = ZERO

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.count + other.count, EXACT.add(self.sum, other.sum))


def totals_of(payments: Iterable[CreditTransfer]) -> Totals:
    """Counts and adds the payments, which are walked once. An unreadable amount makes the sum NaN."""
    count, total, add = 0, ZERO, EXACT.add
    for payment in payments:
        count += 1
        total = add(total, payment.amount.value)
    return Totals(count, total)


def totals_of_message(message: Initiation) -> Totals:
    """Counts and adds every payment of the message, which is walked once."""
    result = Totals()
    for batch in message.batches:
        result += totals_of(batch.payments)
    return result


def disagreement(declared: Initiation | PaymentInformation, actual: Totals) -> str | None:
    """What a header or a block declares otherwise than it holds, in words, or None. What it leaves out agrees."""
    count, total = declared.number_of_transactions, declared.control_sum
    if count is not None and (not count.strip().isdecimal() or int(count) != actual.count):
        return f"it says {count} payments and holds {actual.count}"
    if total is not None and not _same(total, actual.sum):
        return f"it says a total of {total} and holds {actual.sum:f}"
    return None


def _same(declared: str, actual: Decimal) -> bool:
    try:
        return Decimal(declared.strip()) == actual
    except ArithmeticError:
        return False
