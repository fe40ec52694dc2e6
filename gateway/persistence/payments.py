"""Payments: stored in bulk, moved in sets. This is the only place that writes a payment's state."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)

from gateway.audit import digest_of
from gateway.domain import ids, lifecycle
from gateway.domain.batch import Tally
from gateway.domain.errors import NotFound
from gateway.domain.hold import HOLDABLE, HoldKind
from gateway.domain.lifecycle import State
from gateway.domain.payment import Move, NewPayment, Payment, Selection
from gateway.domain.payment_file import PROVEN_ABSENT
from gateway.persistence import bulk
from gateway.persistence.bulk import batched
from gateway.persistence.columns import exact_sum
from gateway.persistence.tables import (
    attempts,
    batches,
    events,
    marks,
    payment_holds,
    payment_moves,
    payments,
    renewed_contents,
)

ROWS_PER_READ = 2_000
KEYS_PER_QUERY = 500
"""Keys asked for in one query: well under the parameters a statement may have."""
REPEATS_LOCK = 7_041_776
"""The key of PostgreSQL's lock under which batches are compared with each other; any number that is ours alone."""
_NARROWING = (
    "batch_id", "file_id", "debtor_account", "currency", "service_level", "local_instrument", "category_purpose",
    "requested_date", "window_id", "approval_digest", "bank_batch_id",
)  # fmt: skip


