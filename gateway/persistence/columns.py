"""Column types that mean the same on SQLite and PostgreSQL: exact decimals, UTC moments, and exact sums."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine

AMOUNT_PRECISION = 24
AMOUNT_SCALE = 6
"""Digits kept for an amount: 18 before the point as ISO allows, 6 after it (banks have been seen to send 5)."""
Sequence = BigInteger().with_variant(Integer(), "sqlite")
"""A counting primary key: SQLite counts only plain INTEGER ones."""


@dataclass(frozen=True, slots=True)
class JsonText:
    """Text that is JSON already and goes into a JSON column as it is, so that what was hashed is what is stored."""

    text: str


def json_text(value: Any) -> str:
    """How the engines write JSON columns."""
    return value.text if isinstance(value, JsonText) else json.dumps(value)


class Exact(TypeDecorator[Decimal]):
    """A Decimal that no database may round: NUMERIC on PostgreSQL, its text on SQLite. Refuses floats (promise P12)."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The native type of each database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(AMOUNT_PRECISION + 2))
        return dialect.type_descriptor(Numeric(AMOUNT_PRECISION, AMOUNT_SCALE, asdecimal=True))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Decimals in, text or numeric out."""
        if value is None:
            return None
        if type(value) is not Decimal:
            raise TypeError(f"An amount is a Decimal, not {type(value).__name__}.")
        return format(value, "f") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, _dialect: Dialect) -> Decimal | None:
        """Always a Decimal without artificial trailing zeros beyond two places."""
        return None if value is None else tidy(Decimal(value))


def tidy(value: Decimal) -> Decimal:
    """The same number with at least two decimals and no more zeros than that: 12.500000 becomes 12.50."""
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    assert isinstance(exponent, int)
    return normal.quantize(Decimal("0.01")) if exponent > -2 else normal


class Moment(TypeDecorator[datetime]):
    """A UTC moment. Naive datetimes are refused; SQLite keeps ISO text that sorts."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMP WITH TIME ZONE, or text on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware datetimes in, UTC out."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("A moment has a time zone.")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Day(TypeDecorator[date]):
    """A calendar day as ISO text: sorts, compares, and has no time zone to go wrong."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, _dialect: Dialect) -> Any:
        """ISO text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, _dialect: Dialect) -> date | None:
        """A date."""
        return None if value is None else date.fromisoformat(value)


class exact_sum(GenericFunction[Decimal]):  # noqa: N801 - SQLAlchemy functions are named as they read in SQL
    """The exact sum of an :class:`Exact` column; SQLite gets it from an aggregate that ``engine`` registers."""

    type = Exact()
    inherit_cache = True


@compiles(exact_sum)
def _sum(element: exact_sum, compiler: SQLCompiler, **kw: Any) -> str:
    name = "exact_sum" if compiler.dialect.name == "sqlite" else "sum"
    return f"{name}({compiler.process(element.clauses, **kw)})"


class ExactSum:
    """SQLite's side of :class:`exact_sum`: adds decimal texts as decimals, where SUM would go through floats."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.seen = False

    def step(self, value: str | None) -> None:
        """One row."""
        if value is not None:
            self.total += Decimal(value)
            self.seen = True

    def finalize(self) -> str | None:
        """The sum as text, or NULL where there was no row."""
        return format(self.total, "f") if self.seen else None
