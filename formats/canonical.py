"""The models as plain JSON values and back, byte-stable: what the hub stores, and what an approval's digest covers.

Fields at their default are left out, so that a new optional field does not change the digest of what was stored before.
"""

import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

from formats.values import Money

Model = TypeVar("Model")
Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]


def encode(model: object) -> str:
    """One line of JSON with sorted keys: equal models give equal bytes."""
    return json.dumps(to_plain(model), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(kind: type[Model], text: str) -> Model:
    """The model again; raises :class:`KeyError` or :class:`ValueError` for text that :func:`encode` did not make."""
    return cast(Model, _reader(cast(Any, kind))(json.loads(text)))


def to_plain(value: Any) -> Any:
    """Dataclasses become objects, money an amount with its currency, days and moments ISO text."""
    return _writer(cast(Any, type(value)))(value)


@cache
def _writer(kind: Any) -> Writer:
    """How values of a type are written; worked out once per type."""
    if kind is Money:
        return lambda value: {"amount": format(value.value, "f"), "currency": value.currency}
    if is_dataclass(kind):
        return _object_writer(cast(Any, kind))
    if kind is Decimal:
        return lambda value: format(value, "f")
    if issubclass(kind, tuple | list):
        return lambda value: [to_plain(one) for one in value]
    if issubclass(kind, date):
        return lambda value: value.isoformat()
    assert kind is types.NoneType or issubclass(kind, str | int), f"{kind.__name__} has no plain form"
    return lambda value: value


def _object_writer(kind: Any) -> Writer:
    """Fields at their default are left out; plain texts, by far the most, are written without a further look."""
    parts = [(one.name, _default(one)) for one in _compared(kind)]

    def write(value: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, default in parts:
            content = getattr(value, name)
            if content is not default and content != default:
                found[name] = content if content.__class__ is str else _writer(content.__class__)(content)
        return found

    return write


@cache
def _compared(kind: type) -> tuple[Field[Any], ...]:
    return tuple(one for one in fields(kind) if one.compare)


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING


@cache
def _reader(kind: Any) -> Reader:
    """How values of a type are read back; worked out once per type."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [one for one in typing.get_args(kind) if one is not types.NoneType]
        read = _day_or_moment if set(inner) == {date, datetime} else _reader(inner[0])
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _tuple_reader(typing.get_args(kind))
    if origin is Iterable:
        return _tuple_reader((*typing.get_args(kind), ...))
    if kind is Money:
        return lambda value: Money(Decimal(value["amount"]), value["currency"], value["amount"])
    if kind in (date, datetime):
        return cast(Reader, kind.fromisoformat)
    if kind is Decimal:
        return Decimal
    if is_dataclass(kind):
        return _object_reader(cast(type, kind))
    return lambda value: value


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        one = _reader(arguments[0])
        return lambda value: tuple(one(item) for item in value)
    parts = [_reader(argument) for argument in arguments]
    return lambda value: tuple(read(item) for read, item in zip(parts, value, strict=True))


def _object_reader(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    readers = {one.name: None if _is_text(hints[one.name]) else _reader(hints[one.name]) for one in _compared(kind)}

    def read(value: Mapping[str, Any]) -> Any:
        found = {}
        for name, content in value.items():
            turn = readers[name]
            found[name] = content if turn is None else turn(content)
        return kind(**found)

    return read


def _is_text(hint: Any) -> bool:
    return hint in (str, bool, int) or hint == (str | None)


def _day_or_moment(value: str) -> date | datetime:
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
