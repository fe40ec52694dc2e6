"""What the XML schema refused, in the user's words: where it is, what is wrong, what was expected there.

libxml2 says what broke and where. Of the payments it broke in, xmlschema then says what else is wrong in them, because
libxml2 stops looking at an element's children at the first one it did not expect.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

from formats import xml
from formats.findings import Severity
from formats.registry import Detected
from formats.rules.elements import called
from formats.schemas import Schema
from formats.source import Source

RECORDS_EXPLAINED_MAX = 20
"""Payments that are looked at a second time; the others keep what libxml2 said."""
_RECORD = re.compile(r"(?:.*/)?(PmtInf(?:\[\d+\])?/(?:CdtTrfTxInf|DrctDbtTxInf)(?:\[\d+\])?|GrpHdr)(?=/|$)")
_POSITION = re.compile(r"(PmtInf|CdtTrfTxInf|DrctDbtTxInf)(?=/|$)")
_ENCODING = re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*?) \)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal: ``path`` below the message with positions, and ``expected`` empty where nothing can be named."""

    path: str
    line: int | None
    message: str
    expected: str = ""
    severity: Severity | None = None
    """Where it is not as hard as the rule says."""


def refusals(source: Source, detected: Detected, schema: Schema) -> Iterator[Refusal]:
    """Every refusal of a document that fits into ``xml.TREE_BYTES_MAX``: libxml2's in document order, then what else.

    Raises :class:`formats.errors.FormatError` as :func:`formats.xml.tree` does.
    """
    document = xml.tree(source)
    compiled = xml.compile_schema(schema.text, envelope=detected.enveloped_in)
    told: set[tuple[str, str]] = set()
    broken: dict[str, int | None] = {}
    for fault in compiled.faults(document):
        refusal = from_fault(fault)
        record = _RECORD.match(fault.path or "")
        if record is not None and fault.kind == "SCHEMAV_ELEMENT_CONTENT":
            broken.setdefault(record.group(1), fault.line)
        if (refusal.path, refusal.message) not in told and not _follows(fault, refusal.path, told):
            told.add((refusal.path, refusal.message))
            yield refusal
    for record_path, line in list(broken.items())[:RECORDS_EXPLAINED_MAX]:
        yield from _more_in(document, record_path, schema, told, line)


def encoding_refusals(head: bytes, *, strict: bool) -> Iterator[Refusal]:
    """What is wrong with the bytes before any schema: payment files are UTF-8 without a byte order mark.

    ``strict`` for schemes that refuse such a file; others are known to read it, most of the time.
    """
    severity = None if strict else Severity.WARN
    wanted = "Save the file as UTF-8 without a byte order mark."
    declared = _ENCODING.match(head.removeprefix(codecs.BOM_UTF8))
    if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield Refusal(
            path="", line=1, message="The file begins with a byte order mark.", expected=wanted, severity=severity
        )
    if declared is not None and (name := declared.group(1).decode("ascii").upper()) not in ("UTF-8", "US-ASCII"):
        text = f"The file is declared as {name}, not as UTF-8."
        yield Refusal(path="", line=1, message=text, expected=wanted, severity=severity)


def from_fault(fault: xml.Fault) -> Refusal:
    """What libxml2 said, in the user's words."""
    element = fault.element or ""
    detail = fault.message.partition(": ")[2] or fault.message
    message, expected = _said(called(element), detail)
    return Refusal(path=plain_path(fault.path or element), line=fault.line, message=message, expected=expected)


def plain_path(path: str) -> str:
    """``PmtInf[1]/CdtTrfTxInf[3]/Amt``: without the document, batches and payments always with their position."""
    below = re.sub(r"^.*?(?=(?:GrpHdr|PmtInf)(?:\[|/|$))", "", path)
    return _POSITION.sub(r"\1[1]", below)


def _follows(fault: xml.Fault, path: str, told: set[tuple[str, str]]) -> bool:
    """A value that broke a length or pattern is also called invalid as a whole: once is enough."""
    return "DATATYPE" in fault.kind and any(where == path for where, _ in told)


def _said(name: str, detail: str) -> tuple[str, str]:
    """The message and what was expected, from libxml2's sentence about ``name``."""
    listed = _EXPECTED.search(detail)
    wanted = _either(listed.group(1).split(", ")) if listed else ""
    if detail.startswith("This element is not expected"):
        return f"{name} is not allowed here.", f"Expected here: {wanted}." if wanted else "Remove it."
    if detail.startswith("Missing child"):
        return f"{name} is incomplete.", f"Missing in it: {wanted}."
    for pattern, message, expected in _SENTENCES:
        found = pattern.search(detail)
        if found is not None:
            said = found.groups()
            return message.format(*said, name=name), expected.format(*said, name=name)
    return f"{name}: {detail}", ""


