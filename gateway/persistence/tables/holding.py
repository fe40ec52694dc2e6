"""Every hold there was, and what people said about it: a payment itself only shows the one it has now."""

from sqlalchemy import Column, String, Table, Text

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import ID, NAME, metadata

payment_holds = Table(
    "payment_holds",
    metadata,
    Column("payment_id", ID, primary_key=True),
    Column("hold_id", ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("owner", ID, nullable=False),
    Column("put_by", ID, nullable=False),
    Column("put_at", Moment, nullable=False),
    Column("lifted_by", ID),
    Column("lifted_at", Moment),
)

hold_words = Table(
    "hold_words",
    metadata,
    Column("payment_id", ID, primary_key=True),
    Column("hold_id", ID, primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("person_name", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
