"""What one message's reading shares: where names begin, and what was met that the model does not carry."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from formats import xml
from formats.errors import InvalidValue
from formats.findings import Finding, Severity
from formats.values import Money

PATHS_MAX = 200
"""How many different paths of unread elements are remembered; a message that has more is not one of a payer."""
VALUES_MAX = 200
"""How many unreadable values are told one by one; the rest is counted."""

NOT_A_NUMBER = Decimal("NaN")
"""The value of an amount that is missing or cannot be read: it passes no rule and makes every sum unprovable."""


@dataclass(slots=True)
class _Left:
    line: int | None
    text: str
    count: int = 1


@dataclass(slots=True)
class Notes:
    """The reading of one message. ``skip`` is where a local name begins in a tag: after ``{namespace}``."""

    skip: int
    record: str = ""
    """Path of the header or block being read (``PmtInf[1]``)."""
    transaction: str = ""
    """Name of the payment element being read in it, and ``number``, its place there; the reader counts them."""
    number: int = 0
    payment: int | None = None
    _left: dict[str, _Left] = field(default_factory=dict)
    _values: list[Finding] = field(default_factory=list)
    _values_count: int = 0

    def leave(self, element: xml.Element) -> None:
        """Notes an element the model has no place for, once for each kind of place."""
        path = _plain_path(element)
        known = self._left.get(path)
        if known is not None:
            known.count += 1
        elif len(self._left) < PATHS_MAX:
            self._left[path] = _Left(line_of(element), (element.text or "").strip()[:40])

    def bad(self, element: xml.Element, problem: str) -> None:
        """Notes a value that cannot be read; it is kept as text where the model can, and never replaced by a guess."""
        self._values_count += 1
        if self._values_count <= VALUES_MAX:
            name = element.tag[self.skip :]
            record = f"{self.record}/{self.transaction}[{self.number}]" if self.transaction else self.record
            self._values.append(
                Finding(
                    rule="XML-VALUE",
                    severity=Severity.BLOCK,
                    message=problem,
                    path=f"{record}/{name}" if record else name,
                    line=line_of(element),
                    payment=self.payment,
                )
            )

    def day(self, element: xml.Element) -> date | None:
        """An xs:date; a time zone after it is dropped."""
        text = (element.text or "").strip()
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self.bad(element, f"'{text}' is not a date (YYYY-MM-DD).")
            return None

    def moment(self, element: xml.Element) -> datetime | None:
        """An xs:dateTime, with its offset where it has one."""
        text = (element.text or "").strip()
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self.bad(element, f"'{text}' is not a date with a time (YYYY-MM-DDThh:mm:ss).")
            return None

    def money(self, element: xml.Element) -> Money:
        """An amount; one that is not a number keeps its text and has the value NaN, which no rule lets pass."""
        text = element.text or ""
        try:
            return Money.parse(text, element.get("Ccy"))
        except InvalidValue:
            self.bad(element, f"'{text.strip()}' is not an amount (digits with a decimal point).")
            return Money(NOT_A_NUMBER, element.get("Ccy"), text.strip() or "?")

    def flag(self, element: xml.Element) -> bool | None:
        """An xs:boolean."""
        text = (element.text or "").strip()
        if text not in _FLAGS:
            self.bad(element, f"'{text}' is neither true nor false.")
        return _FLAGS.get(text)

    def findings(self) -> Iterator[Finding]:
        """Everything noted: unreadable values first, then what was left out."""
        yield from self._values
        if self._values_count > VALUES_MAX:
            more = self._values_count - VALUES_MAX
            yield Finding(rule="XML-VALUE", severity=Severity.BLOCK, message=f"{more:,} more values cannot be read.")
        for path, left in self._left.items():
            shown = f" ('{left.text}')" if left.text else ""
            times = f", {left.count:,} times" if left.count > 1 else ""
            yield Finding(
                rule="XML-UNREAD",
                severity=Severity.INFO if path.endswith(_ABOUT_THE_SENDER) else Severity.WARN,
                message=f"{path.rpartition('/')[2]}{shown} is not carried{times}: a message built anew lacks it.",
                advice="If the bank needs it, send this file as it is instead of having it built anew.",
                path=path,
                line=left.line,
            )


_ABOUT_THE_SENDER = ("InitgPty/CtctDtls", "GrpHdr/InitnSrc")
"""What names the software that made the file, in nearly every Swiss one: nobody misses it in a new one."""
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def line_of(element: xml.Element) -> int | None:
    """The 1-based line an element begins on, where the parser knows it."""
    return cast("int | None", element.sourceline)  # the stubs leave the type of this one out


def _plain_path(element: xml.Element) -> str:
    steps: list[str] = []
    here: xml.Element | None = element
    while here is not None:
        steps.append(xml.local(here))
        here = here.getparent()
    return "/".join(reversed(steps))
