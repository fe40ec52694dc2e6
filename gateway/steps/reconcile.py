"""Reconcile: proves statements, allocates entries to payments, and opens a break for everything that does not fit.

A payment is settled when any report shows its booking, and reconciled when a statement that adds up shows it. What an
unproven statement says moves nothing. Every part of every entry ends somewhere: matched, suggested or open. A movement
that only one file of ours can have made proves that the bank has it, whoever else still looks for that file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from formats.statement import Entry, Kind, Statement, StatementMessage
from gateway import outcomes
from gateway.domain import ids
from gateway.domain.account import OwnAccount
from gateway.domain.document import Document
from gateway.domain.hold import HOLDABLE, OWNER, HoldKind
from gateway.domain.lifecycle import FileState, State
from gateway.domain.payment import Selection
from gateway.domain.ports import UnitOfWork
from reconciliation.booked import Booked, EntryReader
from reconciliation.breaks import Break, missing_bookings
from reconciliation.candidates import Candidates, reference_keys
from reconciliation.engine import reconcile as match
from reconciliation.expected import UNPROVEN
from reconciliation.matching import Outcome
from reconciliation.proof import (
    Proof,
    StatementFacts,
    Tally,
    corrects,
    facts,
    neighbours,
    prove,
    unproven_break,
    unproven_key,
)

GRACE_DAYS = 3
"""Calendar days after its value date within which a booking may still come: a weekend and a day."""
MISSING_AT_ONCE = 500
ENTRIES_AT_ONCE = 5_000
"""Entries matched in one go; their candidates are in memory meanwhile."""
HALF_WAY = (FileState.STAGED, FileState.IN_DOUBT)
BEFORE_BOOKING = (State.SUBMITTED, State.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A stored statement or page whose entries are to be matched."""

    id: str
    kind: Kind
    account: str
    currency: str
    entries: list[tuple[str, Entry]]


def reconcile(
    work: UnitOfWork, document: Document, message: StatementMessage, *, accounts: Mapping[str, OwnAccount]
) -> None:
    """Takes in every statement of a message, in one transaction."""
    strange = [
        one.account.number
        for one in message.statements
        if (own := accounts.get(one.account.number or "")) is None or own.bank != document.bank
    ]
    if strange or not message.statements:
        what = f"the account {strange[0]}, which is not one of ours there" if strange else "no account at all"
        _quarantine(work, document, message, f"{document.bank} sent a {message.kind} of {what}.")
        return
    work.ledger.lock(one.account.number or "" for one in message.statements)
    for number, statement in enumerate(message.statements, 1):
        _take_in(work, document, message, statement, f"{document.id}-{number}")
    work.documents.processed(document.id, kind=message.message, message_id=message.message_id)
    work.note(
        action="document.applied", subject=document.id,
        data={"message": message.message, "statements": len(message.statements)},
    )  # fmt: skip


def look_for_missing(work: UnitOfWork) -> int:
    """Opens a break for every payment whose booking is overdue; says how many were new."""
    today = work.at.date()
    opened = 0
    for payment, bank in work.ledger.unbooked(today - timedelta(days=GRACE_DAYS), limit=MISSING_AT_ONCE):
        for found in missing_bookings((payment,), today=today, grace_days=GRACE_DAYS):
            opened += _open(work, found, bank=bank, account=payment.account, statement_id=None)
    return opened


def _take_in(
    work: UnitOfWork, document: Document, message: StatementMessage, statement: Statement, statement_id: str
) -> None:
    account = statement.account.number or ""
    tally = Tally()
    rows: list[tuple[str, Entry]] = []
    for position, entry in enumerate(statement.entries):
        tally.add(entry)
        rows.append((f"{statement_id}-{position}", entry))
    told = facts(statement, tally, account=account)
    waiting = work.ledger.waiting_pages(told) if told.page_number is not None else []
    before, after = neighbours(told, work.ledger.around(told))
    proof = prove(
        message.kind, [*(page for _, page in waiting), told], previous=before, following=after,
        known=work.ledger.known(told),
    )  # fmt: skip
    work.ledger.add_statement(
        statement_id, document_id=document.id, bank=document.bank, message=message.message, kind=message.kind,
        facts=told, proof=proof,
    )  # fmt: skip
    _report(work, document, account, statement_id, proof)
    if proof.verdict == "duplicate":
        return
    pages = []
    if proof.verdict != "waiting":
        for earlier, _ in waiting:
            entries = list(work.ledger.stored(earlier))
            pages.append(_Page(id=earlier, kind=message.kind, account=account, currency=told.currency, entries=entries))
    if pages:
        work.ledger.prove_pages([page.id for page in pages], proof)
    page = _Page(id=statement_id, kind=message.kind, account=account, currency=told.currency, entries=rows)
    _store(work, page, waiting=proof.verdict == "waiting")
    if proof.verdict != "waiting":
        for each in (*pages, page):
            _match(work, document, each, proof)
    if message.kind == "statement" and proof.verdict in ("proven", "quarantined"):
        _look_again(work, told, proven=proof.ok)


