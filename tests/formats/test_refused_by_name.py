"""Whatever is not ours is refused with what it is and what to do, and never read as something else."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from formats import registry
from formats.errors import NotSupported, Unreadable

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ISO = "urn:iso:std:iso:20022:tech:xsd:"


def document(message, inside="<X/>"):
    return f'<Document xmlns="{ISO}{message}">{inside}</Document>'.encode()


def archive(name):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(name, "<a/>")
    return target.getvalue()


def blocks(number):
    return f"{{1:F01BANKDEFFAXXX0000000000}}{{2:O{number}BANKDEFF}}{{4:\r\n:20:X\r\n-}}".encode()


OTHER_MESSAGES = [
    "pacs.002.001.10", "pacs.003.001.08", "pacs.004.001.09", "pacs.008.001.08", "pacs.009.001.08", "pacs.028.001.03",
    "camt.025.001.05", "camt.026.001.07", "camt.027.001.07", "camt.028.001.09", "camt.055.001.08",
    "camt.056.001.08", "camt.060.001.05", "camt.086.001.03", "pain.007.001.09", "pain.009.001.06", "pain.010.001.06",
    "pain.011.001.06", "pain.012.001.06", "pain.013.001.07", "pain.014.001.07", "acmt.022.001.03", "admi.002.001.01",
    "remt.001.001.04", "auth.024.001.01", "setr.010.001.04",
]  # fmt: skip

OTHER_FILES = {
    "header": (f'<AppHdr xmlns="{ISO}head.001.001.02"><Fr/></AppHdr>'.encode(), "header without a message"),
    "HAC": (
        document(
            "pain.002.001.03",
            "<CstmrPmtStsRpt><GrpHdr><MsgId>H</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>EBICS</OrgnlMsgId>"
            "<OrgnlMsgNmId>EBICS</OrgnlMsgNmId></OrgnlGrpInfAndSts></CstmrPmtStsRpt>",
        ),
        "HAC",
    ),
    "PDF": (b"%PDF-1.7\n%", "PDF"),
    "ZIP": (archive("statement.xml"), "ZIP"),
    "XLSX": (archive("xl/workbook.xml"), "Office"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "Office"),
    "gzip": (b"\x1f\x8b\x08\x00", "gzip"),
    "armoured PGP": (b"-----BEGIN PGP MESSAGE-----\n\nhQ==", "PGP"),
    "binary PGP": (b"\x85\x01\x0c\x03" + bytes(range(90)), "PGP"),
    "S/MIME": (b"-----BEGIN PKCS7-----\nMII", "S/MIME"),
    "certificate": (b"-----BEGIN CERTIFICATE-----\nMII", "certificate"),
    "BAI2": (b"01,122099999,123456789,260302,0200,1,65,,2/\n02,031001234,122099999,1,260302,2359,,2/", "BAI2"),
    "OFX 1": (b"OFXHEADER:100\nDATA:OFXSGML\n", "OFX"),
    "OFX 2": (b'<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?><OFX><A/></OFX>', "OFX"),
    "QIF": (b"!Type:Bank\nD02/03/2026\nT-5\n^\n", "QIF"),
    "CODA": (b"0000002032600005        0123456789PAPER MILL" + b" " * 80, "CODA"),
    "CFONB": (b"0130004    00001EUR2  00012345678  020326" + b" " * 60, "CFONB"),
    "Norma 43": (b"11003000000000000000260301260331200000000000001000097800000000000000000000\n", "Norma 43"),
    "Nacha": (b"101 076401251 0764012512603021511A094101BANK NAME\n", "Nacha"),
    "DTAUS": (b"0128AGK5121080051210800PAPER MILL", "DTAUS"),
    "web page": (b"<!DOCTYPE html>\n<html><head><title>Login</title></head></html>", "web page"),
    "web page without a type": (b"\n\n<html lang='de'><body>Login</body></html>", "web page"),
    "JSON": (b'{"error":"unauthorized"}', "JSON"),
    "CSV": (b"iban;amount\nDE75;5\n", "CSV"),
    "SOAP": (b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>', "SOAP"),
    "EBICS": (b'<ebicsResponse xmlns="urn:org:ebics:H004"><header/></ebicsResponse>', "EBICS"),
    "invoice": (b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>', "invoice"),
    "MT103": (blocks("103"), "MT103"),
    "MT950": (blocks("950"), "MT950"),
    "MT101": (b":20:A\r\n:28D:1/1\r\n:50H:/X\r\n:32B:EUR5,\r\n", "MT message"),
}


@pytest.mark.parametrize("message", OTHER_MESSAGES)
def test_another_iso_message_is_refused_by_its_name(message):
    with pytest.raises(NotSupported, match=message.replace(".", r"\.")) as refused:
        registry.read(document(message))
    assert len(refused.value.message.split(". ")) >= 2, "what it is, and what to do"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("camt.025.001.05", "receipt"),
        ("camt.055.001.08", "customer to cancel"),
        ("camt.056.001.08", "bank to cancel"),
        ("pacs.004.001.09", "return"),
        ("pain.007.001.09", "reversal"),
        ("pain.009.001.06", "mandate"),
        ("pain.014.001.07", "request to pay"),
    ],
)
def test_a_refusal_says_in_words_what_the_message_is(message, words):
    with pytest.raises(NotSupported, match=words):
        registry.read(document(message))


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_file_is_refused_by_what_it_is(name):
    data, kind = OTHER_FILES[name]
    with pytest.raises(NotSupported, match=kind) as refused:
        registry.read(data)
    assert refused.value.code == "format.not_supported"


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\x00" * 100])
def test_an_empty_file_is_told_as_empty(data):
    with pytest.raises(Unreadable) as refused:
        registry.read(data)
    assert refused.value.code in ("format.empty", "format.unknown")


@pytest.mark.parametrize("data", [b"Dear Sir or Madam", bytes((i * 37) % 256 for i in range(3000)), b"<a><b/></a>"])
def test_what_nobody_knows_is_unreadable_and_no_guess(data):
    with pytest.raises(Unreadable):
        registry.read(data)


def others():
    if not CORPUS.is_dir():
        return []
    entries = [json.loads(line) for line in (CORPUS / "ORACLE.jsonl").read_text().splitlines()]
    known = [CORPUS / entry["file"] for entry in entries if entry["type"] == "pain.007"]
    return [*sorted((CORPUS / "other").iterdir()), *known]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real messages is not beside the project")
@pytest.mark.parametrize("path", others(), ids=lambda path: path.name)
def test_a_real_message_that_is_not_ours_is_refused_by_name(path):
    with pytest.raises(NotSupported, match=r"This is [a-z]{4}\.\d{3}\.\d{3}\.\d{2}, "):
        registry.read(path)
