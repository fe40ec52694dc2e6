"""What lies in a bank's outbox beside answers to us: nothing, rubbish, and messages for somebody else."""

from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from banks.simulator.documents import Desk, doors_of_statements, zipped
from banks.simulator.writing import box, document, money, tag

STRANGER = "DE02100100100006820101"
GARBAGE_BLOCKS = 64
NAMES = {
    "empty": "EMPTY.xml", "garbage": "EXPORT.dat", "zip": "ARCHIVE.zip", "foreign_statement": "CAMT053_STRANGER.xml",
    "foreign_answer": "PAIN002_STRANGER.xml", "unknown_message": "ADMI_NOTICE.xml",
}  # fmt: skip


def strew(desk: Desk, litter: tuple[tuple[str, str], ...], day: date, at: datetime) -> None:
    """Puts each piece behind the door of the statements."""
    for kind, name in litter:
        desk.offer(
            doors=doors_of_statements(desk.config), name=_file_name(name or NAMES[kind]), kind=kind,
            content=_content(desk, kind, day, at), at=at,
        )  # fmt: skip


def _file_name(name: str) -> str:
    """``name`` with what a folder cannot hold left out."""
    return name.replace("/", "_").replace("\0", "_")


def _content(desk: Desk, kind: str, day: date, at: datetime) -> bytes:
    if kind == "empty":
        return b""
    if kind == "garbage":
        return b"".join(sha256(f"{day}-{number}".encode()).digest() for number in range(GARBAGE_BLOCKS))
    if kind == "zip":
        return zipped("readme.txt", f"Nothing for you on {day}.\n".encode())
    if kind == "foreign_statement":
        return _statement(desk, day, at)
    if kind == "foreign_answer":
        return _answer(desk, day, at)
    return document("admi.004.001.02", (box("SysEvtNtfctn", box("EvtInf", tag("EvtCd", "CLSD"))),))


def _statement(desk: Desk, day: date, at: datetime) -> bytes:
    """A statement of somebody else's account, which adds up."""
    balance = money("Amt", Decimal("77.70"), "EUR") + tag("CdtDbtInd", "CRDT") + box("Dt", tag("Dt", day.isoformat()))
    balances = (box("Bal", box("Tp", box("CdOrPrtry", tag("Cd", code))), balance) for code in ("OPBD", "CLBD"))
    created = tag("CreDtTm", desk.moment(at))
    stranger = box("Acct", box("Id", tag("IBAN", STRANGER)))
    return document(
        desk.config.statement,
        (
            box(
                "BkToCstmrStmt",
                box("GrpHdr", tag("MsgId", f"STRANGER-{day}"), created),
                box("Stmt", tag("Id", f"STRANGER-{day}"), created, stranger, *balances),
            ),
        ),
    )


def _answer(desk: Desk, day: date, at: datetime) -> bytes:
    """A refusal of a file that somebody else sent."""
    about = (tag("OrgnlMsgId", f"STRANGER-{day}"), tag("OrgnlMsgNmId", "pain.001"), tag("GrpSts", "RJCT"))
    head = box("GrpHdr", tag("MsgId", f"STRANGER-{day}"), tag("CreDtTm", desk.moment(at)))
    return document(desk.config.status_report, (box("CstmrPmtStsRpt", head, box("OrgnlGrpInfAndSts", *about)),))
