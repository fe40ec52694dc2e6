"""Who may do what: API clients, people, their tokens and sessions, and the keys of requests."""

from sqlalchemy import JSON, BigInteger, Column, Integer, String, Table

from gateway.persistence.columns import Moment
from gateway.persistence.sealing import Sealed
from gateway.persistence.tables.base import ID, NAME, metadata

clients = Table(
    "clients",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("key_prefix", String(16), nullable=False, unique=True),
    Column("key_sha256", String(64), nullable=False),
    Column("entities", JSON, nullable=False),
    Column("verbs", JSON),
    Column("certificate", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

people = Table(
    "people",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("display_name", NAME, nullable=False),
    Column("password", String(256), nullable=False),
    Column("same_as", ID),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person_id", ID, nullable=False, index=True),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("person_id", ID, nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("issuer", String(32)),
)

idempotency = Table(
    "idempotency_keys",
    metadata,
    Column("client_id", ID, primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("method", String(8), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("claim", ID, nullable=False),
    Column("claimed_until", BigInteger, nullable=False),
    Column("status", Integer),
    Column("body", Sealed("idempotency_keys.body")),
    Column("created_at", Moment, nullable=False),
)
