"""The models as JSON values and back: keys are the models' own field names, amounts are strings, nothing is guessed.

Shorthands are read, never written: an account, a bank or a party may be one string (its number, its BIC, its name), and
remittance one line.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from formats.errors import InvalidValue
from formats.findings import Finding, Severity
from formats.flat.events import NOT_A_NUMBER
from formats.initiation import Account, Agent, CreditTransfer, Party
from formats.values import Money, iban_problem

NOT_CARRIED = frozenset({"line", "findings", "message", "batches", "payments", "related_remittance", "tax", "unread"})
"""Fields that are not keys: what reading adds, and the lists that are streamed."""
SHOWN_CHARS = 60
"""How much of a wrong value a message repeats, in characters."""
FINDINGS_MAX = 1000
"""How many findings about one document are told; the rest is counted."""


def _account(text: str) -> Account:
    compact = text.replace(" ", "").upper()
    return Account(iban=compact) if iban_problem(compact) is None else Account(other=text)


_SHORT: Mapping[type, Callable[[str], Any]] = {
    Account: _account,
    Agent: lambda text: Agent(bic=text),
    Party: lambda text: Party(name=text),
}


@dataclass(slots=True)
class Shaping:
    """Reads values of one document; what is wrong becomes findings with the key's path and the record's line."""

    line: int | None = None
    payment: int | None = None
    found: list[Finding] = field(default_factory=list)
    count: int = 0

    def tell(self, rule: str, path: str, message: str, advice: str = "") -> None:
        """Notes one problem."""
        self.count += 1
        if self.count <= FINDINGS_MAX:
            self.found.append(
                Finding(
                    rule=rule,
                    severity=Severity.BLOCK,
                    message=_printable(message),
                    advice=advice,
                    path=_printable(path),
                    line=self.line,
                    payment=self.payment,
                )
            )

    def record(self, kind: type, value: Any, path: str, *, carried: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The fields of ``kind`` out of a JSON object; ``carried`` names keys that somebody else reads."""
        if not isinstance(value, Mapping):
            self.tell("JSON-TYPE", path, f"An object was expected here, not {_named(value)}.")
            return {}
        readers = _readers(kind)
        result: dict[str, Any] = {}
        for key, content in value.items():
            reader = readers.get(key)
            where = f"{path}.{key}" if path else key
            if reader is not None:
                if content is not None:
                    read = reader(self, content, where)
                    if read is not MISSING:
                        result[key] = read
            elif key not in carried:
                known = ", ".join(sorted(set(readers) | carried))
                self.tell("JSON-KEY", where, f"The key '{key}' is not known here.", f"Known keys are: {known}.")
        return result

    def whole(self, kind: type, value: Any, path: str) -> Any:
        """One model out of a JSON object, or MISSING where a needed field is."""
        values = self.record(kind, value, path)
        missing = [one.name for one in _needed(kind) if one.name not in values]
        for name in missing:
            self.tell("JSON-MISSING", f"{path}.{name}", f"'{name}' is missing.")
        return MISSING if missing else kind(**values)

    def text(self, value: Any, path: str) -> Any:
        """A string; numbers are refused, because those who write JSON change them (leading zeros, exponents)."""
        if isinstance(value, str):
            if value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value):
                return value
            self.tell("JSON-VALUE", path, "The text holds half a character (a lone surrogate).")
            return MISSING
        self.tell("JSON-TYPE", path, f"A string was expected here, not {_named(value)}.", "Put it in quotation marks.")
        return MISSING

    def flag(self, value: Any, path: str) -> Any:
        """True or false."""
        if isinstance(value, bool):
            return value
        self.tell("JSON-TYPE", path, f"true or false was expected here, not {_named(value)}.")
        return MISSING

    def day(self, value: Any, path: str) -> Any:
        """YYYY-MM-DD."""
        return self._moment(value, path, date, "YYYY-MM-DD")

    def moment(self, value: Any, path: str) -> Any:
        """YYYY-MM-DDThh:mm:ss, with an offset where it matters."""
        return self._moment(value, path, datetime, "YYYY-MM-DDThh:mm:ss")

    def day_or_moment(self, value: Any, path: str) -> Any:
        """Either; a moment is told by its T."""
        return self.moment(value, path) if isinstance(value, str) and "T" in value else self.day(value, path)

    def _moment(self, value: Any, path: str, kind: type[date], shape: str) -> Any:
        if isinstance(value, str):
            try:
                return kind.fromisoformat(value)
            except ValueError:
                pass
        self.tell("JSON-VALUE", path, f"{_named(value)} is not a date of the form {shape}.")
        return MISSING

    def money(self, value: Any, path: str) -> Any:
        """An amount inside an object with its currency."""
        if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
            return self.amount(value["amount"], value["currency"], path)
        self.tell("JSON-TYPE", path, 'An amount is written {"amount": "12.50", "currency": "EUR"}.')
        return MISSING

    def amount(self, value: Any, currency: Any, path: str) -> Money:
        """An amount as a string; one that cannot be read keeps its text and is not a number."""
        own = currency if isinstance(currency, str) and currency.isascii() else None
        if own is None:
            self.tell("JSON-TYPE", f"{path.rpartition('.')[0]}.currency", "The currency must be a code, such as EUR.")
        if not isinstance(value, str):
            self.tell("JSON-TYPE", path, f'An amount must be a string ("12.50"), not {_named(value)}.', _NO_NUMBERS)
            return Money(NOT_A_NUMBER, own, "?")
        try:
            return Money.parse(value, own)
        except InvalidValue:
            self.tell(
                "JSON-VALUE", path, f"{_named(value)} is not an amount.", "Write digits with a decimal point: 1234.56."
            )
            return Money(NOT_A_NUMBER, own, value or "?")

    def many(self, read: Callable[["Shaping", Any, str], Any], value: Any, path: str) -> Any:
        """A list; a single string stands for a list of one."""
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self.tell("JSON-TYPE", path, f"A list was expected here, not {_named(value)}.")
            return MISSING
        items = [read(self, item, f"{path}[{number}]") for number, item in enumerate(value)]
        return tuple(item for item in items if item is not MISSING)


