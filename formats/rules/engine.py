"""What a rule is: one numbered generator of findings with its source, severity and dates, kept in one registry."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from formats.findings import Severity
from formats.rules.context import Context


class Scope(StrEnum):
    """What a rule looks at. A rule is called once for each thing of its scope, in document order."""

    __hash__ = str.__hash__  # scopes are looked up for each thing of each payment; the enum's own hash is slow

    SCHEMA = "schema"
    """One refusal of the XML schema (only where there is XML)."""
    MESSAGE = "message"
    """The header, before any payment was seen."""
    BATCH = "batch"
    """The head of one PmtInf, before its payments."""
    PAYMENT = "payment"
    PARTY = "party"
    """Each party, of a payment, a batch or the header."""
    ADDRESS = "address"
    """Each postal address of a party or a bank."""
    ACCOUNT = "account"
    AGENT = "agent"
    """Each bank."""
    REFERENCE = "reference"
    """Each identifier that must come back unchanged."""
    TEXT = "text"
    """Each text written for people: names, address lines, remittance."""
    BATCH_END = "batch_end"
    """The batch after its last payment: ``context.batch_totals`` holds its count and sum."""
    MESSAGE_END = "message_end"
    """The message after its last batch: ``context.totals`` holds count and sum."""


class Found(NamedTuple):
    """What a rule reports: the element path below its subject, the message, and where it differs advice or severity."""

    path: str
    message: str
    advice: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``says`` is its first docstring line; ``profiles`` is empty for a rule of every profile.

    ``parameters`` are its bank values with their defaults; ``by_execution`` makes its dates (and those of overrides)
    count from the execution date of the batch, not from the day of the check.
    """

    id: str
    check: Callable[[Any, Context], Iterator[Found]]
    says: str
    source: str
    severity: Severity
    advice: str
    scope: Scope
    profiles: frozenset[str]
    valid_from: date | None
    valid_to: date | None
    parameters: Mapping[str, Any]
    on: bool
    by_execution: bool


REGISTRY: dict[str, Rule] = {}
"""Every rule by its id, in the order of definition. Filled by the modules that ``formats.rules`` imports."""

Checking = TypeVar("Checking", bound=Callable[[Any, Context], Iterator[Found]])


def rule(
    number: str,
    *,
    source: str,
    severity: Severity,
    advice: str,
    scope: Scope = Scope.PAYMENT,
    profiles: Iterable[str] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
    parameters: Mapping[str, Any] | None = None,
    on: bool = True,
    by_execution: bool = False,
) -> Callable[[Checking], Checking]:
    """Registers a generator function ``(subject, context) -> Iterator[Found]`` under ``number``.

    Raises ValueError when the id is taken or the function says nothing about itself: both are defects of ours.
    """

    def register(check: Checking) -> Checking:
        if number in REGISTRY:
            raise ValueError(f"Two rules share the id {number}.")
        says = (check.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
        if not says:
            raise ValueError(f"Rule {number} does not say what it is about.")
        REGISTRY[number] = Rule(
            id=number,
            check=check,
            says=says,
            source=source,
            severity=severity,
            advice=advice,
            scope=scope,
            profiles=frozenset(profiles),
            valid_from=valid_from,
            valid_to=valid_to,
            parameters=dict(parameters or {}),
            on=on,
            by_execution=by_execution,
        )
        return check

    return register
