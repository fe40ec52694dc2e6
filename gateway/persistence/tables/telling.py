"""Events, who listens to them, and the audit trail."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, String, Table

from gateway.persistence.columns import Moment, Sequence
from gateway.persistence.sealing import Sealed, SealedJson
from gateway.persistence.tables.base import ID, metadata

events = Table(
    "events",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("sequence", BigInteger, unique=True),
    Column("type", String(80), nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject", ID, nullable=False),
    Column("subject_sequence", Integer, nullable=False),
    Column("client_id", ID),
    Column("at", Moment, nullable=False),
    Column("act", ID, nullable=False),
    Column("data", SealedJson("events.data"), nullable=False),
    Index("ix_events_subject", "subject"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", ID, primary_key=True),
    Column("client_id", ID, nullable=False),
    Column("url", String(500), nullable=False),
    Column("types", JSON, nullable=False),
    Column("secrets", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("webhook_id", ID, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("status", Integer),
    Column("outcome", String(16), nullable=False),
    Column("detail", Sealed("deliveries.detail")),
    Index("ix_deliveries_webhook_id_sequence", "webhook_id", "sequence"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("act", ID, nullable=False, index=True),
    Column("actor", ID, nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", String(80), nullable=False, index=True),
    Column("data", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("address", String(64)),
    Column("request_id", String(64)),
)
