"""Bank files, and every attempt to hand one over."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from gateway.persistence.columns import Moment, Sequence
from gateway.persistence.tables.base import CODE, ID, metadata

files = Table(
    "files",
    metadata,
    Column("id", ID, primary_key=True),
    Column("bank", CODE, nullable=False),
    Column("batch_id", ID, nullable=False, index=True),
    Column("message", String(24), nullable=False),
    Column("name", String(255), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("window_id", String(80)),
    Column("state", String(16), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("approval_digest", String(64), nullable=False),
    Column("profile_digest", String(64), nullable=False),
    Column("bank_batches", JSON, nullable=False),
    Column("generated_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("answer_due_at", Moment),
    Column("answer_overdue", Boolean, nullable=False, default=False),
    Column("bank_reference", String(80), index=True),
    Column("iso_status", String(8)),
    Column("reason_code", String(35)),
    Column("directory", String(255)),
    Column("sealed_sha256", String(64)),
    Column("sealed_size", BigInteger),
    UniqueConstraint("bank", "name"),
)

file_moves = Table(
    "file_moves",
    metadata,
    Column("file_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("source", String(16), nullable=False),
    Column("target", String(16), nullable=False),
    Column("step", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", ID, nullable=False),
    Column("at", Moment, nullable=False),
    Column("act", ID, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("file_id", ID, nullable=False),
    Column("number", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("staging_name", String(255), nullable=False),
    Column("worker", String(80), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("staged_at", Moment),
    Column("recalled_at", Moment),
    Column("finished_at", Moment),
    Column("outcome", String(24)),
    Column("detail", Text),
    UniqueConstraint("file_id", "number"),
)
Index(
    "ix_attempts_open", attempts.c.file_id,
    sqlite_where=attempts.c.outcome.is_(None), postgresql_where=attempts.c.outcome.is_(None),
)  # fmt: skip

evidence = Table(
    "evidence",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("file_id", ID, nullable=False, index=True),
    Column("kind", String(24), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", ID, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
