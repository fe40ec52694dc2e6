"""Which message is this, and who reads it: by namespace for XML, by shape for everything else, never by file name.

A codec is one line of ``CODECS``; its module is imported when the first such message comes.
"""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from formats import source as sources
from formats import unsupported
from formats.errors import NotSupported, Unreadable
from formats.initiation import Initiation
from formats.recall_answer import RecallAnswer
from formats.source import Name, Source
from formats.statement import StatementMessage
from formats.status_report import StatusReport

Message = StatementMessage | StatusReport | RecallAnswer | Initiation
"""What reading gives: one version-free model for each family."""

_ISO_NAME = re.compile(r"([a-z]{4}\.\d{3}\.\d{3}\.\d{2}(?:\.[a-z]{2}\.\d{2})?)(?!\d)")
_BLOCK_2 = re.compile(r"\{2:[IO](\d{3})")
_MT_FIELD = re.compile(r"^:(\d{2}[A-Z]?):", re.MULTILINE)
_XML_BEGINS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What a source is: ``message`` the version (``camt.053.001.08``, ``MT940``; ``camt.053`` where the document does
    not say which), ``family`` the codec's key, ``namespace`` the Document's (None outside XML).
    """

    message: str
    family: str
    namespace: str | None = None
    versioned: bool = True
    """False where no namespace names the version, and the message was known by what is inside its Document."""
    enveloped_in: Name | None = None
    """The root, where the Document sits inside an envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One line of the registry: the messages a family covers, and where its ``read(source)`` lives."""

    family: str
    messages: str
    """A pattern for the whole message name."""
    read: str
    """``module:function``, imported when needed."""
    title: str
    stream: str | None = None
    """The same for account reports, which are read entry by entry (``formats.statement_events``)."""


CODECS = (
    Codec(
        family="camt",
        messages=r"camt\.05[234](?:\.001\.\d\d)?",
        read="formats.camt:read",
        title="account reports",
        stream="formats.camt:stream",
    ),
    Codec(
        family="pain.002",
        messages=r"pain\.002(?:\.\d{3}\.\d\d.*)?",
        read="formats.pain002:read",
        title="payment status",
    ),
    Codec(
        family="camt.029",
        messages=r"camt\.029(?:\.001\.\d\d)?",
        read="formats.camt029:read",
        title="answers to recalls",
    ),
    Codec(
        family="pain.001",
        messages=r"pain\.001(?:\.\d{3}\.\d\d.*)?",
        read="formats.pain001:read",
        title="credit transfers",
    ),
    Codec(
        family="pain.008", messages=r"pain\.008(?:\.\d{3}\.\d\d.*)?", read="formats.pain008:read", title="direct debits"
    ),
    Codec(
        family="mt94x",
        messages=r"MT94[02]",
        read="formats.mt94x:read",
        title="SWIFT account reports",
        stream="formats.mt94x:stream",
    ),
)

PAYLOADS = {
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "CstmrPmtStsRpt": "pain.002",
    "CstmrCdtTrfInitn": "pain.001",
    "CstmrDrctDbtInitn": "pain.008",
    "CstmrPmtRvsl": "pain.007",
    "CstmrPmtCxlReq": "camt.055",
    "FIToFICstmrCdtTrf": "pacs.008",
    "FIToFIPmtStsRpt": "pacs.002",
    "FIToFIPmtCxlReq": "camt.056",
    "PmtRtr": "pacs.004",
    "RsltnOfInvstgtn": "camt.029",
}
"""What the element inside Document is called: the second witness, for banks that leave the namespace out."""

TABLES = {
    "JSON": ("a JSON document", "Turn it into a payment message with 'payhub build'."),
    "CSV": ("a table (CSV)", "Turn it into a payment message with 'payhub build'."),
}
"""Shapes that are read as payment lists by ``build``, and are no bank messages."""


def detect(source: Source) -> Detected:
    """Says what a source is from its first 64 KiB.

    Raises :class:`NotSupported` for what is known by name and not handled, and :class:`Unreadable` for what is
    nothing we know, or is hostile.
    """
    head = sources.peek(source)
    if not head.strip(b"\x00 \t\r\n"):
        raise Unreadable("There is nothing in it.", code="format.empty")
    refused = unsupported.refused_signature(head)
    if refused is not None:
        raise refused
    if head.lstrip().startswith(_XML_BEGINS):
        return _detect_xml(head)
    return _detect_text(head.decode("latin-1"))


def codec_of(detected: Detected) -> Codec:
    """The codec that reads a detected message; raises :class:`NotSupported` where there is none."""
    for codec in CODECS:
        if codec.family == detected.family:
            return codec
    kind, advice = TABLES[detected.family]
    raise NotSupported(kind, advice)


def read(source: Source) -> Message:
    """Reads any message payhub knows, whole. Raises :class:`formats.errors.FormatError`, and OSError for the file."""
    with sources.opened(source) as feed:
        codec = codec_of(detect(feed))
        return cast("Message", reader_of(codec.read)(feed))


def reader_of(line: str) -> Callable[[Source], Any]:
    """The function a codec names as ``module:function``."""
    module, _, function = line.partition(":")
    return cast("Callable[[Source], Any]", getattr(importlib.import_module(module), function))


def _detect_xml(head: bytes) -> Detected:
    from formats import xml  # noqa: PLC0415 - MT messages need no lxml, which takes time to import

    refused = unsupported.refused_shape(head[:4096].decode("latin-1"))
    if refused is not None:
        raise refused
    seen = xml.look(head)
    envelope = seen.root if seen.enveloped else None
    names = [n for n in (seen.document, seen.payload, seen.root) if n is not None]
    for name in names:
        found = _ISO_NAME.search(name.namespace or "")
        if found and not found.group(1).startswith("head."):
            return _named(found.group(1), namespace=name.namespace, enveloped_in=envelope)
    if seen.payload is not None:
        known = PAYLOADS.get(re.sub(r"V\d\d$", "", seen.payload.local))
        if known is not None:
            return _named(known, namespace=seen.payload.namespace, enveloped_in=envelope, versioned=False)
    if seen.definition is not None and _ISO_NAME.fullmatch(seen.definition):
        raise unsupported.refuse_message(seen.definition)
    refused = unsupported.refused_root(seen.root.local)
    if refused is not None:
        raise refused
    inner = seen.payload or seen.document or seen.root
    raise Unreadable(
        f"An XML document whose root is {seen.root.local} ({inner.local} inside), "
        "without a namespace that names an ISO 20022 message.",
        code="format.unknown_xml",
    )


def _named(message: str, *, namespace: str | None, enveloped_in: Name | None, versioned: bool = True) -> Detected:
    for codec in CODECS:
        if re.fullmatch(codec.messages, message):
            return Detected(
                message=message,
                family=codec.family,
                namespace=namespace,
                versioned=versioned,
                enveloped_in=enveloped_in,
            )
    raise unsupported.refuse_message(message)


def _detect_text(text: str) -> Detected:
    text = text.removeprefix("\xef\xbb\xbf")
    block = _BLOCK_2.search(text)
    if block is not None:
        return _mt(block.group(1))
    refused = unsupported.refused_shape(text)
    if refused is not None:
        raise refused
    fields = set(_MT_FIELD.findall(text.replace("\r\n", "\n").replace("\r", "\n")))
    if fields & {"60F", "60M", "62F", "62M"}:
        return _mt("940")
    if fields & {"34F", "90D", "90C"}:
        return _mt("942")
    if "61" in fields:
        return _mt("940")
    if "20" in fields:
        raise NotSupported("a SWIFT MT message other than MT940 and MT942", unsupported.ASK)
    if text.lstrip()[:1] in ("{", "["):
        return Detected(message="JSON", family="JSON")
    lines = text.lstrip().splitlines()
    if not lines:
        raise Unreadable("There is nothing in it.", code="format.empty")
    first = lines[0]
    if any(first.count(delimiter) >= 1 for delimiter in (";", ",", "\t")) and first.isprintable():
        return Detected(message="CSV", family="CSV")
    raise Unreadable("This is neither XML nor a SWIFT MT message nor a table.", code="format.unknown")


def _mt(number: str) -> Detected:
    if number in ("940", "942"):
        return Detected(message=f"MT{number}", family="mt94x")
    raise NotSupported(f"MT{number}, a SWIFT message", unsupported.ASK)