class Payments:
    """The payments of one unit of work."""

    def __init__(self, connection: Connection, *, at: datetime, actor: str, act: Callable[[], str], note: Any) -> None:
        self._connection = connection
        self._at = at
        self._actor = actor
        self._act = act
        self._note = note

    def add(self, batch_id: str, rows: Iterable[NewPayment]) -> int:
        """Stores new payments as received; says how many. :meth:`announce` follows once the batch is stored."""
        fresh = {
            "batch_id": batch_id,
            "state": State.RECEIVED.value,
            "version": 1,
            "act": batch_id,
            "updated_at": self._at,
        }
        return bulk.insert(self._connection, payments, ({**_columns(row), **fresh} for row in rows))

    def announce(self, batch_id: str) -> None:
        """The first move and event of every payment of a new batch."""
        self._remember(
            batch_id, batch_id, source=None, target=State.RECEIVED, step="intake", reason="the batch was taken in"
        )

    def move(self, where: Selection, source: State, target: State, *, step: str, reason: str, **assign: Any) -> int:
        """Moves every selected payment that is in ``source``; says how many moved.

        One statement for the payments, one for their history, one for their events, whatever their number. Raises
        :class:`IllegalMove` when the table has no such edge. Payments in another state are not touched: the caller
        compares the count where that matters.
        """
        lifecycle.allowed(source, target)
        act = self._act()
        changed = self._connection.execute(
            update(payments)
            .where(payments.c.state == source.value, *conditions(where))
            .values(state=target.value, version=payments.c.version + 1, act=act, updated_at=self._at, **assign)
        ).rowcount
        if changed:
            scope = where.batch_id or self._batch_of_file(where.file_id)
            self._remember(act, scope, source=source, target=target, step=step, reason=reason)
            self._note(
                act=act, action=f"payment.{target.value}", subject=scope,
                data={"from": source.value, "to": target.value, "step": step, "count": changed,
                      "why_sha256": digest_of({"reason": reason})},
            )  # fmt: skip
        return changed

    def assign(self, where: Selection, state: State, **values: Any) -> int:
        """Writes facts that are not the state (bank, window, the bank's own status …) to selected payments."""
        return self._connection.execute(
            update(payments).where(payments.c.state == state.value, *conditions(where)).values(**values)
        ).rowcount

    def hold(self, where: Selection, *, kind: str, reason: str, owner: str) -> int:
        """Flags selected payments so that they do not leave until the hold is lifted; those held already stay so.

        ``owner`` is who must act: a role, or the name of a person.
        """
        assert where.batch_id is not None, "holds are put on within a batch"
        free = (payments.c.state.in_([state.value for state in HOLDABLE]), *conditions(where))
        return self._flag(where.batch_id, *free, hold=kind, hold_reason=reason, hold_owner=owner)

    def _flag(self, batch_id: str, *which: ColumnElement[bool], **values: Any) -> int:
        """Puts one hold on payments of a batch that are not held, and remembers it beside them."""
        hold_id = self._act()
        count = self._connection.execute(
            update(payments)
            .where(*which, payments.c.hold.is_(None))
            .values(hold_id=hold_id, hold_by=self._actor, hold_at=self._at, **values)
        ).rowcount
        if count:
            row = {
                "payment_id": payments.c.id, "hold_id": payments.c.hold_id, "kind": payments.c.hold,
                "reason": payments.c.hold_reason, "owner": payments.c.hold_owner, "put_by": payments.c.hold_by,
                "put_at": payments.c.hold_at,
            }  # fmt: skip
            put = select(*row.values()).where(payments.c.batch_id == batch_id, payments.c.hold_id == hold_id)
            self._connection.execute(insert(payment_holds).from_select(list(row), put))
        return count

    def hold_repeats(self, batch_id: str, *, since: datetime, owner: str) -> int:
        """Holds every validated payment of a batch whose fingerprint another live payment has (rulebook ID-07).

        The other one stands before it in this batch, or in a batch (after ``since``) that was checked before this one,
        whichever was brought first: ids follow the clock, and a large batch may be stored after a later one. It was
        not refused, returned or withdrawn, unless its bank may have it all the same. The reason names it, so that a
        person can look at both. Batches that are checked at the same moment wait for each other here; otherwise neither
        would see the other.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(REPEATS_LOCK)))
        other = payments.alias("other")
        earlier = (
            select(func.min(other.c.id))
            .where(
                other.c.fingerprint == payments.c.fingerprint,
                other.c.id >= ids.floor(since),
                or_(other.c.state.not_in([state.value for state in lifecycle.NEVER_PAID]), _perhaps_sent(other)),
                or_(
                    and_(other.c.batch_id == payments.c.batch_id, other.c.id < payments.c.id),
                    and_(other.c.batch_id != payments.c.batch_id, other.c.state != State.RECEIVED.value),
                ),
            )
            .scalar_subquery()
        )
        reason = literal("Same payee, amount and reference as payment ") + earlier + literal(". Pay it again?")
        mine = (payments.c.batch_id == batch_id, payments.c.state == State.VALIDATED.value, earlier.is_not(None))
        return self._flag(
            batch_id, *mine, hold=HoldKind.DUPLICATE.value, hold_reason=reason, hold_owner=owner
        )  # fmt: skip

    def mark(self, mark: str, chosen: Iterable[str]) -> int:
        """Puts payments on a scratch list that a :class:`Selection` can narrow to; the commit clears it."""
        return bulk.insert(self._connection, marks, ({"mark": mark, "payment_id": one} for one in chosen))

    def unmark(self, mark: str) -> None:
        """Throws the scratch list away."""
        self._connection.execute(delete(marks).where(marks.c.mark == mark))

    def get(self, payment: str) -> Payment:
        """One payment; raises :class:`NotFound`."""
        row = self._connection.execute(select(*_COLUMNS).where(payments.c.id == payment)).one_or_none()
        if row is None:
            raise NotFound(f"There is no payment {payment}.")
        return _payment(row)

    def find(self, where: Selection, state: State | None = None) -> Iterator[Payment]:
        """Selected payments in order of position, read in portions of ``ROWS_PER_READ``."""
        after = -1
        query = select(*_COLUMNS).where(*conditions(where)).order_by(payments.c.position).limit(ROWS_PER_READ)
        if state is not None:
            query = query.where(payments.c.state == state.value)
        while True:
            portion = self._connection.execute(query.where(payments.c.position > after)).all()
            for row in portion:
                yield _payment(row)
            if len(portion) < ROWS_PER_READ:
                return
            after = portion[-1].position

    def approved(self, batch_id: str, digest: str) -> Iterator[tuple[int, str]]:
        """(position, content digest) of everything that was approved together, in order, whatever became of it: what
        the approval's digest is made of. Of what was given a new day since, that is what it said before.
        """
        names = ("position", "content_sha256")
        parts = [
            select(*(table.c[name] for name in names)).where(
                table.c.batch_id == batch_id, table.c.approval_digest == digest
            )
            for table in (payments, renewed_contents)
        ]
        for row in self._connection.execute(union(*parts).order_by("position")):
            yield row.position, row.content_sha256

    def keep_approved(self, where: Selection, state: State) -> None:
        """Remembers what was approved of selected payments, which are about to say something else."""
        kept = exists().where(
            renewed_contents.c.payment_id == payments.c.id,
            renewed_contents.c.approval_digest == payments.c.approval_digest,
        )
        names = ("payment_id", "approval_digest", "batch_id", "position", "content_sha256")
        chosen = select(payments.c.id, *(payments.c[name] for name in names[1:])).where(
            payments.c.state == state.value, payments.c.approval_digest.is_not(None), ~kept, *conditions(where)
        )
        self._connection.execute(insert(renewed_contents).from_select(list(names), chosen))

    def tally(self, where: Selection) -> list[Tally]:
        """How many selected payments stand where, with exact totals by currency."""
        held = payments.c.hold.is_not(None)
        query = (
            select(payments.c.state, held, payments.c.currency, func.count(), exact_sum(payments.c.amount))
            .where(*conditions(where))
            .group_by(payments.c.state, held, payments.c.currency)
        )
        return [
            Tally(state=State(state), held=bool(is_held), currency=currency, count=count, amount=amount)
            for state, is_held, currency, count, amount in self._connection.execute(query)
        ]

    def rewrite(self, rows: Iterable[tuple[str, str, str]], state: State = State.RECEIVED) -> int:
        """Puts other content in place of payments' content: (id, content, its digest) each; says how many.

        Only where it must be approved anew afterwards: what is received, and what missed its cut-off (rulebook SD-03).
        """
        assert state in (State.RECEIVED, State.EXPIRED), "nobody changes what was approved"
        changed = 0
        for portion in batched(rows, ROWS_PER_READ):
            changed += self._connection.execute(
                update(payments)
                .where(payments.c.id == bindparam("which"), payments.c.state == state.value)
                .values(content=bindparam("text"), content_sha256=bindparam("digest")),
                [{"which": one, "text": text, "digest": digest} for one, text, digest in portion],
            ).rowcount
        return changed

    def positions(self, where: Selection, state: State) -> list[int]:
        """The positions of selected payments, in order."""
        query = select(payments.c.position).where(payments.c.state == state.value, *conditions(where))
        return list(self._connection.execute(query.order_by(payments.c.position)).scalars())

    def by_end_to_end_id(self, file_id: str, wanted: Iterable[str]) -> list[tuple[str, str, str]]:
        """(end-to-end id, bank batch, payment id) of a file's payments with one of the wanted end-to-end ids."""
        found = []
        for portion in batched(wanted, KEYS_PER_QUERY):
            query = select(payments.c.end_to_end_id, payments.c.bank_batch_id, payments.c.id).where(
                payments.c.file_id == file_id, payments.c.end_to_end_id.in_(portion)
            )
            found += [(row.end_to_end_id, row.bank_batch_id, row.id) for row in self._connection.execute(query)]
        return found

    def groups(self, where: Selection, state: State, *columns: str) -> list[Mapping[str, Any]]:
        """Distinct values of ``columns`` among selected payments, with count, total and first and last position."""
        chosen = [payments.c[name] for name in columns]
        query = (
            select(
                *chosen,
                func.count().label("count"),
                exact_sum(payments.c.amount).label("total"),
                func.min(payments.c.position).label("first"),
                func.max(payments.c.position).label("last"),
            )
            .where(payments.c.state == state.value, *conditions(where))
            .group_by(*chosen)
            .order_by(*chosen)
        )
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def history(self, payment: str) -> list[Move]:
        """Every move of a payment, oldest first."""
        query = select(payment_moves).where(payment_moves.c.payment_id == payment).order_by(payment_moves.c.version)
        return [
            Move(
                subject=payment, version=row.version, source=row.source, target=row.target, step=row.step,
                reason=row.reason, actor=row.actor, at=row.at, act=row.act,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip

    def _batch_of_file(self, file_id: str | None) -> str:
        found = self._connection.execute(
            select(payments.c.batch_id).where(payments.c.file_id == file_id).limit(1)
        ).scalar_one()
        return str(found)

    def _remember(
        self, act: str, batch_id: str, *, source: State | None, target: State, step: str, reason: str
    ) -> None:
        """The history row and the event of every payment that this act moved."""
        moved = (payments.c.batch_id == batch_id, payments.c.state == target.value, payments.c.act == act)
        history = {
            "payment_id": payments.c.id,
            "version": payments.c.version,
            "source": literal("" if source is None else source.value),
            "target": literal(target.value),
            "step": literal(step),
            "reason": literal(reason),
            "actor": literal(self._actor),
            "at": literal(self._at, payment_moves.c.at.type),
            "act": literal(act),
            "iso_status": payments.c.iso_status,
            "reason_code": payments.c.reason_code,
            "file_id": payments.c.file_id,
        }
        self._connection.execute(
            insert(payment_moves).from_select(list(history), select(*history.values()).where(*moved))
        )
        event = {
            "type": literal(f"payhub.payment.{target.value}.v1"),
            "subject_kind": literal("payment"),
            "subject": payments.c.id,
            "subject_sequence": payments.c.version,
            "client_id": batches.c.client_id,
            "at": literal(self._at, events.c.at.type),
            "act": literal(act),
            "data": literal({}, events.c.data.type),
        }
        self._connection.execute(
            insert(events).from_select(
                list(event),
                select(*event.values())
                .select_from(payments.join(batches, batches.c.id == payments.c.batch_id))
                .where(*moved)
                .order_by(payments.c.position),
            )
        )


def conditions(where: Selection) -> list[ColumnElement[bool]]:
    """The WHERE of a selection; refuses one that is scoped to neither a batch nor a file."""
    assert where.batch_id or where.file_id, "a selection is scoped to a batch or a file"
    found: list[ColumnElement[bool]] = []
    for name in _NARROWING:
        value = getattr(where, name)
        if value is not None:
            found.append(payments.c[name] == value)
        elif name in where.exactly:
            found.append(payments.c[name].is_(None))
    if where.positions is not None:
        found += [payments.c.position >= where.positions[0], payments.c.position < where.positions[1]]
    if where.held is not None:
        found.append(payments.c.hold.is_not(None) if where.held else payments.c.hold.is_(None))
    if where.marked is not None:
        found.append(payments.c.id.in_(select(marks.c.payment_id).where(marks.c.mark == where.marked)))
    return found


def _perhaps_sent(one: FromClause) -> ColumnElement[bool]:
    """Whether a payment that ended here may be with its bank all the same: its file was withdrawn or given up, the bank
    never said a word of the payment, and not every attempt left nothing (see :attr:`Attempt.left_nothing`).
    """
    left = exists().where(
        attempts.c.file_id == one.c.file_id, attempts.c.staged_at.is_not(None),
        or_(attempts.c.outcome.is_(None), attempts.c.outcome.not_in(sorted(PROVEN_ABSENT))),
    )  # fmt: skip
    return and_(one.c.state != State.RETURNED.value, one.c.iso_status.is_(None), left)


def _columns(row: NewPayment) -> dict[str, Any]:
    return {name: getattr(row, name) for name in NewPayment.__dataclass_fields__}


_FIELDS = tuple(Payment.__dataclass_fields__)
_COLUMNS = tuple(payments.c[name] for name in _FIELDS)


def _payment(row: Row[*tuple[Any, ...]]) -> Payment:
    values = dict(zip(_FIELDS, row, strict=True))
    values["state"] = State(values["state"])
    return Payment(**values)
