"""What people said about held payments: rows are added and never changed."""

from sqlalchemy import Column, Table, Text

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import ID, NAME, metadata

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