def _look_again(work: UnitOfWork, told: StatementFacts, *, proven: bool) -> None:
    """What waited in quarantine for just this statement (a day delivered late, or a wrong one corrected) is proven now,
    and may in turn be what another one waits for. A statement that does not add up itself still says where the next
    one begins.
    """
    waiting = work.ledger.unproven(told)
    if proven:
        corrected = [unproven_key(earlier) for _, _, earlier in waiting if corrects(told, earlier)]
        work.ledger.close_breaks(corrected, resolution="the bank sent this statement again, and now it adds up")
    found = True
    while found:
        found = False
        for one in waiting:
            statement_id, document_id, earlier = one
            before, after = neighbours(earlier, work.ledger.around(earlier, but=statement_id))
            proof = prove("statement", [earlier], previous=before, following=after, known=work.ledger.known(earlier))
            if proof.ok:
                _prove_late(work, statement_id, work.documents.get(document_id), earlier, proof)
                waiting.remove(one)
                found = True
                break


def _prove_late(
    work: UnitOfWork, statement_id: str, document: Document, told: StatementFacts, proof: Proof
) -> None:  # fmt: skip
    work.ledger.prove_pages([statement_id], proof)
    work.note(action="statement.proven", subject=statement_id, data={"bank": document.bank, **_totals(proof)})
    work.ledger.close_breaks([unproven_key(told)], resolution="the statement that was missing arrived")
    work.ledger.reopen(statement_id)
    entries = list(work.ledger.stored(statement_id))
    page = _Page(id=statement_id, kind="statement", account=told.account, currency=told.currency, entries=entries)
    _match(work, document, page, proof)


def _report(work: UnitOfWork, document: Document, account: str, statement_id: str, proof: Proof) -> None:
    data = {"account": account, "statement": statement_id, "proof": proof.verdict}
    work.note(action=f"statement.{proof.verdict}", subject=statement_id, data={"bank": document.bank, **_totals(proof)})
    if proof.verdict == "quarantined":
        _open(work, unproven_break(proof), bank=document.bank, account=account, statement_id=statement_id)
    work.alert(
        "payhub.statement.imported.v1", subject_kind="statement", subject=statement_id, client_id=None, data=data
    )


def _totals(proof: Proof) -> dict[str, str | int | None]:
    whole = proof.whole
    return {
        "opening": None if whole.opening is None else format(whole.opening, "f"),
        "closing": None if whole.closing is None else format(whole.closing, "f"),
        "entries": whole.entries,
    }


def _readers(page: _Page) -> Iterable[tuple[int, Entry, Booked]]:
    reader = EntryReader(statement_id=page.id, kind=page.kind, account=page.account, currency=page.currency)
    for position, (entry_id, entry) in enumerate(page.entries):
        yield position, entry, reader.read(entry, entry_id=entry_id)


def _store(work: UnitOfWork, page: _Page, *, waiting: bool) -> None:
    work.ledger.add_entries(_readers(page), waiting=waiting)


def _match(work: UnitOfWork, document: Document, page: _Page, proof: Proof) -> None:
    unproven = frozenset() if proof.ok else frozenset({page.id})
    booked = [one for _, _, one in _readers(page)]
    for start in range(0, len(booked), ENTRIES_AT_ONCE):
        portion = booked[start : start + ENTRIES_AT_ONCE]
        portion += work.ledger.told_again(portion, statement_id=page.id)
        among = frozenset(one.entry_id for one in portion)
        keys = reference_keys(portion)
        candidates = work.ledger.candidates(keys, among=among)
        outcome = match(portion, candidates, unproven=unproven)
        if _arrived(work, document, outcome, candidates):  # what the payments are for the entries has changed with that
            candidates = work.ledger.candidates(keys, among=among)
            outcome = match(portion, candidates, unproven=unproven)
        _apply(work, document, page, outcome)
        _keep_back(work, document, outcome, candidates)


