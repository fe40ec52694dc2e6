"""Dates and amounts as SWIFT writes them: six digits, a decimal comma. What is impossible is None, never a guess."""

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

AMOUNT = r"\d+,\d*|,\d+|\d+\.\d{0,2}|\d+"
"""An amount: a decimal comma, also at the very end; or, against the standard, a point and at most two digits."""
_AMOUNT = re.compile(AMOUNT, re.ASCII)
_CENTURY_TURN = 80
"""Two-digit years from here on are of the last century: MT940 is younger than that."""
_HALF_A_YEAR = timedelta(days=183)


def amount(text: str) -> Decimal | None:
    """The amount, exactly; None where it is not one."""
    if _AMOUNT.fullmatch(text) is None:
        return None
    return Decimal(text.replace(",", "."))


@lru_cache(maxsize=4096)
def day(yymmdd: str) -> date | None:
    """A six-digit date; None for one that does not exist (30 February, month 13, zero)."""
    try:
        year = int(yymmdd[:2])
        return date(year + (1900 if year >= _CENTURY_TURN else 2000), int(yymmdd[2:4]), int(yymmdd[4:6]))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def entry_day(mmdd: str, value: date) -> date | None:
    """A four-digit entry date in the year that brings it nearest the value date (MT-06); None where none exists within
    half a year of it.
    """
    nearest: date | None = None
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            candidate = date(year, int(mmdd[:2]), int(mmdd[2:]))
        except ValueError:
            continue
        if nearest is None or abs(candidate - value) < abs(nearest - value):
            nearest = candidate
    if nearest is None or abs(nearest - value) > _HALF_A_YEAR:
        return None
    return nearest


@lru_cache(maxsize=4096)
def days(yymmdd: str, mmdd: str | None) -> tuple[date | None, date | None]:
    """The value date and the entry date of a :61:; None for one that is missing or does not exist."""
    value = day(yymmdd)
    if value is None or mmdd is None or mmdd.isspace():
        return value, None
    return value, entry_day(mmdd, value)
