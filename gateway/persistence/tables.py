"""Every table of the hub. Rows that grow for ever (payments, moves, events, audit, documents) start with the id that
carries their time, so that they can be partitioned by it.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from gateway.persistence.columns import Day, Exact, Moment, Sequence

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
ID = String(40)
CODE = String(35)
NAME = String(140)
ACCOUNT = String(40)

clients = Table(
    "clients",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("key_prefix", String(16), nullable=False, unique=True),
    Column("key_sha256", String(64), nullable=False),
    Column("entities", JSON, nullable=False),
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
    Column("roles", JSON, nullable=False),
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
    Column("expires_at", Moment, nullable=False),
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
    Column("body", Text),
    Column("created_at", Moment, nullable=False),
)

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

batches = Table(
    "batches",
    metadata,
    Column("id", ID, primary_key=True),
    Column("client_id", ID, nullable=False, index=True),
    Column("maker", ID, nullable=False),
    Column("maker_is_person", Boolean, nullable=False),
    Column("entity", CODE, nullable=False, index=True),
    Column("source", String(40), nullable=False),
    Column("document_sha256", String(64), nullable=False, index=True),
    Column("file_name", String(255)),
    Column("message_id", String(140), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("payments", Integer, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("erp", JSON, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("batch_id", ID, nullable=False),
    Column("payment_id", ID),
    Column("rule", String(24), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("message", Text, nullable=False),
    Column("advice", Text, nullable=False),
    Column("path", String(255)),
    Column("line", Integer),
    Index("ix_findings_batch_id_payment_id", "batch_id", "payment_id"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", ID, primary_key=True),
    Column("batch_id", ID, nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("act", ID, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("content", Text, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False, index=True),
    Column("entity", CODE, nullable=False),
    Column("debtor_account", ACCOUNT, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("creditor_name", NAME, nullable=False),
    Column("creditor_account", ACCOUNT, nullable=False),
    Column("end_to_end_id", String(140), nullable=False, index=True),
    Column("instruction_id", String(140)),
    Column("uetr", String(36), index=True),
    Column("payment_information_id", String(140), nullable=False),
    Column("requested_date", Day, nullable=False),
    Column("service_level", CODE),
    Column("local_instrument", CODE),
    Column("category_purpose", CODE),
    Column("line", Integer),
    Column("hold", String(16)),
    Column("hold_reason", Text),
    Column("hold_owner", ID),
    Column("approval_digest", String(64)),
    Column("bank", CODE),
    Column("product", CODE),
    Column("value_date", Day),
    Column("window_id", String(80)),
    Column("file_id", ID),
    Column("bank_batch_id", CODE, index=True),
    Column("iso_status", String(8)),
    Column("iso_status_at", Moment),
    Column("reason_code", String(35)),
    Column("reason_text", Text),
    Index("ix_payments_batch_id_state", "batch_id", "state", "position"),
    Index("ix_payments_file_id_state", "file_id", "state"),
    Index("ix_payments_state_window_id_batch_id", "state", "window_id", "batch_id"),
)

marks = Table(
    "marks",
    metadata,
    Column("mark", ID, primary_key=True),
    Column("payment_id", ID, primary_key=True),
)

payment_moves = Table(
    "payment_moves",
    metadata,
    Column("payment_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("source", String(16), nullable=False),
    Column("target", String(16), nullable=False),
    Column("step", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", ID, nullable=False),
    Column("at", Moment, nullable=False),
    Column("act", ID, nullable=False),
    Column("iso_status", String(8)),
    Column("reason_code", String(35)),
    Column("file_id", ID),
)

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
    Column("finished_at", Moment),
    Column("outcome", String(24)),
    Column("detail", Text),
    UniqueConstraint("file_id", "number"),
)

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

windows = Table(
    "windows",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("bank", CODE, nullable=False),
    Column("product", CODE, nullable=False),
    Column("value_date", Day, nullable=False),
    Column("opens_at", Moment, nullable=False),
    Column("release_by", Moment, nullable=False, index=True),
    Column("closes_at", Moment, nullable=False),
    Column("zone", String(40), nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", ID, primary_key=True),
    Column("batch_id", ID, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("person_name", NAME, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("batch_id", "digest", "person_id"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", ID, primary_key=True),
    Column("bank", CODE, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("media_type", String(80)),
    Column("size", BigInteger, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("kind", String(24)),
    Column("message_id", String(140)),
    Column("received_at", Moment, nullable=False),
    Column("processed_at", Moment),
    Column("reason", Text),
    Column("seen", Integer, nullable=False),
    Column("archived", Boolean, nullable=False),
    UniqueConstraint("bank", "sha256"),
)

answers = Table(
    "answers",
    metadata,
    Column("document_id", ID, primary_key=True),
    Column("payment_id", ID, primary_key=True),
    Column("file_id", ID, nullable=False),
    Column("status", String(8), nullable=False),
    Column("level", String(24), nullable=False),
    Column("reason_code", String(35)),
    Column("reason_text", Text),
    Column("note", Text),
)

statements = Table(
    "statements",
    metadata,
    Column("id", ID, primary_key=True),
    Column("document_id", ID, nullable=False, index=True),
    Column("bank", CODE, nullable=False),
    Column("message", String(24), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("account", ACCOUNT, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("statement_id", String(140)),
    Column("sequence", String(40)),
    Column("opening", Exact),
    Column("closing", Exact),
    Column("booked", Exact, nullable=False),
    Column("closing_date", Day),
    Column("verdict", String(16), nullable=False),
    Column("proof_text", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("imported_at", Moment, nullable=False),
    Index("ix_statements_account_currency", "account", "currency", "imported_at"),
)

entries = Table(
    "entries",
    metadata,
    Column("entry_id", String(48), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("statement_id", ID, nullable=False),
    Column("position", Integer, nullable=False),
    Column("account", ACCOUNT, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("event_key", String(64), nullable=False, index=True),
    Column("amount", Exact, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("direction", String(8), nullable=False),
    Column("status", String(8)),
    Column("booking_date", Day),
    Column("value_date", Day),
    Column("bank_reference", String(140)),
    Column("end_to_end_id", String(140)),
    Column("counterparty", NAME),
    Column("remittance", Text),
    Column("state", String(16), nullable=False),
    Column("detail", Text),
    Index("ix_entries_statement_id_position", "statement_id", "position"),
)

claims = Table(
    "claims",
    metadata,
    Column("entry_id", String(48), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("slice", Integer, primary_key=True, autoincrement=False),
    Column("payment_id", ID),
    Column("open_item_id", ID),
    Column("purpose", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("actor", ID, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("payment_id", "purpose", "kind"),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("entry_id", String(48), nullable=False, index=True),
    Column("part", Integer, nullable=False),
    Column("alternative", Integer, nullable=False),
    Column("rule", String(40), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)

breaks = Table(
    "breaks",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("bank", CODE, nullable=False),
    Column("account", ACCOUNT),
    Column("statement_id", ID),
    Column("entry_id", String(48)),
    Column("part", Integer),
    Column("payment_id", ID, index=True),
    Column("payment_ids", JSON, nullable=False),
    Column("expected", Exact),
    Column("booked", Exact),
    Column("currency", String(3)),
    Column("reason", Text, nullable=False),
    Column("who_acts", String(40), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("resolution", Text),
    Column("resolved_by", ID),
    Column("resolved_at", Moment),
)

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
    Column("data", JSON, nullable=False),
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
    Column("detail", Text),
    Index("ix_deliveries_webhook_id_sequence", "webhook_id", "sequence"),
)

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
)
