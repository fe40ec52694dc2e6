"""Batches, their findings, and the decisions of people about them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from formats.findings import Finding, Severity
from gateway.domain.approval import Approval, Decision
from gateway.domain.batch import Batch
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ids import payment_id
from gateway.domain.lifecycle import State
from gateway.persistence import bulk
from gateway.persistence.tables import approvals, batches, findings, marks, payments
from gateway.persistence.totals import totals_from_json, totals_to_json


class Batches:
    """The batches of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, batch: Batch) -> None:
        """Stores a batch. Raises :class:`Conflict` when this client brought its message id at the same moment: a look
        before cannot see what another transaction has not committed, so the database decides (rulebook ID-08).
        """
        row = {name: getattr(batch, name) for name in Batch.__dataclass_fields__}
        row |= {"totals": totals_to_json(batch.totals), "erp": [list(pair) for pair in batch.erp]}
        with self._connection.begin_nested() as point:
            try:
                self._connection.execute(insert(batches).values(**row))
            except IntegrityError as err:
                point.rollback()
                raise Conflict(
                    f"You sent another batch with the message id {batch.message_id} at the same moment.",
                    code="intake.message_id_used",
                ) from err

    def lock(self, batch_id: str) -> None:
        """Lets one transaction at a time decide about a batch: two people who agree at the same moment must see each
        other, or nobody gives the last approval. SQLite has one writer anyway.
        """
        self._connection.execute(select(batches.c.id).where(batches.c.id == batch_id).with_for_update())

    def get(self, batch_id: str) -> Batch:
        """One batch; raises :class:`NotFound`."""
        row = self._connection.execute(select(batches).where(batches.c.id == batch_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no batch {batch_id}.")
        return _batch(row)

    def with_document(self, client_id: str, sha256: str) -> Batch | None:
        """The batch this client made from exactly these bytes, if any (rulebook ID-08)."""
        query = select(batches).where(batches.c.client_id == client_id, batches.c.document_sha256 == sha256)
        row = self._connection.execute(query.order_by(batches.c.id)).mappings().first()
        return None if row is None else _batch(row)

    def with_message_id(self, client_id: str, message_id: str) -> Batch | None:
        """The batch this client sent under this message id, if any."""
        query = select(batches).where(batches.c.client_id == client_id, batches.c.message_id == message_id)
        row = self._connection.execute(query.order_by(batches.c.id)).mappings().first()
        return None if row is None else _batch(row)

    def add_findings(self, batch_id: str, found: Iterable[Finding]) -> int:
        """Stores findings; those about a payment name it by its position."""
        return bulk.insert(
            self._connection,
            findings,
            (
                {
                    "batch_id": batch_id,
                    "payment_id": None if one.payment is None else payment_id(batch_id, one.payment),
                    "rule": one.rule,
                    "severity": one.severity.value,
                    "message": one.message,
                    "advice": one.advice,
                    "path": None if one.path is None else one.path[:255],
                    "line": one.line,
                }
                for one in found
            ),
        )

    def mark_blocked(self, batch_id: str, mark: str) -> int:
        """Puts every payment that a finding blocks on the scratch list ``mark``; says how many."""
        chosen = (
            select(literal(mark), findings.c.payment_id)
            .where(
                findings.c.batch_id == batch_id,
                findings.c.payment_id.is_not(None),
                findings.c.severity.in_([Severity.BLOCK.value, Severity.HALT.value]),
            )
            .distinct()
        )
        return self._connection.execute(insert(marks).from_select(["mark", "payment_id"], chosen)).rowcount

    def findings(self, batch_id: str, *, payment: str | None = None, limit: int = 500) -> list[Mapping[str, Any]]:
        """Findings of a batch or one of its payments, worst first."""
        query = select(findings).where(findings.c.batch_id == batch_id).order_by(findings.c.id).limit(limit)
        if payment is not None:
            query = query.where(findings.c.payment_id == payment)
        rank = {severity.value: place for place, severity in enumerate(Severity)}
        rows = [dict(row) for row in self._connection.execute(query).mappings()]
        return sorted(rows, key=lambda row: (rank[row["severity"]], row["id"]))

    def add_approval(self, approval: Approval) -> None:
        """Stores one person's decision; the same person cannot decide twice about one digest."""
        row = {name: getattr(approval, name) for name in Approval.__dataclass_fields__}
        row |= {
            "decision": approval.decision.value, "totals": totals_to_json(approval.totals),
            "shown": list(approval.shown),
        }  # fmt: skip
        self._connection.execute(insert(approvals).values(**row))

    def approvals(self, batch_id: str) -> list[Approval]:
        """Every decision about a batch, oldest first."""
        query = select(approvals).where(approvals.c.batch_id == batch_id).order_by(approvals.c.id)
        return [_approval(row) for row in self._connection.execute(query).mappings()]

    def approved_at(self, batch_id: str, content: str) -> datetime:
        """When the last signature under a content was given: the moment its files are dated with."""
        moment = self._connection.execute(
            select(func.max(approvals.c.at)).where(approvals.c.batch_id == batch_id, approvals.c.content == content)
        ).scalar_one()
        assert isinstance(moment, datetime)
        return moment

    def standing_in(self, state: State, *, limit: int) -> list[str]:
        """Batches that have payments in ``state``, oldest first."""
        query = (
            select(payments.c.batch_id)
            .where(payments.c.state == state.value)
            .distinct()
            .order_by(payments.c.batch_id)
            .limit(limit)
        )
        return list(self._connection.execute(query).scalars())


def _batch(row: RowMapping) -> Batch:
    values = {name: row[name] for name in Batch.__dataclass_fields__}
    values["totals"] = totals_from_json(values["totals"])
    values["erp"] = tuple((key, value) for key, value in values["erp"])
    return Batch(**values)


def _approval(row: RowMapping) -> Approval:
    values: dict[str, Any] = dict(row)
    values["decision"] = Decision(values["decision"])
    values["totals"] = totals_from_json(values["totals"])
    values["shown"] = tuple(values["shown"])
    return Approval(**values)
