"""Reading MT940 and MT942, whole or as a stream: each statement is opened, its entries pass, and it is closed.

An entry waits for the :86: behind it and nothing else is held back, so a file of any length is read in the memory of
one entry.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from formats.errors import NotSupported, Unreadable
from formats.findings import Finding, Severity
from formats.gathered import Findings
from formats.mt94x import account, balances
from formats.mt94x.entries import Told, entry
from formats.mt94x.ledger import Ledger
from formats.mt94x.scanner import DAMAGED, PREAMBLE, Field, fields
from formats.registry import detect
from formats.source import Source, opened
from formats.statement import Entry, Statement, StatementMessage
from formats.statement_events import Closed, Event, Opened, Proven


def read(source: Source) -> StatementMessage:
    """A whole MT940 or MT942 file, in any dialect, with all its statements.

    Raises :class:`NotSupported` for anything else, by name, and :class:`Unreadable` or :class:`TooLarge` for what
    cannot be read. A line that cannot be read, a date that does not exist and sums that do not add up are findings.
    """
    statements: list[Statement] = []
    entries: list[Entry] = []
    for event in stream(source):
        if isinstance(event, Entry):
            entries.append(event)
        elif isinstance(event, Closed):
            statements.append(replace(event.statement, entries=tuple(entries)))
            entries.clear()
        elif isinstance(event, Proven):
            return replace(event.message, statements=tuple(statements))
    raise AssertionError("a stream ends with Proven or an error")


def stream(source: Source) -> Iterator[Event]:
    """A file as it comes: ``Opened``, its entries, ``Closed`` for each statement, and ``Proven`` at the very end.

    Memory does not grow with the number of entries. Post nothing before ``Proven`` has come. Raises as :func:`read`.
    """
    with opened(source) as feed:
        detected = detect(feed)
        if detected.family != "mt94x":
            raise NotSupported(f"{detected.message}, not MT940 or MT942", "Give it to the reader of that message.")
        yield from _Reading(detected.message).events(fields(feed))


@dataclass(slots=True)
class _Reading:
    """One file on its way past."""

    message: str
    found: Findings = field(default_factory=Findings)
    ledger: Ledger | None = None
    statements: list[Statement] = field(default_factory=list)
    told: Told = field(init=False)

    def __post_init__(self) -> None:
        self.told = Told(None, self.found)

    def events(self, source: Iterator[Field]) -> Iterator[Event]:
        line_61: str | None = None
        text: str | None = None
        narrative: str | None = None
        at = 0
        for tag, value, line in source:
            if line_61 is not None:
                if tag == "86":
                    text = value if text is None else f"{text}\n{value}"
                    continue
                if tag == "NS":
                    narrative = value if narrative is None else f"{narrative}\n{value}"
                    continue
                made = self._entry(line_61, at, text, narrative)
                line_61 = text = narrative = None
                if made is not None:
                    yield made
            if tag == "61":
                line_61, at = value, line
                ledger = self.ledger or self._current(line)
                if not ledger.opened:
                    yield self._open(ledger)
            elif tag == "20":
                yield from self._close()
                self.ledger = Ledger(value.strip() or None, line)
            elif tag != PREAMBLE:
                self._take(tag, value, line)
        if line_61 is not None and (made := self._entry(line_61, at, text, narrative)) is not None:
            yield made
        yield from self._close()
        if not self.statements:
            raise Unreadable("There is no statement in the file.", code="mt.empty")
        yield Proven(
            StatementMessage(
                message=self.message,
                kind="report" if self.message == "MT942" else "statement",
                message_id=self.statements[0].id,
                statements=tuple(self.statements),
                findings=(*self.found.drain(), *self.found.overflow()),
            )
        )

    def _current(self, line: int) -> Ledger:
        if self.ledger is None:
            self.ledger = Ledger(None, line)
        return self.ledger

    def _entry(self, value: str, line: int, text: str | None, narrative: str | None) -> Entry | None:
        ledger = self.ledger or self._current(line)
        self.told.currency = ledger.currency
        made = entry(value, line, text.strip() if text is not None else None, narrative, self.told)
        if made is None:
            ledger.unreadable += 1
        else:
            ledger.count(made)
        return made

    @staticmethod
    def _open(ledger: Ledger) -> Opened:
        ledger.opened = True
        return Opened(ledger.statement())

    def _close(self) -> Iterator[Event]:
        ledger = self.ledger
        if ledger is None:
            return
        if not ledger.opened:
            yield self._open(ledger)
        statement = ledger.statement()
        previous = self.statements[-1] if self.statements else None
        ledger.prove(statement, previous, self.found, interim=self.message == "MT942")
        yield Closed(statement)
        self.statements.append(statement)
        self.ledger = None

    def _take(self, tag: str, value: str, line: int) -> None:
        ledger = self._current(line)
        if tag == DAMAGED:
            balances.balance(value[:3], value, line, ledger.currency, self.found)
        elif tag[0] == "6":
            found = balances.balance(tag, value, line, ledger.currency, self.found)
            if found is not None:
                ledger.add_balance(found)
        elif tag == "86":
            ledger.information.append(value.strip())
        elif tag in ("25", "25P"):
            self._account(ledger, value, line)
        elif tag == "NS":
            ledger.owner = next((text[2:] for text in value.split("\n") if text[:2] == "22"), None) or ledger.owner
        else:
            _HEADERS[tag](ledger, value)

    def _account(self, ledger: Ledger, value: str, line: int) -> None:
        if ledger.account is None:
            ledger.account, ledger.servicer = account.read(value)
            return
        self.found.add(
            Finding(
                rule="MT-02",
                severity=Severity.WARN,
                message=f"A second :25: in one statement, '{value[:40]}', was left out.",
                advice="It may be the text of an entry under a wrong tag: ask the bank.",
                path=":25:",
                line=line,
            )
        )


def _number(ledger: Ledger, value: str) -> None:
    number, _, page = value.partition("\n")[0].strip().partition("/")
    ledger.number, ledger.page = number or None, page or None


def _related(ledger: Ledger, value: str) -> None:
    ledger.related = value.strip() or None


def _created(ledger: Ledger, value: str) -> None:
    ledger.created_at = _moment(value.strip())


def _floor(ledger: Ledger, value: str) -> None:
    ledger.currency = ledger.currency or balances.floor_currency(value)


def _debits(ledger: Ledger, value: str) -> None:
    ledger.debits = balances.total(value)


def _credits(ledger: Ledger, value: str) -> None:
    ledger.credits = balances.total(value)


_HEADERS: dict[str, Callable[[Ledger, str], None]] = {
    "21": _related,
    "28": _number,
    "28C": _number,
    "13": _created,
    "13D": _created,
    "34F": _floor,
    "90D": _debits,
    "90C": _credits,
}


def _moment(text: str) -> datetime | None:
    """:13D: ``2601311530+0100``; None where it is no time. Without an offset it stays without one."""
    stamp, sign, offset = text[:10], text[10:11], text[11:15]
    try:
        moment = datetime.strptime(stamp, "%y%m%d%H%M")  # noqa: DTZ007 - the offset follows, or the bank gave none
        if sign not in ("+", "-"):
            return moment
        minutes = int(offset[:2]) * 60 + int(offset[2:])
        return moment.replace(tzinfo=timezone(timedelta(minutes=minutes if sign == "+" else -minutes)))
    except ValueError:
        return None
