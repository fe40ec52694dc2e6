"""The parts of a status report, taken from their elements: one reader for every version.

The versions differ in a few names only (``StsRsn`` or ``Rsn``, ``StsOrgtr`` or ``Orgtr``, a name under ``Pty`` or
not), and no two use one name for different things, so one union of names reads them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from formats.pain002.inheritance import NOTHING, Level, effective
from formats.pain002.scalars import Scalars
from formats.shapes.drafts import defaults, settled, twin
from formats.status_report import BatchStatus, PaymentStatus, Reason
from formats.values import Money
from formats.xml import Element

Names = Mapping[object, str]
"""From a tag to its local name; "" for what is no element."""


def first(element: Element, names: Names, *path: str) -> Element | None:
    """The first descendant on ``path`` of local names, or None."""
    found = element
    for step in path:
        for child in found:
            if names[child.tag] == step:
                found = child
                break
        else:
            return None
    return found


def text(element: Element | None) -> str | None:
    """The element's text without surrounding blanks; None where there is none."""
    if element is None or element.text is None:
        return None
    return element.text.strip() or None


def line_of(element: Element) -> int | None:
    """The line the element begins on, 1-based, where the parser knows it."""
    return cast("int | None", element.sourceline)


def reason(element: Element, names: Names) -> Reason:
    """One StsRsnInf."""
    code = proprietary = originator = None
    lines: list[str] = []
    for child in element:
        name = names[child.tag]
        if name in ("Rsn", "StsRsn"):
            for choice in child:
                if names[choice.tag] == "Cd":
                    code = text(choice)
                elif names[choice.tag] == "Prtry":
                    proprietary = text(choice)
        elif name in ("AddtlInf", "AddtlStsRsnInf"):
            lines.append(child.text or "")
        elif name in ("Orgtr", "StsOrgtr"):
            originator = party(child, names)
    return Reason(code=code, proprietary=proprietary, text=tuple(lines), originator=originator)


def party(element: Element, names: Names) -> str | None:
    """A party's name, else the first identification it carries (BIC, LEI or other)."""
    name = text(first(element, names, "Nm")) or text(first(element, names, "Pty", "Nm"))
    if name is not None:
        return name
    return next((value for value in (text(leaf) for leaf in element.iter() if len(leaf) == 0) if value), None)


