"""What the banks booked: statements with their proof, entries part by part, claims, suggestions and breaks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from formats import canonical
from formats.statement import Entry
from gateway.persistence import bulk
from gateway.persistence.bulk import batched
from gateway.persistence.columns import exact_sum
from gateway.persistence.payments import KEYS_PER_QUERY
from gateway.persistence.tables import breaks, claims, entries, payments, statements, suggestions
from reconciliation.booked import Booked, EntryReader
from reconciliation.breaks import Break, BreakKind
from reconciliation.candidates import Candidates, PriorClaim, ReferenceKeys, Sighting
from reconciliation.expected import AWAITING_BOOKING, ExpectedPayment
from reconciliation.matching import Match, Standing
from reconciliation.proof import Proof, StatementFacts

KNOWN_MAX = 50
NEAR_MAX = 20
"""Statements looked at on either side of a new one: more than a bank sends of one account in a day."""
UNPROVEN_MAX = 200
"""Quarantined statements of an account looked at again when another one arrives."""
"""Earlier statements of an account that a new one is compared with."""
MOVES_NOTHING = ("forecast", "quarantined", "waiting")


class Ledger:
    """The booked side of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime, actor: str) -> None:
        self._connection = connection
        self._at = at
        self._actor = actor

    def lock(self, accounts: Iterable[str]) -> None:
        """Lets one transaction at a time judge the statements of an account; SQLite has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            for account in sorted(set(accounts)):
                self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(account, 0))))

    def around(self, facts: StatementFacts, *, but: str | None = None) -> list[StatementFacts]:
        """Statements of the account and currency near this one's day, oldest first, without the one called ``but``."""
        day = facts.closing_date or facts.to_date
        mine = select(statements.c.id, statements.c.facts).where(*_statements_of(facts), statements.c.id != (but or ""))
        mine = mine.where(statements.c.verdict.in_(("proven", "quarantined")))
        closing, imported, verdict = statements.c.closing_date, statements.c.imported_at, statements.c.verdict
        earlier = mine if day is None else mine.where(closing <= day)
        # of two that came at the same moment, the proven one is the last word
        backwards = (closing.desc(), imported.desc(), verdict, statements.c.id.desc())
        rows = list(self._connection.execute(earlier.order_by(*backwards).limit(NEAR_MAX)))[::-1]
        if day is not None:
            onwards = (closing, imported, verdict.desc(), statements.c.id)
            rows += list(self._connection.execute(mine.where(closing > day).order_by(*onwards).limit(NEAR_MAX)))
        return [canonical.decode(StatementFacts, row.facts) for row in rows]

    def unproven(self, facts: StatementFacts) -> list[tuple[str, str, StatementFacts]]:
        """Quarantined statements of the account and currency: id, document, facts; oldest first."""
        query = (
            select(statements.c.id, statements.c.document_id, statements.c.facts)
            .where(*_statements_of(facts), statements.c.verdict == "quarantined")
            .order_by(statements.c.closing_date, statements.c.imported_at, statements.c.id)
            .limit(UNPROVEN_MAX)
        )
        return [
            (row.id, row.document_id, canonical.decode(StatementFacts, row.facts))
            for row in self._connection.execute(query)
        ]

    def reopen(self, statement_id: str) -> None:
        """Entries that were set aside with their statement are to be matched after all."""
        self._connection.execute(
            update(entries)
            .where(entries.c.statement_id == statement_id, entries.c.state == "quarantined")
            .values(state="open")
        )

    def known(self, facts: StatementFacts) -> list[StatementFacts]:
        """Earlier statements of the account with this one's id, number or closing balance."""
        alike: list[ColumnElement[bool]] = [statements.c.closing == facts.closing]
        if facts.statement_id is not None:
            alike.append(statements.c.statement_id == facts.statement_id)
        if facts.electronic_sequence is not None:
            alike.append(statements.c.sequence == facts.electronic_sequence)
        query = (
            select(statements.c.facts)
            .where(
                statements.c.account == facts.account, statements.c.currency == facts.currency,
                statements.c.kind == "statement", statements.c.verdict == "proven", or_(*alike),
            )
            .order_by(statements.c.id.desc())
            .limit(KNOWN_MAX)
        )  # fmt: skip
        return [canonical.decode(StatementFacts, text) for text in self._connection.execute(query).scalars()]

    def waiting_pages(self, facts: StatementFacts) -> list[tuple[str, StatementFacts]]:
        """Pages of the same statement that wait for the missing ones, with the ids they are stored under."""
        query = select(statements.c.id, statements.c.facts).where(
            statements.c.account == facts.account, statements.c.currency == facts.currency,
            statements.c.verdict == "waiting", statements.c.statement_id == facts.statement_id,
        )  # fmt: skip
        return [(row.id, canonical.decode(StatementFacts, row.facts)) for row in self._connection.execute(query)]

    def add_statement(
        self, statement_id: str, *, document_id: str, bank: str, message: str, kind: str, facts: StatementFacts,
        proof: Proof,
    ) -> None:  # fmt: skip
        """Stores a statement (or page) with its proof."""
        self._connection.execute(
            insert(statements).values(
                id=statement_id, document_id=document_id, bank=bank, message=message, kind=kind,
                account=facts.account, currency=facts.currency, statement_id=facts.statement_id,
                sequence=facts.electronic_sequence or facts.legal_sequence, opening=facts.opening,
                closing=facts.closing, booked=facts.booked,
                closing_date=facts.closing_date or facts.to_date, verdict=proof.verdict,
                proof_text=" ".join(one.message for one in proof.findings), facts=canonical.encode(facts),
                entries=facts.entries, imported_at=self._at,
            )
        )  # fmt: skip

    def prove_pages(self, ids: Iterable[str], proof: Proof) -> None:
        """Pages that waited are proven (or not) together."""
        self._connection.execute(
            update(statements)
            .where(statements.c.id.in_(list(ids)))
            .values(verdict=proof.verdict, proof_text=" ".join(one.message for one in proof.findings))
        )

    def add_entries(self, rows: Iterable[tuple[int, Entry, Booked]], *, waiting: bool) -> int:
        """Stores entries part by part, in order; the entry itself stands with its first part."""
        return bulk.insert(self._connection, entries, _parts(rows, "waiting" if waiting else "open"))

    def stored(self, statement_id: str) -> Iterator[tuple[str, Entry]]:
        """The entries of a stored statement in order, with their ids."""
        query = (
            select(entries.c.entry_id, entries.c.detail)
            .where(entries.c.statement_id == statement_id, entries.c.detail.is_not(None))
            .order_by(entries.c.position)
        )
        for row in self._connection.execute(query).all():
            yield row.entry_id, canonical.decode(Entry, row.detail)

    def stand(self, standings: Iterable[tuple[tuple[str, int], Standing]]) -> None:
        """Where parts ended; those that stay open are not written again."""
        by_state: dict[tuple[str, int], list[str]] = {}
        for (entry, part), standing in standings:
            by_state.setdefault((standing, part), []).append(entry)
        for (state, part), found in by_state.items():
            for portion in batched(found, KEYS_PER_QUERY):
                self._connection.execute(
                    update(entries).where(entries.c.entry_id.in_(portion), entries.c.part == part).values(state=state)
                )

    def told_again(self, booked: Sequence[Booked], *, statement_id: str) -> list[Booked]:
        """Earlier entries that stayed open and tell a movement that these tell too: they are looked at again, so that
        the outcome does not depend on which message came first.
        """
        found = []
        keys = sorted({one.event_key for one in booked})
        for portion in batched(keys, KEYS_PER_QUERY):
            query = (
                select(entries, statements.c.currency.label("statement_currency"))
                .join(statements, statements.c.id == entries.c.statement_id)
                .where(
                    entries.c.event_key.in_(portion), entries.c.account == booked[0].account,
                    entries.c.statement_id != statement_id, entries.c.state == "open", entries.c.detail.is_not(None),
                )
            )  # fmt: skip
            for row in self._connection.execute(query):
                reader = EntryReader(
                    statement_id=row.statement_id, kind=row.kind, account=row.account, currency=row.statement_currency
                )
                one = reader.read(canonical.decode(Entry, row.detail), entry_id=row.entry_id)
                found.append(replace(one, event_key=row.event_key))
        return found

    def candidates(self, keys: ReferenceKeys, *, among: frozenset[str]) -> Candidates:
        """Everything these references may belong to, in a few queries a portion of keys.

        ``among`` are the entries being matched: stored already, they are no earlier sightings of themselves.
        """
        found: dict[str, ExpectedPayment] = {}
        for column, wanted in (
            (payments.c.id, keys.instruction_ids | self._claimed_by(keys)),
            (payments.c.bank_batch_id, keys.payment_information_ids),
            (payments.c.file_id, keys.batch_message_ids),
            (payments.c.end_to_end_id, keys.end_to_end_ids),
            (payments.c.uetr, keys.uetrs),
        ):
            for portion in batched(sorted(wanted), KEYS_PER_QUERY):
                query = select(payments).where(
                    column.in_(portion), payments.c.file_id.is_not(None),
                    payments.c.debtor_account.in_(sorted(keys.accounts)),
                )  # fmt: skip
                for row in self._connection.execute(query).mappings():
                    found[row["id"]] = _expected(row)
        return Candidates(
            payments=tuple(found[one] for one in sorted(found)),
            claims=tuple(self._claims(sorted(found))),
            sightings=tuple(self._sightings(keys, among)),
            open_breaks=frozenset(self._open_breaks(keys, sorted(found))),
        )

    def _claimed_by(self, keys: ReferenceKeys) -> frozenset[str]:
        """Payments that an earlier message of the same movements has claimed."""
        found: set[str] = set()
        for portion in batched(sorted(keys.event_keys), KEYS_PER_QUERY):
            query = (
                select(claims.c.payment_id)
                .join(entries, (entries.c.entry_id == claims.c.entry_id) & (entries.c.part == claims.c.part))
                .where(entries.c.event_key.in_(portion), claims.c.payment_id.is_not(None))
            )
            found.update(self._connection.execute(query).scalars())
        return frozenset(found)

    def _open_breaks(self, keys: ReferenceKeys, payment_ids: Sequence[str]) -> Iterator[str]:
        """Keys of open breaks about these payments and movements."""
        still = select(breaks.c.key).where(breaks.c.state == "open")
        for portion in batched(payment_ids, KEYS_PER_QUERY):
            yield from self._connection.execute(still.where(breaks.c.payment_id.in_(portion))).scalars()
        for portion in batched(sorted(keys.event_keys), KEYS_PER_QUERY):
            about = still.join(entries, (entries.c.entry_id == breaks.c.entry_id) & (entries.c.part == breaks.c.part))
            yield from self._connection.execute(about.where(entries.c.event_key.in_(portion))).scalars()

    def _claims(self, payment_ids: Sequence[str]) -> Iterator[PriorClaim]:
        for portion in batched(payment_ids, KEYS_PER_QUERY):
            query = (
                select(claims, entries.c.statement_id, entries.c.event_key)
                .join(entries, (entries.c.entry_id == claims.c.entry_id) & (entries.c.part == claims.c.part))
                .where(claims.c.payment_id.in_(portion))
            )
            for row in self._connection.execute(query):
                yield PriorClaim(
                    entry_id=row.entry_id, statement_id=row.statement_id, kind=row.kind, event_key=row.event_key,
                    purpose=row.purpose, payment_id=row.payment_id, amount=row.amount,
                )  # fmt: skip

    def _sightings(self, keys: ReferenceKeys, among: frozenset[str]) -> Iterator[Sighting]:
        for portion in batched(sorted(keys.event_keys), KEYS_PER_QUERY):
            query = select(entries.c.entry_id, entries.c.statement_id, entries.c.kind, entries.c.event_key).where(
                entries.c.event_key.in_(portion), entries.c.account.in_(sorted(keys.accounts)),
                entries.c.detail.is_not(None), entries.c.state.not_in(MOVES_NOTHING),
            )  # fmt: skip
            for row in self._connection.execute(query):
                if row.entry_id not in among:
                    yield Sighting(
                        entry_id=row.entry_id, statement_id=row.statement_id, kind=row.kind, event_key=row.event_key
                    )

    def add_matches(self, found: Iterable[Match]) -> int:
        """Stores claims; the database refuses a part or a payment that is claimed twice."""
        return bulk.insert(
            self._connection, claims,
            (
                {
                    "entry_id": claim.entry_id, "part": claim.part, "slice": claim.slice,
                    "payment_id": claim.payment_id, "open_item_id": claim.open_item_id, "purpose": claim.purpose,
                    "kind": claim.kind, "amount": claim.amount, "currency": claim.currency, "rule": match.rule,
                    "version": match.version, "evidence": match.evidence, "actor": self._actor, "at": self._at,
                }
                for match in found
                for claim in match.claims
            ),
        )  # fmt: skip

    def add_suggestions(self, found: Iterable[Match]) -> int:
        """Stores readings that wait for a person, with all their alternatives."""
        return bulk.insert(
            self._connection, suggestions,
            (
                {
                    "entry_id": match.claims[0].entry_id, "part": match.claims[0].part,
                    "alternative": match.alternative, "rule": match.rule, "evidence": match.evidence,
                    "targets": [claim.payment_id or claim.open_item_id for claim in match.claims], "at": self._at,
                }
                for match in found
            ),
        )  # fmt: skip

    def open_break(self, break_id: str, found: Break, *, bank: str, account: str, statement_id: str | None) -> bool:
        """Opens a break unless the same fact was told before; says whether it is new."""
        key = found.key[:255]
        if self._connection.execute(select(breaks.c.id).where(breaks.c.key == key)).first() is not None:
            return False
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(
                    insert(breaks).values(
                        id=break_id, key=key, kind=found.kind.value, bank=bank, account=account,
                        statement_id=statement_id,
                        entry_id=found.part[0] if found.part is not None else None,
                        part=found.part[1] if found.part is not None else None,
                        payment_id=found.payment_ids[0] if len(found.payment_ids) == 1 else None,
                        payment_ids=list(found.payment_ids),
                        expected=found.expected, booked=found.booked,
                        currency=found.currency, reason=found.reason, who_acts=found.who_acts, opened_at=self._at,
                        state="open",
                    )
                )  # fmt: skip
            except IntegrityError:
                point.rollback()
                return False
        return True

    def close_breaks(self, keys: Iterable[str], *, resolution: str) -> int:
        """Closes breaks that later facts explained."""
        closed = 0
        for portion in batched(keys, KEYS_PER_QUERY):
            closed += self._connection.execute(
                update(breaks)
                .where(breaks.c.key.in_([one[:255] for one in portion]), breaks.c.state == "open")
                .values(state="resolved", resolution=resolution, resolved_by=self._actor, resolved_at=self._at)
            ).rowcount
        return closed

    def unbooked(self, due_before: date, *, limit: int) -> list[tuple[ExpectedPayment, str]]:
        """Payments a bank should have booked by now, without a break that says so already, each with its bank."""
        told = select(breaks.c.payment_id).where(breaks.c.kind == BreakKind.MISSING_BOOKING.value)
        query = (
            select(payments)
            .where(
                payments.c.state.in_(sorted(AWAITING_BOOKING)), payments.c.value_date < due_before,
                payments.c.id.not_in(told.where(breaks.c.payment_id.is_not(None))),
            )
            .limit(limit)
        )  # fmt: skip
        return [(_expected(row), row["bank"]) for row in self._connection.execute(query).mappings()]

    def conservation(self) -> list[dict[str, Any]]:
        """Count and exact sum of parts by message kind, currency, direction and state (promise P8)."""
        columns = (entries.c.kind, entries.c.currency, entries.c.direction, entries.c.state)
        query = select(*columns, func.count().label("count"), exact_sum(entries.c.amount).label("amount")).group_by(
            *columns
        )
        return [dict(row) for row in self._connection.execute(query).mappings()]


