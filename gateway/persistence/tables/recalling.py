"""Payments that banks were asked to give back."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint, false

from gateway.persistence.columns import Moment
from gateway.persistence.sealing import Sealed
from gateway.persistence.tables.base import CODE, ID, NAME, metadata

recalls = Table(
    "recalls",
    metadata,
    Column("id", ID, primary_key=True),
    Column("payment_id", ID, nullable=False, index=True),
    Column("batch_id", ID, nullable=False, index=True),
    Column("file_id", ID, nullable=False, index=True),
    Column("bank", CODE, nullable=False),
    Column("reason_code", String(4), nullable=False),
    Column("reason", Sealed("recalls.reason"), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("asked_by", ID, nullable=False),
    Column("asked_by_name", NAME, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("ask_by", Moment),
    Column("confirmed_by", ID),
    Column("confirmed_by_name", NAME),
    Column("confirmed_at", Moment),
    Column("message", String(24)),
    Column("name", String(255)),
    Column("directory", String(255)),
    Column("sha256", String(64)),
    Column("sealed_sha256", String(64)),
    Column("begun_at", Moment),
    Column("staging_name", String(255)),
    Column("staged_at", Moment),
    Column("looks", Integer, nullable=False),
    Column("sent_at", Moment),
    Column("answer_due_at", Moment),
    Column("answer_overdue", Boolean, nullable=False, server_default=false()),
    Column("evidence", Sealed("recalls.evidence")),
    Column("answered_at", Moment),
    Column("status", String(8)),
    Column("status_reason", String(35)),
    Column("status_text", Sealed("recalls.status_text")),
    Column("document_id", ID),
    Column("over_at", Moment),
    UniqueConstraint("bank", "name"),
)
Index(
    "ux_recalls_standing", recalls.c.payment_id, unique=True,
    sqlite_where=recalls.c.over_at.is_(None), postgresql_where=recalls.c.over_at.is_(None),
)  # fmt: skip
