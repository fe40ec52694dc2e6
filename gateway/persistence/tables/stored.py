"""The vault: bytes by their digest, in encrypted chunks."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import metadata

vault_blobs = Table(
    "vault_blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)

vault_chunks = Table(
    "vault_chunks",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
