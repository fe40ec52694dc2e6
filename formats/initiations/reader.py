"""Reading an initiation, whole or as a stream: the header, then each block before its payments.

One reader serves credit transfers (pain.001) and direct debits (pain.008): a :class:`Dialect` says what the elements
are called and where they go. What breaks the schema is read as far as it can be, and findings say what is wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from formats import xml
from formats.errors import NotSupported
from formats.findings import Finding, Severity
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.initiations.notes import NOT_A_NUMBER, Notes, line_of
from formats.initiations.parties import party
from formats.making import maker
from formats.registry import Detected, detect
from formats.schemas import schema_for
from formats.source import Feed, Name, Source, opened
from formats.values import Money

Event = Initiation | PaymentInformation | CreditTransfer | Finding
"""What a stream is made of: the header without its blocks, each block without its payments, each payment, findings."""
Take = Callable[[xml.Element, dict[str, Any], Notes], None]
"""Reads one element into the values its parent is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What tells the two families apart: the names of the records and what each of their children becomes."""

    family: str
    title: str
    transaction: str
    collection: bool
    batch: Mapping[str, Take]
    payment: Mapping[str, Take]


def read(source: Source, dialect: Dialect, *, schemas: Path | None = None) -> Initiation:
    """A whole message. ``schemas`` is a folder of official XSDs that win over the generated ones.

    Raises :class:`NotSupported` for another message, by name, and :class:`Unreadable` or :class:`TooLarge` for what
    cannot be read.
    """
    header: Initiation | None = None
    heads: list[PaymentInformation] = []
    payments: list[list[CreditTransfer]] = []
    findings: list[Finding] = []
    for event in stream(source, dialect, schemas=schemas):
        if isinstance(event, CreditTransfer):
            payments[-1].append(event)
        elif isinstance(event, PaymentInformation):
            heads.append(event)
            payments.append([])
        elif isinstance(event, Finding):
            findings.append(event)
        else:
            header = event
    assert header is not None
    batches = tuple(replace(head, payments=tuple(own)) for head, own in zip(heads, payments, strict=True))
    return replace(header, batches=batches, findings=tuple(findings))


def stream(source: Source, dialect: Dialect, *, schemas: Path | None = None) -> Iterator[Event]:
    """The parts of a message in document order, in the memory of one payment.

    The message is proven whole only when the stream ends without an error: apply nothing for good before that.
    Findings about the schema and about what is not carried come last. Raises as :func:`read` does.
    """
    with opened(source) as feed:
        detected = detect(feed)
        if detected.family != dialect.family:
            raise NotSupported(f"{detected.message}, not {dialect.title}", "Give it to the reader of that message.")
        yield from _Reading(feed, detected, dialect, schemas).events()


@dataclass(slots=True)
class _Reading:
    """One document on its way past."""

    feed: Feed
    detected: Detected
    dialect: Dialect
    schemas: Path | None
    notes: Notes = field(default_factory=lambda: Notes(0))
    headed: bool = False
    block: xml.Element | None = None
    block_size: int = 0
    blocks: int = 0
    in_block: int = 0
    payments: int = 0

    def events(self) -> Iterator[Event]:
        namespace = self.detected.namespace
        prefix = f"{{{namespace}}}" if namespace else ""
        notes = self.notes = Notes(len(prefix))
        schema, unchecked = schema_of(self.detected, self.schemas)
        name = self.dialect.transaction
        transaction = prefix + name
        header, block = prefix + "GrpHdr", prefix + "PmtInf"
        walk = xml.Walk(self.feed, (header, block, transaction), schema=schema)
        table = self.dialect.payment
        for element in walk:
            tag = element.tag
            if tag == transaction:
                parent = element.getparent()
                if parent is not self.block:
                    yield from self._open(parent)
                self.in_block += 1
                notes.transaction, notes.number, notes.payment = name, self.in_block, self.payments
                self.payments += 1
                yield _payment(element, table, notes)
            elif tag == header:
                if not self.headed:
                    self.headed = True
                    yield self._header(element)
            else:
                if element is not self.block:
                    yield from self._open(element)
                yield from self._close(element)
        if not self.headed:
            yield self._header(None)
        notes.record, notes.payment = "", None
        yield from notes.findings()
        if unchecked is not None:
            yield unchecked
        yield from _schema_findings(walk)

    def _header(self, element: xml.Element | None) -> Initiation:
        values: dict[str, Any] = {"message_id": "", "created_at": None}
        self.notes.record = "GrpHdr"
        for child in element if element is not None else ():
            name = child.tag[self.notes.skip :]
            take = _HEADER.get(name)
            if take is not None:
                take(child, values, self.notes)
            elif name not in _HEADER_PASSED:
                self.notes.leave(child)
        return Initiation(message=self.detected.message, collection=self.dialect.collection, **values)

    def _open(self, element: xml.Element | None) -> Iterator[Event]:
        """The block around a payment, when its first payment (or its end) passes."""
        if not self.headed:
            self.headed = True
            yield self._header(None)
        self.block = element
        self.blocks += 1
        self.in_block = 0
        notes = self.notes
        notes.record, notes.transaction, notes.payment = f"PmtInf[{self.blocks}]", "", None
        values: dict[str, Any] = {"id": "", "execution_date": None}
        transaction = self.dialect.transaction
        children = list(element) if element is not None else []
        self.block_size = 0
        for child in children:
            name = child.tag[notes.skip :]
            if name == transaction:
                # the parser may be further than we are: what stands behind the first payment is not the block's head
                break
            self.block_size += 1
            take = self.dialect.batch.get(name)
            if take is None:
                notes.leave(child)
            else:
                take(child, values, notes)
        yield PaymentInformation(line=line_of(element) if element is not None else None, **values)

    def _close(self, element: xml.Element) -> Iterator[Finding]:
        """A block ends: whatever of it stood after its payments was not known when they passed."""
        transaction = self.dialect.transaction
        late = [child for child in element if child.tag[self.notes.skip :] != transaction][self.block_size :]
        for child in late:
            name = child.tag[self.notes.skip :]
            yield Finding(
                rule="XML-ORDER",
                severity=Severity.BLOCK,
                message=f"{name} stands after the payments of its block and was not read.",
                advice="Export the file again with the elements in the order of the standard.",
                path=f"PmtInf[{self.blocks}]/{name}",
                line=line_of(child),
            )
        self.block = None


def _payment(element: xml.Element, table: Mapping[str, Take], notes: Notes) -> CreditTransfer:
    values: dict[str, Any] = {"end_to_end_id": None}
    skip = notes.skip
    for child in element:
        take = table.get(child.tag[skip:])
        if take is None:
            notes.leave(child)
        else:
            take(child, values, notes)
    if "amount" not in values:
        notes.bad(element, "The payment has no amount.")
        values["amount"] = Money(NOT_A_NUMBER, None, "?")
    values["line"] = line_of(element)
    return _make_payment(values)


_make_payment = maker(CreditTransfer)


def text(name: str) -> Take:
    """Takes the text of an element, as sent, into the field ``name``."""

    def take(element: xml.Element, values: dict[str, Any], _notes: Notes) -> None:
        values[name] = element.text

    return take


def made(name: str, make: Callable[[xml.Element, Notes], Any]) -> Take:
    """Takes what ``make`` makes of an element into the field ``name``."""

    def take(element: xml.Element, values: dict[str, Any], notes: Notes) -> None:
        values[name] = make(element, notes)

    return take


def each(name: str, make: Callable[[xml.Element, Notes], Any]) -> Take:
    """Takes what ``make`` makes of every such element into the tuple ``name``."""

    def take(element: xml.Element, values: dict[str, Any], notes: Notes) -> None:
        values[name] = (*values.get(name, ()), make(element, notes))

    return take


def execution_date(element: xml.Element, notes: Notes) -> date | datetime | None:
    """ReqdExctnDt: a plain date, or since .08 a choice of Dt and DtTm (rulebook GEN-016)."""
    if not len(element):
        return notes.day(element)
    child = element[0]
    return notes.moment(child) if child.tag[notes.skip :] == "DtTm" else notes.day(child)


_HEADER: Mapping[str, Take] = {
    "MsgId": text("message_id"),
    "CreDtTm": made("created_at", lambda element, notes: notes.moment(element)),
    "NbOfTxs": text("number_of_transactions"),
    "CtrlSum": text("control_sum"),
    "InitgPty": made("initiating_party", party),
}
_HEADER_PASSED = frozenset({"Grpg"})
"""Version .02 said how it grouped payments; the blocks show it."""


@lru_cache(maxsize=32)
def _compiled(xsd: bytes, envelope: Name | None) -> xml.Schema:
    return xml.compile_schema(xsd, envelope=envelope)


def schema_of(detected: Detected, official: Path | None) -> tuple[xml.Schema | None, Finding | None]:
    """The schema to check against on the way, or the finding that there is none."""
    known = schema_for(detected.message, official=official) if detected.versioned else None
    if known is not None:
        return _compiled(known.text, detected.enveloped_in), None
    return None, Finding(
        rule="XSD-NONE",
        severity=Severity.INFO,
        message=f"The message was read but not schema-checked: there is no schema for {detected.message}"
        + ("." if detected.versioned else " without the namespace of a version."),
    )


def _schema_findings(walk: xml.Walk) -> Iterator[Finding]:
    for fault in walk.faults:
        yield Finding(
            rule="XSD",
            severity=Severity.BLOCK,
            message=fault.message,
            path=fault.path or fault.element,
            line=fault.line,
        )
    if walk.fault_count > len(walk.faults):
        more = walk.fault_count - len(walk.faults)
        yield Finding(rule="XSD", severity=Severity.INFO, message=f"{more:,} more schema violations are not listed.")
