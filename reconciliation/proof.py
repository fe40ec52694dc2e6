"""Rung 0: a statement proves itself before anything on it is believed.

Opening + booked entries = closing, exactly; it opens where the last one closed; no number is left out; nothing is
imported twice; all its pages are there. Reports and notifications carry no such proof and are only looked at for
what contradicts itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from itertools import pairwise
from typing import Literal

from formats.findings import Finding, Severity
from formats.statement import Entry, Kind, Statement
from reconciliation.booked import ZERO
from reconciliation.breaks import WHO_ACTS, Break, BreakKind

Verdict = Literal["proven", "advised", "waiting", "duplicate", "quarantined"]
"""``advised``: a report or notification, which proves nothing and needs no proof. ``waiting``: pages are missing.
``duplicate``: imported before, leave it out. ``quarantined``: a HALT finding; nothing on it is posted."""


class Tally:
    """Adds up entries while they stream by, so that a statement need not be in memory. One per page."""

    def __init__(self) -> None:
        self.booked = ZERO
        self.entries = 0
        self.undirected = 0
        self.negative = 0
        self._digest = blake2b(digest_size=16)

    def add(self, entry: Entry) -> None:
        """Counts one entry; only booked ones move the balance (rulebook BAL-03)."""
        self.entries += 1
        self.undirected += entry.direction is None
        self.negative += entry.amount.value < 0
        if entry.booked:
            self.booked += entry.signed
        words = (
            entry.signed.normalize(),
            entry.amount.currency,
            entry.status,
            entry.booking_date,
            entry.bank_reference,
        )
        self._digest.update("|".join(str(word) for word in words).encode() + b"\n")

    @property
    def digest(self) -> str:
        """Tells two statements with the same balances apart."""
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """What the store keeps of a statement to prove the next one. Balances are signed."""

    account: str
    currency: str
    statement_id: str | None
    opening: Decimal | None
    closing: Decimal | None
    booked: Decimal
    entries: int
    digest: str
    electronic_sequence: str | None = None
    legal_sequence: str | None = None
    closing_date: date | None = None
    from_date: date | None = None
    to_date: date | None = None
    page_number: str | None = None
    last_page: bool | None = None
    copy_duplicate: str | None = None
    undirected: int = field(default=0, compare=False)
    negative: int = field(default=0, compare=False)

    @property
    def same_content(self) -> tuple[object, ...]:
        """Equal for a statement that is delivered again, whatever it is called then (rulebook SEQ-03)."""
        return (self.account, self.currency, self.opening, self.closing, self.booked, self.entries, self.digest)

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for statements that claim to be the same one: id, numbers and period."""
        numbers = (self.electronic_sequence, self.legal_sequence, self.from_date, self.to_date)
        return (self.account, self.currency, self.statement_id, *numbers)


def facts(statement: Statement, tally: Tally, *, account: str) -> StatementFacts:
    """The facts of one statement, or of one page, after all its entries went through ``tally``."""
    closing = statement.closing
    return StatementFacts(
        account=account,
        currency=statement.currency or (closing.amount.currency if closing else None) or "",
        statement_id=statement.id,
        opening=statement.opening.amount.value if statement.opening else None,
        closing=closing.amount.value if closing else None,
        booked=tally.booked,
        entries=tally.entries,
        digest=tally.digest,
        electronic_sequence=statement.electronic_sequence,
        legal_sequence=statement.legal_sequence,
        closing_date=closing.as_of if closing else None,
        from_date=_day(statement.from_date),
        to_date=_day(statement.to_date),
        page_number=statement.page_number,
        last_page=statement.last_page,
        copy_duplicate=statement.copy_duplicate,
        undirected=tally.undirected,
        negative=tally.negative,
    )


