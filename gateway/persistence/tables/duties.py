"""What people may do: grants with their history, second factors, and identities at a sign-in service."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text

from gateway.persistence.columns import Moment
from gateway.persistence.tables.base import ID, NAME, metadata

grants = Table(
    "grants",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person_id", ID, nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("entity", String(35), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", NAME, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("confirmed_by", NAME),
    Column("since", Moment),
    Column("ends_at", Moment),
    Column("ended_by", NAME),
    Column("ended_at", Moment),
)

delegations = Table(
    "delegations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("grant_id", ID, nullable=False, index=True),
    Column("person_id", ID, nullable=False, index=True),
    Column("entity", String(35), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("confirmed_by", NAME),
    Column("confirmed_at", Moment),
    Column("ended_by", NAME),
    Column("ended_at", Moment),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("person_id", ID, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("confirmed_at", Moment),
    Column("last_step", BigInteger, nullable=False),
)

second_factor_resets = Table(
    "second_factor_resets",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person_id", ID, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("asked_by", ID, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("confirmed_by", ID),
    Column("confirmed_at", Moment),
    Column("ended_by", ID),
    Column("ended_at", Moment),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("person_id", ID, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("used_at", Moment),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person_id", ID, nullable=False, index=True),
    Column("linked_by", NAME, nullable=False),
    Column("linked_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("confirmed_by", NAME),
    Column("since", Moment),
)

used_tokens = Table(
    "used_tokens",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("jti", String(255), primary_key=True),
    Column("expires_at", Moment, nullable=False),
    Index("ix_used_tokens_expires_at", "expires_at"),
)
