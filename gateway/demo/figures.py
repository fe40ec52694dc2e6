"""What became of it all, counted from the database and from what the banks received; the story is not asked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from banks.simulator.serving import OpenBank
from gateway.persistence.audit_trail import AuditTrail
from gateway.persistence.columns import exact_sum
from gateway.persistence.tables import (
    batches,
    breaks,
    counters,
    deliveries,
    documents,
    entries,
    events,
    file_moves,
    files,
    payments,
    statements,
    webhooks,
)
from gateway.wiring import Hub

PAID_AWAY = ("accepted",)


@dataclass(frozen=True, slots=True)
class PaymentStanding:
    """One payment, as the table shows it."""

    batch_id: str
    reference: str
    state: str
    held: bool
    amount: Decimal
    bank: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where everything is now."""

    payments: tuple[PaymentStanding, ...]
    statements: int
    webhooks_behind: bool


def standing(hub: Hub) -> Standing:
    """One look at the database."""
    with hub.reading() as connection:
        rows = connection.execute(
            select(
                payments.c.batch_id, payments.c.end_to_end_id, payments.c.state, payments.c.hold, payments.c.amount,
                payments.c.bank,
            ).order_by(payments.c.id)
        )  # fmt: skip
        found = tuple(
            PaymentStanding(row.batch_id, row.end_to_end_id, row.state, row.hold is not None, row.amount, row.bank)
            for row in rows
        )
        last = connection.execute(select(counters.c.value).where(counters.c.name == "events")).scalar_one()
        behind = connection.execute(select(webhooks.c.id).where(webhooks.c.cursor < last)).first() is not None
        waiting = connection.execute(select(events.c.id).where(events.c.sequence.is_(None)).limit(1)).first()
        count = connection.execute(
            select(func.count()).select_from(statements).where(statements.c.kind == "statement")
        ).scalar_one()
    return Standing(found, int(count), behind or waiting is not None)


def figures(hub: Hub, banks: Iterable[OpenBank]) -> dict[str, Any]:
    """The summary, with ``conserved``: whether nothing was lost, doubled or made up between ERP, hub and banks."""
    arrivals = [one for bank in banks for one in bank.bank.arrivals()]
    accepted = [one for one in arrivals if one.outcome == "accepted"]
    with hub.reading() as connection:

        def count(column: Any, *where: Any) -> dict[str, int]:
            query = select(column, func.count()).where(*where).group_by(column)
            return {str(name): number for name, number in connection.execute(query)}

        def total(query: Any) -> int:
            return int(connection.execute(query).scalar_one())

        sent = {
            row.sha256 for row in connection.execute(select(files.c.sha256).where(files.c.submitted_at.is_not(None)))
        }
        summary: dict[str, Any] = {
            "batches": total(select(func.count()).select_from(batches)),
            "payments": count(payments.c.state),
            "held": total(select(func.count()).select_from(payments).where(payments.c.hold.is_not(None))),
            "files": count(files.c.state),
            "doubts_settled": total(
                select(func.count(file_moves.c.file_id.distinct()))
                .select_from(file_moves.join(files, files.c.id == file_moves.c.file_id))
                .where(file_moves.c.target == "in_doubt", files.c.state != "in_doubt")
            ),
            "breaks": count(breaks.c.kind, breaks.c.state == "open"),
            "documents": count(documents.c.state),
            "entries": count(entries.c.state),
            "events": total(select(func.count()).select_from(events).where(events.c.sequence.is_not(None))),
            "webhooks_delivered": total(
                select(func.count()).select_from(deliveries).where(deliveries.c.outcome == "delivered")
            ),
            "files_at_banks": len(accepted),
            "duplicate_files": len(arrivals) - len({one.sha256 for one in arrivals}),
            "files_lost": len(sent - {one.sha256 for one in accepted}),
            "files_unknown": len({one.sha256 for one in accepted} - sent),
            "statements": count(statements.c.verdict),
            "statements_balanced": _balanced(connection),
            "entries_conserved": _entries_conserved(connection),
            "audit_ok": not list(AuditTrail(connection).breaches()),
        }
    summary["conserved"] = (
        summary["duplicate_files"] == 0
        and summary["files_lost"] == 0
        and summary["files_unknown"] == 0
        and summary["statements_balanced"]
        and summary["entries_conserved"]
        and summary["audit_ok"]
    )
    return summary


def _balanced(connection: Any) -> bool:
    """Opening + entries = closing, added up again from the stored entries of every statement."""
    debit = select(exact_sum(entries.c.amount)).where(
        entries.c.statement_id == statements.c.id, entries.c.direction == "debit"
    )
    credit = select(exact_sum(entries.c.amount)).where(
        entries.c.statement_id == statements.c.id, entries.c.direction == "credit"
    )
    query = select(
        statements.c.opening, statements.c.closing, statements.c.verdict, debit.scalar_subquery().label("debit"),
        credit.scalar_subquery().label("credit"),
    ).where(statements.c.kind == "statement")  # fmt: skip
    rows = connection.execute(query).all()
    return bool(rows) and all(
        row.verdict == "proven" and row.opening + (row.credit or Decimal(0)) - (row.debit or Decimal(0)) == row.closing
        for row in rows
    )


def _entries_conserved(connection: Any) -> bool:
    """Matched + suggested + open = imported: every part of every proven entry stands somewhere."""
    states = Counter(dict(connection.execute(select(entries.c.state, func.count()).group_by(entries.c.state)).all()))
    everything = connection.execute(select(func.count()).select_from(entries)).scalar_one()
    return bool(everything == sum(states[name] for name in ("matched", "suggested", "open", "repeated", "forecast")))
