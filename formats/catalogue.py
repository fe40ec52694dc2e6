"""The page that lists what payhub reads, writes and checks, made from the registries by `make docs`."""

import sys
from collections.abc import Iterable, Iterator

from formats import camt029, camt055, pain001, pain002, pain008
from formats.camt.versions import FAMILIES
from formats.camt.versions import VERSIONS as CAMT_VERSIONS
from formats.mt94x import DIALECTS
from formats.registry import CODECS
from formats.rules import PROFILES, REGISTRY, Rule
from formats.schemas import DERIVED, schema_for

NEWEST = 14
"""The newest version of any message that exists."""


def page() -> str:
    """The whole page, as Markdown."""
    parts = (_opening(), _messages(), _dialects(), _written(), _profiles(), _rules(), _values())
    return "\n".join(line for part in parts for line in part)


def _opening() -> Iterator[str]:
    yield "# Formats, profiles and rules"
    yield ""
    yield "This page is made from the registries by `make docs`; do not edit it."
    yield ""


def _messages() -> Iterator[str]:
    yield "## Messages that are read"
    yield ""
    yield "A version with a schema is checked while it is read; one without is read, and said to be unchecked."
    yield ""
    yield from _table(("Message", "What it is", "Versions with a schema", "Read without one"), _families())
    yield ""


def _families() -> Iterator[tuple[str, ...]]:
    titles = {codec.family: codec.title for codec in CODECS}
    for family in FAMILIES:
        yield (family.message, family.title, *_by_schema(f"{family.message}.001.{n:02d}" for n in CAMT_VERSIONS))
    yield ("pain.002", titles["pain.002"], *_by_schema(pain002.VERSIONS))
    yield ("camt.029", titles["camt.029"], *_by_schema(camt029.VERSIONS))
    for family_name in ("pain.001", "pain.008"):
        known = [f"{family_name}.001.{number:02d}" for number in range(1, NEWEST + 1)]
        derived = [message for message in DERIVED if message.startswith(family_name) and message not in known]
        yield (family_name, titles[family_name], *_by_schema([*known, *derived]))
    yield ("MT940, MT942", titles["mt94x"], "-", "all")


def _by_schema(messages: Iterable[str]) -> tuple[str, str]:
    checked: list[str] = []
    unchecked: list[str] = []
    for message in messages:
        tail = message.split(".", 2)[2].removeprefix("001.")
        (checked if schema_for(message) is not None else unchecked).append(f".{tail}")
    return ", ".join(checked), ", ".join(unchecked) or "-"


def _dialects() -> Iterator[str]:
    yield "## Dialects of MT940 and MT942"
    yield ""
    yield "The information to the account owner (`:86:`) is tried in this order; any other text is kept as plain lines."
    yield ""
    yield from (f"- {dialect.name}" for dialect in DIALECTS)
    yield ""


def _written() -> Iterator[str]:
    yield "## Messages that are written"
    yield ""
    written = [*pain001.VERSIONS, *getattr(pain008, "VERSIONS", ()), *camt055.VERSIONS]
    yield ", ".join(f"`{message}`" for message in written)
    yield ""


def _profiles() -> Iterator[str]:
    yield "## Profiles"
    yield ""
    yield "`payhub check FILE --profile NAME --bank NAME --as-of DATE`"
    yield ""
    rows = []
    for profile in PROFILES.values():
        own = sum(profile.name in rule.profiles for rule in REGISTRY.values())
        general = sum(not rule.profiles for rule in REGISTRY.values())
        policies = "; ".join(f"{rule}: {_policy(given)}" for rule, given in profile.overrides.items())
        rows.append((f"`{profile.name}`", profile.title, f"{own} + {general} general", policies or "-"))
    yield from _table(("Profile", "What it is", "Rules", "Dated policies"), rows)
    yield ""


def _policy(given: object) -> str:
    if isinstance(given, dict):
        return " ".join(str(given[key]) if key == "severity" else f"{key} {given[key]}" for key in given)
    return str(given)


def _rules() -> Iterator[str]:
    yield "## Rules"
    yield ""
    yield "HALT and BLOCK keep a payment from being released; WARN asks a person; FIX is repaired; INFO is only said."
    yield "Severity, dates and values of every rule can be changed in the `[rules]` of a bank profile."
    yield ""
    rows = [_row(rule) for rule in sorted(REGISTRY.values(), key=lambda rule: rule.id)]
    yield from _table(("Rule", "Severity", "Profiles", "What it says", "What to do", "Source"), rows)
    yield ""


def _row(rule: Rule) -> tuple[str, ...]:
    profiles = ", ".join(name for name in PROFILES if name in rule.profiles) or "all"
    dates = "".join(
        f" {word} {day}" for word, day in (("from", rule.valid_from), ("to", rule.valid_to)) if day is not None
    )
    severity = f"{rule.severity}{dates}" + ("" if rule.on else " (off unless a bank switches it on)")
    return rule.id, severity, profiles, rule.says, rule.advice, rule.source


def _values() -> Iterator[str]:
    yield "## Values a bank profile can set"
    yield ""
    rows = [
        (rule.id, f"`{name}`", f"`{default}`" if default not in (None, ()) else "-")
        for rule in sorted(REGISTRY.values(), key=lambda rule: rule.id)
        for name, default in rule.parameters.items()
    ]
    yield from _table(("Rule", "Value", "Unless set"), rows)
    yield ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


if __name__ == "__main__":
    sys.stdout.write(page())
