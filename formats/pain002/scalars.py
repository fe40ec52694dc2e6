"""Dates and amounts of a report: read exactly, or left out with a finding; never guessed."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import cast

from formats.errors import InvalidValue
from formats.findings import Finding, Severity
from formats.gathered import Findings
from formats.values import Money
from formats.xml import Element

_DATE_LENGTH = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class Scalars:
    """Turns texts into values; what cannot be read becomes a finding in ``findings``."""

    findings: Findings

    def day(self, text: str, path: str, line: int | None) -> date | None:
        """A date, also where a time or a time zone follows it."""
        try:
            return _day(text[:_DATE_LENGTH])
        except ValueError:
            self._unreadable("date", text, path, line)
            return None

    def moment(self, text: str, path: str, line: int | None) -> datetime | None:
        """A date and time as written, with its offset where it has one."""
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self._unreadable("date and time", text, path, line)
            return None

    def money(self, element: Element | None) -> Money | None:
        """An amount with its currency attribute."""
        if element is None:
            return None
        written = element.text or ""
        try:
            return Money.parse(written, element.get("Ccy"))
        except InvalidValue:
            self._unreadable("amount", written, "Amt", cast("int | None", element.sourceline))
            return None

    def _unreadable(self, what: str, text: str, path: str, line: int | None) -> None:
        self.findings.add(
            Finding(
                rule="XML-VALUE",
                severity=Severity.WARN,
                message=f"'{text}' is not a {what}; it was left out.",
                advice="Ask the bank what it meant; payhub does not guess.",
                path=path,
                line=line,
            )
        )


_day = lru_cache(maxsize=1024)(date.fromisoformat)
