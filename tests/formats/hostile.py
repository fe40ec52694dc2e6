"""Hostile sources, and a process of its own to read one in: `python hostile.py CASE` prints what it cost as JSON.

Time is the process's own (CPU), because the machine may be busy with other things; memory is its peak above import.
"""

import io
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path

GIGABYTE = 1024**3
DOCUMENT = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:%s">'
REPORT = DOCUMENT % b"pain.002.001.10" + b"<CstmrPmtStsRpt><GrpHdr><MsgId>S</MsgId></GrpHdr>"
RESOLUTION = DOCUMENT % b"camt.029.001.09" + b"<RsltnOfInvstgtn><Assgnmt><Id>S</Id></Assgnmt>"
STATEMENT = DOCUMENT % b"camt.053.001.08" + b"<BkToCstmrStmt><GrpHdr><MsgId>S</MsgId></GrpHdr>"
PAYMENT = DOCUMENT % b"pain.001.001.09" + b"<CstmrCdtTrfInitn><GrpHdr><MsgId>S</MsgId></GrpHdr>"
SWIFT = b":20:S\r\n:25:1\r\n:28C:1\r\n:60F:C260301EUR1,\r\n:61:260302C1,NTRFNONREF\r\n:86:"
BLOCK = 64 * 1024


class Pieces(io.RawIOBase):
    """A stream without end in sight, made while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def endless(start: bytes, piece: bytes) -> Callable[[], Pieces]:
    return lambda: Pieces(chain([start], repeat(piece * (BLOCK // len(piece)), GIGABYTE // BLOCK)))


def sparse() -> Path:
    path = Path(tempfile.mkstemp(prefix="payhub-sparse-")[1])
    os.truncate(path, GIGABYTE)
    return path


def bomb() -> bytes:
    lol = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    text = f'<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY l0 "lol">{lol}]>' + REPORT.decode()
    return (text + "<OrgnlGrpInfAndSts><OrgnlMsgId>&l11;</OrgnlMsgId>").encode()


def with_doctype(doctype: str, reference: str = "&x;") -> bytes:
    return f"{doctype}{REPORT.decode()}<OrgnlGrpInfAndSts>{reference}</OrgnlGrpInfAndSts>".encode()


CASES: dict[str, Callable[[], object]] = {
    "entity bomb": bomb,
    "quadratic blowup": lambda: with_doctype(
        f'<!DOCTYPE Document [<!ENTITY x "{"a" * 50_000}">]>', "&x;" * 50_000
    ),
    "external entity": lambda: with_doctype('<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "parameter entity": lambda: with_doctype('<!DOCTYPE Document [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>'),
    "external DTD": lambda: with_doctype('<!DOCTYPE Document SYSTEM "http://192.0.2.1/evil.dtd">', ""),
    "DTD behind a long comment": lambda: b"<!--" + b"-a" * 100_000 + b"--><!DOCTYPE a>" + REPORT,
    "entity without DTD": lambda: REPORT + b"<OrgnlGrpInfAndSts>&x;</OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>",
    "gigabyte of blanks": endless(b"", b" "),
    "gigabyte of line ends": endless(b"", b"\r\n"),
    "gigabyte of nothing": sparse,
    "gigabyte of blanks behind a mark": endless(b"\xef\xbb\xbf", b" "),
    "gigabyte of blanks inside a report": endless(REPORT, b" "),
    "gigabyte of comments": endless(REPORT, b"<!-- comment -->"),
    "million nested elements": lambda: REPORT + b"<a>" * 1_000_000,
    "million nested elements in a statement": lambda: STATEMENT + b"<a>" * 1_000_000,
    "million nested elements in an order": lambda: PAYMENT + b"<a>" * 1_000_000,
    "million nested elements in an answer to a recall": lambda: RESOLUTION + b"<a>" * 1_000_000,
    "endless payments of an answer to a recall": endless(RESOLUTION + b"<CxlDtls>", b"<TxInfAndSts/>"),
    "gigabyte of elements without a record": endless(STATEMENT, b"<a/>"),
    "huge attribute": endless(REPORT + b'<OrgnlGrpInfAndSts a="', b"a"),
    "million attributes": lambda: REPORT + b"<X " + b" ".join(b'a%d=""' % i for i in range(1_000_000)) + b"/>",
    "huge text": endless(REPORT + b"<OrgnlGrpInfAndSts><OrgnlMsgId>", b"a"),
    "huge text in a statement": endless(STATEMENT + b"<Stmt><Id>", b"a"),
    "huge name": endless(REPORT + b"<", b"a"),
    "huge first name": endless(b"<", b"a"),
    "huge namespace": endless(b'<Document xmlns="', b"a"),
    "wrong encoding declared": lambda: b'<?xml version="1.0" encoding="UTF-16"?>' + REPORT,
    "unknown encoding declared": lambda: b'<?xml version="1.0" encoding="EBCDIC-X"?>' + REPORT,
    "Latin-1 called UTF-8": lambda: REPORT + "<OrgnlGrpInfAndSts>Müller</OrgnlGrpInfAndSts>".encode("latin-1"),
    "UTF-16 without a mark": lambda: REPORT.decode().encode("utf-16-le"),
    "UTF-7": lambda: b'<?xml version="1.0" encoding="UTF-7"?>+ADw-Document+AD4-',
    "NUL in a report": lambda: REPORT + b"<OrgnlGrpInfAndSts>\x00</OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>",
    "NUL in a statement": lambda: SWIFT + b"a\x00b\r\n:62F:C260301EUR2,\r\n-",
    "endless text of an entry": endless(SWIFT, b"abcdefg "),
    "endless lines of an entry": endless(SWIFT, b"abcdef\r\n"),
    "endless line before any field": endless(b":20:", b"a"),
    "endless digits of an amount": endless(SWIFT[:-5] + b":61:260302C", b"9"),
    "endless text without form": endless(b"", b"hello "),
    "endless JSON": endless(b"[", b"["),
    "random bytes": lambda: bytes((i * i * 31 + 7) % 256 for i in range(300_000)),
}  # fmt: skip


def cost(case: str) -> dict[str, object]:
    from formats import camt, camt029, mt94x, pain001, pain002, registry, schemas
    from formats.errors import FormatError

    del camt, camt029, mt94x, pain001, pain002
    for message in ("pain.002.001.10", "camt.053.001.08", "pain.001.001.09", "camt.029.001.09"):
        schemas.schema_for(message)  # made once and kept; a refusal shall not pay for it
    source = CASES[case]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    error = "none"
    try:
        registry.read(source)
    except FormatError as err:
        error = type(err).__name__
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if isinstance(source, Path):
        source.unlink()
    return {"error": error, "seconds": seconds, "peak_mb": peak / 1024}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    print(json.dumps(cost(sys.argv[1])))
