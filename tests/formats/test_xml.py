"""XML is read hardened, record by record, and what is wrong with it is said."""

import io

import pytest

from formats import xml
from formats.counting import RECORD_BYTES_MAX
from formats.errors import TooLarge, Unreadable
from formats.shapes.markup import pattern, split, unescaped
from formats.source import HEAD_BYTES_MAX, Feed, Name, opened, peek

SPACE = "urn:demo"
XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:demo" targetNamespace="urn:demo"
 elementFormDefault="qualified"><xs:element name="Document"><xs:complexType><xs:sequence>
 <xs:element name="Head" type="xs:string" minOccurs="0"/>
 <xs:element name="Row" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="N" type="xs:int"/>
 </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>"""


def document(*rows: str, head: str = "") -> bytes:
    inner = "".join(f"<Row><N>{row}</N></Row>" for row in rows)
    return f'<Document xmlns="{SPACE}">{head}{inner}</Document>'.encode()


def walk(data: bytes, **options) -> tuple[list[str], xml.Walk]:
    with opened(data) as feed:
        steps = xml.Walk(feed, [f"{{{SPACE}}}Row"], **options)
        return [record[0].text for record in steps], steps


def test_records_come_in_document_order():
    assert walk(document("1", "2", "3"))[0] == ["1", "2", "3"]


def test_a_record_given_is_freed_when_the_next_one_comes():
    with opened(document("1", "2", "3")) as feed:
        rows = [len(list(record.getparent())) for record in xml.Walk(feed, [f"{{{SPACE}}}Row"])]
    assert rows[0] >= rows[-1]
    assert rows[-1] == 1


def test_what_stands_before_a_record_is_still_there():
    with opened(document("1", "2", head="<Head>x</Head>")) as feed:
        heads = [record.getparent()[0].text for record in xml.Walk(feed, [f"{{{SPACE}}}Row"])]
    assert heads == ["x", "x"]


def test_a_valid_document_has_no_faults():
    texts, steps = walk(document("1", "2"), schema=xml.compile_schema(XSD))
    assert (texts, steps.faults, steps.fault_count) == (["1", "2"], (), 0)


def test_an_invalid_document_is_read_to_its_end_and_its_faults_are_told():
    texts, steps = walk(document("1", "two", "3"), schema=xml.compile_schema(XSD))
    assert texts == ["1", "two", "3"]
    assert steps.fault_count == 1
    assert "two" in steps.faults[0].message
    assert steps.faults[0].element == "N"


@pytest.mark.parametrize("envelope", [False, True])
def test_faults_of_a_document_with_prefixes_have_a_path_of_names(envelope):
    data = b'<d:Document xmlns:d="urn:demo"><d:Row><d:N>1</d:N></d:Row><d:Row><d:N>two</d:N></d:Row></d:Document>'
    schema = xml.compile_schema(XSD)
    if envelope:
        data = b'<e:Envelope xmlns:e="urn:env">' + data + b"</e:Envelope>"
        schema = xml.compile_schema(XSD, envelope=Name(namespace="urn:env", local="Envelope"))
    texts, steps = walk(data, schema=schema)
    assert (texts, steps.fault_count) == (["1", "two"], 1)
    assert steps.faults[0].path == "Envelope/" * envelope + "Document/Row[2]/N"


def test_faults_are_bounded_and_counted():
    _, steps = walk(document(*["x"] * 300), schema=xml.compile_schema(XSD))
    assert len(steps.faults) == xml.FAULTS_MAX
    assert steps.fault_count == 300


def test_inside_an_envelope_the_document_is_checked_too():
    schema = xml.compile_schema(XSD, envelope=Name(namespace="urn:env", local="Envelope"))
    data = b'<Envelope xmlns="urn:env"><Anything/>' + document("1", "bad") + b"</Envelope>"
    texts, steps = walk(data, schema=schema)
    assert (texts, steps.fault_count) == (["1", "bad"], 1)


def test_a_schema_that_is_none_is_refused():
    with pytest.raises(Unreadable):
        xml.compile_schema(b"<not-a-schema/>")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<a><b></a>", "xml.not_well_formed"),
        (b"<a><b>", "xml.not_well_formed"),
        (b"<a>&nobody;</a>", "xml.entity"),
        (b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9</a>", "xml.encoding"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_line(data, code):
    with pytest.raises(Unreadable) as refused:
        walk(data)
    assert refused.value.code == code
    assert refused.value.line == 1


def test_nesting_has_a_limit():
    with pytest.raises(TooLarge) as refused:
        walk(b"<a>" * (xml.DEPTH_MAX + 50))
    assert refused.value.limit == xml.DEPTH_MAX


def test_what_comes_between_two_records_has_a_limit_in_bytes():
    piece = b"<Head>" + b"x" * 1_000_000 + b"</Head>"
    with pytest.raises(TooLarge) as refused:
        walk(b'<Document xmlns="urn:demo">' + piece * (RECORD_BYTES_MAX // 1_000_000 + 2) + b"</Document>")
    assert refused.value.limit == RECORD_BYTES_MAX


@pytest.mark.parametrize(
    "start", [b"<!DOCTYPE a>", b"\n <!-- x --> <!DOCTYPE a [<!ENTITY b 'c'>]>", b"<?xml version='1.0'?><!doctype a>"]
)
def test_a_dtd_is_refused_wherever_the_prolog_hides_it(start):
    with pytest.raises(Unreadable) as refused:
        xml.look(start + b"<a/>")
    assert refused.value.code == "xml.dtd"


def test_a_dtd_in_utf_16_is_refused_as_well():
    with pytest.raises(Unreadable) as refused:
        xml.look("\ufeff<!DOCTYPE a><a/>".encode("utf-16-le"))
    assert refused.value.code == "xml.dtd"


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "idna", "undefined"])
def test_an_encoding_that_is_none_is_refused(name):
    with pytest.raises(Unreadable) as refused:
        xml.look(f"<?xml version='1.0' encoding='{name}'?><a/>".encode())
    assert refused.value.code == "xml.encoding"


def test_a_look_finds_the_document_in_its_envelope():
    seen = xml.look(
        b'<e:Envelope xmlns:e="urn:e"><e:Header/><Document xmlns="urn:d"><Payload/></Document></e:Envelope>'
    )
    assert seen.root == Name(namespace="urn:e", local="Envelope")
    assert seen.document == Name(namespace="urn:d", local="Document")
    assert seen.payload == Name(namespace="urn:d", local="Payload")
    assert seen.enveloped


def test_a_path_counts_among_its_like():
    with opened(document("1", "2")) as feed:
        root = xml.tree(feed)
    assert xml.path(root[1][0]) == "Document/Row[2]/N"


def test_a_split_and_its_pattern_find_the_same_texts():
    root = xml.tree(document("1", "a &lt; b", head="<Head>x</Head>"))
    text = xml.markup(root)
    parts = split(text)
    assert unescaped(parts[1::2], text) == ["x", "1", "a < b"]
    assert list(pattern(parts[::2]).fullmatch(text).groups()) == parts[1::2]


def test_a_feed_gives_every_byte_once_whatever_was_peeked():
    data = bytes(range(256)) * 1_000
    for size in (1_000, HEAD_BYTES_MAX, HEAD_BYTES_MAX + 1, -1):
        feed = Feed(io.BytesIO(data))
        assert peek(feed) == data[:HEAD_BYTES_MAX]
        read = b""
        while part := feed.read(size):
            read += part
        assert read == data


def test_peeking_leaves_a_stream_where_it_was():
    raw = io.BytesIO(b"0123456789")
    raw.seek(3)
    assert peek(raw) == b"3456789"
    assert raw.tell() == 3
