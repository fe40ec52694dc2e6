"""Amounts, moments and account numbers as people read them. Amounts are regrouped as text: never rounded."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from formats.codes.currencies import MINOR_UNITS
from gateway.persistence.columns import tidy

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
GROUP = 3


@dataclass(frozen=True, slots=True)
class Grouping:
    """How a reader's language writes numbers."""

    thousands: str
    point: str


ENGLISH = Grouping(",", ".")
LANGUAGES: dict[str, Grouping] = {
    "de-ch": Grouping("\N{RIGHT SINGLE QUOTATION MARK}", "."),
    "de": Grouping(".", ","),
    "nl": Grouping(".", ","),
    "it": Grouping(".", ","),
    "es": Grouping(".", ","),
    "pt": Grouping(".", ","),
    "da": Grouping(".", ","),
    "fr": Grouping(NARROW, ","),
    "pl": Grouping(NARROW, ","),
    "sv": Grouping(NARROW, ","),
    "nb": Grouping(NARROW, ","),
    "no": Grouping(NARROW, ","),
    "fi": Grouping(NARROW, ","),
    "cs": Grouping(NARROW, ","),
}


def grouping(accept_language: str) -> Grouping:
    """The grouping of the first language the browser asks for; English where it is none we know."""
    first = accept_language.split(",", 1)[0].split(";", 1)[0].strip().lower()
    return LANGUAGES.get(first) or LANGUAGES.get(first.split("-", 1)[0]) or ENGLISH


def number(value: Decimal | int, form: Grouping = ENGLISH) -> str:
    """An exact number with its thousands apart and a true minus."""
    text = str(value) if isinstance(value, int) else format(tidy(value), "f")
    sign, text = (MINUS, text[1:]) if text.startswith("-") else ("", text)
    whole, point, rest = text.partition(".")
    head = len(whole) % GROUP
    parts = ([whole[:head]] if head else []) + [whole[at : at + GROUP] for at in range(head, len(whole), GROUP)]
    return sign + form.thousands.join(parts) + (form.point + rest if point else "")


def amount(value: Decimal, currency: str, form: Grouping = ENGLISH) -> str:
    """``EUR 1,240.00``: the currency always shown, and no decimals where the currency has none."""
    if MINOR_UNITS.get(currency) == 0 and value == value.to_integral_value():
        return f"{currency}\N{NO-BREAK SPACE}{number(int(value), form)}"
    return f"{currency}\N{NO-BREAK SPACE}{number(value, form)}"


def account(text: str) -> str:
    """An account number in groups of four, as banks print it."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def moment(at: datetime) -> str:
    """A moment in UTC; the page's script writes it in the reader's zone."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def iso(at: datetime) -> str:
    """A moment for programs."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def wall(at: datetime, zone: str) -> str:
    """A moment on the bank's wall: ``Wed 15:00 Vienna``."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a %H:%M} {zone.rsplit('/', 1)[-1].replace('_', ' ')}"


def day(value: date | None) -> str:
    """A day that nobody can misread."""
    return "" if value is None else f"{value:%d %b %Y}"


def size(count: int) -> str:
    """Bytes in words."""
    kib = 1 << 10
    return f"{count:,} bytes" if count < kib else f"{count // kib:,} KiB"
