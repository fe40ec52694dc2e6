"""How much and how often: the tables ``[limits]`` and ``[polling]`` of a profile, read strictly."""

import re
from datetime import time

from banks.polling import DAYS, Hours, Polling
from banks.settings import DAY_S, Limits
from banks.strict import Table

FILES_AT_ONCE_MAX = 64
PER_MINUTE_MAX = 6_000
JITTER_PERCENT_MAX = 50
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def limits(table: Table) -> Limits:
    """What the bank bears."""
    usual = Limits()
    per_minute = table.number("per_minute", 0, most=PER_MINUTE_MAX)
    read_ = Limits(
        files_at_once=table.number("files_at_once", usual.files_at_once, least=1, most=FILES_AT_ONCE_MAX),
        per_minute=per_minute or None,
    )
    table.close()
    return read_


def polling(table: Table) -> Polling:
    """When the bank is asked for answers."""
    usual = Polling()
    read_ = Polling(
        every_s=table.number("every_s", usual.every_s, least=1, most=DAY_S),
        jitter_percent=table.number("jitter_percent", usual.jitter_percent, most=JITTER_PERCENT_MAX),
        windows=tuple(_hours(table)),
        time_zone=table.zone("time_zone", usual.time_zone),
        days=tuple(_days(table)),
    )
    table.close()
    return read_


def _hours(table: Table) -> list[Hours]:
    found = []
    for text in table.texts("windows", ()):
        match = HOURS.fullmatch(text)
        if match is None or text[:5] == text[6:]:
            table.complain("windows", f"{text!r} is not a stretch of the day like '06:00-20:00'")
            continue
        first, last = text.split("-")
        found.append(Hours(begin=time.fromisoformat(first), end=time.fromisoformat(last)))
    return found


def _days(table: Table) -> list[int]:
    named = table.texts("days", DAYS)
    for name in named:
        if name not in DAYS:
            table.complain("days", f"{name!r} is not a day; allowed are {', '.join(DAYS)}")
    if not named:
        table.complain("days", "without a day the bank is never asked")
    return sorted({DAYS.index(name) for name in named if name in DAYS})
