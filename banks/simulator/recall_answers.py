"""camt.029: what the bank says of a payment it was asked to give back."""

from dataclasses import dataclass
from sqlite3 import Row

from banks.simulator.config import BankConfig
from banks.simulator.writing import box, document, tag

MESSAGE = "camt.029.001.09"
CONFIRMATIONS = {"accepted": "CNCL", "refused": "RJCR", "pending": "PDCR"}
"""What is said of the whole case."""
STATUSES = {"accepted": "ACCR", "refused": "RJCR", "pending": "PDCR"}
"""What is said of the payment."""
REASON_TEXT_CHARACTERS_MAX = 105


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallAnswer:
    """One answer. ``outcome`` is accepted, refused or pending; ``status`` what is said in its place, known or not."""

    id: str
    at: str
    """As the bank writes it."""
    outcome: str
    status: str = ""
    reason_code: str = ""
    reason_text: str = ""


def recall_answer(config: BankConfig, recall: Row, answer: RecallAnswer) -> bytes:
    """The bytes of an answer about ``recall``."""
    bank = box("Agt", box("FinInstnId", tag("BICFI", config.bic)))
    status = answer.status or STATUSES[answer.outcome]
    reason = box("Rsn", tag("Cd", answer.reason_code))
    return document(
        MESSAGE,
        (
            "<RsltnOfInvstgtn>",
            box(
                "Assgnmt", tag("Id", answer.id), box("Assgnr", bank), box("Assgne", box("Pty", tag("Nm", "Client"))),
                tag("CreDtTm", answer.at),
            ),
            box("RslvdCase", tag("Id", recall["case_id"]), box("Cretr", box("Pty", tag("Nm", "Client")))),
            box("Sts", tag("Conf", answer.status or CONFIRMATIONS[answer.outcome])),
            "<CxlDtls>",
            box(
                "OrgnlGrpInfAndSts", tag("OrgnlMsgId", recall["message_id"] or "NOTPROVIDED"),
                tag("OrgnlMsgNmId", recall["message"] or "pain.001"),
            ),
            box(
                "OrgnlPmtInfAndSts", tag("OrgnlPmtInfId", recall["payment_information_id"] or "NOTPROVIDED"),
                box(
                    "TxInfAndSts",
                    tag("OrgnlInstrId", recall["instruction_id"]), tag("OrgnlEndToEndId", recall["end_to_end_id"]),
                    tag("OrgnlUETR", recall["uetr"]), tag("TxCxlSts", status),
                    box("CxlStsRsnInf", reason, tag("AddtlInf", answer.reason_text[:REASON_TEXT_CHARACTERS_MAX])),
                ),
            ),
            "</CxlDtls></RsltnOfInvstgtn>",
        ),
    )  # fmt: skip