def _arrived(work: UnitOfWork, document: Document, outcome: Outcome, candidates: Candidates) -> bool:
    """Files of which nothing proved yet that the bank has them, until it booked what nobody else can have sent it: we
    died before we could write the arrival down, or a look showed nothing. Says whether there is such a file; then the
    payments are read again, for they moved here, or under another worker while its file was waited for.
    """
    file_of = {one.payment_id: one.file_id for one in candidates.payments if one.state in UNPROVEN}
    claimed = (claim.payment_id for one in outcome.matches if one.certain for claim in one.claims)
    found = sorted({file_id for one in claimed if (file_id := file_of.get(one or "")) is not None})
    for file_id in found:
        work.files.lock(file_id)  # before it is read: a worker may be in the middle of handing it over
        file = work.files.get(file_id)
        tried = file.state is FileState.GENERATED and any(not one.left_nothing for one in work.files.attempts(file_id))
        if tried or file.state in HALF_WAY:
            reason = f"{document.bank} booked payments of it, says {document.name}, so it holds the file"
            work.files.add_evidence(file_id, "booking", reason)
            outcomes.arrived(work, file, reason=reason)
    return bool(found)


def _apply(work: UnitOfWork, document: Document, page: _Page, outcome: Outcome) -> None:
    work.ledger.add_matches(outcome.matches)
    work.ledger.add_suggestions(outcome.suggestions)
    work.ledger.stand(outcome.standings.items())
    settled = [one.payment_id for one in outcome.settlements]
    proven = [one.payment_id for one in outcome.reconciliations]
    unseen = [one.payment_id for one in outcome.returns if not one.booking_known]
    where = f"{document.bank} booked it, says {document.name}"
    _move(work, [*settled, *proven, *unseen], BEFORE_BOOKING, State.SETTLED, where)
    _move(work, proven, (State.SETTLED,), State.RECONCILED, f"the statement that shows it adds up: {document.name}")
    for one in outcome.returns:
        reason = f"the money came back ({one.reason or 'no reason given'})"
        sources = (State.SETTLED, State.RECONCILED)
        _move(work, [one.payment_id], sources, State.RETURNED, reason, reason_code=(one.reason or None))
    work.ledger.close_breaks(outcome.resolved, resolution="a later booking explains it")
    for found in outcome.breaks:
        _open(work, found, bank=document.bank, account=page.account, statement_id=page.id)


def _keep_back(work: UnitOfWork, document: Document, outcome: Outcome, candidates: Candidates) -> None:
    """Payments that the bank booked and that could go into another file: it had theirs, which was withdrawn."""
    ready = {one.payment_id for one in candidates.payments if one.state in HOLDABLE}
    booked = [claim.payment_id for one in outcome.matches for claim in one.claims if claim.purpose == "booking"]
    reason = f"{document.bank} booked it, says {document.name}. Decline it, or it is paid twice."
    for where in _batch_by_batch(work, (one for one in booked if one is not None and one in ready)):
        work.payments.hold(where, kind=HoldKind.PERHAPS_SENT, reason=reason, owner=OWNER)


def _move(
    work: UnitOfWork, payment_ids: list[str], sources: tuple[State, ...], target: State, reason: str, **assign: object
) -> None:
    """Moves payments batch by batch; those that stand elsewhere stay where they are."""
    for where in _batch_by_batch(work, payment_ids):
        for source in sources:
            work.payments.move(where, source, target, step="reconcile", reason=reason, **assign)


def _batch_by_batch(work: UnitOfWork, payment_ids: Iterable[str]) -> Iterator[Selection]:
    by_batch: dict[str, list[str]] = {}
    for one in payment_ids:
        by_batch.setdefault(ids.batch_of(one), []).append(one)
    for batch_id, chosen in by_batch.items():
        mark = work.new_id()
        work.payments.mark(mark, dict.fromkeys(chosen))
        yield Selection(batch_id=batch_id, marked=mark)
        work.payments.unmark(mark)


def _open(work: UnitOfWork, found: Break, *, bank: str, account: str, statement_id: str | None) -> bool:
    break_id = work.new_id()
    if not work.ledger.open_break(break_id, found, bank=bank, account=account, statement_id=statement_id):
        return False
    client = None
    if len(found.payment_ids) == 1:
        client = work.batches.get(ids.batch_of(found.payment_ids[0])).client_id
    work.alert(
        "payhub.break.opened.v1", subject_kind="break", subject=break_id, client_id=client,
        data={"kind": found.kind.value, "reason": found.reason, "who_acts": found.who_acts,
              "payments": list(found.payment_ids)},
    )  # fmt: skip
    return True


def _quarantine(work: UnitOfWork, document: Document, message: StatementMessage, reason: str) -> None:
    work.documents.quarantine(document.id, reason=reason, kind=message.message)
    work.alert(
        "payhub.document.quarantined.v1", subject_kind="document", subject=document.id, client_id=None,
        data={"bank": document.bank, "name": document.name, "reason": reason},
    )  # fmt: skip
