"""Reading a status report, whole or as a stream: the group first, then each batch, then its payments.

The levels above a payment come before it in the document, so its effective status is known when it passes, and a report
of any length is read in the memory of one payment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from formats.errors import NotSupported, Unreadable
from formats.findings import Finding, Severity
from formats.gathered import Findings
from formats.pain002.contradictions import Watch
from formats.pain002.inheritance import NOTHING, Level
from formats.pain002.parts import Block, PaymentReader, batch, block, line_of, party
from formats.pain002.scalars import Scalars
from formats.pain002.versions import ROOTS, VERSIONS, is_customer_protocol
from formats.prolog import Look
from formats.registry import detect
from formats.schemas import schema_for
from formats.source import Feed, Name, Source, opened
from formats.status_report import BatchStatus, PaymentStatus, StatusReport
from formats.xml import Element, Fault, Schema, Walk, compile_schema, look

Part = StatusReport | BatchStatus | PaymentStatus | Finding
"""What a stream is made of: one report without batches and payments, then these as they come, findings in between."""


def read(source: Source, *, schemas: Path | None = None) -> StatusReport:
    """A whole pain.002, of any version. ``schemas`` is a folder of official XSDs that win over the generated ones.

    Raises :class:`NotSupported` for another message, by name, and :class:`Unreadable` or :class:`TooLarge` for what
    cannot be read; a report that only breaks its schema is read, and its findings say where.
    """
    head: StatusReport | None = None
    batches: list[BatchStatus] = []
    payments: list[PaymentStatus] = []
    findings: list[Finding] = []
    for part in stream(source, schemas=schemas):
        if isinstance(part, PaymentStatus):
            payments.append(part)
        elif isinstance(part, BatchStatus):
            batches.append(part)
        elif isinstance(part, Finding):
            findings.append(part)
        else:
            head = part
    assert head is not None
    return replace(head, batches=tuple(batches), payments=tuple(payments), findings=tuple(findings))


def stream(source: Source, *, schemas: Path | None = None) -> Iterator[Part]:
    """The parts of a report as they come, in memory that does not grow with it.

    First a :class:`StatusReport` without batches and payments, then each :class:`BatchStatus` before its
    :class:`PaymentStatus`, and findings wherever they are made. The message is proven whole only when the stream ends
    without an error, so apply nothing for good before that. Raises as :func:`read` does.
    """
    with opened(source) as feed:
        seen, message = _detected(feed)
        yield from _Reading(feed, seen, message, schemas).parts()


class _Names(dict[object, str]):
    """Local names by tag, each worked out once."""

    def __missing__(self, tag: object) -> str:
        name = tag.rpartition("}")[2] if isinstance(tag, str) else ""
        self[tag] = name
        return name


@dataclass(slots=True)
class _Open:
    """The batch whose payments are passing."""

    element: Element
    head: Block
    status: BatchStatus


@dataclass(slots=True)
class _Reading:
    """One document on its way past: which levels were seen, and what was found."""

    feed: Feed
    seen: Look
    message: str
    schemas: Path | None
    names: _Names = field(default_factory=_Names)
    found: Findings = field(default_factory=Findings)
    header: Element | None = None
    values: dict[str, str | None] = field(default_factory=dict)
    group: Block | None = None
    told: bool = False
    open: _Open | None = None

    def parts(self) -> Iterator[Part]:
        namespace = self.seen.document.namespace if self.seen.document is not None else None
        schema, note = _schema(self.message, namespace, self.seen, self.schemas)
        if note is not None:
            self.found.add(note)
        prefix = f"{{{namespace}}}" if namespace else ""
        walk = Walk(self.feed, [prefix + tag for tag in _RECORDS], schema=schema)
        watch = Watch(self.found)
        reader = PaymentReader(self.names, Scalars(self.found))
        for element in walk:
            name = self.names[element.tag]
            if name == "TxInfAndSts":
                yield from self._head(watch)
                yield from self._batch(element.getparent(), watch)
                payment = reader.read(element, self.open.head if self.open else None, self._group_level())
                watch.see_payment(payment, self.open.status if self.open else None)
                yield payment
            elif name == "OrgnlPmtInfAndSts":
                yield from self._head(watch)
                yield from self._batch(element, watch)
                self._close(element)
            elif name == "OrgnlGrpInfAndSts":
                self._see_group(element)
            elif name == "GrpHdr":
                self._see_header(element)
            yield from self.found.drain()
        yield from self._head(watch)
        watch.close()
        for fault in walk.faults:
            yield _broken(fault)
        if walk.fault_count > len(walk.faults):
            yield _more(walk.fault_count - len(walk.faults))
        yield from self.found.drain()
        yield from self.found.overflow()

    def _see_header(self, element: Element) -> None:
        for child in element:
            name = self.names[child.tag]
            self.values[name] = party(child, self.names) if len(child) else (child.text or "").strip() or None

    def _see_group(self, element: Element) -> None:
        if self.told:
            self.found.add(_late("The status of the group", "OrgnlGrpInfAndSts", line_of(element)))
        self.group = block(element, self.names, "GrpSts")
        if is_customer_protocol((self.group.values.get("OrgnlMsgNmId"), self.group.values.get("OrgnlMsgId"))):
            raise _hac()

    def _group_level(self) -> Level:
        return self.group.level if self.group is not None else NOTHING

    def _head(self, watch: Watch) -> Iterator[Part]:
        """The report itself, once, when the first part below it (or the end) shows that its head is complete."""
        if self.told:
            return
        self.told = True
        group = self.group
        values = group.values if group is not None else {}
        watch.see_group(self._group_level(), values.get("OrgnlNbOfTxs"), group.counts if group is not None else ())
        scalars = Scalars(self.found)
        created, original = self.values.get("CreDtTm"), values.get("OrgnlCreDtTm")
        yield StatusReport(
            message=self.message,
            message_id=self.values.get("MsgId"),
            created_at=scalars.moment(created, "GrpHdr/CreDtTm", None) if created else None,
            original_message_id=values.get("OrgnlMsgId"),
            original_message_name=values.get("OrgnlMsgNmId"),
            group_status=self._group_level().status,
            group_reasons=self._group_level().reasons,
            group_counts=group.counts if group is not None else (),
            initiating_party=self.values.get("InitgPty"),
            original_created_at=scalars.moment(original, "OrgnlCreDtTm", None) if original else None,
            original_number_of_transactions=values.get("OrgnlNbOfTxs"),
            original_control_sum=values.get("OrgnlCtrlSum"),
        )

    def _batch(self, element: Element | None, watch: Watch) -> Iterator[Part]:
        """The batch around a payment, when its first payment (or its end) passes; none around those of version .02."""
        if element is None or self.names[element.tag] != "OrgnlPmtInfAndSts":
            self.open = None
            return
        if self.open is not None and self.open.element is element:
            return
        head = block(element, self.names, "PmtInfSts")
        status = batch(head)
        if is_customer_protocol((), status.payment_information_id):
            raise _hac()
        self.open = _Open(element, head, status)
        watch.see_batch(status)
        yield status

    def _close(self, element: Element) -> None:
        """A batch ends: whether its status stood where the schema puts it, before its payments."""
        assert self.open is not None
        if block(element, self.names, "PmtInfSts").level != self.open.head.level:
            self.found.add(_late("The status of a batch", "OrgnlPmtInfAndSts/PmtInfSts", line_of(element)))
        self.open = None


_RECORDS = ("GrpHdr", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts")


def _detected(feed: Feed) -> tuple[Look, str]:
    """The head of the document and its version, from the namespace alone; without one, ``pain.002``."""
    detected = detect(feed)
    if detected.family != "pain.002":
        raise NotSupported(f"{detected.message}, no status report", "Give it to the reader of that message.")
    seen = look(feed.head)
    payload = seen.payload.local if seen.payload is not None else None
    if payload not in ROOTS:
        inside = f"holds '{payload}'" if payload is not None else "holds nothing"
        raise Unreadable(
            f"The namespace names {detected.message}, but the document {inside}.", code="pain002.wrong_root", line=1
        )
    return seen, detected.message


@lru_cache(maxsize=32)
def _compiled(text: bytes, envelope: Name | None) -> Schema:
    return compile_schema(text, envelope=envelope)


def _schema(
    message: str, namespace: str | None, seen: Look, official: Path | None
) -> tuple[Schema | None, Finding | None]:
    """The schema to check against on the way, or the finding that there is none."""
    found = schema_for(message, official=official) if namespace is not None and message in VERSIONS else None
    if found is None:
        return None, Finding(
            rule="XSD-NONE",
            severity=Severity.INFO,
            message=f"The report was read but not schema-checked: there is no schema for {message}"
            + ("." if namespace else " without a namespace."),
            advice="Put the bank's XSD into the schema folder to have it checked.",
        )
    return _compiled(found.text, seen.root if seen.enveloped else None), None


def _broken(fault: Fault) -> Finding:
    return Finding(
        rule="XSD",
        severity=Severity.WARN,
        message=fault.message,
        advice="The report was read all the same; tell the bank that it breaks its own schema.",
        path=fault.path or fault.element,
        line=fault.line,
    )


def _more(number: int) -> Finding:
    return Finding(rule="XSD", severity=Severity.INFO, message=f"{number:,} more schema violations are not listed.")


def _late(what: str, path: str, line: int | None) -> Finding:
    return Finding(
        rule="LV-ORDER",
        severity=Severity.HALT,
        message=f"{what} stands behind its payments, so payments without a status of their own did not inherit it.",
        advice="Ask the bank for a report in the order of the schema.",
        path=path,
        line=line,
    )


def _hac() -> NotSupported:
    return NotSupported(
        "an EBICS customer protocol (HAC), which only looks like pain.002",
        "It tells how a transmission went, not what became of payments: give it to the EBICS connection.",
    )
