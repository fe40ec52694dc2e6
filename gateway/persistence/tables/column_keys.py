"""The keys of encrypted columns, each wrapped by the key ring."""

from sqlalchemy import Column, LargeBinary, String, Table

from gateway.persistence.tables.base import metadata

column_keys = Table(
    "column_keys",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
