import random
from decimal import Decimal

from sqlalchemy import select

from gateway.persistence.amounts import at_least
from gateway.persistence.columns import exact_sum
from gateway.persistence.tables import payments
from tests.gateway.stores import Store

TRICKY = (
    "9",
    "10",
    "10.0",
    "10.00",
    "10.01",
    "9.99",
    "100",
    "0.5",
    "0.50",
    "0.05",
    "1000.5",
    "1000.05",
    "99999.999999",
)


def amounts():
    dice = random.Random(5)
    return [*TRICKY, *(str(Decimal(dice.randrange(1, 10**9)).scaleb(-dice.randrange(7))) for _ in range(60))]


def test_amounts_compare_in_the_database_as_decimals_do(engine):
    chosen = amounts()
    batch_id = Store(engine).batch(chosen)
    with engine.connect() as connection:
        for least in map(Decimal, chosen):
            query = select(payments.c.position).where(
                payments.c.batch_id == batch_id, at_least(connection, payments.c.amount, least)
            )
            found = set(connection.execute(query).scalars())
            assert found == {place for place, text in enumerate(chosen) if Decimal(text) >= least}, least


def test_sums_compare_too(engine):
    batch_id = Store(engine).batch(["999.99", "0.01"])
    with engine.connect() as connection:
        total = exact_sum(payments.c.amount)
        query = select(payments.c.batch_id).where(payments.c.batch_id == batch_id).group_by(payments.c.batch_id)
        for least, reached in (("1000", True), ("1000.000", True), ("1000.01", False)):
            rows = connection.execute(query.having(at_least(connection, total, Decimal(least)))).all()
            assert bool(rows) is reached
