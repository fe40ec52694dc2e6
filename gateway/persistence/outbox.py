"""The outbox: events written in the transaction they report on, numbered afterwards in the order of commits.

A sequence number taken at insert would be visible out of order when two transactions overlap, and a reader that asks
"after 17" would miss number 16 for ever. So rows are numbered by :meth:`Outbox.publish`, one caller at a time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from gateway.persistence.tables import batches, counters, events, files, payment_moves, payments

EVENTS_PER_PUBLISH = 20_000
_COUNTER = "events"


class Outbox:
    """The events of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime) -> None:
        self._connection = connection
        self._at = at

    def add(
        self,
        kind: str,
        *,
        subject_kind: str,
        subject: str,
        number: int,
        act: str,
        client_id: str | None,
        data: Mapping[str, Any],
    ) -> None:
        """One event about one subject; payments write theirs in sets, see ``Payments``."""
        self._connection.execute(
            insert(events).values(
                type=kind, subject_kind=subject_kind, subject=subject, subject_sequence=number, client_id=client_id,
                at=self._at, act=act, data=dict(data),
            )
        )  # fmt: skip

    def publish(self) -> int:
        """Numbers the events committed so far, in order; says how many. Concurrent callers wait for each other."""
        self._connection.execute(update(counters).where(counters.c.name == _COUNTER).values(value=counters.c.value))
        query = select(events.c.id).where(events.c.sequence.is_(None)).order_by(events.c.id).limit(EVENTS_PER_PUBLISH)
        waiting = query.subquery()
        last = self._connection.execute(select(counters.c.value).where(counters.c.name == _COUNTER)).scalar_one()
        numbered = select(
            waiting.c.id.label("id"), (func.row_number().over(order_by=waiting.c.id) + last).label("sequence")
        ).subquery()
        count = self._connection.execute(
            update(events).where(events.c.id == numbered.c.id).values(sequence=numbered.c.sequence)
        ).rowcount
        self._connection.execute(
            update(counters).where(counters.c.name == _COUNTER).values(value=counters.c.value + count)
        )
        return count

    def feed(
        self,
        *,
        after: int,
        limit: int,
        client_id: str | None = None,
        types: tuple[str, ...] = (),
        entities: frozenset[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Published events after a sequence number, each with the facts of its subject as plain values.

        A payment's event carries the ERP's keys (never changed after intake) and the move it reports.
        """
        query = (
            select(
                events,
                payments.c.batch_id, payments.c.end_to_end_id, payments.c.instruction_id, payments.c.uetr,
                payments.c.payment_information_id, payments.c.amount, payments.c.currency, payments.c.requested_date,
                payments.c.value_date, payments.c.bank, payments.c.debtor_account, payments.c.reason_text,
                payment_moves.c.source, payment_moves.c.target, payment_moves.c.reason, payment_moves.c.iso_status,
                payment_moves.c.reason_code, payment_moves.c.file_id,
                batches.c.id.label("of_batch"), batches.c.message_id, batches.c.erp,
            )
            .outerjoin(payments, (events.c.subject_kind == "payment") & (payments.c.id == events.c.subject))
            .outerjoin(
                payment_moves,
                (events.c.subject_kind == "payment")
                & (payment_moves.c.payment_id == events.c.subject)
                & (payment_moves.c.version == events.c.subject_sequence),
            )
            .outerjoin(files, (events.c.subject_kind == "file") & (files.c.id == events.c.subject))
            .outerjoin(
                batches,
                # one expression and no OR: both databases then find the batch by its key
                batches.c.id == func.coalesce(payments.c.batch_id, files.c.batch_id, events.c.subject),
            )
            .where(events.c.sequence > after)
            .order_by(events.c.sequence)
            .limit(limit)
        )  # fmt: skip
        if client_id is not None:
            query = query.where(events.c.client_id == client_id)
        if entities is not None:
            query = query.where(batches.c.entity.in_(sorted(entities)))
        if types:
            query = query.where(events.c.type.in_(types))
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def last(self) -> int:
        """The highest number given so far."""
        return int(self._connection.execute(select(counters.c.value).where(counters.c.name == _COUNTER)).scalar_one())
