"""How fast a pain.002 of 50,000 statuses is read, against a floor: the median of paired runs in one process, CPU time.

The floor streams the document through libxml2 with the same schema and walks every element of every payment once,
taking its text: what the plainest correct program that checks would do before it makes anything of it.
"""

import io
import json
import statistics
import time

from lxml import etree

from formats import pain002
from formats.schemas import schema_for
from formats.status_report import PaymentStatus

STATUSES = 50_000
BATCHES = 50
RUNS = 5
VERSION = "pain.002.001.10"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{VERSION}"


def document(number: int) -> bytes:
    """Batches in part: accepted and refused payments by turns, with amounts, dates and payees as banks repeat them."""
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-03-02T10:00:00Z</CreDtTm></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>PAY-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"<OrgnlNbOfTxs>{number}</OrgnlNbOfTxs><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>"
    )
    parts = [head]
    each = number // BATCHES
    for batch in range(BATCHES):
        parts.append(f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>B-{batch}</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>")
        parts.extend(_payment(batch * each + index) for index in range(each))
        parts.append("</OrgnlPmtInfAndSts>")
    parts.append("</CstmrPmtStsRpt></Document>")
    return "".join(parts).encode()


def _payment(index: int) -> str:
    refused = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Account closed</AddtlInf></StsRsnInf>"
    return (
        f"<TxInfAndSts><StsId>S-{index}</StsId><OrgnlInstrId>I-{index}</OrgnlInstrId>"
        f"<OrgnlEndToEndId>E-{index}</OrgnlEndToEndId><TxSts>{'RJCT' if index % 2 else 'ACSC'}</TxSts>"
        f"{refused if index % 2 else ''}<AccptncDtTm>2026-03-02T09:00:00Z</AccptncDtTm>"
        f'<AcctSvcrRef>A-{index}</AcctSvcrRef><OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{index}.50</InstdAmt></Amt>'
        "<ReqdExctnDt><Dt>2026-03-02</Dt></ReqdExctnDt><Cdtr><Pty><Nm>Paper Mill GmbH</Nm></Pty></Cdtr>"
        "<CdtrAcct><Id><IBAN>DE75512108001245126199</IBAN></Id></CdtrAcct>"
        "</OrgnlTxRef></TxInfAndSts>"
    )


def ours(data: bytes) -> None:
    seen = sum(isinstance(part, PaymentStatus) for part in pain002.stream(io.BytesIO(data)))
    assert seen == STATUSES


def floor(data: bytes, schema: etree.XMLSchema) -> None:
    seen = 0
    for _, element in etree.iterparse(
        io.BytesIO(data), events=("end",), tag=f"{{{NAMESPACE}}}TxInfAndSts", schema=schema, remove_blank_text=True
    ):
        seen += 1
        {child.tag: child.text for child in element.iter()}
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    assert seen == STATUSES


def figures() -> dict[str, float]:
    """Our time over the floor's: below 1 would be faster."""
    data = document(STATUSES)
    found = schema_for(VERSION)
    assert found is not None
    schema = etree.XMLSchema(etree.fromstring(found.text))
    ratios = []
    for _ in range(RUNS):
        started = time.process_time()
        floor(data, schema)
        between = time.process_time()
        ours(data)
        ratios.append((time.process_time() - between) / (between - started))
    return {"read_pain002_vs_floor": round(statistics.median(ratios), 3)}


if __name__ == "__main__":
    print(json.dumps(figures()))
