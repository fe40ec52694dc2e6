"""What a scenario can say, told from the code: for the terminal, and as tables for the documentation."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from banks.simulator.behaviours import Behaviour, Options
from banks.simulator.config import AccountConfig, BankConfig, HttpConfig, SftpConfig
from banks.simulator.scenario import CHOICES, MOMENTS, shipped

SECTIONS = {"bank": BankConfig, "sftp": SftpConfig, "http": HttpConfig, "accounts": AccountConfig}


def lines() -> Iterator[str]:
    """A line for each behaviour a rule may name: its options (``*`` must be given) and what it does."""
    for moment in MOMENTS:
        yield f"{moment.title}: when = {{ {', '.join(sorted(moment.criteria))} }}"
        for behaviour in moment.table.values():
            yield f"  {behaviour.name:<24} {options_of(behaviour):<28} {sentence_of(behaviour)}"


def options_of(behaviour: Behaviour[Any]) -> str:
    """The options it takes, with a star where a rule must give one."""
    return ", ".join(f"{key}{'*' if key in behaviour.needs else ''}" for key in sorted(behaviour.takes))


def sentence_of(behaviour: Behaviour[Any]) -> str:
    """What it does, and how often where a rule does not say."""
    does = " ".join((behaviour.act.__doc__ or "").split())
    return f"{does} (Once, unless ``times`` says more.)" if behaviour.times == 1 else does


def tables() -> str:
    """The vocabulary as Markdown: a table for each moment, the keys of a bank, and what may be chosen."""
    parts = []
    for moment in MOMENTS:
        criteria = ", ".join(f"`{name}`" for name in sorted(moment.criteria))
        rows = [
            f"| `{one.name}` | {options_of(one) or 'none'} | {sentence_of(one).replace('``', '`').replace('|', '/')} |"
            for one in moment.table.values()
        ]
        title = moment.title[0].upper() + moment.title[1:]
        head = ["| behaviour | options | what the bank does |", "|---|---|---|"]
        parts.append("\n".join([f"### {title}", "", f"`when` may look at {criteria}.", "", *head, *rows]))
    parts.append("\n".join(["### Values", "", *_values()]))
    return "\n\n".join(parts)


def _values() -> Iterator[str]:
    yield "| where | key | values, or what it is without one |"
    yield "|---|---|---|"
    for section, kind in SECTIONS.items():
        for field in fields(kind):
            if field.name in ("accounts", "sftp", "http", "rules"):
                continue
            yield f"| `[{section}]` | `{field.name}` | {_value(field)} |"
    for field in fields(Options):
        if field.name in CHOICES:
            yield f"| a rule | `{field.name}` | one of {', '.join(CHOICES[field.name])} |"
    yield f"| `when` | `act` | one of {', '.join(CHOICES['act'])} |"


def _value(field: Any) -> str:
    choices = [f"one of {', '.join(CHOICES[field.name])}"] if field.name in CHOICES else []
    if field.default is MISSING:
        return "; ".join([*choices, "must be given"])
    plain = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return "; ".join(choices + ([] if field.default in (None, "", (), frozenset()) else [plain])) or "nothing"


def stories() -> str:
    """The shipped scenarios as a Markdown table."""
    rows = [f"| `{name}` | {story} |" for name, story in shipped()]
    return "\n".join(["| scenario | its story |", "|---|---|", *rows])
