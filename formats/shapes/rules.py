"""The tables that say which element becomes which field of which value object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from formats.values import Money

VALUES_MAX = 4_096
"""How many equal small values (an amount, a bank, a code) are shared instead of built again."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element with a text. ``convert`` may raise :class:`InvalidValue`: then the field is left out and reported."""

    name: str
    convert: Callable[[str], Any] | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount with its ``Ccy``. One that is no number stops the reading: nothing can be proven without it."""

    name: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """An element that becomes a value object of its own; with ``shared``, equal ones become the same object."""

    name: str
    make: Callable[..., Any]
    rules: Mapping[str, "Rule"]
    many: bool = False
    shared: bool = False
    draft: bool = False
    """Left unfrozen (see :mod:`formats.shapes.drafts`), for a reader that knows what the element leaves unsaid."""
    required: tuple[str, ...] = ()
    """Fields without which there is no value object; the element is then noted as not kept."""
    kept_empty: bool = False
    """Made even of an element that says nothing, because how many there are says something."""


@dataclass(frozen=True, slots=True)
class Inline:
    """An element whose children belong to the value object around it; ``sets`` are fields its presence sets."""

    rules: Mapping[str, "Rule"]
    sets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Either:
    """One element name with two structures: ``present`` where it has the child, ``absent`` where it has not."""

    child: str
    present: "Rule"
    absent: "Rule"


Rule = Leaf | Sum | Group | Inline | Either


@dataclass(frozen=True, slots=True)
class Note:
    """What is not in the value: an element no rule keeps, or with ``text`` one that could not be read as it should."""

    path: str
    text: str | None = None


@lru_cache(maxsize=VALUES_MAX)
def money(currency: str | None, text: str) -> Money:
    """An amount, shared between the places that repeat it. Raises :class:`InvalidValue`."""
    return Money.parse(text, currency)
