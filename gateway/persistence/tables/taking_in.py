"""What was seen at the banks: entries of their listings, the names documents came under, and orders asked about."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import CODE, ID, metadata

listings = Table(
    "listings",
    metadata,
    Column("bank", CODE, primary_key=True),
    Column("place", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("size", BigInteger),
    Column("modified_at", Moment),
    Column("document_id", ID),
    Column("failures", Integer, nullable=False),
    Column("again_at", Moment),
    Column("problem", Text),
)

document_names = Table(
    "document_names",
    metadata,
    Column("document_id", ID, primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("bank", CODE, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index("ix_document_names_bank_name", "bank", "name"),
)

asked_orders = Table(
    "asked_orders",
    metadata,
    Column("file_id", ID, primary_key=True),
    Column("bank", CODE, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Index("ix_asked_orders_bank_asked_at", "bank", "asked_at"),
)
