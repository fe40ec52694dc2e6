"""What people were warned of before a window closed, so that each step is told once."""

from sqlalchemy import Column, Integer, String, Table

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import ID, metadata

window_warnings = Table(
    "window_warnings",
    metadata,
    Column("batch_id", ID, primary_key=True),
    Column("window_id", String(80), primary_key=True),
    Column("waits_for", String(16), primary_key=True),
    Column("minutes", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
)
