"""What the elements of a credit transfer become, in every version since 2005."""

from collections.abc import Mapping
from typing import Any

from formats.pain001 import details
from formats.pain001.notes import Notes
from formats.pain001.parties import account, agent, code_or_own, party
from formats.pain001.reader import Dialect, Take, each, execution_date, made, text
from formats.xml import Element


def payment_id(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """PmtId: InstrId, EndToEndId and, since .09, UETR."""
    for child in element:
        name = child.tag[notes.skip :]
        if name == "EndToEndId":
            values["end_to_end_id"] = child.text
        elif name == "InstrId":
            values["instruction_id"] = child.text
        elif name == "UETR":
            values["uetr"] = child.text
        else:
            notes.leave(child)


def purpose(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """Purp."""
    code_or_own(element, "purpose", values, notes)


def _creditor_agent_instruction(element: Element, notes: Notes) -> tuple[str | None, str | None]:
    values: dict[str, str | None] = {}
    for child in element:
        name = child.tag[notes.skip :]
        if name in ("Cd", "InstrInf"):
            values[name] = child.text
        else:
            notes.leave(child)
    return values.get("Cd"), values.get("InstrInf")


def _debtor_agent_instruction(element: Element, values: dict[str, Any], notes: Notes) -> None:
    """InstrForDbtrAgt: a text, since .12 in an element of its own beside a code."""
    if not len(element):
        values["instruction_for_debtor_agent"] = element.text
        return
    for child in element:
        if child.tag[notes.skip :] == "InstrInf":
            values["instruction_for_debtor_agent"] = child.text
        else:
            notes.leave(child)


SHARED_BATCH: Mapping[str, Take] = {
    "PmtInfId": text("id"),
    "PmtMtd": text("method"),
    "BtchBookg": made("batch_booking", lambda element, notes: notes.flag(element)),
    "NbOfTxs": text("number_of_transactions"),
    "CtrlSum": text("control_sum"),
    "PmtTpInf": made("payment_type", details.payment_type),
    "ChrgBr": text("charge_bearer"),
    "ChrgsAcct": made("charges_account", account),
    "ChrgsAcctAgt": made("charges_agent", agent),
}
SHARED_PAYMENT: Mapping[str, Take] = {
    "PmtId": payment_id,
    "PmtTpInf": made("payment_type", details.payment_type),
    "ChrgBr": text("charge_bearer"),
    "Purp": purpose,
    "RgltryRptg": each("regulatory_reporting", details.regulatory),
    "RmtInf": details.remittance,
}
CREDIT_TRANSFER = Dialect(
    family="pain.001",
    title="credit transfers (pain.001)",
    transaction="CdtTrfTxInf",
    collection=False,
    batch={
        **SHARED_BATCH,
        "ReqdExctnDt": made("execution_date", execution_date),
        "Dbtr": made("debtor", party),
        "DbtrAcct": made("debtor_account", account),
        "DbtrAgt": made("debtor_agent", agent),
        "DbtrAgtAcct": made("debtor_agent_account", account),
        "UltmtDbtr": made("ultimate_debtor", party),
    },
    payment={
        **SHARED_PAYMENT,
        "Amt": details.amount,
        "XchgRateInf": details.exchange,
        "UltmtDbtr": made("ultimate_debtor", party),
        "IntrmyAgt1": each("intermediary_agents", agent),
        "IntrmyAgt2": each("intermediary_agents", agent),
        "IntrmyAgt3": each("intermediary_agents", agent),
        "CdtrAgt": made("creditor_agent", agent),
        "CdtrAgtAcct": made("creditor_agent_account", account),
        "Cdtr": made("creditor", party),
        "CdtrAcct": made("creditor_account", account),
        "UltmtCdtr": made("ultimate_creditor", party),
        "InstrForCdtrAgt": each("instructions_for_creditor_agent", _creditor_agent_instruction),
        "InstrForDbtrAgt": _debtor_agent_instruction,
    },
)
