"""Whose things a reader may see, and one page of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from gateway.persistence.tables import batches, payments

LIMIT_DEFAULT = 50
LIMIT_MAX = 500
"""Rows of one page."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a reader may see: everything, or what belongs to one client and the accounts of its entities."""

    client_id: str | None = None
    accounts: frozenset[str] | None = None

    def of_batches(self) -> list[ColumnElement[bool]]:
        """The condition on ``batches``."""
        return [] if self.client_id is None else [batches.c.client_id == self.client_id]

    def of_payments(self, payment_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The condition on a column that names a payment."""
        if self.client_id is None:
            return []
        mine = select(payments.c.id).join(batches, batches.c.id == payments.c.batch_id).where(*self.of_batches())
        return [payment_id.in_(mine)]

    def of_accounts(self, account: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The condition on a column that names an account of ours."""
        return [] if self.accounts is None else [account.in_(sorted(self.accounts))]

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
