"""A finding: what is wrong, how bad it is, where it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How far a finding reaches. The order of the members is the order of severity."""

    HALT = "HALT"
    """Data integrity is in doubt: stop the feed or account and call a person."""
    BLOCK = "BLOCK"
    """Cannot be released until it is put right."""
    WARN = "WARN"
    """May be released after a named person acknowledges it."""
    FIX = "FIX"
    """The hub can repair it, before approval, showing before and after."""
    INFO = "INFO"
    """Worth knowing; nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing somebody should know about a message.

    ``rule`` is a stable id (``GEN-004``); ``path`` is an element path with positions
    (``PmtInf[1]/CdtTrfTxInf[3]/Amt``) or a column (``row 7, amount``); ``line`` is 1-based;
    ``payment`` is the 0-based index of the payment in document order, when the finding is about one.
    """

    rule: str
    severity: Severity
    message: str
    advice: str = ""
    path: str | None = None
    line: int | None = None
    payment: int | None = None

    @property
    def blocks(self) -> bool:
        """Whether this finding alone keeps the message (or its payment) from being used."""
        return self.severity in (Severity.HALT, Severity.BLOCK)
