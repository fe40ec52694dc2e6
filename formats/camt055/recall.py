"""A recall as a value, and its text in the versions .08 to .12, which say it alike."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from formats import xml
from formats.errors import Unbuildable
from formats.initiation import Agent, Party
from formats.initiations.texts import agent, choice, element, escaped, money, party, under
from formats.initiations.version import ADDRESS_2019, Version
from formats.initiations.writer import Written
from formats.schemas import schema_for
from formats.totals import EXACT, ZERO
from formats.values import Money

VERSIONS: dict[str, Version] = {
    name: Version(message=name, address=ADDRESS_2019)
    for name in (f"camt.055.001.{number:02}" for number in range(8, 13))
}
"""The versions that can be written, by name."""
PAYMENTS_MAX = 10_000
"""How many payments one recall may name; a recall is for mistakes, not for runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledPayment:
    """One payment that is to come back, by the references it was sent with.

    ``reason`` is from ExternalCancellationReason1Code (DUPL, TECH, FRAD, CUST, AM09, AC03 …); a proprietary one goes to
    ``reason_proprietary``. ``text`` lines have at most 105 characters each.
    """

    payment_information_id: str
    amount: Money
    execution_date: date | None = None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    cancellation_id: str | None = None
    reason: str | None = None
    reason_proprietary: str | None = None
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A request to cancel ``payments`` of one message. ``sender`` asks, ``bank`` is asked."""

    id: str
    sender: Party
    bank: Agent
    original_message_id: str
    original_message_name: str
    """The version the payments were sent as: pain.001.001.09."""
    payments: Sequence[RecalledPayment]


def write(recall: Recall, version: str, out: BinaryIO, *, at: datetime, schemas: Path | None = None) -> Written:
    """Writes ``recall`` as ``version`` (``camt.055.001.08``): one line, valid against its schema.

    Payments of one block stand together, blocks in the order they first appear. Raises :class:`Unbuildable` for what
    the version cannot say, for a recall of nothing, and for more than ``PAYMENTS_MAX`` payments.
    """
    known = VERSIONS.get(version)
    found = schema_for(version, official=schemas) if known is not None else None
    if known is None or found is None:
        raise Unbuildable(f"{version} cannot be written; choose one of {', '.join(VERSIONS)}.", code="build.version")
    if not 0 < len(recall.payments) <= PAYMENTS_MAX:
        problem = f"A recall names between one and {PAYMENTS_MAX:,} payments, not {len(recall.payments):,}."
        raise Unbuildable(problem, path="Undrlyg/OrgnlPmtInfAndCxl")
    total = ZERO
    for payment in recall.payments:
        total = EXACT.add(total, payment.amount.value)
    text = _document(recall, known, at, f"{total:f}").encode()
    for fault in _compiled(found.text).faults(xml.tree(text)):
        raise Unbuildable(fault.message, code="build.schema", path=fault.path)
    out.write(text)
    digest = hashlib.sha256(text).hexdigest()
    return Written(count=len(recall.payments), control_sum=total, sha256=digest, bytes=len(text))


@lru_cache(maxsize=8)
def _compiled(xsd: bytes) -> xml.Schema:
    return xml.compile_schema(xsd)


def _document(recall: Recall, version: Version, at: datetime, total: str) -> str:
    try:
        sender, bank = party("Pty", recall.sender, version, required=True), agent("Agt", recall.bank, version)
    except Unbuildable as err:
        raise under("Assgnmt", err) from err
    order = {payment.payment_information_id: number for number, payment in reversed(list(enumerate(recall.payments)))}
    ordered = sorted(recall.payments, key=lambda payment: order[payment.payment_information_id])
    blocks = "".join(
        f"<OrgnlPmtInfAndCxl><OrgnlPmtInfId>{escaped(name)}</OrgnlPmtInfId>"
        f"{''.join([_payment(payment) for payment in own])}</OrgnlPmtInfAndCxl>"
        for name, own in groupby(ordered, key=lambda payment: payment.payment_information_id)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{version.namespace}"><CstmrPmtCxlReq>'
        f"<Assgnmt><Id>{escaped(recall.id)}</Id><Assgnr>{sender}</Assgnr><Assgne>{bank}</Assgne>"
        f"<CreDtTm>{at.isoformat()}</CreDtTm></Assgnmt>"
        f"<CtrlData><NbOfTxs>{len(recall.payments)}</NbOfTxs><CtrlSum>{total}</CtrlSum></CtrlData>"
        f"<Undrlyg><OrgnlGrpInfAndCxl><OrgnlMsgId>{escaped(recall.original_message_id)}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{escaped(recall.original_message_name)}</OrgnlMsgNmId></OrgnlGrpInfAndCxl>{blocks}</Undrlyg>"
        "</CstmrPmtCxlReq></Document>"
    )


def _payment(payment: RecalledPayment) -> str:
    if payment.end_to_end_id is None and payment.instruction_id is None and payment.uetr is None:
        raise Unbuildable("A recalled payment needs a reference the bank knows it by.", path="TxInf/OrgnlEndToEndId")
    reason = choice("Rsn", payment.reason, payment.reason_proprietary)
    lines = "".join([f"<AddtlInf>{escaped(line)}</AddtlInf>" for line in payment.text])
    day = (
        f"<OrgnlReqdExctnDt><Dt>{payment.execution_date.isoformat()}</Dt></OrgnlReqdExctnDt>"
        if payment.execution_date
        else ""
    )
    return (
        f"<TxInf>{element('CxlId', payment.cancellation_id)}{element('OrgnlInstrId', payment.instruction_id)}"
        f"{element('OrgnlEndToEndId', payment.end_to_end_id)}{element('OrgnlUETR', payment.uetr)}"
        f"{money('OrgnlInstdAmt', payment.amount)}{day}"
        f"{f'<CxlRsnInf>{reason}{lines}</CxlRsnInf>' if reason or lines else ''}</TxInf>"
    )
