"""The little language in which a profile describes a bank's JSON: pointers to read by, templates to write by.

A pointer is RFC 6901. A template is a table whose texts hold placeholders: ``"{amount}"``. A placeholder that has
nothing to say takes its member with it, and a table that has become empty goes too. ``"{control_sum:number}"`` writes a
JSON number, digit for digit: no amount is ever a float.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from banks.strict import Table

POINTER = re.compile(r"(/([^~/]|~0|~1)*)*")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(:number)?\}")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
INDEX = re.compile(r"0|[1-9]\d*")
DEPTH_MAX = 20
"""How deep a template may be."""

Values = Mapping[str, str | None]


class Unfillable(ValueError):
    """A placeholder outside a JSON body has no value: the request cannot be made."""


@dataclass(frozen=True, slots=True)
class _Number:
    digits: str


def at(document: Any, pointer: str) -> Any:
    """What stands at ``pointer``, or None where nothing does."""
    found = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(key)
        elif isinstance(found, list) and INDEX.fullmatch(key) and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found


def text_at(document: Any, pointer: str | None) -> str | None:
    """The text at a pointer; None for anything else, an empty text, and no pointer."""
    found = None if pointer is None else at(document, pointer)
    return found if isinstance(found, str) and found else None


def parsed(body: bytes) -> Any:
    """The JSON of an answer, or None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def path(template: str, values: Values) -> str:
    """A path with its placeholders filled in, each as one segment or query value; raises :class:`Unfillable`."""
    return PLACEHOLDER.sub(lambda found: quote(_needed(found[1], values), safe=""), template)


def filled(template: str, values: Values) -> str:
    """A header or other text; raises :class:`Unfillable`."""
    return PLACEHOLDER.sub(lambda found: _needed(found[1], values), template)


def body(template: Mapping[str, Any], values: Values) -> bytes:
    """The JSON of a template, in the template's order; raises :class:`Unfillable`."""
    return _written(_rendered(template, values) or {}).encode()


def names(template: Any) -> Iterator[str]:
    """Every placeholder of a template: a text, a table, a list."""
    if isinstance(template, str):
        yield from (found[1] for found in PLACEHOLDER.finditer(template))
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from names(value)
    elif isinstance(template, list):
        for value in template:
            yield from names(value)


def check_pointer(table: Table, key: str, *, required: bool = False) -> str | None:
    """A pointer of a profile, complained of where it is none."""
    found = table.text(key) if required else table.optional(key)
    if found and POINTER.fullmatch(found) is None:
        table.complain(key, f"{found!r} is not a JSON pointer such as /data/0/id")
    return found or None


def check_template(table: Table, key: str, template: Any, known: frozenset[str], *, depth: int = 0) -> None:
    """Complains of placeholders nobody knows, stray braces, and values a template cannot hold."""
    if isinstance(template, str):
        unknown = sorted(set(names(template)) - known)
        if unknown:
            table.complain(key, f"uses {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        if re.search(r"[{}]", PLACEHOLDER.sub("", template)):
            table.complain(key, f"{template!r} has a brace that belongs to no placeholder")
    elif isinstance(template, dict) and depth < DEPTH_MAX:
        for name, value in template.items():
            check_template(table, f"{key}.{name}", value, known, depth=depth + 1)
    elif isinstance(template, list) and depth < DEPTH_MAX:
        for number, value in enumerate(template):
            check_template(table, f"{key}[{number}]", value, known, depth=depth + 1)
    elif not isinstance(template, bool | int):
        table.complain(key, "must be a text, a whole number, true or false, a table or a list (amounts are texts)")


def _needed(name: str, values: Values) -> str:
    found = values.get(name)
    if found is None:
        raise Unfillable(f"there is nothing to put in the place of {{{name}}}")
    return found


def _rendered(template: Any, values: Values) -> Any:
    if isinstance(template, Mapping):
        made = {key: _rendered(value, values) for key, value in template.items()}
        return {key: value for key, value in made.items() if value is not None} or None
    if isinstance(template, list):
        return [made for made in (_rendered(value, values) for value in template) if made is not None] or None
    if not isinstance(template, str):
        return template
    whole = PLACEHOLDER.fullmatch(template)
    if whole is None:
        return filled(template, values)
    value = values.get(whole[1])
    if value is None or whole[2] is None:
        return value
    if NUMBER.fullmatch(value) is None:
        raise Unfillable(f"{value!r} in the place of {{{whole[1]}}} is not a number")
    return _Number(value)


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return value.digits
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value)