def _day(moment: datetime | date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The verdict, and why. ``whole`` joins the pages into one."""

    verdict: Verdict
    whole: StatementFacts
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the entries may be reconciled."""
        return self.verdict in ("proven", "advised")


def prove(
    kind: Kind,
    pages: Sequence[StatementFacts],
    *,
    previous: StatementFacts | None = None,
    following: StatementFacts | None = None,
    known: Sequence[StatementFacts] = (),
    check_sequence: bool = True,
) -> Proof:
    """The proof of one statement, given as its pages (mostly one).

    ``previous`` is the statement of this account and currency before this one, None for the first; ``following`` the
    one after it, where banks deliver out of order or a day again. ``known`` are the
    statements already imported that have this one's id, numbers or closing balance. ``check_sequence`` is False for
    banks that do not number (rulebook SEQ-02): continuity of balances still holds.
    """
    assert pages, "a statement has at least one page"
    ordered, missing = _in_order(pages)
    whole = _join(ordered)
    if kind != "statement":
        findings = tuple(_sane(whole))
        return Proof(verdict="quarantined" if findings else "advised", whole=whole, findings=findings)
    if any(each.same_content == whole.same_content and _same_period(each, whole) for each in known):
        return Proof(verdict="duplicate", whole=whole, findings=(_finding("SEQ-03", Severity.INFO, _BOOKED),))
    if missing is not None:
        return Proof(verdict="waiting", whole=whole, findings=(_finding("SEQ-04", Severity.WARN, missing),))
    amended = any(each.identity == whole.identity and each.statement_id is not None for each in known)
    findings = (
        *_sane(whole),
        *([_finding("SEQ-03", Severity.HALT, _amended(whole))] if amended else []),
        *_pages_chain(ordered),
        *_adds_up(whole),
        *_chains(previous, whole),
        *_chains(whole, following),
        *(_follows(whole, previous) if check_sequence else []),
    )
    halted = any(finding.severity is Severity.HALT for finding in findings)
    return Proof(verdict="quarantined" if halted else "proven", whole=whole, findings=findings)


_BOOKED = "Statement already booked."


def _finding(rule: str, severity: Severity, message: str, advice: str = "") -> Finding:
    return Finding(rule=rule, severity=severity, message=message, advice=advice)


def _name(statement: StatementFacts) -> str:
    return statement.electronic_sequence or statement.legal_sequence or statement.statement_id or "without a number"


def _amended(statement: StatementFacts) -> str:
    return f"Statement {_name(statement)} came again with other content. Not posted."


def _same_period(one: StatementFacts, other: StatementFacts) -> bool:
    """A quiet account has equal statements every day: only the same number, or the same period, is the same one."""
    if one.statement_id is not None and one.statement_id == other.statement_id:
        return one.closing_date == other.closing_date
    numbered = one.electronic_sequence is not None and one.electronic_sequence == other.electronic_sequence
    same_days = (one.from_date, one.to_date, one.closing_date) == (other.from_date, other.to_date, other.closing_date)
    return same_days and (numbered or one.entries > 0)


def _sane(whole: StatementFacts) -> list[Finding]:
    found = []
    if whole.negative:
        found.append(_finding("ENT-04", Severity.HALT, "Entry with negative amount; statement stopped."))
    if whole.undirected:
        message = f"{whole.undirected} entries say neither debit nor credit; statement stopped."
        found.append(_finding("ENT-04", Severity.HALT, message))
    return found


def _adds_up(whole: StatementFacts) -> list[Finding]:
    if whole.opening is None or whole.closing is None:
        message = f"Statement {_name(whole)} lacks its opening or closing balance. Not posted."
        return [_finding("BAL-03", Severity.HALT, message, "Ask the bank for a statement with both balances.")]
    difference = whole.opening + whole.booked - whole.closing
    if not difference:
        return []
    message = f"Statement {_name(whole)} does not add up (difference {difference} {whole.currency}). Not posted."
    return [_finding("BAL-03", Severity.HALT, message, "Ask the bank for a new statement.")]


def _chains(before: StatementFacts | None, after: StatementFacts | None) -> list[Finding]:
    if before is None or after is None or None in (before.closing, after.opening) or before.closing == after.opening:
        return []
    message = (
        f"A statement is missing between {_name(before)} and {_name(after)}: "
        f"one closed at {before.closing}, the other opens at {after.opening} {after.currency}."
    )
    return [_finding("BAL-04", Severity.HALT, message, "Ask the bank to deliver the days between again.")]


def _follows(whole: StatementFacts, previous: StatementFacts | None) -> list[Finding]:
    """A gap in the numbers: a warning where the balances chain (numbers restart), for those prove more than numbers."""
    if previous is None:
        return []
    for before, now in (
        (previous.electronic_sequence, whole.electronic_sequence),
        (previous.legal_sequence, whole.legal_sequence),
    ):
        if before is None or now is None or not (before.isdigit() and now.isdigit()):
            continue
        first, last = int(before) + 1, int(now) - 1
        if first > last:
            return []
        gap = f"Statement {first} missing." if first == last else f"Statements {first} to {last} missing."
        return [_finding("SEQ-01", Severity.WARN, gap, "Ask the bank to deliver it again.")]
    return []


def neighbours(
    one: StatementFacts, others: Sequence[StatementFacts]
) -> tuple[StatementFacts | None, StatementFacts | None]:
    """The statements just before and just after ``one`` among ``others``, which came earlier, oldest first.

    The day decides, then the number, and without either the order in which they came. Where one came twice (wrong,
    then corrected), the later counts.
    """
    before: StatementFacts | None = None
    after: StatementFacts | None = None
    for other in others:
        order = _order(other, one)
        if order < 0 and (before is None or _order(before, other) <= 0):
            before = other
        elif order > 0 and (after is None or _order(other, after) <= 0):
            after = other
    return before, after


def corrects(one: StatementFacts, earlier: StatementFacts) -> bool:
    """Whether ``one`` is the same day's statement as the ``earlier`` one, told anew."""
    return one.identity == earlier.identity or _order(earlier, one) == 0


def _order(one: StatementFacts, other: StatementFacts) -> int:
    """-1, 0 or 1: ``one`` comes before, is the same as, or comes after ``other``, which arrived later."""
    days = (one.closing_date or one.to_date, other.closing_date or other.to_date)
    if days[0] is not None and days[1] is not None and days[0] != days[1]:
        return -1 if days[0] < days[1] else 1
    for mine, theirs in (
        (one.electronic_sequence, other.electronic_sequence), (one.legal_sequence, other.legal_sequence),
    ):  # fmt: skip
        if mine is not None and theirs is not None and mine.isdigit() and theirs.isdigit():
            numbers = (int(mine), _page(one)), (int(theirs), _page(other))
            return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])
    return -1


