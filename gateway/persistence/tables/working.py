"""What is to be done, and who does it."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from gateway.persistence.tables.base import CODE, ID, metadata

work = Table(
    "work",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("lane", CODE, nullable=False),
    Column("workflow_id", ID),
    Column("fence", Integer, nullable=False),
    Column("worker", String(80)),
    Column("lease_until", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("again", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Index("ix_work_workflow_id_due_at", "workflow_id", "due_at"),
)