_SENTENCES = tuple(
    (re.compile(pattern), message, expected)
    for pattern, message, expected in (
        (r"length of '(\d+)'; this exceeds .* '(\d+)'", "{name} has {0} characters.", "At most {1} characters."),
        (r"length of '0'; this underruns", "{name} is present but empty.", "Fill it in, or leave it out."),
        (r"length of '(\d+)'; this underruns .* '(\d+)'", "{name} has {0} characters.", "At least {1} characters."),
        (r"value '(.*)' is not accepted by the pattern '(.*)'", "{name} is '{0}'.", "Its form is {1}."),
        (r"value '(.*)' is not an element of the set \{?(.*?)\}?\.", "{name} is '{0}'.", "One of {1}."),
        (r"value '(.*)' has more fractional digits .*\('(\d+)'\)", "{name} is {0}.", "At most {1} decimals."),
        (r"value '(.*)' has more digits .*\('(\d+)'\)", "{name} is {0}.", "At most {1} digits in all."),
        (r"value '(.*)' is less than .*'(.*)'", "{name} is {0}.", "At least {1}."),
        (r"attribute '(\w+)' is required but missing", "{name} lacks its {0}.", "Add {0} to it."),
        (r"attribute '(\w+)' is not allowed", "{name} has {0}, which is not allowed.", "Remove {0} from it."),
        (r"Character content .* not allowed", "{name} holds text where fields belong.", "Put the text into a field."),
        (r"^'(.*)' is not a valid value", "{name} cannot be '{0}'.", "A value of its kind (number, date, code)."),
    )
)


def _either(names: Iterable[str]) -> str:
    known = [called(name.strip("*# ")) for name in names]
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} or {known[-1]}"


def _more_in(
    document: xml.Element, record: str, schema: Schema, told: set[tuple[str, str]], line: int | None
) -> Iterator[Refusal]:
    """What xmlschema finds in one record beyond what was told."""
    found = _subtree(document, record)
    if found is None:
        return
    element, below = found
    model = _model(schema.text)
    names = [step.partition("[")[0] for step in below.split("/")]
    namespace = model.target_namespace
    declared = model.find("/".join(f"{{{namespace}}}{name}" for name in ("Document", *names)))
    if declared is None:
        return
    at = plain_path(record)
    for error in declared.iter_errors(element):
        inner = re.sub(r"\{[^}]*\}", "", error.path or "").partition("/")[2].partition("/")[2]
        path = f"{at}/{inner}" if inner else at
        reason = re.sub(r"\{[^}]*\}", "", error.reason or "")
        unexpected = re.search(
            r"Unexpected child with tag '(\w+)' at position (\d+)\.(?: Tag '(\w+)' expected)?", reason
        )
        if unexpected is None:
            continue
        tag, position, wanted = unexpected.groups()
        path = f"{path}/{tag}"
        if any(where == path for where, _ in told):
            continue
        message = f"{called(tag)} is not allowed here (field number {position})."
        told.add((path, message))
        yield Refusal(
            path=path,
            line=line,
            message=message,
            expected=f"Expected here: {called(wanted)}." if wanted else "It stands in the wrong place, or too often.",
        )


@lru_cache(maxsize=4)
def _model(xsd: bytes) -> Any:
    import xmlschema  # noqa: PLC0415 - takes most of a second, and only a broken file needs it

    return xmlschema.XMLSchema(xsd.decode())


def _subtree(document: xml.Element, record: str) -> tuple[ET.Element, str] | None:
    """The record as the standard library holds trees, with its path below Document."""
    here: xml.Element | None = document
    steps = record.split("/")
    if xml.local(document) != "Document":
        here = next((child for child in document.iter() if xml.local(child) == "Document"), None)
    if here is None or not len(here):
        return None
    trail = [xml.local(here[0])]
    here = here[0]
    for step in steps:
        name, _, position = step.partition("[")
        like = [child for child in here if xml.local(child) == name]
        number = int(position.rstrip("]") or 1) if position else 1
        if number > len(like):
            return None
        here = like[number - 1]
        trail.append(name)
    return _copied(here), "/".join(trail)


def _copied(element: xml.Element) -> ET.Element:
    copy = ET.Element(str(element.tag), {str(key): str(value) for key, value in element.attrib.items()})
    copy.text = element.text
    for child in element:
        copy.append(_copied(child))
    return copy