def _in_order(pages: Sequence[StatementFacts]) -> tuple[list[StatementFacts], str | None]:
    """Pages by number, each once, and which one is outstanding in words, or None when all are there."""
    if len(pages) == 1 and pages[0].page_number is None and pages[0].last_page is not False:
        return list(pages), None
    numbered = {_page(page): page for page in pages}
    ordered = [numbered[number] for number in sorted(numbered)]
    # Some banks count pages from 0 (rulebook MT-03).
    first = 0 if 0 in numbered else 1
    for number in range(first, first + len(ordered)):
        if number not in numbered:
            return ordered, f"Page {number} of statement {_name(ordered[0])} outstanding."
    if ordered[-1].last_page is False:
        return ordered, f"Page {first + len(ordered)} of statement {_name(ordered[0])} outstanding."
    return ordered, None


def _page(page: StatementFacts) -> int:
    return int(page.page_number) if page.page_number is not None and page.page_number.isdigit() else 1


def _pages_chain(pages: Sequence[StatementFacts]) -> list[Finding]:
    for before, page in pairwise(pages):
        if None not in (before.closing, page.opening) and before.closing != page.opening:
            message = f"Page {page.page_number} of statement {_name(page)} does not open where the one before closed."
            return [_finding("SEQ-04", Severity.HALT, message, "Ask the bank for the whole statement again.")]
    return []


def _join(pages: Sequence[StatementFacts]) -> StatementFacts:
    if len(pages) == 1:
        return pages[0]
    first, last = pages[0], pages[-1]
    digest = blake2b("".join(page.digest for page in pages).encode(), digest_size=16).hexdigest()
    return StatementFacts(
        account=first.account,
        currency=first.currency,
        statement_id=first.statement_id,
        opening=first.opening,
        closing=last.closing,
        booked=sum((page.booked for page in pages), ZERO),
        entries=sum(page.entries for page in pages),
        digest=digest,
        electronic_sequence=first.electronic_sequence,
        legal_sequence=first.legal_sequence,
        closing_date=last.closing_date,
        from_date=first.from_date,
        to_date=last.to_date,
        page_number=last.page_number,
        last_page=last.last_page,
        copy_duplicate=first.copy_duplicate,
        undirected=sum(page.undirected for page in pages),
        negative=sum(page.negative for page in pages),
    )


def unproven_key(whole: StatementFacts) -> str:
    """The key of the break that a quarantined statement is."""
    return f"{BreakKind.STATEMENT_UNPROVEN}:{whole.account}:{whole.currency}:{_name(whole)}:{whole.digest}"


def unproven_break(proof: Proof) -> Break:
    """The break of a quarantined statement, in the words of its findings."""
    assert proof.verdict == "quarantined", "only what is quarantined breaks"
    whole = proof.whole
    return Break(
        key=unproven_key(whole),
        kind=BreakKind.STATEMENT_UNPROVEN,
        reason=" ".join(finding.message for finding in proof.findings if finding.severity is Severity.HALT),
        who_acts=WHO_ACTS[BreakKind.STATEMENT_UNPROVEN],
        currency=whole.currency,
        expected=None if whole.opening is None else whole.opening + whole.booked,
        booked=whole.closing,
    )
