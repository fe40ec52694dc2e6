"""Walks one element by its table and writes down where each of its texts goes: the plan of its shape.

A plan works on slots: first the constants (defaults of fields that are not there), then the texts of the record in
document order, then what each step makes of the slots before it.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Any

from formats import xml
from formats.errors import InvalidValue, Unreadable
from formats.shapes import drafts
from formats.shapes.rules import VALUES_MAX, Either, Group, Inline, Leaf, Note, Rule, Sum, money

Slots = list[Any]
Step = Callable[[Slots], Any]


def line(element: xml.Element) -> int | None:
    """The 1-based line an element begins on, where the parser still knows."""
    number: Any = element.sourceline
    return number if isinstance(number, int) else None


class _Convert:
    """A step that reads one text; remembers where it stood, for the day it cannot."""

    __slots__ = ("at", "convert", "default", "path", "strict")

    def __init__(self, convert: Callable[[str], Any], at: int, path: str, *, strict: bool, default: Any = None) -> None:
        self.convert = convert
        self.at = at
        self.path = path
        self.default = default
        self.strict = strict

    def __call__(self, slots: Slots) -> Any:
        return self.convert(slots[self.at])


class Plan:
    """How texts of one shape become fields. ``notes`` is what the shape holds that no rule keeps."""

    __slots__ = ("_finish", "notes", "pattern", "steps", "uses")

    def __init__(
        self, element: xml.Element, rules: Mapping[str, Rule], texts: int, constants: list[Any], make: type | None
    ) -> None:
        compiler = _Compiler(texts, constants)
        record = compiler.record(element, rules, "")
        if compiler.texts_seen != texts:
            raise Unreadable("Text stands between elements where none belongs.", code="xml.mixed", line=line(element))
        self._finish = compiler.maker(record, make or dict, draft=make is not None)
        self.steps = tuple(compiler.steps)
        self.notes = tuple(compiler.notes)
        self.pattern: Any = None
        self.uses = 0

    def result(self, slots: Slots) -> Any:
        """The draft or dict, from the slots (which are added to). Raises :class:`InvalidValue` where a text is not
        what it should be.
        """
        for step in self.steps:
            slots.append(step(slots))
        return self._finish(slots)

    def result_carefully(self, slots: Slots, report: Callable[[Note], None], at: int | None) -> Any:
        """As ``result``, but says which text it was: an amount raises :class:`Unreadable`, anything else is reported
        and left out.
        """
        for step in self.steps:
            try:
                slots.append(step(slots))
            except InvalidValue as err:
                if not isinstance(step, _Convert):
                    raise
                if step.strict:
                    raise Unreadable(f"{step.path}: {err.message}", code="format.amount", line=at) from err
                report(Note(step.path, slots[step.at]))
                slots.append(step.default)
        return self._finish(slots)


class _Record:
    """One value object in the making: which slot holds each field, and the fields that are fixed."""

    __slots__ = ("at", "many", "paths", "sets")

    def __init__(self) -> None:
        self.at: dict[str, int] = {}
        self.many: dict[str, list[int]] = {}
        self.sets: dict[str, Any] = {}
        self.paths: set[str] = set()


class _Compiler:
    """Walks one element in document order, counts its texts, and writes down where each of them goes."""

    def __init__(self, texts: int, constants: list[Any]) -> None:
        self._constants = constants
        self._texts = texts
        self.texts_seen = 0
        self.steps: list[Step] = []
        self.notes: list[Note] = []

    def record(self, element: xml.Element, rules: Mapping[str, Rule], path: str) -> _Record:
        record = _Record()
        self._fill(record, element, rules, path)
        for name, slots in record.many.items():
            record.at[name] = self._step(_getter(tuple(slots)))
        return record

    def _fill(self, record: _Record, element: xml.Element, rules: Mapping[str, Rule], path: str) -> None:
        self._stray(element.text, path)
        namespace = xml.namespace(element)
        for child in element:
            name = xml.local(child)
            here = f"{path}/{name}" if path else name
            rule = rules.get(name) if xml.namespace(child) == namespace else None
            while isinstance(rule, Either):
                has = any(xml.local(grandchild) == rule.child for grandchild in child)
                rule = rule.present if has else rule.absent
            if rule is None:
                self.notes.append(Note(here))
                self._skip(child)
            elif isinstance(rule, Inline):
                record.sets.update(rule.sets)
                self._fill(record, child, rule.rules, here)
            elif isinstance(rule, Group):
                self._group(record, child, rule, here)
            else:
                self._leaf(record, child, rule, here)
            self._stray(child.tail, here)

    def _leaf(self, record: _Record, element: xml.Element, rule: Leaf | Sum, path: str) -> None:
        at = len(self._constants) + self.texts_seen if element.text else None
        for child in element:
            self.notes.append(Note(f"{path}/{xml.local(child)}"))
        self._skip(element)
        if at is None:
            return
        if isinstance(rule, Sum):
            at = self._step(_Convert(partial(money, element.get("Ccy")), at, path, strict=True))
        elif rule.convert is not None:
            at = self._step(_Convert(rule.convert, at, path, strict=False))
        self._put(record, rule.name, at, path, many=rule.many)

    def _group(self, record: _Record, element: xml.Element, rule: Group, path: str) -> None:
        inner = self.record(element, rule.rules, path)
        if any(name not in inner.at for name in rule.required):
            self.notes.append(Note(path))
            return
        if not inner.at and not inner.sets and not rule.kept_empty:
            return
        step = self.maker(inner, rule.make, draft=rule.draft, shared=rule.shared)
        self._put(record, rule.name, self._step(step), path, many=rule.many)

    def maker(self, record: _Record, make: Callable[..., Any], *, draft: bool = False, shared: bool = False) -> Step:
        """The step that makes a value object of a record whose parts are in the slots."""
        if not drafts.draftable(make):
            return _called(make, record)
        assert isinstance(make, type)
        given = drafts.defaults(make) | record.sets
        get = _getter(tuple(record.at[name] if name in record.at else self._constant(given[name]) for name in given))
        fill = drafts.twin(make)
        if draft:
            return lambda slots: fill(*get(slots))
        build = _shared_build(fill, make) if shared else _build(fill, make)
        return lambda slots: build(get(slots))

    def _constant(self, value: Any) -> int:
        return next(i for i, one in enumerate(self._constants) if _same(one, value))

    def _put(self, record: _Record, name: str, at: int, path: str, *, many: bool) -> None:
        if many:
            record.many.setdefault(name, []).append(at)
        elif name not in record.at:
            record.at[name] = at
            record.paths.add(path)
        elif path in record.paths:
            self.notes.append(Note(path))

    def _step(self, step: Step) -> int:
        self.steps.append(step)
        return len(self._constants) + self._texts + len(self.steps) - 1

    def _skip(self, element: xml.Element) -> None:
        for inner in element.iter():
            self.texts_seen += bool(inner.text) + bool(inner is not element and inner.tail)

    def _stray(self, text: str | None, path: str) -> None:
        if text:
            self.texts_seen += 1
            if not text.isspace():
                self.notes.append(Note(path, text))


def _getter(slots: tuple[int, ...]) -> Callable[[Slots], tuple[Any, ...]]:
    """itemgetter, which gives a tuple only from two items on, made even."""
    if len(slots) > 1:
        return itemgetter(*slots)
    if not slots:
        return lambda _: ()
    (only,) = slots
    return lambda values: (values[only],)


def constants_of(rules: Mapping[str, Rule], make: type | None) -> list[Any]:
    """Every default and fixed value that a plan for these rules may need, once each."""
    found: list[Any] = []

    def keep(values: Iterable[Any]) -> None:
        for value in values:
            if not any(_same(value, one) for one in found):
                found.append(value)

    def visit(rule: Rule) -> None:
        if isinstance(rule, Either):
            visit(rule.present)
            visit(rule.absent)
        elif isinstance(rule, Group | Inline):
            if isinstance(rule, Inline):
                keep(rule.sets.values())
            elif drafts.draftable(rule.make):
                keep(drafts.defaults(rule.make).values())
            for inner in rule.rules.values():
                visit(inner)

    if make is not None:
        keep(drafts.defaults(make).values())
    for rule in rules.values():
        visit(rule)
    return found


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and bool(one == other))


def _called(make: Callable[..., Any], record: _Record) -> Step:
    names, get, sets = tuple(record.at), _getter(tuple(record.at.values())), dict(record.sets)

    def step(slots: Slots) -> Any:
        return make(**dict(zip(names, get(slots), strict=True)), **sets)

    return step


def _build(fill: Callable[..., Any], frozen: type) -> Callable[[tuple[Any, ...]], Any]:
    def build(values: tuple[Any, ...]) -> Any:
        made = fill(*values)
        made.__class__ = frozen
        return made

    return build


@cache
def _shared_build(fill: Callable[..., Any], frozen: type) -> Callable[[tuple[Any, ...]], Any]:
    return lru_cache(maxsize=VALUES_MAX)(_build(fill, frozen))