def counts(element: Element, names: Names) -> tuple[str, str]:
    """One NbOfTxsPerSts: which status, how many."""
    return (
        text(first(element, names, "DtldSts")) or "",
        text(first(element, names, "DtldNbOfTxs")) or "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What OrgnlGrpInfAndSts and OrgnlPmtInfAndSts have in common; ``values`` are their plain texts by name."""

    level: Level
    counts: tuple[tuple[str, str], ...]
    values: Mapping[str, str]
    line: int | None


def block(element: Element, names: Names, status_name: str) -> Block:
    """The head of a level, without its payments."""
    values: dict[str, str] = {}
    reasons: list[Reason] = []
    numbers: list[tuple[str, str]] = []
    for child in element:
        name = names[child.tag]
        if name == "StsRsnInf":
            reasons.append(reason(child, names))
        elif name == "NbOfTxsPerSts":
            numbers.append(counts(child, names))
        elif len(child) == 0 and (value := text(child)):
            values[name] = value
    return Block(
        level=Level(status=values.get(status_name), reasons=tuple(reasons)),
        counts=tuple(numbers),
        values=values,
        line=line_of(element),
    )


def batch(head: Block) -> BatchStatus:
    """OrgnlPmtInfAndSts as the model has it."""
    return BatchStatus(
        payment_information_id=head.values.get("OrgnlPmtInfId"),
        status=head.level.status,
        reasons=head.level.reasons,
        counts=head.counts,
        number_of_transactions=head.values.get("OrgnlNbOfTxs"),
        control_sum=head.values.get("OrgnlCtrlSum"),
        line=head.line,
    )


@dataclass(frozen=True, slots=True)
class PaymentReader:
    """Reads TxInfAndSts elements of one message."""

    names: Names
    scalars: Scalars

    def read(self, element: Element, batch_head: Block | None, group: Level) -> PaymentStatus:
        """One TxInfAndSts with its effective status."""
        names = self.names
        values: dict[str, str] = {}
        reasons: list[Reason] = []
        original: Element | None = None
        settlement: Element | None = None
        for child in element:
            name = names[child.tag]
            if name == "StsRsnInf":
                reasons.append(reason(child, names))
            elif name == "OrgnlTxRef":
                original = child
            elif name == "FctvIntrBkSttlmDt":
                settlement = child
            elif child.text:
                values[name] = child.text.strip()
        upper = batch_head.level if batch_head is not None else NOTHING
        own = values.get("TxSts") or None
        status, level, told = effective(own, tuple(reasons), upper, group)
        facts = self._original(original) if original is not None else _NO_ORIGINAL
        get = values.get
        line = line_of(element)
        accepted = get("AccptncDtTm")
        payment_information_id = get("OrgnlPmtInfId")
        if payment_information_id is None and batch_head is not None:
            payment_information_id = batch_head.values.get("OrgnlPmtInfId")
        draft = _PAYMENT(*_NO_PAYMENT)
        draft.payment_information_id = payment_information_id
        draft.instruction_id = get("OrgnlInstrId") or None
        draft.end_to_end_id = get("OrgnlEndToEndId") or None
        draft.uetr = get("OrgnlUETR") or None
        draft.own_status = own
        draft.status = status
        draft.status_level = level
        draft.reasons = told
        draft.amount = facts.amount
        draft.account_servicer_reference = get("AcctSvcrRef") or None
        draft.accepted_at = self.scalars.moment(accepted, "AccptncDtTm", line) if accepted else None
        draft.execution_date = self.scalars.day(facts.execution, "ReqdExctnDt", line) if facts.execution else None
        draft.creditor_name = facts.creditor_name
        draft.status_id = get("StsId") or None
        draft.clearing_system_reference = get("ClrSysRef") or None
        draft.settlement_date = self._settlement(settlement, facts, line)
        draft.creditor_account = facts.creditor_account
        draft.line = line
        return settled(draft, PaymentStatus)

    def _settlement(self, element: Element | None, facts: "_Original", line: int | None) -> date | None:
        written = _choice_text(element, self.names) if element is not None else facts.settlement
        return self.scalars.day(written, "IntrBkSttlmDt", line) if written else None

    def _original(self, element: Element) -> "_Original":
        names = self.names
        instructed = settled_amount = None
        execution = settlement = creditor_name = creditor_account = None
        for child in element:
            name = names[child.tag]
            if name == "Amt":
                instructed = self._instructed(child)
            elif name == "IntrBkSttlmAmt":
                settled_amount = child
            elif name in ("ReqdExctnDt", "ReqdColltnDt"):
                execution = execution or _choice_text(child, names)
            elif name == "IntrBkSttlmDt":
                settlement = text(child)
            elif name == "Cdtr":
                creditor_name = _name(child, names)
            elif name == "CdtrAcct":
                creditor_account = _number(child, names)
        return _Original(
            amount=self.scalars.money(instructed if instructed is not None else settled_amount),
            execution=execution,
            settlement=settlement,
            creditor_name=creditor_name,
            creditor_account=creditor_account,
        )

    def _instructed(self, element: Element) -> Element | None:
        for child in element:
            name = self.names[child.tag]
            if name == "InstdAmt":
                return child
            if name == "EqvtAmt":
                return first(child, self.names, "Amt")
        return None


@dataclass(slots=True)
class _Original:
    """What the bank repeats of the payment (OrgnlTxRef)."""

    amount: Money | None = None
    execution: str | None = None
    settlement: str | None = None
    creditor_name: str | None = None
    creditor_account: str | None = None


_NO_ORIGINAL = _Original()


def _choice_text(element: Element, names: Names) -> str | None:
    """A date as plain text, or under the choice Dt or DtTm."""
    own = text(element)
    if own is not None:
        return own
    return next((text(child) for child in element if names[child.tag] in ("Dt", "DtTm")), None)


def _name(element: Element, names: Names) -> str | None:
    """A party's name, which stands under Pty in newer versions."""
    for child in element:
        name = names[child.tag]
        if name == "Nm":
            return text(child)
        if name == "Pty":
            return text(first(child, names, "Nm"))
    return None


def _number(element: Element, names: Names) -> str | None:
    """An account's IBAN, else its other number."""
    choice = first(element, names, "Id")
    for child in choice if choice is not None else ():
        if names[child.tag] == "IBAN":
            return text(child)
        return text(first(child, names, "Id"))
    return None


_PAYMENT, _NO_PAYMENT = twin(PaymentStatus), tuple(defaults(PaymentStatus).values())
"""A draft, because a frozen constructor costs more than all its texts."""
