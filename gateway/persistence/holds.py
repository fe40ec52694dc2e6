"""Holds: put on in sets, and lifted in sets once enough persons have said that the payments are meant."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, insert, literal, select, tuple_, update

from gateway.domain.hold import HOLDABLE, HoldPolicy, HoldWord, holds_digest
from gateway.domain.payment import Selection
from gateway.persistence.payments import conditions
from gateway.persistence.tables import batches, claims, events, hold_words, payment_holds, payments

RELEASED = "payhub.payment.released.v1"
_HOLDABLE = tuple(state.value for state in HOLDABLE)


class Holds:
    """The holds of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime, actor: str, act: Callable[[], str]) -> None:
        self._connection = connection
        self._at = at
        self._actor = actor
        self._act = act

    def digest(self, where: Selection) -> str | None:
        """What is held among the selected payments, and by which hold, as one digest; None where nothing is."""
        return digest_where(self._connection, *_held(where))

    def say(self, where: Selection, *, person_id: str, person_name: str, reason: str) -> int:
        """Keeps a person's word about every selected hold they have not spoken of yet; says about how many."""
        said = exists().where(
            hold_words.c.payment_id == payments.c.id,
            hold_words.c.hold_id == payments.c.hold_id,
            hold_words.c.person_id == person_id,
        )
        row = {
            "payment_id": payments.c.id,
            "hold_id": payments.c.hold_id,
            "person_id": literal(person_id),
            "person_name": literal(person_name),
            "reason": literal(reason),
            "at": literal(self._at, hold_words.c.at.type),
        }
        about = (*_held(where), ~said)
        count = self._connection.execute(select(func.count()).select_from(payments).where(*about)).scalar_one()
        self._connection.execute(insert(hold_words).from_select(list(row), select(*row.values()).where(*about)))
        return int(count)  # the database does not say how many it inserted from a selection

    def booked(self, where: Selection) -> int:
        """How many of the selected held payments their bank has booked."""
        booking = exists().where(claims.c.payment_id == payments.c.id, claims.c.purpose == "booking")
        query = select(func.count()).select_from(payments).where(*_held(where), booking)
        return int(self._connection.execute(query).scalar_one())

    def lift(self, where: Selection, policy: HoldPolicy, *, reason: str) -> int:
        """Lifts every selected hold of which enough persons have spoken, and tells the ERP; says how many."""
        kinds = self._connection.execute(select(payments.c.hold).where(*_held(where)).distinct()).scalars().all()
        return sum(self._lift(where, str(kind), policy.needed(str(kind)), reason) for kind in kinds)

    def _lift(self, where: Selection, kind: str, needed: int, reason: str) -> int:
        spoken = (
            select(func.count())
            .select_from(hold_words)
            .where(hold_words.c.payment_id == payments.c.id, hold_words.c.hold_id == payments.c.hold_id)
            .scalar_subquery()
        )
        free = (*_held(where), payments.c.hold == kind, spoken >= needed)
        event = {
            "type": literal(RELEASED),
            "subject_kind": literal("payment"),
            "subject": payments.c.id,
            "subject_sequence": literal(0),
            "client_id": batches.c.client_id,
            "at": literal(self._at, events.c.at.type),
            "act": literal(self._act()),
            "data": literal({"reason": reason, "hold": kind}, events.c.data.type),
        }
        of_batch = payments.join(batches, batches.c.id == payments.c.batch_id)
        told = select(*event.values()).select_from(of_batch).where(*free).order_by(payments.c.position)
        self._connection.execute(insert(events).from_select(list(event), told))
        lifted = select(payments.c.id, payments.c.hold_id).where(*free)
        self._connection.execute(
            update(payment_holds)
            .where(tuple_(payment_holds.c.payment_id, payment_holds.c.hold_id).in_(lifted))
            .values(lifted_by=self._actor, lifted_at=self._at)
        )
        nothing = dict.fromkeys(("hold", "hold_reason", "hold_owner", "hold_id", "hold_by", "hold_at"))
        return self._connection.execute(update(payments).where(*free).values(**nothing)).rowcount


def digest_where(connection: Connection, *which: ColumnElement[bool]) -> str | None:
    """The same for whoever only reads."""
    query = select(payments.c.position, payments.c.hold_id).where(*which).order_by(payments.c.position)
    return holds_digest((row.position, row.hold_id) for row in connection.execute(query))


def words_about(connection: Connection, payment_id: str, hold_id: str | None) -> list[HoldWord]:
    """What people said about the hold a payment has now, oldest first."""
    query = (
        select(hold_words)
        .where(hold_words.c.payment_id == payment_id, hold_words.c.hold_id == hold_id)
        .order_by(hold_words.c.at, hold_words.c.person_id)
    )
    return [
        HoldWord(person_id=row.person_id, person_name=row.person_name, reason=row.reason, at=row.at)
        for row in connection.execute(query)
    ]


def _held(where: Selection) -> tuple[ColumnElement[bool], ...]:
    return (*conditions(where), payments.c.hold.is_not(None), payments.c.state.in_(_HOLDABLE))
