"""Reads a payment file, or a recall, as this bank does: what breaks the schema is none, nor is half of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat

from formats import pain001, xml
from formats.errors import FormatError, Unreadable
from formats.initiation import Initiation
from formats.schemas import schema_for

RECALL_ROOT = "CstmrPmtCxlReq"
HEAD_BYTES = 65_536
"""Within these a file says what it is."""


def read_initiation(content: bytes) -> Initiation:
    """The whole initiation; :class:`formats.errors.FormatError` for what is none, or is one only nearly."""
    initiation = pain001.read(content)
    for finding in initiation.findings:
        if finding.blocks:
            where = f" (line {finding.line})" if finding.line is not None else ""
            raise Unreadable(f"{finding.message}{where}")
    _parsed_again(content)
    return initiation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledPayment:
    """What a recall says of one payment; None where it names none, and means all of its block or message."""

    message_id: str | None
    message: str | None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    reason: str | None = None

    @property
    def names_payment(self) -> bool:
        """Whether it speaks of one payment."""
        return (self.instruction_id or self.end_to_end_id or self.uetr) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallMessage:
    """A camt.055: ``case_id`` is the id the client gave it."""

    message: str
    case_id: str | None
    payments: tuple[RecalledPayment, ...]


def is_recall(content: bytes) -> bool:
    """Whether this looks like a camt.055."""
    try:
        seen = xml.look(content[:HEAD_BYTES])
    except FormatError:
        return False
    return seen.payload is not None and seen.payload.local == RECALL_ROOT


def read_recall(content: bytes) -> RecallMessage:
    """The whole recall; :class:`formats.errors.FormatError` for what is none, or is one only nearly."""
    root = xml.tree(content)
    message = (xml.namespace(root) or "").rpartition(":")[2]
    schema = schema_for(message)
    if schema is None:
        raise Unreadable(f"This bank takes no {message}.")
    for fault in _compiled(schema.text).faults(root):
        raise Unreadable(f"{fault.message} (line {fault.line})")
    _parsed_again(content)
    return RecallMessage(
        message=message, case_id=_text(root, RECALL_ROOT, "Assgnmt", "Id"),
        payments=tuple(one for part in _all(root, RECALL_ROOT, "Undrlyg") for one in _underlying(part)),
    )  # fmt: skip


def _underlying(part: xml.Element) -> Iterator[RecalledPayment]:
    blocks = list(_all(part, "OrgnlPmtInfAndCxl"))
    for block in blocks:
        payments: list[xml.Element | None] = list(_all(block, "TxInf"))
        yield from (_recalled(part, block, payment) for payment in payments or [None])
    if not blocks:
        yield _recalled(part, None, None)


def _recalled(part: xml.Element, block: xml.Element | None, payment: xml.Element | None) -> RecalledPayment:
    group = next(_all(part, "OrgnlGrpInfAndCxl"), None)
    reasons = (_text(level, "CxlRsnInf", "Rsn", "Cd") for level in (payment, block, group))
    return RecalledPayment(
        message_id=_text(group, "OrgnlMsgId") or _text(block, "OrgnlGrpInf", "OrgnlMsgId"),
        message=_text(group, "OrgnlMsgNmId") or _text(block, "OrgnlGrpInf", "OrgnlMsgNmId"),
        payment_information_id=_text(block, "OrgnlPmtInfId"),
        instruction_id=_text(payment, "OrgnlInstrId"), end_to_end_id=_text(payment, "OrgnlEndToEndId"),
        uetr=_text(payment, "OrgnlUETR"), reason=next(filter(None, reasons), None),
    )  # fmt: skip


def _all(element: xml.Element, *path: str) -> Iterator[xml.Element]:
    step, *more = path
    for child in element:
        if isinstance(child.tag, str) and xml.local(child) == step:
            yield from _all(child, *more) if more else (child,)


def _text(element: xml.Element | None, *path: str) -> str | None:
    found = None if element is None else next(_all(element, *path), None)
    return None if found is None else (found.text or "").strip() or None


@lru_cache(maxsize=8)
def _compiled(xsd: bytes) -> xml.Schema:
    return xml.compile_schema(xsd)


def _parsed_again(content: bytes) -> None:
    """By a second parser, so that the bank does not share every mistake of the hub's."""
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as err:
        raise Unreadable(f"This is not well-formed XML: {err}") from err
