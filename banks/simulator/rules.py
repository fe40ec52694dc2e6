"""Rules of a scenario: when something matches, a behaviour changes the bank's plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TypeVar

from banks.simulator.behaviours import Behaviour, Options

Plan = TypeVar("Plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at the moment of a decision; as criteria (``when``), what must be so. None says nothing."""

    channel: str | None = None
    file_number: int | None = None
    """The how-manieth file the bank accepts, from 1; on the wire the how-manieth hand-over."""
    file_name: str | None = None
    message_id: str | None = None
    business_day: int | None = None
    """Days since the bank opened, from 1."""
    debtor_iban: str | None = None
    creditor_iban: str | None = None
    creditor_name: str | None = None
    end_to_end_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    reason: str | None = None
    """Why a recall asks for a payment (DUPL, FRAD, CUST …)."""
    account: str | None = None
    """The account a statement is of."""
    document: str | None = None
    """The message name of a document that leaves (``camt.053.001.08``)."""
    act: str | None = None
    """What somebody does at a door; see :data:`banks.simulator.behaviours.ACTS`."""

    def fits(self, facts: "Facts") -> bool:
        """Whether every criterion here holds in ``facts``; texts may hold ``*`` and ``?``."""
        for name in CRITERIA:
            wanted = getattr(self, name)
            if wanted is None:
                continue
            found = getattr(facts, name)
            if isinstance(wanted, str) and isinstance(found, str):
                if not fnmatchcase(found, wanted):
                    return False
            elif wanted != found:
                return False
        return True


CRITERIA = tuple(field.name for field in fields(Facts))
FILE_CRITERIA = frozenset({"channel", "file_number", "file_name", "message_id"})
DAY_CRITERIA = frozenset({"business_day"})
PAYMENT_CRITERIA = FILE_CRITERIA | {
    "debtor_iban", "creditor_iban", "creditor_name", "end_to_end_id", "amount", "currency",
}  # fmt: skip
RECALL_CRITERIA = (PAYMENT_CRITERIA - {"file_number"}) | {"business_day", "reason"}
LINE_CRITERIA = frozenset({"channel", "act", "file_name", "business_day"})
STATEMENT_CRITERIA = frozenset({"account", "business_day"})
DOCUMENT_CRITERIA = frozenset({"channel", "document", "file_name", "business_day"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a scenario. ``times`` limits how often it acts; None is without limit."""

    number: int
    behaviour: str
    when: Facts
    options: Options
    times: int | None = None


class RuleBook:
    """The rules of a bank and how often each acted. ``uses`` is the caller's to keep (it outlives a restart)."""

    def __init__(self, rules: Iterable[Rule], uses: Mapping[int, int]) -> None:
        self._rules = tuple(rules)
        self.uses = dict(uses)

    def speaks_of(self, table: Mapping[str, Behaviour[Plan]]) -> bool:
        """Whether any rule belongs to the moment of ``table``."""
        return any(rule.behaviour in table for rule in self._rules)

    def plan(self, table: Mapping[str, Behaviour[Plan]], plan: Plan, facts: Facts) -> Plan:
        """``plan`` as changed by every rule of this moment that fits, in the order of the scenario."""
        for rule in self._rules:
            behaviour = table.get(rule.behaviour)
            if behaviour is None or not rule.when.fits(facts):
                continue
            if rule.times is not None and self.uses.get(rule.number, 0) >= rule.times:
                continue
            self.uses[rule.number] = self.uses.get(rule.number, 0) + 1
            plan = behaviour.act(plan, rule.options)
        return plan
