"""Reads records by their tables, remembering the plan of every shape it meets."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from formats import xml
from formats.errors import InvalidValue
from formats.shapes.compile import Plan, constants_of, line
from formats.shapes.markup import pattern, split, unescaped
from formats.shapes.rules import Note, Rule

SHAPES_MAX = 1_000
"""How many shapes are remembered at once; a hostile file could have a new one in every entry."""
USES_BEFORE_PATTERN = 50
"""How often a shape must come before its markup is worth a pattern, which takes a millisecond to make."""


class Shapes:
    """Reads records of one kind. ``report`` is told every note with the record's line; ``make`` is what a record is a
    draft of (:mod:`formats.shapes.drafts`), or None for its fields as a dict.
    """

    __slots__ = ("_constants", "_expected", "_make", "_plans", "_report", "_rules")

    def __init__(
        self,
        rules: Mapping[str, Rule],
        report: Callable[[Note, int | None], None],
        *,
        make: type | None = None,
    ) -> None:
        self._rules = rules
        self._report = report
        self._make = make
        self._constants = constants_of(rules, make)
        self._plans: dict[str, Plan] = {}
        self._expected: tuple[re.Pattern[str], Plan] | None = None

    def read(self, element: xml.Element, markup: str | None = None) -> Any:
        """A draft or the fields of one record (``markup`` is :func:`formats.xml.markup` of it, where it is at hand).

        Raises :class:`formats.errors.Unreadable` for an amount that is none, and for text between elements.
        """
        if markup is None:
            markup = xml.markup(element)
        texts, plan = self._plan(element, markup)
        if plan.notes:
            at = line(element)
            for note in plan.notes:
                self._report(note, at)
        try:
            return plan.result([*self._constants, *texts])
        except InvalidValue:
            at = line(element)
            return plan.result_carefully([*self._constants, *texts], lambda note: self._report(note, at), at)

    def _plan(self, element: xml.Element, markup: str) -> tuple[list[str], Plan]:
        """The texts of a record and where they go. What looks like the last often-seen shape is told by one pattern;
        anything else is split.
        """
        if self._expected is not None:
            expected, plan = self._expected
            found = expected.fullmatch(markup)
            if found is not None:
                return unescaped(list(found.groups()), markup), plan
        parts = split(markup)
        texts = unescaped(parts[1::2], markup)
        shape = "\n".join(parts[::2])
        known = self._plans.get(shape)
        if known is None:
            if len(self._plans) >= SHAPES_MAX:
                self._plans.clear()
            known = self._plans[shape] = Plan(element, self._rules, len(texts), self._constants, self._make)
        known.uses += 1
        if known.uses >= USES_BEFORE_PATTERN:
            if known.pattern is None:
                known.pattern = pattern(parts[::2])
            self._expected = known.pattern, known
        return texts, known
