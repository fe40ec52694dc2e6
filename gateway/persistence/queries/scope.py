"""Whose things a reader may see, and one page of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from gateway.persistence.tables import batches, breaks, documents, files, payments

LIMIT_DEFAULT = 50
LIMIT_MAX = 500
"""Rows of one page."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a reader may see: everything, or what belongs to one client, to some legal entities and to their accounts.

    ``banks`` are those whose documents the reader may see: a document may be about every entity with an account there.
    """

    client_id: str | None = None
    entities: frozenset[str] | None = None
    accounts: frozenset[str] | None = None
    banks: frozenset[str] | None = None

    @property
    def limits_batches(self) -> bool:
        """Whether there are batches this reader may not see."""
        return self.client_id is not None or self.entities is not None

    def of_batches(self) -> list[ColumnElement[bool]]:
        """The condition on ``batches``."""
        found: list[ColumnElement[bool]] = []
        if self.client_id is not None:
            found.append(batches.c.client_id == self.client_id)
        if self.entities is not None:
            found.append(batches.c.entity.in_(sorted(self.entities)))
        return found

    def of_payments(self, payment_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The condition on a column that names a payment."""
        if not self.limits_batches:
            return []
        mine = select(payments.c.id).join(batches, batches.c.id == payments.c.batch_id).where(*self.of_batches())
        return [payment_id.in_(mine)]

    def of_batch_ids(self, batch_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The condition on a column that names a batch."""
        return [batch_id.in_(select(batches.c.id).where(*self.of_batches()))] if self.limits_batches else []

    def of_accounts(self, account: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The condition on a column that names an account of ours."""
        return [] if self.accounts is None else [account.in_(sorted(self.accounts))]

    def of_banks(self, bank: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The condition on a column that names the bank of a document."""
        return [] if self.banks is None else [bank.in_(sorted(self.banks))]

    def of_subjects(self, subject: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The condition on a column that names what a row of the trail or an event is about.

        Whoever does not see everything sees rows about batches, payments, files, breaks and documents they see.
        """
        if not self.limits_batches:
            return []
        mine = select(batches.c.id).where(*self.of_batches())
        seen = [
            subject.in_(mine),
            subject.in_(select(payments.c.id).where(payments.c.batch_id.in_(mine))),
            subject.in_(select(files.c.id).where(files.c.batch_id.in_(mine))),
            subject.in_(select(breaks.c.id).where(*self.of_either(breaks.c.account, breaks.c.payment_id))),
            subject.in_(select(documents.c.id).where(*self.of_banks(documents.c.bank))),
        ]
        return [or_(*seen)]

    def of_either(self, account: ColumnElement[Any], payment_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """Visible through the account or through the payment."""
        found = self.of_accounts(account) + self.of_payments(payment_id)
        return [or_(*found)] if found else []


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor that asks for the next ones (None: these were the last)."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Total:
    """An exact sum in one currency."""

    currency: str
    amount: Decimal


def totals(rows: Sequence[Sequence[str]]) -> list[Total]:
    """Totals as the tables keep them."""
    return [Total(currency, Decimal(amount)) for currency, amount in rows]


def page(
    connection: Connection, query: Select[Any], *, limit: int, turn: Callable[[Mapping[str, Any]], T],
    keys: tuple[str, ...] = ("id",),
) -> Page[T]:  # fmt: skip
    """Runs a query for one row more than asked, to know whether there is a next page; ``keys`` make the cursor."""
    size = max(1, min(limit, LIMIT_MAX))
    rows = [dict(row) for row in connection.execute(query.limit(size + 1)).mappings()]
    shown = rows[:size]
    cursor = ".".join(str(shown[-1][key]) for key in keys) if shown else None
    return Page([turn(row) for row in shown], cursor if len(rows) > size else None)


def pick(kind: type[T], row: Mapping[Any, Any], **more: Any) -> T:
    """A dataclass filled from the columns of the same names, ``more`` winning."""
    names: Mapping[str, Any] = kind.__dataclass_fields__  # type: ignore[attr-defined]  # every kind here is a dataclass
    return kind(**({name: row[name] for name in names if name in row and name not in more} | more))
