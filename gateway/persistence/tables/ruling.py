"""What people said about files in doubt: rows are added and never changed."""

from sqlalchemy import Column, Integer, String, Table, Text

from gateway.persistence.columns import Moment, Sequence
from gateway.persistence.tables.base import ID, NAME, metadata

rulings = Table(
    "rulings",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("file_id", ID, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("person_name", NAME, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
