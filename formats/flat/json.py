"""The JSON document of a batch, as ``POST /v1/batches`` takes it: read strictly and as a stream, and written.

    {"message_id": "ERP-2026-11-20", "initiating_party": "Muster AG", "batches": [
      {"id": "SALARIES-11", "execution_date": "2026-11-25", "debtor": {"name": "Muster AG"},
       "debtor_account": "CH5604835012345678009", "debtor_agent": "CRESCHZZ80A",
       "payments": [{"end_to_end_id": "E-1", "amount": "1250.00", "currency": "CHF", "creditor": "Anna Beispiel",
                     "creditor_account": "CH9300762011623852957", "remittance": "November"}]}]}

Keys are the field names of :mod:`formats.initiation`. Every amount is a string. ``batches`` must be the last key of the
document and ``payments`` the last of its batch, because a document of any length is read in the memory of one payment.
"""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from formats.errors import TooLarge, Unreadable
from formats.findings import Finding, Severity
from formats.flat.events import NOT_A_NUMBER, Event, gathered
from formats.flat.shapes import FINDINGS_MAX, Shaping, plain
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.source import Feed, Source, opened
from formats.values import Money

CHUNK_BYTES = 64 * 1024
VALUE_CHARS_MAX = 4_000_000
"""How long one value (a payment, a header field) may be, in characters."""
_BLANK = " \t\r\n"


def read(source: Source) -> Initiation:
    """A whole document; what is wrong in it stands in its findings. Raises as :func:`stream` does."""
    return gathered(stream(source))


def stream(source: Source) -> Iterator[Event]:
    """The parts of a document in order, with a finding for everything that is wrong.

    Raises :class:`Unreadable` where the text is no JSON object, with the line, and :class:`TooLarge` for one endless
    value. Nothing is proven before the stream has ended.
    """
    with opened(source) as feed:
        yield from _Document(_Text(feed)).events()


def to_plain(message: Initiation) -> dict[str, Any]:
    """The document of a message as JSON values; reading it gives the message back."""
    return _document(message)


def plain_payment(payment: CreditTransfer) -> dict[str, Any]:
    """One payment as it stands in a document: the amount as a string beside its currency."""
    return _payment(payment)


def _document(message: Any) -> dict[str, Any]:
    return {**plain(message), "batches": [_block(batch) for batch in message.batches]}


def _block(batch: Any) -> dict[str, Any]:
    return {**plain(batch), "payments": [_payment(payment) for payment in batch.payments]}


def _payment(payment: Any) -> dict[str, Any]:
    values: dict[str, Any] = plain(payment)
    return {**values, **values["amount"]}


