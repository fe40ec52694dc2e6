"""pain.002: what the bank says became of a file, at the level where it says it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from sqlite3 import Row

from banks.simulator.config import BankConfig
from banks.simulator.writing import box, document, tag, written_moment

REASON_TEXT_CHARACTERS_MAX = 105
EXCEPTIONS = frozenset({"rejected", "cancelled"})
"""What is told even where only exceptions are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """Everything a report speaks of. ``group`` is the file's status, ``accepted`` that of each payment not refused."""

    id: str
    at: datetime
    original_id: str | None
    original_name: str | None
    count: int | None
    control_sum: str | None
    group: str | None
    """None says nothing of the whole."""
    reason: tuple[str | None, str | None]
    payments: Sequence[Row]
    """In document order, each with ``payment_information_id`` and its own columns; none for a bare group answer."""
    accepted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForm:
    """How a report is written. ``detail`` says which payments it lists, ``block_status`` whether blocks have one."""

    message: str
    config: BankConfig
    detail: str
    block_status: bool = True


def status_report(answer: FileAnswer, form: ReportForm) -> bytes:
    """The report's bytes, in the message that ``form`` names."""
    config = form.config
    bic = "BIC" if form.message.endswith(".03") else "BICFI"
    return document(
        form.message,
        (
            "<CstmrPmtStsRpt>",
            box(
                "GrpHdr",
                tag("MsgId", answer.id),
                tag("CreDtTm", written_moment(config, answer.at)),
                box("DbtrAgt", box("FinInstnId", tag(bic, config.bic))),
            ),
            box(
                "OrgnlGrpInfAndSts",
                tag("OrgnlMsgId", answer.original_id or "NOTPROVIDED"),
                tag("OrgnlMsgNmId", answer.original_name or "pain.001"),
                tag("OrgnlNbOfTxs", answer.count),
                tag("OrgnlCtrlSum", answer.control_sum),
                tag("GrpSts", answer.group),
                _reason(*answer.reason),
            ),
            *_blocks(answer, form),
            "</CstmrPmtStsRpt>",
        ),
    )


def _blocks(answer: FileAnswer, form: ReportForm) -> Iterator[str]:
    for (_, name, code, text), rows in groupby(answer.payments, key=_block_of):
        payments = list(rows)
        excepted = any(payment["told"] in EXCEPTIONS for payment in payments)
        status = counted((payment["told"] for payment in payments), answer.accepted)
        yield "<OrgnlPmtInfAndSts>"
        yield tag("OrgnlPmtInfId", name)
        if form.block_status:
            yield tag("OrgnlNbOfTxs", len(payments))
            yield tag("PmtInfSts", status)
            yield _reason(code, text)
        for payment in payments:
            if _is_listed(payment, form.detail, mixed=excepted, by_block=code is not None and form.block_status):
                yield _payment(payment, answer.accepted, form, reasoned=code is None or not form.block_status)
        yield "</OrgnlPmtInfAndSts>"


def _block_of(payment: Row) -> tuple[int, str, str | None, str | None]:
    return (payment["block"], payment["payment_information_id"], payment["block_code"], payment["block_text"])


def _is_listed(payment: Row, detail: str, *, mixed: bool, by_block: bool) -> bool:
    if detail == "all":
        return True
    if by_block:
        return False
    return mixed if detail == "mixed" else payment["told"] in EXCEPTIONS


def counted(told: Iterable[str], accepted: str) -> str:
    """One status over many payments: ``accepted``, RJCT, or PART where some are refused or cancelled."""
    seen = set(told)
    return "RJCT" if seen <= {"rejected"} else ("PART" if seen & EXCEPTIONS else accepted)


def _payment(payment: Row, accepted: str, form: ReportForm, *, reasoned: bool) -> str:
    refused = payment["told"] == "rejected"
    status, code, text = "RJCT" if refused else accepted, payment["told_code"], payment["told_text"]
    if payment["told"] == "cancelled":
        # the older message has no word for it
        refused = form.message.endswith(".03")
        status, code, text = ("RJCT", "DS02", "Cancelled at your request.") if refused else ("CANC", None, None)
    return box(
        "TxInfAndSts",
        tag("StsId", f"S{payment['id']:010d}"),
        tag("OrgnlInstrId", payment["instruction_id"]),
        tag("OrgnlEndToEndId", payment["end_to_end_id"]),
        tag("TxSts", status),
        _reason(code, text) if refused and reasoned else "",
    )


def _reason(code: str | None, text: str | None) -> str:
    if not code:
        return ""
    return box("StsRsnInf", box("Rsn", tag("Cd", code)), tag("AddtlInf", (text or "")[:REASON_TEXT_CHARACTERS_MAX]))
