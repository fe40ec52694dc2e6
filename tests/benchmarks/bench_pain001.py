"""How fast pain.001.001.09 is written and read, against floors and two peers: medians of paired runs in one process.

The floor makes one f-string per transfer, joins them, parses the result with libxml2 and validates the tree: what the
plainest correct program would do. Peers write fewer fields; each is paired with ours over the same number of transfers.
pyiso20022 cannot run here: it needs xsdata, which nothing of ours does. The floor of reading is a streaming parse with
the schema and one walk that puts every text of a payment into a dict.
"""

import importlib.util
import io
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from lxml import etree

from formats import pain001
from formats.initiation import Account, Address, Agent, CreditTransfer, Initiation, Party, PaymentInformation
from formats.schemas import schema_for
from formats.values import Money

TRANSFERS = 50_000
PEER_TRANSFERS = 2_000
READ_TRANSFERS = 20_000
RUNS = 5
VERSION = "pain.001.001.09"
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
IBAN = "DE89370400440532013000"
BIC = "COBADEFFXXX"


def message(count: int) -> Initiation:
    """A batch as an ERP sends it: ids, amount, bank, payee with a structured address, account, purpose, remittance."""
    payments = tuple(
        CreditTransfer(
            instruction_id=f"INS-{n}",
            end_to_end_id=f"E2E-{n}",
            amount=Money(Decimal(n) / 100, "EUR"),
            creditor_agent=Agent(bic=BIC),
            creditor=Party(
                name=f"Payee {n} GmbH & Co",
                address=Address(
                    street="Hauptstr.", building_number="1", post_code="10115", town="Berlin", country="DE"
                ),
            ),
            creditor_account=Account(iban=IBAN),
            purpose="SUPP",
            remittance=(f"Invoice {n}",),
        )
        for n in range(1, count + 1)
    )
    batch = PaymentInformation(
        id="BATCH-1",
        execution_date=date(2026, 11, 23),
        debtor=Party(name="Muster AG"),
        debtor_account=Account(iban=IBAN),
        debtor_agent=Agent(bic=BIC),
        payments=payments,
    )
    return Initiation(message_id="MSG-1", created_at=AT, initiating_party=Party(name="Muster AG"), batches=(batch,))


def ours(given: Initiation) -> None:
    written = pain001.write(given, VERSION, io.BytesIO(), at=AT)
    assert written.count == len(given.batches[0].payments)


def floor(rows: list[tuple[str, ...]], schema: etree.XMLSchema) -> None:
    parts = [
        f"<CdtTrfTxInf><PmtId><InstrId>{i}</InstrId><EndToEndId>{e}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="EUR">{a}</InstdAmt></Amt><CdtrAgt><FinInstnId><BICFI>{BIC}</BICFI></FinInstnId></CdtrAgt>'
        f"<Cdtr><Nm>{n}</Nm><PstlAdr><StrtNm>Hauptstr.</StrtNm><BldgNb>1</BldgNb><PstCd>10115</PstCd>"
        f"<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry></PstlAdr></Cdtr><CdtrAcct><Id><IBAN>{IBAN}</IBAN></Id></CdtrAcct>"
        f"<Purp><Cd>SUPP</Cd></Purp><RmtInf><Ustrd>{r}</Ustrd></RmtInf></CdtTrfTxInf>"
        for i, e, a, n, r in rows
    ]
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{VERSION}">'
        "<CstmrCdtTrfInitn><GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-20T09:00:00</CreDtTm>"
        f"<NbOfTxs>{len(rows)}</NbOfTxs><InitgPty><Nm>Muster AG</Nm></InitgPty></GrpHdr><PmtInf>"
        "<PmtInfId>BATCH-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-23</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>Muster AG</Nm></Dbtr><DbtrAcct><Id><IBAN>{IBAN}</IBAN></Id></DbtrAcct>"
        f"<DbtrAgt><FinInstnId><BICFI>{BIC}</BICFI></FinInstnId></DbtrAgt>"
    )
    document = f"{head}{''.join(parts)}</PmtInf></CstmrCdtTrfInitn></Document>".encode()
    assert schema.validate(etree.fromstring(document))


def floor_rows(given: Initiation) -> list[tuple[str, ...]]:
    """The same content, ready as text, so that the floor converts nothing."""
    return [
        (
            p.instruction_id,
            p.end_to_end_id,
            p.amount.text,
            p.creditor.name.replace("&", "&amp;"),
            p.remittance[0],
        )
        for p in given.batches[0].payments
    ]


