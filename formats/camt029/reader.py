"""Reading an answer to a recall: record by record, in memory that a named limit bounds.

A status stands beside the payment, its block, its group, or for the whole investigation. They may come in any order,
so which of them speaks of a payment is decided once the message has ended and is proven whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from formats.camt029.parts import Level, level, local, lowest, text
from formats.errors import NotSupported, TooLarge, Unreadable
from formats.findings import Finding, Severity
from formats.prolog import Look
from formats.recall_answer import RecallAnswer, RecallStatus
from formats.registry import detect
from formats.schemas import schema_for
from formats.source import Feed, Name, Source, opened
from formats.xml import Element, Fault, Schema, Walk, compile_schema, look

VERSIONS = tuple(f"camt.029.001.{number:02d}" for number in range(3, 14))
"""Every version that is read. A later number is read too, with a finding, since nothing was ever renamed."""
ROOT = "RsltnOfInvstgtn"
STATUSES_MAX = 20_000
"""How many payments one answer may speak of; a recall names at most 10,000."""
_RECORDS = ("Assgnmt", "Sts", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts", "CxlDtls")


def read(source: Source, *, schemas: Path | None = None) -> RecallAnswer:
    """A whole camt.029, of any version. ``schemas`` is a folder of official XSDs that win over the generated ones.

    Raises :class:`NotSupported` for another message, by name, and :class:`Unreadable` or :class:`TooLarge` for what
    cannot be read; an answer that only breaks its schema is read, and its findings say where.
    """
    with opened(source) as feed:
        detected = detect(feed)
        if detected.family != "camt.029":
            raise NotSupported(f"{detected.message}, no answer to a recall", "Give it to the reader of that message.")
        seen = look(feed.head)
        inside = seen.payload.local if seen.payload is not None else "nothing"
        if inside != ROOT:
            problem = f"The namespace names {detected.message}, but the document holds {inside}."
            raise Unreadable(problem, code="camt029.wrong_root", line=1)
        return _Reading(message=detected.message).whole(feed, seen, schemas)


@dataclass(slots=True)
class _Status:
    """A status on its way: what it names, and every level that may speak of it, the lowest first."""

    facts: RecallStatus
    levels: tuple[Level | None, ...]


@dataclass(slots=True)
class _Reading:
    """One document on its way past."""

    message: str
    message_id: str | None = None
    created: str | None = None
    case_id: str | None = None
    overall: Level | None = None
    group: Element | None = None
    group_level: Level | None = None
    group_id: str | None = None
    block: Element | None = None
    found: list[_Status] = field(default_factory=list)
    before: int = 0
    """How many statuses there were when the present group began."""
    in_block: int = 0

    def whole(self, feed: Feed, seen: Look, schemas: Path | None) -> RecallAnswer:
        namespace = seen.document.namespace if seen.document is not None else None
        schema, note = _schema(self.message, namespace, seen, schemas)
        prefix = f"{{{namespace}}}" if namespace else ""
        walk = Walk(feed, [prefix + tag for tag in _RECORDS], schema=schema)
        for element in walk:
            self._see(element)
            if len(self.found) > STATUSES_MAX:
                raise TooLarge("The answer to a recall", limit=STATUSES_MAX, unit="payments")
        return RecallAnswer(
            message=self.message, message_id=self.message_id, case_id=self.case_id, created_at=_moment(self.created),
            status=self.overall.status if self.overall is not None else None,
            payments=tuple(self._settled(one) for one in self.found),
            findings=(*([note] if note is not None else []), *_faults(walk)),
        )  # fmt: skip

    def _see(self, element: Element) -> None:
        match local(element):
            case "Assgnmt":
                self.message_id, self.created = text(element, "Id"), text(element, "CreDtTm")
            case "Sts" if _inside(element) == ROOT:
                self.case_id = text(element.getparent(), "RslvdCase", "Id")
                self.overall = Level(name="message", status=text(element, "Conf"), reasons=())
            case "OrgnlGrpInfAndSts":
                self.group_level = level(element, "group", "GrpCxlSts")
                self.group_id = text(element, "OrgnlMsgId")
                self.found.append(self._whole(element, "OrgnlGrpCxlId", self.group_id, self.group_level))
                self.before = len(self.found)
            case "TxInfAndSts":
                self._payment(element)
            case "OrgnlPmtInfAndSts":
                self._block(element)
            case "CxlDtls":
                if self.group_level is not None and len(self.found) > self.before:
                    del self.found[self.before - 1]  # it speaks through what it lists
                self.group_level = self.group_id = None

    def _payment(self, element: Element) -> None:
        block = element.getparent()
        inside = block if block is not None and local(block) == "OrgnlPmtInfAndSts" else None
        self.in_block += inside is not None
        original = text(element, "OrgnlGrpInf", "OrgnlMsgId") or text(inside, "OrgnlGrpInf", "OrgnlMsgId")
        facts = RecallStatus(
            case_id=text(element, "RslvdCase", "Id") or text(inside, "RslvdCase", "Id"),
            cancellation_id=text(inside, "OrgnlPmtInfCxlId"),
            original_message_id=original or self.group_id,
            payment_information_id=text(inside, "OrgnlPmtInfId"),
            instruction_id=text(element, "OrgnlInstrId"), end_to_end_id=text(element, "OrgnlEndToEndId"),
            uetr=text(element, "OrgnlUETR"),
        )  # fmt: skip
        own = level(element, "transaction", "TxCxlSts")
        above = level(inside, "payment_information", "PmtInfCxlSts") if inside is not None else None
        self.found.append(_Status(facts, (own, above, self.group_level)))

    def _block(self, element: Element) -> None:
        """A block ends; one that listed no payment speaks of all of its own."""
        listed, self.in_block = self.in_block, 0
        if listed:
            return
        own = level(element, "payment_information", "PmtInfCxlSts")
        whole = self._whole(
            element, "OrgnlPmtInfCxlId", text(element, "OrgnlGrpInf", "OrgnlMsgId") or self.group_id, own,
            self.group_level,
        )  # fmt: skip
        self.found.append(whole)

    def _whole(self, element: Element, own_id: str, original: str | None, *levels: Level | None) -> _Status:
        facts = RecallStatus(
            case_id=text(element, "RslvdCase", "Id"), cancellation_id=text(element, own_id),
            original_message_id=original, payment_information_id=text(element, "OrgnlPmtInfId"), names_payment=False,
        )  # fmt: skip
        return _Status(facts, levels)

    def _settled(self, one: _Status) -> RecallStatus:
        facts, speaks = one.facts, lowest(*one.levels, self.overall)
        own = next((each.reasons for each in one.levels if each is not None and each.reasons), ())
        return RecallStatus(
            case_id=facts.case_id or self.case_id, cancellation_id=facts.cancellation_id,
            original_message_id=facts.original_message_id, payment_information_id=facts.payment_information_id,
            instruction_id=facts.instruction_id, end_to_end_id=facts.end_to_end_id, uetr=facts.uetr,
            status=speaks.status if speaks is not None else None, level=speaks.name if speaks is not None else None,
            reasons=own, names_payment=facts.names_payment,
        )  # fmt: skip


def _inside(element: Element) -> str:
    parent = element.getparent()
    return "" if parent is None else local(parent)


def _moment(written: str | None) -> datetime | None:
    """When the bank wrote it; left out where it is no moment, for nothing is decided by it."""
    try:
        return datetime.fromisoformat(written) if written else None
    except ValueError:
        return None


@lru_cache(maxsize=32)
def _compiled(xsd: bytes, envelope: Name | None) -> Schema:
    return compile_schema(xsd, envelope=envelope)


def _schema(
    message: str, namespace: str | None, seen: Look, official: Path | None
) -> tuple[Schema | None, Finding | None]:
    """The schema to check against on the way, or the finding that there is none."""
    found = schema_for(message, official=official) if namespace is not None and message in VERSIONS else None
    if found is not None:
        return _compiled(found.text, seen.root if seen.enveloped else None), None
    note = Finding(
        rule="XSD-NONE", severity=Severity.INFO,
        message=f"The answer was read but not schema-checked: there is no schema for {message}.",
        advice="Put the bank's XSD into the schema folder to have it checked.",
    )  # fmt: skip
    return None, note


def _faults(walk: Walk) -> Iterator[Finding]:
    for fault in walk.faults:
        yield _fault(fault)
    if (more := walk.fault_count - len(walk.faults)) > 0:
        yield Finding(rule="XSD", severity=Severity.INFO, message=f"{more:,} more schema violations are not listed.")


def _fault(fault: Fault) -> Finding:
    return Finding(
        rule="XSD", severity=Severity.WARN, message=fault.message, path=fault.path or fault.element, line=fault.line,
        advice="The answer was read all the same; tell the bank that it breaks its own schema.",
    )  # fmt: skip
