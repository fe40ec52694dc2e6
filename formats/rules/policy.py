"""Which rules are in force, how hard, and with which bank values: rules, profile and bank laid over each other.

An override is data, as a bank profile writes it::

    {"ADR-02": {"severity": "BLOCK", "from": "2026-11-15"}, "GEN-030": {"payments_max": 1500}, "CH-19": {"on": False}}

``from`` and ``to`` are the first and last day it counts; outside them the rule is as it was.
A rule may have a list of them. A plain text is a severity (or error, warning, info, off, as bank profiles say it).
Any other key must be one of the rule's own parameters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from formats.errors import FormatError
from formats.findings import Severity
from formats.rules.engine import REGISTRY, Rule
from formats.rules.profiles import PROFILES, Profile

_LEVELS = {"error": "BLOCK", "warning": "WARN", "info": "INFO"}
_OWN_KEYS = frozenset({"severity", "from", "to", "on"})


class InvalidOverride(FormatError):
    """A bank's rule overrides hold something that cannot be; the message lists every problem."""

    code = "rules.invalid_override"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


class UnknownProfile(FormatError):
    """There is no profile of that name."""

    code = "rules.unknown_profile"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no profile '{name}'. Known: {', '.join(PROFILES)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One dated change to one rule."""

    rule: str
    severity: Severity | None = None
    on: bool | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        """Whether this change counts on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Every rule of a profile with its changes and values, ready to be asked for a day."""

    profile: Profile
    rules: tuple[Rule, ...]
    overrides: Mapping[str, tuple[Override, ...]]

    def parameters(self, rule: Rule, day: date) -> Mapping[str, Any]:
        """The bank values of the rule on ``day``."""
        values = dict(rule.parameters)
        for override in self.overrides.get(rule.id, ()):
            if override.covers(day):
                values.update(override.values)
        return values

    def in_force(self, rule: Rule, day: date) -> tuple[bool, Severity | None]:
        """Whether the rule is checked on ``day``, and the severity a change sets (None: as the rule itself says)."""
        on = rule.on and (rule.valid_from is None or rule.valid_from <= day)
        on = on and (rule.valid_to is None or day <= rule.valid_to)
        severity: Severity | None = None
        for override in self.overrides.get(rule.id, ()):
            if override.covers(day):
                on = on if override.on is None else override.on
                severity = severity if override.severity is None else override.severity
        return on, severity


def policy(profile: str, overrides: Mapping[str, Any] | None = None) -> Policy:
    """The rules of ``profile`` with a bank's ``overrides`` on top.

    Raises :class:`UnknownProfile`, or :class:`InvalidOverride` with all problems at once.
    """
    known = PROFILES.get(profile)
    if known is None:
        raise UnknownProfile(profile)
    changes: dict[str, list[Override]] = {}
    problems: list[str] = []
    for layer in (known.overrides, overrides or {}):
        for number, given in layer.items():
            for one in given if isinstance(given, list) else [given]:
                problems += _lay(number, one, changes)
    if problems:
        raise InvalidOverride(problems)
    asked = {number for number, dated in changes.items() if any(change.on for change in dated)}
    rules = tuple(
        rule
        for rule in REGISTRY.values()
        # A bank may switch on a rule that its profile does not hold.
        if not rule.profiles or profile in rule.profiles or rule.id in asked
    )
    frozen = {number: tuple(dated) for number, dated in changes.items()}
    return Policy(profile=known, rules=rules, overrides=frozen)


def _lay(number: str, given: object, changes: dict[str, list[Override]]) -> Iterable[str]:
    """Adds one override to ``changes``; yields what is wrong with it."""
    rule = REGISTRY.get(number)
    if rule is None:
        yield f"There is no rule {number}."
        return
    if isinstance(given, str):
        given = {"on": False} if given == "off" else {"on": True, "severity": _LEVELS.get(given, given)}
    if not isinstance(given, Mapping):
        yield f"{number}: expected a severity, 'off', or a table of severity, from, to, on or the rule's own values."
        return
    values = {key: value for key, value in given.items() if key not in _OWN_KEYS}
    for key, value in values.items():
        if key not in rule.parameters:
            yield f"{number}: unknown key '{key}'."
        elif not _alike(rule.parameters[key], value):
            yield f"{number}: '{key}' must be like {rule.parameters[key]!r}, not {value!r}."
    on = given.get("on")
    if on is not None and not isinstance(on, bool):
        yield f"{number}: 'on' must be true or false."
    try:
        severity = Severity(given["severity"]) if "severity" in given else None
        first, last = _day(given.get("from")), _day(given.get("to"))
    except ValueError as err:
        yield f"{number}: {err}."
        return
    changed = Override(rule=number, severity=severity, on=on, values=values, valid_from=first, valid_to=last)
    changes.setdefault(number, []).append(changed)


def _alike(default: object, value: object) -> bool:
    if default is None:
        return True
    if isinstance(default, tuple | list):
        return isinstance(value, tuple | list)
    return isinstance(value, type(default))


def _day(given: object) -> date | None:
    if given is None or isinstance(given, date):
        return given
    return date.fromisoformat(str(given))
