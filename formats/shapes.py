"""From an element to a value object, by a table; and for the second element of the same shape, without walking it.

Banks write a million entries in a handful of shapes. The first entry of a shape is walked once, and the walk is
remembered as a plan: which text goes to which field of which value object. Reading the next one is then a split of
its markup and a few constructor calls, which costs less than walking its elements would.

The tables map element names to rules::

    BATCH = Group("batches", BatchBlock, {"MsgId": Leaf("message_id"), "TtlAmt": Sum("total")}, many=True)
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, make_dataclass
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Any

from formats import xml
from formats.errors import InvalidValue, Unreadable
from formats.values import Money

SHAPES_MAX = 1_000
"""How many shapes are remembered at once; a hostile file could have a new one in every entry."""
VALUES_MAX = 4_096
"""How many equal small values (an amount, a bank, a code) are shared instead of built again."""

Slots = list[Any]
Step = Callable[[Slots], Any]


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
    required: tuple[str, ...] = ()
    """Fields without which there is no value object; the element is then noted as not kept."""


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


class _Convert:
    """A step that reads one text; remembers where it stood, for the day it cannot."""

    __slots__ = ("at", "convert", "path", "strict")

    def __init__(self, convert: Callable[[str], Any], at: int, path: str, *, strict: bool) -> None:
        self.convert = convert
        self.at = at
        self.path = path
        self.strict = strict

    def __call__(self, slots: Slots) -> Any:
        return self.convert(slots[self.at])


class Plan:
    """How texts of one shape become fields. ``notes`` is what the shape holds that no rule keeps."""

    __slots__ = ("get", "names", "notes", "sets", "steps")

    def __init__(self, element: xml.Element, rules: Mapping[str, Rule], texts: int) -> None:
        compiler = _Compiler(texts)
        record = compiler.record(element, rules, "")
        if compiler.texts_seen != texts:
            raise Unreadable("Text stands between elements where none belongs.", code="xml.mixed", line=line(element))
        self.steps = tuple(compiler.steps)
        self.notes = tuple(compiler.notes)
        self.names = tuple(record.at)
        self.get = _getter(tuple(record.at.values()))
        self.sets = record.sets

    def values(self, slots: Slots) -> dict[str, Any]:
        """The fields, from the texts (which are added to). Raises :class:`InvalidValue` where one is not what it
        should be.
        """
        for step in self.steps:
            slots.append(step(slots))
        return self._fields(slots)

    def values_carefully(self, slots: Slots, report: Callable[[Note], None], at: int | None) -> dict[str, Any]:
        """As ``values``, but says which text it was: an amount raises :class:`Unreadable`, anything else is reported
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
                slots.append(None)
        return self._fields(slots)

    def _fields(self, slots: Slots) -> dict[str, Any]:
        fields = dict(zip(self.names, self.get(slots), strict=True))
        if self.sets:
            fields.update(self.sets)
        return fields


class Shapes:
    """Reads records of one kind, remembering their shapes. ``report`` is told every note with the record's line."""

    __slots__ = ("_plans", "_report", "_rules")

    def __init__(self, rules: Mapping[str, Rule], report: Callable[[Note, int | None], None]) -> None:
        self._rules = rules
        self._report = report
        self._plans: dict[str, Plan] = {}

    def read(self, element: xml.Element, parts: list[str] | None = None) -> dict[str, Any]:
        """The fields of one record (``parts`` are its :func:`formats.xml.pieces`, where they were made already).

        Raises :class:`Unreadable` for an amount that is none and for mixed text.
        """
        if parts is None:
            parts = xml.pieces(element)
        texts = parts[1::2]
        shape = "\n".join(parts[::2])
        plan = self._plans.get(shape)
        if plan is None:
            if len(self._plans) >= SHAPES_MAX:
                self._plans.clear()
            plan = self._plans[shape] = Plan(element, self._rules, len(texts))
        if plan.notes:
            at = line(element)
            for note in plan.notes:
                self._report(note, at)
        try:
            return plan.values(texts)
        except InvalidValue:
            at = line(element)
            return plan.values_carefully(parts[1::2], lambda note: self._report(note, at), at)


def line(element: xml.Element) -> int | None:
    """The 1-based line an element begins on, where the parser still knows."""
    number: Any = element.sourceline
    return number if isinstance(number, int) else None


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

    def __init__(self, texts: int) -> None:
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
        at = self.texts_seen if element.text else None
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
        if not inner.at and not inner.sets:
            return
        build = _builder(rule.make, tuple(inner.at), tuple(inner.sets.items()), shared=rule.shared)
        get = _getter(tuple(inner.at.values()))
        self._put(record, rule.name, self._step(lambda slots: build(get(slots))), path, many=rule.many)

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
        return self._texts + len(self.steps) - 1

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


@lru_cache(maxsize=SHAPES_MAX)
def _builder(
    make: Callable[..., Any], names: tuple[str, ...], sets: tuple[tuple[str, Any], ...], *, shared: bool
) -> Callable[[tuple[Any, ...]], Any]:
    fixed = dict(sets)
    fill = quick(make)

    def build(values: tuple[Any, ...]) -> Any:
        fields = dict(zip(names, values, strict=True))
        if fixed:
            fields.update(fixed)
        return fill(fields)

    return lru_cache(maxsize=VALUES_MAX)(build) if shared else build


@cache
def quick(make: Callable[..., Any]) -> Callable[[dict[str, Any]], Any]:
    """What ``make(**fields)`` does as a function of ``fields``, faster where ``make`` is a frozen, slotted dataclass
    without a ``__post_init__``; a dict stays the dict it is.

    A frozen ``__init__`` sets each field through ``object.__setattr__``, which was a third of the time of reading a
    statement. An unfrozen twin with the same slots is filled instead and then becomes the frozen class.
    """
    if make is dict:
        return lambda given: given
    if not (isinstance(make, type) and is_dataclass(make)) or hasattr(make, "__post_init__"):
        return lambda given: make(**given)
    same = [(f.name, Any, _same_default(f)) for f in fields(make)]
    twin = make_dataclass(f"{make.__name__}InTheMaking", same, slots=True, kw_only=True, eq=False, repr=False)

    def fill(given: dict[str, Any]) -> Any:
        made = twin(**given)
        made.__class__ = make
        return made

    return fill


def _same_default(like: Field[Any]) -> Any:
    if like.default_factory is not MISSING:
        return field(default_factory=like.default_factory)
    return field() if like.default is MISSING else field(default=like.default)