def document(given: Initiation) -> bytes:
    """The message as bytes, for the readers."""
    out = io.BytesIO()
    pain001.write(given, VERSION, out, at=AT)
    return out.getvalue()


def reading(data: bytes) -> None:
    assert sum(type(part) is CreditTransfer for part in pain001.stream(data)) == READ_TRANSFERS


def reading_floor(data: bytes, schema: etree.XMLSchema) -> None:
    seen = 0
    for _, payment in etree.iterparse(io.BytesIO(data), events=("end",), tag="{*}CdtTrfTxInf", schema=schema):
        texts = {}
        for element in payment.iter():
            if element.text:
                texts[element.tag] = element.text
        seen += bool(texts)
        payment.clear()
        while payment.getprevious() is not None:
            del payment.getparent()[0]
    assert seen == READ_TRANSFERS


def sepaxml(given: Initiation) -> Callable[[], None]:
    """The peer `sepaxml`: integers of cents into an ElementTree, validated by xmlschema or lxml as it likes."""
    from sepaxml import SepaTransfer

    def run() -> None:
        config = {"name": "Muster AG", "IBAN": IBAN, "BIC": BIC, "batch": True, "currency": "EUR"}
        transfer = SepaTransfer(config, schema=VERSION, clean=False)
        for p in given.batches[0].payments:
            transfer.add_payment(
                {
                    "name": p.creditor.name,
                    "IBAN": IBAN,
                    "BIC": BIC,
                    "amount": int(p.amount.value * 100),
                    "execution_date": date(2026, 11, 23),
                    "description": p.remittance[0],
                    "endtoend_id": p.end_to_end_id,
                }
            )
        assert transfer.export(validate=True)

    return run


def pain001_peer(given: Initiation) -> Callable[[], None]:
    """The peer `pain001`: a template over rows, validated."""
    from pain001.xml.generate_xml import generate_xml_string

    spec = importlib.util.find_spec("pain001")
    folder = Path(spec.submodule_search_locations[0]) / "templates" / VERSION
    rows = [
        {
            "id": "MSG-1", "date": "2026-11-20T09:00:00", "initiator_name": "Muster AG",
            "payment_information_id": "BATCH-1", "payment_method": "TRF", "batch_booking": "true",
            "service_level_code": "SEPA", "requested_execution_date": "2026-11-23", "debtor_name": "Muster AG",
            "debtor_account_IBAN": IBAN, "debtor_agent_BIC": BIC, "charge_bearer": "SLEV",
            "payment_id": p.end_to_end_id, "payment_amount": p.amount.text, "currency": "EUR",
            "creditor_agent_BIC": BIC, "creditor_name": p.creditor.name, "creditor_account_IBAN": IBAN,
            "remittance_information": p.remittance[0], "forwarding_agent_BIC": BIC,
        }
        for p in given.batches[0].payments
    ]  # fmt: skip

    def run() -> None:
        assert generate_xml_string(rows, VERSION, str(folder / "template.xml"), str(folder / f"{VERSION}.xsd"))

    return run


def seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def paired(one: Callable[[], None], other: Callable[[], None], runs: int) -> float:
    """The median of one's time over the other's, run by run."""
    return statistics.median(seconds(one) / seconds(other) for _ in range(runs))


def figures() -> dict[str, float]:
    """Our time over theirs: below 1 is faster."""
    given = message(TRANSFERS)
    rows, schema = floor_rows(given), etree.XMLSchema(etree.fromstring(schema_for(VERSION).text))
    few = message(PEER_TRANSFERS)
    ours(few)
    against = {"sepaxml": sepaxml(few), "pain001": pain001_peer(few)}
    for peer in against.values():
        peer()
    ratios = {name: paired(lambda: ours(few), peer, RUNS) for name, peer in against.items()}
    data = document(message(READ_TRANSFERS))
    return {
        "read_pain001_vs_floor": round(paired(lambda: reading(data), lambda: reading_floor(data, schema), RUNS), 3),
        "write_pain001_vs_floor": round(paired(lambda: ours(given), lambda: floor(rows, schema), RUNS), 3),
        "write_pain001_vs_best_peer": round(max(ratios.values()), 3),
        **{f"write_pain001_vs_{name}": round(ratio, 3) for name, ratio in ratios.items()},
    }


if __name__ == "__main__":
    print(json.dumps(figures()))
