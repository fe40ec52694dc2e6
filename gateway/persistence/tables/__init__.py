"""Every table of the hub. Rows that grow for ever (payments, moves, events, audit, documents) start with the id that
carries their time, so that they can be partitioned by it.
"""

from gateway.persistence.tables.access import clients, idempotency, people, sessions, tokens
from gateway.persistence.tables.bank_side import answers, breaks, claims, documents, entries, statements, suggestions
from gateway.persistence.tables.base import metadata
from gateway.persistence.tables.callbacks import callbacks
from gateway.persistence.tables.column_keys import column_keys
from gateway.persistence.tables.duties import (
    delegations,
    grants,
    identities,
    recovery_codes,
    second_factor_resets,
    second_factors,
    used_tokens,
)
from gateway.persistence.tables.holding import hold_words, payment_holds
from gateway.persistence.tables.keys import key_warnings
from gateway.persistence.tables.linking import channels, host_keys, key_confirmations
from gateway.persistence.tables.paying import (
    approvals,
    batches,
    findings,
    marks,
    payment_moves,
    payments,
    renewed_contents,
    windows,
)
from gateway.persistence.tables.proving import anchors, configurations
from gateway.persistence.tables.recalling import recalls
from gateway.persistence.tables.ruling import rulings
from gateway.persistence.tables.sending import attempts, counters, evidence, file_moves, files
from gateway.persistence.tables.stored import vault_blobs, vault_chunks
from gateway.persistence.tables.taking_in import asked_orders, document_names, listings
from gateway.persistence.tables.telling import audit, audit_head, deliveries, events, webhooks
from gateway.persistence.tables.warned import window_warnings
from gateway.persistence.tables.working import work

__all__ = [
    "anchors",
    "answers",
    "approvals",
    "asked_orders",
    "attempts",
    "audit",
    "audit_head",
    "batches",
    "breaks",
    "callbacks",
    "channels",
    "claims",
    "clients",
    "column_keys",
    "configurations",
    "counters",
    "delegations",
    "deliveries",
    "document_names",
    "documents",
    "entries",
    "events",
    "evidence",
    "file_moves",
    "files",
    "findings",
    "grants",
    "hold_words",
    "host_keys",
    "idempotency",
    "identities",
    "key_confirmations",
    "key_warnings",
    "listings",
    "marks",
    "metadata",
    "payment_holds",
    "payment_moves",
    "payments",
    "people",
    "recalls",
    "recovery_codes",
    "renewed_contents",
    "rulings",
    "second_factor_resets",
    "second_factors",
    "sessions",
    "statements",
    "suggestions",
    "tokens",
    "used_tokens",
    "vault_blobs",
    "vault_chunks",
    "webhooks",
    "window_warnings",
    "windows",
    "work",
]
