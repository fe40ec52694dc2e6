"""The calendars of ``config/calendars``: dated data with its source, or a library's, held to days that we know.

A file names its ``source``. With ``library`` the days come from the holidays library; ``known_closed`` and
``known_open`` are days that we looked up ourselves, and a library that says otherwise is a problem at start. Without,
``closed`` lists every closed day from ``first_year`` to ``last_year``; Saturdays and Sundays need not be listed.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import holidays

from banks.strict import Problem, Table
from gateway.domain.calendar import SATURDAY, Calendar

YEARS_BACK = 2
YEARS_AHEAD = 3
"""How far library calendars are asked: a payment further ahead is refused until a new release knows more."""
YEARS_LISTED_MAX = 30

Days = Callable[[range], Iterable[date]]
LIBRARIES: Mapping[str, Days] = {
    "ECB": lambda years: holidays.financial_holidays("ECB", years=years),
    "FED": lambda years: holidays.financial_holidays("FED", years=years),
    "GB-ENG": lambda years: holidays.country_holidays("GB", subdiv="ENG", years=years),
    "NO": lambda years: holidays.country_holidays("NO", years=years),
}
"""Calendars that the library has and that we compared with what the systems publish. It has none for SIC."""


def load(folder: Path, problems: list[Problem], *, today: date) -> dict[str, Calendar]:
    """Every calendar by the name of its file; what is wrong with one is added to ``problems``."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        table = _table(path, problems)
        found[path.stem] = _calendar(path.stem, table, today)
        table.close()
    return found


def _table(path: Path, problems: list[Problem]) -> Table:
    content: dict[str, Any] = {}
    name = f"calendars/{path.name}"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        problems.append(Problem(file=name, key="", message=f"cannot be read as TOML: {err}"))
    return Table(content=content, file=name, problems=problems)


def _calendar(name: str, table: Table, today: date) -> Calendar:
    table.text("source")
    closed = frozenset(table.days("closed"))
    if "library" in table.content:
        library = table.text("library", among=tuple(LIBRARIES))
        first, last = today.year - YEARS_BACK, today.year + YEARS_AHEAD
        known = LIBRARIES.get(library, _nothing)(range(first, last + 1))
        calendar = _from(name, closed | frozenset(known), first, last)
    else:
        first = table.number("first_year", least=1970, most=9999)
        last = table.number("last_year", least=first, most=min(first + YEARS_LISTED_MAX, 9999))
        calendar = _from(name, closed, first, last)
        for day in sorted(closed):
            if not calendar.since <= day <= calendar.until:
                table.complain("closed", f"{day} lies outside of first_year to last_year")
    _compare(table, calendar)
    return calendar


def _from(name: str, closed: frozenset[date], first: int, last: int) -> Calendar:
    return Calendar(name=name, closed=closed, since=date(first, 1, 1), until=date(last, 12, 31))


def _nothing(_years: range) -> Iterable[date]:
    return ()


def _compare(table: Table, calendar: Calendar) -> None:
    """Holds the calendar to the days we know ourselves, as far as it reaches."""
    for key, wanted in (("known_closed", False), ("known_open", True)):
        for day in table.days(key):
            if not calendar.since <= day <= calendar.until:
                continue
            if day.weekday() >= SATURDAY:
                table.complain(key, f"{day} is a Saturday or Sunday, which tells nothing")
            elif calendar.is_open(day) is not wanted:
                table.complain(key, f"{day} is {'closed' if wanted else 'open'} in the calendar: do not send by it")
