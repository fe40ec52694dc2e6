"""Frozen values made a million at a time.

A frozen dataclass sets every field through ``object.__setattr__``, which for a payment of thirty fields costs more than
parsing it. A twin of the same layout that is not frozen is filled instead, and then told its real class; what comes out
is the frozen value itself, equal to one made the usual way. For readers only: nothing here checks anything.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, TypeVar, cast

Value = TypeVar("Value")


def maker(kind: type[Value]) -> Callable[[dict[str, Any]], Value]:
    """A function that makes a ``kind`` (frozen, slotted, without ``__post_init__``) out of its fields by name."""
    assert not hasattr(kind, "__post_init__"), f"{kind.__name__} checks itself when made, and a twin would not"
    twin = make_dataclass(
        kind.__name__,
        [(one.name, object, _default(one)) for one in fields(cast(Any, kind))],
        slots=True,
        kw_only=True,
        eq=False,
        repr=False,
    )

    def make(values: dict[str, Any]) -> Value:
        made: Any = twin(**values)
        made.__class__ = kind
        return cast(Value, made)

    return make


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return field(default=one.default)
    if one.default_factory is not MISSING:
        shared = one.default_factory()
        # values are frozen, so that every one may have the same default
        return field(default=shared) if shared.__hash__ is not None else field(default_factory=one.default_factory)
    return field()