def _statements_of(facts: StatementFacts) -> tuple[ColumnElement[bool], ...]:
    return (
        statements.c.account == facts.account, statements.c.currency == facts.currency,
        statements.c.kind == "statement",
    )  # fmt: skip


def _parts(rows: Iterable[tuple[int, Entry, Booked]], state: str) -> Iterator[dict[str, Any]]:
    for position, entry, booked in rows:
        for place, part in enumerate(booked.parts):
            yield {
                "entry_id": part.entry_id, "statement_id": booked.statement_id, "position": position,
                "part": part.index, "account": booked.account, "kind": booked.kind, "event_key": booked.event_key,
                "amount": part.amount, "currency": part.currency[:3],
                "direction": "debit" if part.signed < 0 else "credit", "status": booked.status,
                "booking_date": booked.booking_date, "value_date": booked.value_date,
                "bank_reference": _short(booked.bank_reference), "end_to_end_id": _short(part.references.end_to_end_id),
                "counterparty": _short(part.counterparty_name), "remittance": " ".join(part.remittance) or booked.text,
                "state": state, "detail": canonical.encode(entry) if place == 0 else None,
            }  # fmt: skip


def _short(text: str | None) -> str | None:
    return None if text is None else text[:140]


def _expected(row: Any) -> ExpectedPayment:
    return ExpectedPayment(
        payment_id=row["id"], account=row["debtor_account"], amount=row["amount"], currency=row["currency"],
        state=row["state"], file_id=row["file_id"], batch_id=row["batch_id"], message_id=row["file_id"],
        payment_information_id=row["bank_batch_id"], instruction_id=row["id"], end_to_end_id=row["end_to_end_id"],
        uetr=row["uetr"], creditor_name=row["creditor_name"], creditor_account=row["creditor_account"],
        value_date=row["value_date"],
    )  # fmt: skip