_NO_NUMBERS = "JSON numbers lose cents in many programs; quote every amount."


def _printable(text: str) -> str:
    """What is told must be writable, even where what was sent holds half characters."""
    return text.encode("utf-8", "replace").decode()


def _named(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value[:SHOWN_CHARS]}'"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"the number {str(value)[:SHOWN_CHARS]}"


Reader = Callable[[Shaping, Any, str], Any]


@cache
def _readers(kind: type) -> dict[str, Reader]:
    """How each key of a model is read."""
    hints = typing.get_type_hints(kind)
    found = {one.name: _reader(hints[one.name]) for one in fields(kind) if one.name not in NOT_CARRIED}
    if kind is CreditTransfer:
        del found["amount"]  # read with its sibling, the currency
    return found


@cache
def _needed(kind: type) -> tuple[Field[Any], ...]:
    return tuple(one for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING)


def _reader(hint: Any) -> Reader:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [one for one in arguments if one is not types.NoneType]
        return Shaping.day_or_moment if set(inner) == {date, datetime} else _reader(inner[0])
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            item = _reader(arguments[0])
            return lambda shaping, value, path: shaping.many(item, value, path)
        return _instruction
    if is_dataclass(hint):
        return _object(hint)
    return _PLAIN[hint]


def _object(kind: Any) -> Reader:
    if kind is Money:
        return Shaping.money
    short = _SHORT.get(kind)

    def read(shaping: Shaping, value: Any, path: str) -> Any:
        if short is not None and isinstance(value, str):
            text = shaping.text(value, path)
            return MISSING if text is MISSING else short(text)
        return shaping.whole(kind, value, path)

    return read


def _instruction(shaping: Shaping, value: Any, path: str) -> Any:
    """A code and a text for the creditor's bank: {"code": "PHOB", "text": "…"}."""
    if not isinstance(value, Mapping) or not set(value) <= {"code", "text"}:
        shaping.tell("JSON-TYPE", path, 'An instruction is written {"code": "PHOB", "text": "…"}.')
        return MISSING
    parts = [value.get(key) for key in ("code", "text")]
    read = [None if one is None else shaping.text(one, path) for one in parts]
    return MISSING if MISSING in read else tuple(read)


_PLAIN: dict[Any, Reader] = {str: Shaping.text, bool: Shaping.flag, date: Shaping.day, datetime: Shaping.moment}


def plain(value: Any) -> Any:
    """A model as JSON values: fields at their default are left out, amounts have as many decimals as they came with."""
    if isinstance(value, Money):
        return {"amount": f"{value.value:f}", "currency": value.currency}
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: plain(content)
            for one in fields(value)
            if one.name not in NOT_CARRIED and (content := getattr(value, one.name)) != _default(one)
        }
    if isinstance(value, tuple):
        return [_plain_instruction(item) if isinstance(item, tuple) else plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _plain_instruction(pair: tuple[str | None, str | None]) -> dict[str, str]:
    return {key: text for key, text in zip(("code", "text"), pair, strict=True) if text is not None}


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING
