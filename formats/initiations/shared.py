"""What the elements that credit transfers and direct debits share become."""

from collections.abc import Mapping
from typing import Any

from formats.initiations import details
from formats.initiations.notes import Notes
from formats.initiations.parties import account, agent, code_or_own
from formats.initiations.reader import Take, each, made, text
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


def seen(name: str) -> Take:
    """Says in the field ``name`` that the element stood there; what it holds is not carried."""

    def take(element: Element, values: dict[str, Any], notes: Notes) -> None:
        values[name] = True
        notes.leave(element)

    return take


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
    "RltdRmtInf": seen("related_remittance"),
    "Tax": seen("tax"),
}
