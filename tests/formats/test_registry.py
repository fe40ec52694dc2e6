"""What a message is, by what is in it."""

import subprocess
import sys

import pytest

from formats import detect
from formats.errors import NotSupported, Unreadable
from formats.registry import CODECS, codec_of, reader_of
from formats.source import Name

ISO = "urn:iso:std:iso:20022:tech:xsd:"


def document(namespace: str, payload: str = "X", prefix: str = "") -> bytes:
    mark, tag = (f":{prefix}", f"{prefix}:") if prefix else ("", "")
    return f'<{tag}Document xmlns{mark}="{namespace}"><{tag}{payload}/></{tag}Document>'.encode()


@pytest.mark.parametrize(
    ("namespace", "message", "family"),
    [
        (ISO + "camt.052.001.06", "camt.052.001.06", "camt"),
        (ISO + "camt.053.001.14", "camt.053.001.14", "camt"),
        (ISO + "camt.054.001.01", "camt.054.001.01", "camt"),
        (ISO + "pain.001.001.09", "pain.001.001.09", "pain.001"),
        (ISO + "pain.002.001.14", "pain.002.001.14", "pain.002"),
        (ISO + "pain.008.001.08", "pain.008.001.08", "pain.008"),
        ("http://www.six-interbank-clearing.com/de/pain.001.001.03.ch.02.xsd", "pain.001.001.03.ch.02", "pain.001"),
        ("urn:swift:xsd:$pain.008.002.02", "pain.008.002.02", "pain.008"),
        ("urn:iso:std:iso:20022:tech:xsd:pain.001.003.03", "pain.001.003.03", "pain.001"),
        ("ISO:camt.053.001.02:APC:STUZZA:payments:003", "camt.053.001.02", "camt"),
    ],
)
def test_the_namespace_names_the_message(namespace, message, family):
    for prefix in ("", "ns2"):
        found = detect(document(namespace, prefix=prefix))
        assert (found.message, found.family, found.namespace) == (message, family, namespace)


def test_an_envelope_is_looked_into():
    inner = document(ISO + "camt.053.001.08")
    found = detect(b'<BizMsgEnvlp xmlns="urn:e"><AppHdr/>' + inner + b"</BizMsgEnvlp>")
    assert found.message == "camt.053.001.08"
    assert found.enveloped_in == Name(namespace="urn:e", local="BizMsgEnvlp")


def test_without_a_namespace_the_payload_names_the_message():
    found = detect(b"<Document><BkToCstmrStmt/></Document>")
    assert (found.message, found.versioned) == ("camt.053", False)


def test_a_payload_nobody_knows_is_unreadable_and_says_what_was_seen():
    with pytest.raises(Unreadable, match=r"root is Document \(Something inside\)"):
        detect(b"<Document><Something/></Document>")


@pytest.mark.parametrize("message", ["pacs.008.001.08", "camt.055.001.09", "camt.056.001.11", "pain.007.001.11"])
def test_a_message_we_do_not_handle_is_refused_by_its_name(message):
    with pytest.raises(NotSupported, match=message):
        detect(document(ISO + message))


def test_an_application_header_alone_is_refused_by_what_it_announces():
    with pytest.raises(NotSupported, match=r"pacs\.002\.001\.08"):
        detect(b"<BusMsg><AppHdr><MsgDefIdr>pacs.002.001.08</MsgDefIdr></AppHdr></BusMsg>")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (":20:A\r\n:25:1\r\n:28C:1\r\n:60F:C260301EUR1,\r\n:62F:C260301EUR1,\r\n-", "MT940"),
        ("{1:F01X}{2:O9401200}{4:\r\n:20:A", "MT940"),
        ("{1:F01X}{2:I942X}{4:\r\n:20:A", "MT942"),
        ("\ufeff:20:A\n:25:1\n:28C:1\n:34F:EUR0,\n:13D:2603011200+0100", "MT942"),
    ],
)
def test_a_swift_message_is_known_by_its_fields(text, message):
    assert detect(text.encode("utf-8")).message == message


def test_another_swift_message_is_refused_by_its_number():
    with pytest.raises(NotSupported, match="MT103"):
        detect(b"{1:F01X}{2:O1031200}{4:\r\n:20:A\r\n:32A:260301EUR1,")


def test_every_codec_names_functions_that_are_there():
    for codec in CODECS:
        assert callable(reader_of(codec.read))
        assert codec.stream is None or callable(reader_of(codec.stream))


def test_a_table_is_detected_and_not_read():
    found = detect(b"amount;currency\n1,00;EUR\n")
    with pytest.raises(NotSupported, match="payhub build"):
        codec_of(found)


def test_telling_an_mt_message_needs_no_xml_library():
    script = (
        "import sys; from formats import detect; detect(b':20:A\\n:60F:C260301EUR1,\\n'); "
        "assert 'lxml' not in sys.modules and 'formats.camt' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