@dataclass(slots=True)
class _Text:
    """JSON text on its way past: a window that holds the value being read and no more."""

    feed: Feed
    window: str = ""
    at: int = 0
    line: int = 1
    ended: bool = False
    repeated: list[str] = field(default_factory=list)
    _utf8: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8-sig"))
    _json: json.JSONDecoder = field(init=False)

    def __post_init__(self) -> None:
        # numbers become exact decimals at once: a float never exists, and a huge integer costs nothing
        self._json = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) != len(pairs):
            keys = [key for key, _ in pairs]
            self.repeated += sorted({key for key in keys if keys.count(key) > 1})
        return values

    def value(self) -> Any:
        """The next whole value."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self.window, self.at)
            except json.JSONDecodeError as err:
                if self.ended:
                    raise self.broken(err.msg, err.pos) from err
            except RecursionError as err:
                raise TooLarge("The nesting of the JSON document", limit=1000, unit="levels") from err
            else:
                # a number at the edge of the window may go on behind it
                if self.ended or end < len(self.window):
                    self._pass(end)
                    return value
            if len(self.window) - self.at > VALUE_CHARS_MAX:
                raise TooLarge("One value of the JSON document", limit=VALUE_CHARS_MAX, unit="characters")
            self._fill(max(CHUNK_BYTES, len(self.window) - self.at))

    def peek(self) -> str:
        """The next character that is not blank, or nothing at the end."""
        while True:
            window, at = self.window, self.at
            while at < len(window) and window[at] in _BLANK:
                at += 1
            self._pass(at)
            if self.at < len(self.window):
                return self.window[self.at]
            if self.ended:
                return ""
            self._fill(CHUNK_BYTES)

    def take(self, expected: str) -> str:
        """The next character, which must be one of ``expected``."""
        character = self.peek()
        if not character or character not in expected:
            wanted = " or ".join(f"'{one}'" for one in expected)
            raise self.broken(f"{wanted} was expected, not {character or 'the end'!r}", self.at)
        self._pass(self.at + 1)
        return character

    def members(self) -> Iterator[str]:
        """The keys of an object, each with the cursor before its value."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self.broken("A key must be a string", self.at)
            self.take(":")
            yield key
            if self.take(",}") == "}":
                return

    def elements(self) -> Iterator[int]:
        """The positions in a list, each with the cursor before its value."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        for number in count():
            yield number
            if self.take(",]") == "]":
                return

    def broken(self, problem: str, at: int) -> Unreadable:
        """The error for text that is no JSON, with its line."""
        line = self.line + self.window.count("\n", self.at, at)
        return Unreadable(f"The text is not JSON: {problem}.", code="json.not_well_formed", line=line)

    def _pass(self, end: int) -> None:
        self.line += self.window.count("\n", self.at, end)
        self.at = end

    def _fill(self, size: int) -> None:
        data = self.feed.read(size)
        try:
            more = self._utf8.decode(data, final=not data)
        except UnicodeDecodeError as err:
            raise Unreadable("The text is not UTF-8.", code="json.encoding", line=self.line) from err
        self.ended = not data
        self.window = self.window[self.at :] + more
        self.at = 0


@dataclass(slots=True)
class _Document:
    """One document: where we are in it and what was found."""

    text: _Text
    shaping: Shaping = field(default_factory=Shaping)
    payments: int = 0

    def events(self) -> Iterator[Event]:
        """The header at the first block or at the end, then blocks and payments."""
        header: dict[str, Any] = {}
        streamed = False
        for key in self._members("batches", "", header):
            assert key == "batches"
            streamed = True
            yield self._header(header)
            yield from self._drain()
            for number in self.text.elements():
                yield from self._batch(f"batches[{number}]")
        if not streamed:
            yield self._header(header)
            self.shaping.tell("JSON-MISSING", "batches", "'batches' is missing.")
        if self.text.peek():
            raise self.text.broken("Something stands behind the document", self.text.at)
        yield from self._drain()
        if self.shaping.count > FINDINGS_MAX:
            more = self.shaping.count - FINDINGS_MAX
            yield Finding(rule="JSON-MORE", severity=Severity.BLOCK, message=f"{more:,} more problems are not listed.")

    def _members(self, last: str, path: str, values: dict[str, Any]) -> Iterator[str]:
        """Collects the members of an object, and stops at the list ``last``, which is streamed."""
        if self.text.peek() != "{":
            self._place()
            self.shaping.tell("JSON-TYPE", path or "document", "An object was expected here.")
            self.text.value()
            return
        streamed = False
        for key in self.text.members():
            where = f"{path}.{key}" if path else key
            if key == last and self.text.peek() == "[" and not streamed:
                streamed = True
                yield key
                continue
            self._place()
            value = self.text.value()
            if key == last:
                self.shaping.tell("JSON-TYPE", where, f"'{key}' must be one list.")
            elif streamed:
                advice = f"Put '{last}' last, so that a long document can be read as it comes."
                self.shaping.tell("JSON-ORDER", where, f"'{key}' stands after '{last}' and was not read.", advice)
            elif key in values:
                self.shaping.tell("JSON-KEY", where, f"'{key}' is given twice.")
            else:
                values[key] = value
            self._repeated(where)

    def _header(self, values: dict[str, Any]) -> Initiation:
        found = self.shaping.record(Initiation, values, "")
        if not found.get("message_id"):
            self.shaping.tell("JSON-MISSING", "message_id", "'message_id' is missing.")
        return Initiation(**{"message_id": "", "created_at": None, **found})

    def _batch(self, path: str) -> Iterator[Event]:
        values: dict[str, Any] = {}
        streamed = False
        self._place()
        line = self.text.line
        for _ in self._members("payments", path, values):
            streamed = True
            yield self._head(values, path, line)
            yield from self._drain()
            for number in self.text.elements():
                yield self._payment(f"{path}.payments[{number}]")
                yield from self._drain()
        if not streamed:
            yield self._head(values, path, line)
            self.shaping.tell("JSON-MISSING", f"{path}.payments", "'payments' is missing.")
        self.shaping.payment = None
        yield from self._drain()

    def _head(self, values: dict[str, Any], path: str, line: int) -> PaymentInformation:
        self.shaping.line = line
        found = self.shaping.record(PaymentInformation, values, path)
        for name in ("id", "execution_date"):
            if not found.get(name):
                self.shaping.tell("JSON-MISSING", f"{path}.{name}", f"'{name}' is missing.")
        return PaymentInformation(line=line, **{"id": "", "execution_date": None, **found})

    def _payment(self, path: str) -> CreditTransfer:
        self._place()
        self.shaping.payment = self.payments
        self.payments += 1
        line = self.text.line
        value = self.text.value()
        found = self.shaping.record(CreditTransfer, value, path, carried=_AMOUNT)
        values = value if isinstance(value, dict) else {}
        if "amount" in values:
            amount = self.shaping.amount(values["amount"], values.get("currency"), f"{path}.amount")
        else:
            self.shaping.tell("JSON-MISSING", f"{path}.amount", "'amount' is missing.")
            amount = Money(NOT_A_NUMBER, None, "?")
        if not found.get("end_to_end_id"):
            self.shaping.tell("JSON-MISSING", f"{path}.end_to_end_id", "'end_to_end_id' is missing.")
        self._repeated(path)
        return CreditTransfer(line=line, **{"end_to_end_id": None, **found, "amount": amount})

    def _repeated(self, path: str) -> None:
        for key in self.text.repeated:
            self.shaping.tell("JSON-KEY", f"{path}.{key}", f"'{key}' is given twice in one object.")
        self.text.repeated.clear()

    def _place(self) -> None:
        self.text.peek()
        self.shaping.line = self.text.line

    def _drain(self) -> Iterator[Finding]:
        yield from self.shaping.found
        self.shaping.found.clear()


_AMOUNT = frozenset({"amount", "currency"})
