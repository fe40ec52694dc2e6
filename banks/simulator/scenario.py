"""Reads a bank and its scenario from TOML, and tells every mistake at once.

``[bank]``, ``[sftp]``, ``[http]``, ``[[accounts]]`` and ``[[rules]]``; the rules may stand in a file of their own. A
rule is ``behaviour``, optionally ``when`` (a table of criteria) and ``times``, and the options of its behaviour.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from banks.simulator.behaviours import DAYS, FILES, HTTP_WIRE, PAYMENTS, SFTP_WIRE, Options
from banks.simulator.config import (
    NOTIFICATIONS,
    STATEMENTS,
    STATUS_REPORTS,
    AccountConfig,
    BankConfig,
    HttpConfig,
    SftpConfig,
)
from banks.simulator.rules import DAY_CRITERIA, FILE_CRITERIA, PAYMENT_CRITERIA, Facts, Rule
from formats.codes.currencies import MINOR_UNITS

PLAIN = Path(__file__).parent / "scenarios" / "plain.toml"
"""A bank that does what it is told."""
SCENARIO_BYTES_MAX = 1_000_000
DECIMALS = frozenset({"balance", "overdraft", "amount", "difference", "fee"})
"""Written as text in TOML, because a TOML float is not money."""
NUMBERS = frozenset({"number", "account", "debtor_iban", "creditor_iban"})
"""May be written in blocks of four, as people do."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "status_report": STATUS_REPORTS,
    "statement": STATEMENTS,
    "notification": NOTIFICATIONS,
    "booking": ("batch", "single", "as_sent"),
    "detail": ("all", "mixed", "exceptions"),
    "statements_over": ("sftp", "http", "both"),
    "direction": ("credit", "debit"),
}
MOMENTS = (
    (SFTP_WIRE, FILE_CRITERIA),
    (HTTP_WIRE, FILE_CRITERIA),
    (FILES, FILE_CRITERIA),
    (PAYMENTS, PAYMENT_CRITERIA),
    (DAYS, DAY_CRITERIA),
)
"""The tables of behaviours, each with what its rules can look at."""


class ScenarioWrong(Exception):
    """The scenario cannot be used; ``problems`` names each place and what is wrong there."""

    code = "simulator.scenario_wrong"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("This scenario cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = tuple(problems)


def load(path: Path, scenario: Path | None = None) -> BankConfig:
    """The bank in ``path``, with the rules of ``scenario`` added; :class:`ScenarioWrong` with all its mistakes."""
    document = _document(path)
    if scenario is not None:
        added = _document(scenario)
        document = {**document, **added, "rules": [*document.get("rules", ()), *added.get("rules", ())]}
    return parse(document)


def vocabulary() -> Iterator[str]:
    """A line for each behaviour a rule may name: its options (``*`` must be given) and what it does."""
    for table, criteria in MOMENTS:
        yield f"when = {{ {', '.join(sorted(criteria))} }}"
        for behaviour in table.values():
            options = ", ".join(f"{key}{'*' if key in behaviour.needs else ''}" for key in sorted(behaviour.takes))
            yield f"  {behaviour.name:<22} {options:<44} {behaviour.act.__doc__ or ''}"


def parse(document: Mapping[str, Any]) -> BankConfig:
    """A bank from a TOML document that was read already."""
    problems: list[str] = []
    known = {"bank", "sftp", "http", "accounts", "rules"}
    problems.extend(f"{key}: no such section" for key in document if key not in known)
    bank = _table(document, "bank", problems)
    facts = {
        "accounts": tuple(
            _build(AccountConfig, row, f"accounts[{n}]", problems) for n, row in enumerate(document.get("accounts", ()))
        ),
        "sftp": _build(SftpConfig, document["sftp"], "sftp", problems) if "sftp" in document else None,
        "http": _build(HttpConfig, document["http"], "http", problems) if "http" in document else None,
        "rules": tuple(_rule(n, row, problems) for n, row in enumerate(document.get("rules", ()))),
    }
    if not document.get("accounts"):
        problems.append("accounts: a bank has at least one account")
    problems.extend(
        f"accounts: {account.currency} is not a currency"
        for account in facts["accounts"] or ()
        if isinstance(account, AccountConfig) and account.currency not in MINOR_UNITS
    )
    config: BankConfig | None = _build(BankConfig, {**bank, **facts}, "bank", problems)
    if problems or config is None:
        raise ScenarioWrong(problems)
    return config


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > SCENARIO_BYTES_MAX:
            raise ScenarioWrong([f"{path}: larger than {SCENARIO_BYTES_MAX:,} bytes"])
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise ScenarioWrong([f"{path}: {err}"]) from err


def _table(document: Mapping[str, Any], key: str, problems: list[str]) -> Mapping[str, Any]:
    table = document.get(key, {})
    if isinstance(table, Mapping):
        return table
    problems.append(f"{key}: a table is expected")
    return {}


def _rule(number: int, row: Mapping[str, Any], problems: list[str]) -> Rule | None:
    where = f"rules[{number}]"
    given = dict(row)
    name, when, times = given.pop("behaviour", None), given.pop("when", {}), given.pop("times", None)
    for table, criteria in MOMENTS:
        if name not in table:
            continue
        behaviour = table[name]
        problems.extend(f"{where}: {name} needs {key}" for key in sorted(behaviour.needs - set(given)))
        problems.extend(f"{where}: {name} takes no {key}" for key in sorted(set(given) - behaviour.takes))
        problems.extend(f"{where}.when: {name} cannot look at {key}" for key in sorted(set(when) - criteria))
        facts = _build(Facts, {key: when[key] for key in when if key in criteria}, f"{where}.when", problems)
        options = _build(Options, {key: given[key] for key in given if key in behaviour.takes}, where, problems)
        if times is None and name in (SFTP_WIRE | HTTP_WIRE):
            times = 1  # a line that dropped for ever would tell nobody anything
        if facts is None or options is None:
            return None
        return Rule(number=number, behaviour=name, when=facts, options=options, times=times)
    problems.append(f"{where}: there is no behaviour {name!r}")
    return None


def _build(kind: type[Any], row: Mapping[str, Any], where: str, problems: list[str]) -> Any:
    names = {field.name for field in fields(kind)}
    values: dict[str, Any] = {}
    before = len(problems)
    for key, value in row.items():
        if key not in names:
            problems.append(f"{where}.{key}: no such key")
            continue
        try:
            values[key] = _value(key, value)
        except (ValueError, InvalidOperation, ZoneInfoNotFoundError) as err:
            problems.append(f"{where}.{key}: {err or 'not a number'}")
    try:
        return kind(**values) if len(problems) == before else None
    except TypeError as err:
        problems.append(f"{where}: {str(err).split(') ')[-1]}")
        return None


def _value(key: str, value: Any) -> Any:
    if key in DECIMALS:
        if not isinstance(value, str):
            raise ValueError('an amount is written as text, for example "12.50"')
        return Decimal(value)
    if key in CHOICES and value is not None and value not in CHOICES[key]:
        raise ValueError(f"one of {', '.join(CHOICES[key])} is expected, not {value!r}")
    if key in NUMBERS and isinstance(value, str):
        return value.replace(" ", "")
    if key == "timezone":
        return ZoneInfo(value)
    if key == "holidays":
        return frozenset(date.fromisoformat(str(day)) for day in value)
    if key.endswith("_time"):
        return value if isinstance(value, time) else time.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
