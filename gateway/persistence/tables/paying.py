"""Batches, their payments, and what people decided about them."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from gateway.persistence.columns import Day, Exact, Moment, Sequence
from gateway.persistence.sealing import Sealed, SealedEqual
from gateway.persistence.tables.base import ACCOUNT, BANK_WORDS, CODE, ID, NAME, metadata

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
    Column("erased_at", Moment),
    Index("ux_batches_client_id_message_id", "client_id", "message_id", unique=True),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("batch_id", ID, nullable=False),
    Column("payment_id", ID),
    Column("rule", String(24), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("message", Sealed("findings.message"), nullable=False),
    Column("advice", Sealed("findings.advice"), nullable=False),
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
    Column("content", Sealed("payments.content"), nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("fingerprint", SealedEqual("payments.fingerprint"), nullable=False, index=True),
    Column("entity", CODE, nullable=False),
    Column("debtor_account", ACCOUNT, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("creditor_name", SealedEqual("payments.creditor_name"), nullable=False),
    Column("creditor_account", SealedEqual("payments.creditor_account"), nullable=False),
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
    Column("hold_id", ID),
    Column("hold_by", ID),
    Column("hold_at", Moment),
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
    Column("reason_text", BANK_WORDS),
    Index("ix_payments_batch_id_state", "batch_id", "state", "position"),
    Index("ix_payments_file_id_state", "file_id", "state"),
    Index("ix_payments_state_window_id_batch_id", "state", "window_id", "batch_id"),
    Index("ix_payments_creditor_account_state", "creditor_account", "state"),
    Index("ix_payments_creditor_name_state", "creditor_name", "state"),
)

renewed_contents = Table(
    "renewed_contents",
    metadata,
    Column("payment_id", ID, primary_key=True),
    Column("approval_digest", String(64), primary_key=True),
    Column("batch_id", ID, nullable=False),
    Column("position", Integer, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Index("ix_renewed_contents_batch_id_approval_digest", "batch_id", "approval_digest"),
)
"""What was approved of a payment before it was given a new day: the approval of those beside it still speaks of it."""

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
    Column("right_of", ID),
    Column("content", String(64), nullable=False, server_default=""),
    Column("totals", JSON, nullable=False, server_default="[]"),
    Column("shown", JSON, nullable=False, server_default="[]"),
    UniqueConstraint("batch_id", "digest", "person_id", "decision"),
    Index("ix_approvals_person_id_at", "person_id", "at"),
)
