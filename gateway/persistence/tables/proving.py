"""Heads of the audit trail that were signed, and who agreed to which configuration."""

from sqlalchemy import JSON, BigInteger, Column, String, Table, Text, UniqueConstraint

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import ID, NAME, metadata

anchors = Table(
    "anchors",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", String(128), nullable=False),
)

configurations = Table(
    "configurations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("files", JSON, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("person_name", NAME, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("digest", "person_id"),
)
