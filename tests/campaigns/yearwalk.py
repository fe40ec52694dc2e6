"""The year walk: a payment is approved in every hour of a year, for every shipped calendar, in several zones.

    python -m tests.campaigns.yearwalk [--products few|all] [--from 2026-12-01]

The hub's own answer (`next_window`, by the shipped calendars) is held to an oracle that shares nothing with it: closed
days by the rules that the systems publish, wall clocks read off the UTC moment, and every minute of doubt counted as
outside. The last line is one JSON object: ``releases``, ``outside_window``.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway import settings_calendars
from gateway.domain.calendar import Convention
from gateway.domain.cutoff import CutOff, OnLate, next_window

CONFIG = Path(__file__).parents[2] / "config" / "calendars"
HOURS_OF_A_YEAR = 366 * 24
AHEAD_DAYS = (0, 4)
OPENS, MARGIN, PROCESSING = time(7), timedelta(minutes=15), timedelta(minutes=20)
SATURDAY = 5
DAY = timedelta(days=1)
SHOWN_MAX = 10
ZONES = {
    "TARGET": ("Europe/Vienna", "America/New_York", "Pacific/Auckland"),
    "FEDERAL-RESERVE": ("America/New_York", "Europe/Berlin", "Asia/Kolkata"),
    "UNITED-KINGDOM": ("Europe/London", "Australia/Lord_Howe", "America/St_Johns"),
    "SIC": ("Europe/Zurich", "America/Santiago", "Asia/Tokyo"),
    "EUROSIC": ("Europe/Zurich", "Africa/Casablanca", "UTC"),
}
CUTOFFS = (time(15), time(2, 30), time(23, 59))
"""The second one falls into the hour that is missing, or happens twice, when clocks change."""


@dataclass(frozen=True)
class Product:
    """One bank product to walk with."""

    calendar: str
    zone: str
    days_before: int
    at: time
    convention: Convention


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", choices=("few", "all"), default="all")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 12, 1))
    asked = parser.parse_args(arguments)
    result = walk(few() if asked.products == "few" else every(), asked.first)
    for problem in result.pop("problems"):
        print(problem)
    print(json.dumps(result), flush=True)
    return 1 if result["outside_window"] else 0


def few():
    """One product of each calendar, where its bank is."""
    for name, zones in ZONES.items():
        yield Product(name, zones[0], 0, CUTOFFS[0], Convention.FOLLOWING)


def every():
    """Every calendar in three zones, with several cut-offs, days before value and conventions."""
    conventions = tuple(Convention)
    for number, (name, place, days, at) in enumerate(product(ZONES, range(3), range(3), CUTOFFS)):
        yield Product(name, ZONES[name][place], days, at, conventions[number % len(conventions)])


def walk(products, first, every_hours=1):
    """Approves in the hours of a year from ``first``; counts releases and those the oracle finds outside."""
    problems = []
    calendars = settings_calendars.load(CONFIG, problems, today=first)
    assert not problems, problems
    counted, told = Counter(), []
    start = datetime.combine(first, time.min, tzinfo=UTC)
    for one in products:
        opens = OPENS if one.at > OPENS else time(0)
        cutoff = CutOff(
            bank="walk", product="walk", zone=one.zone, at=one.at, opens=opens,
            days_before=one.days_before, margin=MARGIN, processing=PROCESSING, on_late=OnLate.ROLL,
            convention=one.convention,
        )  # fmt: skip
        for hour in range(0, HOURS_OF_A_YEAR, every_hours):
            at = start + timedelta(hours=hour, minutes=hour * 7 % 60)
            for ahead in AHEAD_DAYS:
                requested = at.astimezone(ZoneInfo(one.zone)).date() + ahead * DAY
                window = next_window(cutoff, calendars[one.calendar], requested, at)
                release = max(at, window.opens_at)
                counted["releases"] += 1
                wrong = outside(one, opens, requested, at, release, window.value_date)
                if wrong:
                    counted["outside_window"] += 1
                    told.append(f"{one}: wanted {requested}, approved {at}, sent {release}: {wrong}")
    return {
        "releases": counted["releases"], "outside_window": counted["outside_window"], "problems": told[:SHOWN_MAX],
    }  # fmt: skip


def outside(one, opens, requested, at, release, value_date):
    """What is wrong with sending at ``release`` for ``value_date``; nothing where it is in time."""
    zone = ZoneInfo(one.zone)
    closed = CLOSED[one.calendar]
    if not is_open(value_date, closed):
        return f"{value_date} is closed"
    day = value_date
    for _ in range(one.days_before):
        day = before(day, closed)
    if not begins(day, opens, zone) <= release <= ends(day, one.at, zone) - MARGIN - PROCESSING:
        return f"not between the opening and the cut-off of {day}"
    earliest = wanted(max(requested, at.astimezone(zone).date()), one.convention, closed)
    if value_date < earliest:
        return f"{value_date} is before {earliest}"
    reachable = earliest
    while reachable < value_date:
        leaves = reachable
        for _ in range(one.days_before):
            leaves = before(leaves, closed)
        if reachable >= at.astimezone(zone).date() and at <= ends(leaves, one.at, zone) - MARGIN - PROCESSING:
            return f"{reachable} could still be reached"
        reachable = after(reachable, closed)
    return ""


def begins(day, wall, zone):
    """The first UTC minute whose wall clock in the zone shows ``wall`` or later on that day."""
    return _first_minute(day, wall, zone)


def ends(day, wall, zone):
    """The same for a cut-off: a wall time that comes twice ends at the first, one that is missing after the gap."""
    return _first_minute(day, wall, zone, gap_moves_forward=True)


_minutes = {}


def _first_minute(day, wall, zone, *, gap_moves_forward=False):
    key = (day, wall, zone.key, gap_moves_forward)
    if key not in _minutes:
        _minutes[key] = _searched(day, wall, zone, gap_moves_forward)
    return _minutes[key]


def _searched(day, wall, zone, gap_moves_forward):
    """Minute by minute over the day, read off the clock on the wall: no arithmetic with offsets."""
    moment = datetime.combine(day, time.min, tzinfo=UTC) - timedelta(hours=15)
    previous = None
    for _ in range(54 * 60):
        shown = moment.astimezone(zone).replace(tzinfo=None)
        if shown.date() == day and shown.time() >= wall:
            skipped = shown.time() > wall and previous is not None and previous < datetime.combine(day, wall)
            if skipped and gap_moves_forward:  # the wall time was jumped over: as late after the gap as it was meant
                return moment + (datetime.combine(day, wall) - previous) - timedelta(minutes=1)
            return moment
        previous = shown
        moment += timedelta(minutes=1)
    raise AssertionError(f"{wall} does not come on {day} in {zone.key}")


def is_open(day, closed):
    return day.weekday() < SATURDAY and not closed(day)


def before(day, closed):
    day -= DAY
    while not is_open(day, closed):
        day -= DAY
    return day


def after(day, closed):
    day += DAY
    while not is_open(day, closed):
        day += DAY
    return day


def wanted(day, convention, closed):
    """Where a payment wanted on a closed day goes."""
    if is_open(day, closed):
        return day
    late, early = after(day, closed), before(day, closed)
    by_name = {
        "following": late,
        "preceding": early,
        "modified_following": late if late.month == day.month else early,
        "modified_preceding": early if early.month == day.month else late,
        "nearest": late if (late - day) <= (day - early) else early,
    }
    return by_name[convention.value]


def easter(year):
    """Easter Sunday of the Gregorian calendar, by Gauss's rule with its two exceptions."""
    century, golden = year // 100, year % 19
    moon = (15 + century - (8 * century + 13) // 25 - century // 4) % 30
    sun = (4 + century - century // 4) % 7
    full = (19 * golden + moon) % 30
    weekday = (2 * (year % 4) + 4 * (year % 7) + 6 * full + sun) % 7
    days = 22 + full + weekday
    if full == 29 and weekday == 6:
        days = 50
    elif full == 28 and weekday == 6 and (11 * moon + 11) % 30 < 19:
        days = 49
    return date(year, 3, 1) + timedelta(days=days - 1)


def nth(year, month, weekday, number):
    """The n-th weekday of a month; the last where ``number`` is -1."""
    days = [date(year, month, 1) + timedelta(days=ahead) for ahead in range(31)]
    found = [day for day in days if day.month == month and day.weekday() == weekday]
    return found[number if number < 0 else number - 1]


def _t2(day):
    sunday = easter(day.year)
    return (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)} or day in (sunday - 2 * DAY, sunday + DAY)


def _fed(day):
    year = day.year
    floating = {
        nth(year, 1, 0, 3), nth(year, 2, 0, 3), nth(year, 5, 0, -1), nth(year, 9, 0, 1), nth(year, 10, 0, 2),
        nth(year, 11, 3, 4),
    }  # fmt: skip
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    return day in floating or day in {one + DAY if one.weekday() == 6 else one for one in fixed}


def _uk(day):
    year, sunday = day.year, easter(day.year)
    found = {sunday - 2 * DAY, sunday + DAY, nth(year, 5, 0, 1), nth(year, 5, 0, -1), nth(year, 8, 0, -1)}
    new_year = date(year, 1, 1)
    found.add(new_year + (7 - new_year.weekday()) * DAY if new_year.weekday() >= SATURDAY else new_year)
    christmas = {4: (25, 28), 5: (27, 28), 6: (27, 26)}.get(date(year, 12, 25).weekday(), (25, 26))
    return day in found | {date(year, 12, one) for one in christmas}


def _sic(day):
    sunday = easter(day.year)
    moving = {sunday - 2 * DAY, sunday + DAY, sunday + 39 * DAY, sunday + 50 * DAY}
    return day in moving or (day.month, day.day) in {(1, 1), (1, 2), (8, 1), (12, 25), (12, 26)}


CLOSED = {"TARGET": _t2, "FEDERAL-RESERVE": _fed, "UNITED-KINGDOM": _uk, "SIC": _sic, "EUROSIC": _t2}


if __name__ == "__main__":
    sys.exit(main())
