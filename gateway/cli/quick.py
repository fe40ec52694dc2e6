"""The arguments of the commands that must start at once, read without building typer's machinery.

``read``, ``check``, ``build`` and ``explain`` are called from scripts, once for each file; typer builds a pydantic
model for every parameter, which takes longer than reading a statement. So a call that is plain enough is read here,
from the same signature typer reads. Whatever is not plain (``--help``, a mistake, a value out of range) is left to
typer, which explains it.
"""

import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

from typer.models import ArgumentInfo, OptionInfo

_PLAIN = (str, int, Path)


class _NotPlain(Exception):
    """This call is for typer to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameter:
    """One parameter of a command. ``names`` is empty for an argument; ``kind`` is what a value becomes."""

    name: str
    kind: type
    many: bool
    names: tuple[str, ...]
    required: bool
    lowest: int | None


def arguments(command: Callable[..., Any], given: Sequence[str]) -> dict[str, Any] | None:
    """The keyword arguments of a call of ``command``; None where typer has to read it, or to say what is wrong."""
    try:
        parameters = [_parameter(one) for one in inspect.signature(command).parameters.values()]
        return _read(parameters, list(given))
    except _NotPlain:
        return None


def _read(parameters: list[_Parameter], given: list[str]) -> dict[str, Any]:
    options = {name: one for one in parameters for name in one.names}
    values: dict[str, Any] = {}
    words: list[str] = []
    while given:
        word = given.pop(0)
        if not word.startswith("-"):
            words.append(word)
            continue
        name, sign, value = word.partition("=")
        one = options.get(name)
        if one is None or (sign and (one.kind is bool or not name.startswith("--"))):
            raise _NotPlain
        if one.kind is bool:
            values[one.name] = True
        elif sign or given:
            values[one.name] = _value(one, value if sign else given.pop(0))
        else:
            raise _NotPlain
    _place([one for one in parameters if not one.names], words, values)
    if any(one.required and one.name not in values for one in parameters):
        raise _NotPlain
    return values


def _place(slots: list[_Parameter], words: list[str], values: dict[str, Any]) -> None:
    """Gives the words without a name to the arguments; the last one may take many."""
    for one in slots:
        if one.many and words:
            values[one.name] = [_value(one, word) for word in words]
            words = []
        elif words:
            values[one.name] = _value(one, words.pop(0))
    if words:
        raise _NotPlain


def _value(one: _Parameter, word: str) -> object:
    if one.kind is not int:
        if word.startswith("-"):
            raise _NotPlain
        return one.kind(word)
    if not (word.isascii() and word.isdecimal()) or (one.lowest is not None and int(word) < one.lowest):
        raise _NotPlain
    return int(word)


def _parameter(one: inspect.Parameter) -> _Parameter:
    declared, *notes = get_args(one.annotation) or (None,)
    note = notes[0] if notes else None
    if not isinstance(note, ArgumentInfo | OptionInfo):
        raise _NotPlain
    if note.envvar is not None and any(name in os.environ for name in [*_names(note.envvar)]):
        raise _NotPlain
    many = get_origin(declared) is list
    kinds = [kind for kind in get_args(declared) if kind is not type(None)] if _compound(declared) else [declared]
    if len(kinds) != 1 or kinds[0] not in (*_PLAIN, bool) or (many and isinstance(note, OptionInfo)):
        raise _NotPlain
    names: tuple[str, ...] = ()
    if isinstance(note, OptionInfo):
        # In an Annotated the first name stands where a default used to.
        names = tuple(name for name in (note.default, *(note.param_decls or ())) if isinstance(name, str))
        names = names or ("--" + one.name.replace("_", "-"),)
    return _Parameter(
        name=one.name,
        kind=kinds[0],
        many=many,
        names=names,
        required=one.default is inspect.Parameter.empty,
        lowest=None if note.min is None else int(note.min),
    )


def _compound(declared: object) -> bool:
    return get_origin(declared) in (list, UnionType)


def _names(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given
