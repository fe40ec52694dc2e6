"""Which people were told that a key ends."""

from sqlalchemy import Column, Integer, String, Table

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import CODE, metadata

key_warnings = Table(
    "key_warnings",
    metadata,
    Column("bank", CODE, primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("ends_at", Moment, primary_key=True),
    Column("days", Integer, primary_key=True),
    Column("told_at", Moment, nullable=False),
)
"""One row for each warning; a key that was given more time has another end, and is warned of anew."""
