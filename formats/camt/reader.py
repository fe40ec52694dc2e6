"""One reader for camt.052, .053 and .054 of all versions: entry by entry, and proven only at the end."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from formats import source as sources
from formats import xml
from formats.camt import proof
from formats.camt.entry import ENTRY, TRANSACTION
from formats.camt.head import HEADER, STATEMENT, Held
from formats.camt.notes import Notes
from formats.camt.schema import schema_of
from formats.camt.versions import Family, family_of
from formats.errors import NotSupported, TooLarge, Unreadable
from formats.findings import Finding, Severity
from formats.registry import Detected, detect
from formats.shapes import Note, Shapes, line, settled
from formats.source import Feed, Source
from formats.statement import Entry, Statement, StatementMessage, Transaction
from formats.statement_events import Closed, Event, Opened, Proven

TRANSACTIONS_MAX = 200_000
"""How many transactions one entry may hold; they are in memory together."""
WHOLE_CHARACTERS_MAX = 8_000
"""Longer entries are read transaction by transaction: as a whole, hardly two would have the same shape."""


def stream(source: Source) -> Iterator[Event]:
    """A message as it comes: ``Opened``, its entries, ``Closed`` for each statement, and ``Proven`` at the very end.

    Memory does not grow with the number of entries. Post nothing before ``Proven`` has come: a broken message raises
    :class:`formats.errors.FormatError` instead of it.
    """
    with sources.opened(source) as feed:
        detected = detect(feed)
        if detected.family != "camt":
            raise NotSupported(
                f"{detected.message}, no account report in camt", "Give it to the reader of that message."
            )
        yield from _Reading(feed, detected).events()


def read(source: Source) -> StatementMessage:
    """The whole message. Raises :class:`formats.errors.FormatError`."""
    statements: list[Statement] = []
    entries: list[Entry] = []
    for event in stream(source):
        if isinstance(event, Entry):
            entries.append(event)
        elif isinstance(event, Closed):
            statements.append(replace(event.statement, entries=tuple(entries)))
            entries = []
        elif isinstance(event, Proven):
            return replace(event.message, statements=tuple(statements))
    raise AssertionError("a stream ends with Proven or an error")


class _Reading:
    """The state of reading one message: which statement is open, and what its entries came to so far."""

    def __init__(self, feed: Feed, detected: Detected) -> None:
        self._family: Family = family_of(detected.message)
        self._detected = detected
        self._notes = Notes()
        schema, note = schema_of(detected)
        if note is not None:
            self._notes.add(note)
        prefix = f"{{{detected.namespace}}}" if detected.namespace else ""
        self._transaction_tag, self._entry_tag = prefix + "TxDtls", prefix + "Ntry"
        self._container_tag, self._header_tag = prefix + self._family.container, prefix + "GrpHdr"
        tags = (self._entry_tag, self._container_tag, self._header_tag)
        self._walk = xml.Walk(feed, tags, schema=schema, relief=self._relieve)
        self._transactions = Shapes(TRANSACTION, self._notes.note, make=Transaction)
        self._entries = Shapes(ENTRY, self._notes.note, make=Entry)
        self._containers = Shapes(STATEMENT, self._quiet)
        self._header: dict[str, Any] | None = None
        self._details: list[Any] = []
        self._tally = proof.Tally()
        self._entry_count = 0
        self._statement_count = 0
        self._opened = False

    def events(self) -> Iterator[Event]:
        for element in self._walk:
            tag = element.tag
            if tag == self._entry_tag:
                if not self._opened:
                    yield self._open(element.getparent())
                yield self._entry(element)
            elif tag == self._container_tag:
                if not self._opened:
                    yield self._open(element)
                yield self._close(element)
            else:
                self._group_header(element)
        self._notes.faults(self._walk.faults, self._walk.fault_count)
        yield Proven(self._message())

    def _quiet(self, note: Note, at: int | None) -> None:
        """An open statement is read twice, at its first entry and at its end; only the end reports."""

    def _relieve(self, root: xml.Element) -> bool:
        """Takes the finished transactions out of an entry that has grown large; only the last may be unfinished."""
        branch = root
        while len(branch) and branch.tag != self._entry_tag:
            branch = branch[-1]
        if branch.tag != self._entry_tag:
            return False
        finished = list(branch.iter(self._transaction_tag))[:-1]
        self._take(finished)
        return bool(finished)

    def _take(self, elements: list[xml.Element]) -> None:
        if len(self._details) + len(elements) > TRANSACTIONS_MAX:
            raise TooLarge("The number of transactions in one entry", limit=TRANSACTIONS_MAX, unit="transactions")
        for element in elements:
            self._details.append(self._transactions.read(element))
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)

    def _entry(self, element: xml.Element) -> Entry:
        markup = xml.markup(element)
        if len(markup) > WHOLE_CHARACTERS_MAX or self._details:
            self._take(list(element.iter(self._transaction_tag)))
            draft = self._entries.read(element)
            draft.transactions, self._details = self._details, []
        else:
            draft = self._entries.read(element, markup)
        self._entry_count += 1
        if draft.amount is None:
            where = f"{self._family.container}[{self._statement_count}]/Ntry[{self._entry_count}]"
            raise Unreadable(f"{where} has no amount.", code="format.amount", path=where, line=line(element))
        draft.line = line(element)
        draft.transactions = tuple([_transaction(detail, draft) for detail in draft.transactions])
        entry = settled(draft, Entry)
        self._tally.count(entry)
        for finding in proof.entry_findings(entry):
            where = f"{self._family.container}[{self._statement_count}]/Ntry[{self._entry_count}]"
            self._notes.add(replace(finding, path=where, message=f"Entry {self._entry_count}: {finding.message}"))
        return entry

    def _open(self, element: xml.Element | None) -> Opened:
        self._opened = True
        self._statement_count += 1
        if element is None or element.tag != self._container_tag:
            raise Unreadable(f"An entry stands outside of {self._family.container}.", code="camt.structure")
        fields = self._containers.read(element)
        fields.pop("summary", None)
        return Opened(_statement(fields, self._family))

    def _close(self, element: xml.Element) -> Closed:
        fields = Shapes(STATEMENT, self._notes.note).read(element)
        summary = fields.pop("summary", None)
        statement = _statement(fields, self._family)
        statement = replace(statement, balanced=proof.balanced(statement.opening, statement.closing, self._tally))
        where = f"{self._family.container}[{self._statement_count}]"
        for finding in proof.page_findings(statement.page_number, statement.last_page, where):
            self._notes.add(finding)
        for finding in proof.statement_findings(statement, self._tally):
            self._notes.add(replace(finding, path=f"{where}/{finding.path}"))
        if summary is not None:
            for finding in proof.summary_findings(summary, self._tally):
                self._notes.add(replace(finding, path=f"{where}/{finding.path}"))
        self._tally = proof.Tally()
        self._entry_count = 0
        self._opened = False
        self._details = []
        return Closed(statement)

    def _group_header(self, element: xml.Element) -> None:
        if self._header is not None:
            raise Unreadable("There is more than one message in it. Send them one by one.", code="camt.structure")
        self._header = header = Shapes(HEADER, self._notes.note).read(element)
        for finding in proof.page_findings(header.get("page_number"), header.get("last_page"), "GrpHdr/MsgPgntn"):
            self._notes.add(finding)

    def _message(self) -> StatementMessage:
        if self._statement_count == 0:
            self._notes.add(
                Finding(rule="CAMT-04", severity=Severity.WARN, message="The message holds no statement at all.")
            )
        header = self._header or {}
        return StatementMessage(
            message=self._detected.message,
            kind=self._family.kind,
            message_id=header.pop("message_id", None),
            findings=self._notes.findings(),
            **header,
        )


_NO_ACCOUNT = Held()


def _statement(fields: dict[str, Any], family: Family) -> Statement:
    held: Held = fields.pop("held", _NO_ACCOUNT)
    balances = fields.get("balances", ())
    return Statement(
        id=fields.pop("id", None),
        account=held.account,
        currency=held.account.currency,
        owner=held.owner,
        servicer=held.servicer,
        opening=proof.opening_of(balances),
        closing=proof.closing_of(balances, family.kind),
        **fields,
    )


def _transaction(draft: Any, entry: Any) -> Transaction:
    """A transaction with what it leaves unsaid: its side is its entry's, and its amount (ENT-10) what AmtDtls calls the
    transaction amount in the entry's currency; the whole entry where it is alone; else whatever AmtDtls says.
    """
    if draft.direction is None:
        draft.direction = entry.direction
    if draft.amount is None:
        explained = draft.transaction_amount
        alone = len(entry.transactions) == 1 and (explained is None or explained.currency != entry.amount.currency)
        draft.amount = entry.amount if alone else explained
    return settled(draft, Transaction)
