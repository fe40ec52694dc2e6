"""What checking costs: 50,000 payments checked against a profile, over reading them alone (median of paired runs).

The floor is our own streaming reader with the schema on, giving the same payments away: below it no check can be.
"""

import json
import statistics
import time
from datetime import date

from formats import check, pain001

PAYMENTS = 50_000
RUNS = 3
PROFILE = "sepa-sct"
TODAY = date(2026, 11, 2)
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


def payment(number: int) -> str:
    """A transfer as an ERP sends it: both references, bank, a structured address, remittance."""
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>INS-{number}</InstrId><EndToEndId>E2E-{number}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="EUR">{number}.00</InstdAmt></Amt>'
        "<CdtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></CdtrAgt>"
        f"<Cdtr><Nm>Payee {number} GmbH</Nm><PstlAdr><StrtNm>Am Markt</StrtNm><BldgNb>{number % 99}</BldgNb>"
        "<PstCd>53111</PstCd><TwnNm>Bonn</TwnNm><Ctry>DE</Ctry></PstlAdr></Cdtr>"
        "<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>"
        f"<RmtInf><Ustrd>Invoice {number}</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def document(count: int) -> bytes:
    """A valid message without a finding, so that every rule is asked and none is spared."""
    total = count * (count + 1) // 2
    payments = "".join(payment(number) for number in range(1, count + 1))
    return (
        f'<Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn><GrpHdr><MsgId>MESSAGE-1</MsgId>'
        f"<CreDtTm>2026-11-02T08:00:00Z</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}.00</CtrlSum>"
        "<InitgPty><Nm>Payer AG</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>BATCH-1</PmtInfId><PmtMtd>TRF</PmtMtd>"
        "<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>2026-11-04</Dt></ReqdExctnDt>"
        "<Dbtr><Nm>Payer AG</Nm></Dbtr><DbtrAcct><Id><IBAN>DE75512108001245126199</IBAN></Id></DbtrAcct>"
        f"<DbtrAgt><FinInstnId><BICFI>COBADEFF</BICFI></FinInstnId></DbtrAgt>{payments}</PmtInf>"
        "</CstmrCdtTrfInitn></Document>"
    ).encode()


def figures() -> dict[str, float]:
    """Checking over reading: 1 would be a check that costs nothing."""
    data = document(PAYMENTS)
    ratios = []
    for _ in range(RUNS):
        started = time.process_time()
        read = sum(1 for _ in pain001.stream(data))
        between = time.process_time()
        findings = list(check(data, profile=PROFILE, as_of=TODAY))
        ratios.append((time.process_time() - between) / (between - started))
        assert read == PAYMENTS + 2
        assert findings == []
    return {"check_pain001_vs_read": round(statistics.median(ratios), 3)}


if __name__ == "__main__":
    print(json.dumps(figures()))
