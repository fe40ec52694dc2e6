"""Reads a bank and its scenario from TOML, and tells every mistake at once.

``[bank]``, ``[sftp]``, ``[http]``, ``[[accounts]]`` and ``[[rules]]``; the rules may stand in a file of their own. A
rule is ``behaviour``, optionally ``when`` (a table of criteria) and ``times``, and the options of its behaviour.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from banks.simulator.behaviours import (
    ACTS,
    DAYS,
    DOCUMENTS,
    FILES,
    HTTP_WIRE,
    LINE,
    LITTER,
    PAYMENTS,
    RECALLS,
    SFTP_WIRE,
    STATEMENTS,
    Behaviour,
    Options,
)
from banks.simulator.config import (
    NOTIFICATIONS,
    STATEMENT_MESSAGES,
    STATUS_REPORTS,
    AccountConfig,
    BankConfig,
    HttpConfig,
    SftpConfig,
)
from banks.simulator.rules import (
    DAY_CRITERIA,
    DOCUMENT_CRITERIA,
    FILE_CRITERIA,
    LINE_CRITERIA,
    PAYMENT_CRITERIA,
    RECALL_CRITERIA,
    STATEMENT_CRITERIA,
    Facts,
    Rule,
)
from formats.codes.currencies import MINOR_UNITS

SCENARIOS = Path(__file__).parent / "scenarios"
PLAIN = SCENARIOS / "plain.toml"
"""A bank that does what it is told."""
SCENARIO_BYTES_MAX = 1_000_000
DECIMALS = frozenset({"balance", "overdraft", "amount", "difference", "fee"})
"""Written as text in TOML, because a TOML float is not money."""
NUMBERS = frozenset({"number", "account", "debtor_iban", "creditor_iban"})
"""May be written in blocks of four, as people do."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "status_report": STATUS_REPORTS,
    "statement": STATEMENT_MESSAGES,
    "notification": NOTIFICATIONS,
    "booking": ("batch", "single", "as_sent"),
    "detail": ("all", "mixed", "exceptions"),
    "statements_over": ("sftp", "http", "both"),
    "direction": ("credit", "debit"),
    "act": ACTS,
    "kind": LITTER,
    "channel": ("sftp", "http"),
}
WHOLE = frozenset(
    field.name
    for kind in (Facts, Options, BankConfig, SftpConfig, HttpConfig)
    for field in fields(kind)
    if field.type in (int, int | None)
)
"""Keys that are whole numbers."""
SIGNED = frozenset({"clock_ahead_minutes"})
"""Whole numbers that may be below zero."""
SECTIONS = frozenset({"bank", "sftp", "http", "accounts", "rules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When behaviours of one table act, in words, and what their rules can look at."""

    title: str
    table: Mapping[str, Behaviour[Any]]
    criteria: frozenset[str]


MOMENTS = (
    Moment(title="while somebody acts at a door", table=LINE, criteria=LINE_CRITERIA),
    Moment(title="when a file is handed over by SFTP", table=SFTP_WIRE, criteria=FILE_CRITERIA),
    Moment(title="when a file is handed over to the API", table=HTTP_WIRE, criteria=FILE_CRITERIA),
    Moment(title="when a file is answered", table=FILES, criteria=FILE_CRITERIA),
    Moment(title="when a payment is decided", table=PAYMENTS, criteria=PAYMENT_CRITERIA),
    Moment(title="when a recall is decided", table=RECALLS, criteria=RECALL_CRITERIA),
    Moment(title="when a business day is booked", table=DAYS, criteria=DAY_CRITERIA),
    Moment(title="when a statement is written", table=STATEMENTS, criteria=STATEMENT_CRITERIA),
    Moment(title="when a document leaves", table=DOCUMENTS, criteria=DOCUMENT_CRITERIA),
)


class ScenarioWrong(Exception):
    """The scenario cannot be used; ``problems`` names each place and what is wrong there."""

    code = "simulator.scenario_wrong"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("This scenario cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = tuple(problems)


def named(name: str) -> Path:
    """The scenario shipped as ``name``, or the file of that name; :class:`ScenarioWrong` where there is neither."""
    shipped = SCENARIOS / f"{name}.toml"
    if "/" not in name and shipped.is_file():
        return shipped
    if Path(name).is_file():
        return Path(name)
    known = ", ".join(path.stem for path in sorted(SCENARIOS.glob("*.toml")))
    raise ScenarioWrong([f"{name}: neither a file nor one of the shipped scenarios ({known})"])


def shipped() -> Iterator[tuple[str, str]]:
    """Name and story of each shipped scenario: the comment its file begins with."""
    for path in sorted(SCENARIOS.glob("*.toml")):
        lines = takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
        yield path.stem, " ".join(line.removeprefix("#").strip() for line in lines)


def load(path: Path, *scenarios: Path) -> BankConfig:
    """The bank in ``path`` with ``scenarios`` laid over it; :class:`ScenarioWrong` with all their mistakes.

    Rules add up in the order of the files; of ``[bank]``, ``[sftp]`` and ``[http]`` a later file replaces the keys it
    names, and ``[[accounts]]`` as a whole.
    """
    document = _document(path)
    for scenario in scenarios:
        document = _over(document, _document(scenario))
    return parse(document)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**below, **above}
    for section in ("bank", "sftp", "http"):
        if isinstance(below.get(section), Mapping) and isinstance(above.get(section), Mapping):
            merged[section] = {**below[section], **above[section]}
    if isinstance(below.get("rules", []), list) and isinstance(above.get("rules", []), list):
        merged["rules"] = [*below.get("rules", ()), *above.get("rules", ())]
    return merged


def parse(document: Mapping[str, Any]) -> BankConfig:
    """A bank from a TOML document that was read already."""
    problems: list[str] = []
    problems.extend(f"{key}: no such section" for key in document if key not in SECTIONS)
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
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        problems.append(f"{where}.times: a whole number from 1 is expected, not {times!r}")
    if not isinstance(when, Mapping):
        problems.append(f"{where}.when: a table is expected")
        when = {}
    for moment in MOMENTS:
        if name not in moment.table:
            continue
        behaviour, criteria = moment.table[name], moment.criteria
        problems.extend(f"{where}: {name} needs {key}" for key in sorted(behaviour.needs - set(given)))
        problems.extend(f"{where}: {name} takes no {key}" for key in sorted(set(given) - behaviour.takes))
        problems.extend(f"{where}.when: {name} cannot look at {key}" for key in sorted(set(when) - criteria))
        facts = _build(Facts, {key: when[key] for key in when if key in criteria}, f"{where}.when", problems)
        options = _build(Options, {key: given[key] for key in given if key in behaviour.takes}, where, problems)
        if times is None:
            times = behaviour.times
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
    if key in WHOLE:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"a whole number is expected, not {value!r}")
        if value < 0 and key not in SIGNED:
            raise ValueError(f"a number from 0 is expected, not {value}")
    if key in NUMBERS and isinstance(value, str):
        return value.replace(" ", "")
    if key == "timezone":
        return ZoneInfo(value)
    if key == "holidays":
        return frozenset(date.fromisoformat(str(day)) for day in value)
    if key.endswith("_time"):
        return value if isinstance(value, time) else time.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
