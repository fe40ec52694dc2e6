"""Which callbacks of banks have been seen, for as long as their time is one that is still believed."""

from sqlalchemy import BigInteger, Column, String, Table

from gateway.persistence.tables.base import CODE, metadata

callbacks = Table(
    "callbacks",
    metadata,
    Column("bank", CODE, primary_key=True),
    Column("identifier", String(200), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("until_ms", BigInteger, nullable=False, index=True),
)
