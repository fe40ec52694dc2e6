"""Totals by currency as JSON: amounts as text, never as numbers."""

from collections.abc import Iterable
from decimal import Decimal

Totals = tuple[tuple[str, Decimal], ...]


def totals_to_json(totals: Iterable[tuple[str, Decimal]]) -> list[list[str]]:
    """``[["EUR", "12.50"], …]``."""
    return [[currency, format(amount, "f")] for currency, amount in totals]


def totals_from_json(rows: Iterable[list[str]]) -> Totals:
    """The way back."""
    return tuple((currency, Decimal(amount)) for currency, amount in rows)
