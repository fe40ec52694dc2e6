"""What the elements of a credit transfer become, in every version since 2005."""

from typing import Any

from formats.initiations import details
from formats.initiations.notes import Notes
from formats.initiations.parties import account, agent, party
from formats.initiations.reader import Dialect, each, execution_date, made
from formats.initiations.shared import SHARED_BATCH, SHARED_PAYMENT
from formats.xml import Element


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
