"""Reads a TOML table strictly: every key once, every problem collected with its file and key, unknown keys refused."""

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

from banks import secrets

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong with the configuration. ``key`` is dotted, as one would write it in the file."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


class Misconfigured(Exception):
    """The configuration cannot be used. ``problems`` holds everything that is wrong with it, not only the first."""

    code = "config.invalid"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@cache
def _zones() -> frozenset[str]:
    """Every zone this machine knows: finding out walks a folder tree, for each product of each bank otherwise."""
    return frozenset(zoneinfo.available_timezones())


@dataclass(slots=True)
class Table:
    """One table that is being read. Reading a key takes it; :meth:`close` complains of what nobody took.

    A key with a problem reads as its default, so that reading goes on; ``problems`` being non-empty at the end means
    that nothing read may be used.
    """

    content: Mapping[str, Any]
    file: str
    key: str = ""
    problems: list[Problem] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def complain(self, key: str, message: str) -> None:
        """Records a problem with ``key`` of this table."""
        where = ".".join(part for part in (self.key, key) if part)
        self.problems.append(Problem(file=self.file, key=where, message=message))

    def table(self, key: str, *, required: bool = False) -> "Table":
        """The table under ``key``; an empty one where it is missing."""
        found = self._take(key, dict, required=required, default={}, wanted="a table")
        return self._inner(key, found)

    def tables(self, key: str) -> list["Table"]:
        """The list of tables under ``key`` (``[[key]]``)."""
        found = self._take(key, list, required=False, default=[], wanted="a list of tables")
        if not all(isinstance(item, dict) for item in found):
            self.complain(key, "must be a list of tables ([[…]])")
            return []
        return [self._inner(f"{key}[{number}]", item) for number, item in enumerate(found)]

    def text(self, key: str, default: str | None = None, *, among: Iterable[str] = (), shape: str = "") -> str:
        """A text; required where there is no default. ``among`` lists what is allowed, ``shape`` is a pattern."""
        found: str = self._take(key, str, required=default is None, default=default or "", wanted="a text")
        allowed = tuple(among)
        if key in self.content and allowed and found not in allowed:
            self.complain(key, f"is {found!r}; allowed are {', '.join(allowed)}")
        if key in self.content and shape and re.fullmatch(shape, found) is None:
            self.complain(key, f"{found!r} does not look right (expected {shape})")
        return found

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts; required where there is no default."""
        found = self._take(key, list, required=default is None, default=list(default or ()), wanted="a list of texts")
        if not all(isinstance(item, str) for item in found):
            self.complain(key, "must be a list of texts")
            return ()
        return tuple(found)

    def optional(self, key: str, *, shape: str = "") -> str | None:
        """A text or nothing."""
        if key not in self.content:
            self.taken.add(key)
            return None
        return self.text(key, shape=shape)

    def secret(self, key: str, *, required: bool = False) -> str | None:
        """A reference to a secret; the secret itself in the file is a problem and its text is not repeated."""
        if key not in self.content and not required:
            self.taken.add(key)
            return None
        found = self.text(key)
        if found and not secrets.is_reference(found):
            self.complain(key, "must be a reference (env:NAME or file:/path), never the secret itself")
            return None
        return found

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        found: bool = self._take(key, bool, required=False, default=default, wanted="true or false")
        return found

    def number(self, key: str, default: int | None = None, *, least: int = 0, most: int) -> int:
        """A whole number within its limits; required where there is no default."""
        fallback = least if default is None else default
        found: int = self._take(key, int, required=default is None, default=fallback, wanted="a whole number")
        if isinstance(self.content.get(key), bool):
            self.complain(key, "must be a whole number")
            return fallback
        if not least <= found <= most:
            self.complain(key, f"is {found}; allowed is {least} to {most}")
        return found

    def numbers(self, key: str, default: tuple[int, ...], *, least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers within their limits."""
        found = self._take(key, list, required=False, default=list(default), wanted="a list of whole numbers")
        if not all(isinstance(one, int) and not isinstance(one, bool) and least <= one <= most for one in found):
            self.complain(key, f"must be a list of whole numbers from {least} to {most}")
            return default
        return tuple(found)

    def clock(self, key: str, default: str | None = None) -> time:
        """A local wall-clock time as text, ``"15:00"``."""
        found = self.text(key, default, shape=CLOCK.pattern)
        return time.fromisoformat(found) if CLOCK.fullmatch(found) else time.min

    def zone(self, key: str, default: str | None = None) -> str:
        """A time zone by its name, ``"Europe/Vienna"``."""
        found = self.text(key, default)
        if found and found not in _zones():
            self.complain(key, f"{found!r} is not a time zone (expected a name like Europe/Vienna)")
            return default or ""
        return found

    def day(self, key: str) -> date | None:
        """A required day as text, ``"2026-12-24"``; None where it is not one (that is a problem)."""
        return self._day(key, self.text(key))

    def days(self, key: str) -> tuple[date, ...]:
        """A list of days as text; empty where it is missing."""
        return tuple(day for text in self.texts(key, ()) if (day := self._day(key, text)) is not None)

    def _day(self, key: str, text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            if text:
                self.complain(key, f"{text!r} is not a day like 2026-12-24")
            return None

    def strings(self) -> dict[str, str]:
        """All keys of this table, each with a text."""
        return {key: self.text(key) for key in self.content}

    def close(self) -> None:
        """Complains of every key that was not read."""
        for key in self.content:
            if key not in self.taken:
                self.complain(key, f"is not a known key (known are {', '.join(sorted(self.taken))})")

    def _inner(self, key: str, content: Mapping[str, Any]) -> "Table":
        where = ".".join(part for part in (self.key, key) if part)
        return Table(content=content, file=self.file, key=where, problems=self.problems)

    def _take(self, key: str, kind: type, *, required: bool, default: Any, wanted: str) -> Any:
        self.taken.add(key)
        if key not in self.content:
            if required:
                self.complain(key, f"is missing ({wanted})")
            return default
        found = self.content[key]
        if not isinstance(found, kind):
            self.complain(key, f"must be {wanted}")
            return default
        return found


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with the keys of ``over`` laid on top; tables are merged, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return result


def short(path: Path) -> str:
    """How a file is called in problems: its folder and name, which is enough to find it and says no more."""
    return f"{path.parent.name}/{path.name}"


def chosen(table: Table, key: str, words: type[Any], default: str) -> str:
    """A word of the enumeration ``words``; ``default`` where it is missing or not one of them."""
    allowed = [str(word) for word in words]
    found = table.text(key, default, among=allowed)
    return found if found in allowed else default
