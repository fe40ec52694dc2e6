"""A code in plain words: what it means, who acts, and whether trying again helps.

The same code may mean different things in different lists (AC04 as a status, a return or a refused recall), so it is
looked up by list; without one, every list that knows it is asked in the order people meet them.
"""

from dataclasses import dataclass
from enum import StrEnum

from formats.codes.other_reasons import (
    CANCELLATION,
    CANCELLATION_REFUSED,
    RETURN_ONLY,
    RETURN_SHARED,
    VERIFICATION,
)
from formats.codes.reading_findings import FOR_THE_BANK, READING_FINDINGS, WHO_ACTS
from formats.codes.reason_actions import ASK_THE_BANK, Action, action_of
from formats.codes.status_actions import STATUS_ACTIONS
from formats.codes.status_reasons import STATUS_REASONS
from formats.codes.statuses import STATUSES
from formats.rules import REGISTRY

ISO = "ISO 20022 external code sets, May 2025; who acts and retry: market practice"


class Kind(StrEnum):
    """The list a code belongs to."""

    RULE = "rule"
    READING = "reading"
    """What a reader found beside the rules."""
    STATUS = "status"
    REASON = "reason"
    RETURN = "return"
    CANCELLATION = "cancellation"
    REFUSED_RECALL = "refused-recall"
    NAME_CHECK = "name-check"


class Retry(StrEnum):
    """Whether sending it again helps."""

    NO = "no"
    AFTER_FIX = "after a correction, as a new payment"
    LATER = "later, unchanged"
    ASK = "ask first"
    NOTHING = "nothing to repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A code in plain words. ``known`` is False where no list has it: then show the code and the bank's own text."""

    code: str
    kind: Kind | None
    name: str
    meaning: str
    who_acts: str
    retry: Retry
    source: str
    known: bool = True


_RETRY = {"N": Retry.NO, "F": Retry.AFTER_FIX, "L": Retry.LATER, "A": Retry.ASK, "-": Retry.NOTHING}
_RETURNS = {**{code: STATUS_REASONS[code] for code in RETURN_SHARED}, **RETURN_ONLY}
_LISTS: dict[Kind, dict[str, str]] = {
    Kind.READING: READING_FINDINGS,
    Kind.STATUS: STATUSES,
    Kind.REASON: STATUS_REASONS,
    Kind.RETURN: _RETURNS,
    Kind.CANCELLATION: CANCELLATION,
    Kind.REFUSED_RECALL: CANCELLATION_REFUSED,
    Kind.NAME_CHECK: VERIFICATION,
}
_SAID = {
    Kind.REASON: "The bank refused or holds the payment: {name}.",
    Kind.RETURN: "The money came back: {name}. The invoice is open again.",
    Kind.CANCELLATION: "A recall was asked for: {name}.",
    Kind.REFUSED_RECALL: "The recall was refused or waits: {name}.",
    Kind.NAME_CHECK: "The name check: {name}.",
}


def explain(code: str, *, kind: Kind | str | None = None) -> Explanation:
    """The code in plain words. ``kind`` names the list; without it the first list that knows the code answers.

    Never raises for an unknown code: it says that it is unknown and that a person must look (nothing is guessed).
    Raises ValueError for a ``kind`` there is not.
    """
    wanted = Kind(kind) if kind is not None else None
    if wanted in (None, Kind.RULE) and code in REGISTRY:
        return _rule(code)
    for each in (wanted,) if wanted is not None else tuple(_LISTS):
        name = _LISTS.get(each, {}).get(code)
        if name is not None:
            return _told(code, name, each)
    return Explanation(
        code=code,
        kind=wanted,
        name="Unknown code",
        meaning=f"No list has the code {code}. The state of the payment is left as it is; read the bank's own text.",
        who_acts="Operations: ask the bank what it means.",
        retry=Retry.ASK,
        source="none",
        known=False,
    )


def kinds_of(code: str) -> tuple[Kind, ...]:
    """Every list that knows the code."""
    lists = tuple(kind for kind, names in _LISTS.items() if code in names)
    return (Kind.RULE, *lists) if code in REGISTRY else lists


def _told(code: str, name: str, kind: Kind) -> Explanation:
    if kind is Kind.STATUS:
        return _status(code, name)
    if kind is Kind.READING:
        return Explanation(
            code=code,
            kind=kind,
            name=name,
            meaning=f"{name}.",
            who_acts=WHO_ACTS.get(code, FOR_THE_BANK),
            retry=Retry.NOTHING if code.startswith(("LV", "ST")) else Retry.AFTER_FIX,
            source="payhub's readers",
        )
    return _reason(code, name, kind)


def _rule(code: str) -> Explanation:
    rule = REGISTRY[code]
    return Explanation(
        code=code,
        kind=Kind.RULE,
        name=rule.says,
        meaning=f"{rule.says} ({rule.severity})",
        who_acts=f"Whoever prepares the file: {rule.advice}",
        retry=Retry.AFTER_FIX,
        source=rule.source,
    )


def _status(code: str, name: str) -> Explanation:
    action = STATUS_ACTIONS[code]
    return Explanation(
        code=code,
        kind=Kind.STATUS,
        name=name,
        meaning=action.more or f"{name}.",
        who_acts=action.who,
        retry=_RETRY[action.retry],
        source=ISO,
    )


def _reason(code: str, name: str, kind: Kind) -> Explanation:
    action = _action(code, kind)
    said = _SAID[kind].format(name=name[0].lower() + name[1:] if name[1:2].islower() else name)
    return Explanation(
        code=code,
        kind=kind,
        name=name,
        meaning=f"{said} {action.more}".strip(),
        who_acts=action.who,
        retry=_RETRY[action.retry],
        source=ISO,
    )


def _action(code: str, kind: Kind) -> Action:
    if kind is Kind.CANCELLATION:
        return Action("Treasury: decide whether to give the money back.", "-")
    if kind is Kind.REFUSED_RECALL:
        return Action("Treasury: wait where an answer is pending; else settle it with the payee.", "-")
    if kind is Kind.NAME_CHECK:
        return Action("Accounts payable: confirm the payee's name and account by calling back.", "A")
    return action_of(code) or ASK_THE_BANK
