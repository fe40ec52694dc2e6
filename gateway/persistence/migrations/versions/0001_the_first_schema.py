"""the first schema"""

from alembic import op
import sqlalchemy as sa
from gateway.persistence import columns

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('answers',
    sa.Column('document_id', sa.String(length=40), nullable=False),
    sa.Column('payment_id', sa.String(length=40), nullable=False),
    sa.Column('file_id', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=False),
    sa.Column('level', sa.String(length=24), nullable=False),
    sa.Column('reason_code', sa.String(length=35), nullable=True),
    sa.Column('reason_text', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('document_id', 'payment_id')
    )
    op.create_table('approvals',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('person_name', sa.String(length=140), nullable=False),
    sa.Column('decision', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('batch_id', 'digest', 'person_id', name=op.f('uq_approvals_batch_id_digest_person_id'))
    )
    op.create_table('attempts',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('file_id', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('staging_name', sa.String(length=255), nullable=False),
    sa.Column('worker', sa.String(length=80), nullable=False),
    sa.Column('started_at', columns.Moment(), nullable=False),
    sa.Column('staged_at', columns.Moment(), nullable=True),
    sa.Column('finished_at', columns.Moment(), nullable=True),
    sa.Column('outcome', sa.String(length=24), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('file_id', 'number', name=op.f('uq_attempts_file_id_number'))
    )
    op.create_table('audit',
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('sequence')
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_act'), ['act'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_subject'), ['subject'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('batches',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('client_id', sa.String(length=40), nullable=False),
    sa.Column('maker', sa.String(length=40), nullable=False),
    sa.Column('maker_is_person', sa.Boolean(), nullable=False),
    sa.Column('entity', sa.String(length=35), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('document_sha256', sa.String(length=64), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=True),
    sa.Column('message_id', sa.String(length=140), nullable=False),
    sa.Column('received_at', columns.Moment(), nullable=False),
    sa.Column('payments', sa.Integer(), nullable=False),
    sa.Column('totals', sa.JSON(), nullable=False),
    sa.Column('erp', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('batches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_batches_client_id'), ['client_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_batches_document_sha256'), ['document_sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_batches_entity'), ['entity'], unique=False)

    op.create_table('breaks',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('account', sa.String(length=40), nullable=True),
    sa.Column('statement_id', sa.String(length=40), nullable=True),
    sa.Column('entry_id', sa.String(length=48), nullable=True),
    sa.Column('part', sa.Integer(), nullable=True),
    sa.Column('payment_id', sa.String(length=40), nullable=True),
    sa.Column('payment_ids', sa.JSON(), nullable=False),
    sa.Column('expected', columns.Exact(), nullable=True),
    sa.Column('booked', columns.Exact(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('who_acts', sa.String(length=40), nullable=False),
    sa.Column('opened_at', columns.Moment(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('resolution', sa.Text(), nullable=True),
    sa.Column('resolved_by', sa.String(length=40), nullable=True),
    sa.Column('resolved_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key', name=op.f('uq_breaks_key'))
    )
    with op.batch_alter_table('breaks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_breaks_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_breaks_state'), ['state'], unique=False)

    op.create_table('claims',
    sa.Column('entry_id', sa.String(length=48), nullable=False),
    sa.Column('part', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('slice', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('payment_id', sa.String(length=40), nullable=True),
    sa.Column('open_item_id', sa.String(length=40), nullable=True),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('amount', columns.Exact(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('rule', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('entry_id', 'part', 'slice'),
    sa.UniqueConstraint('payment_id', 'purpose', 'kind', name=op.f('uq_claims_payment_id_purpose_kind'))
    )
    op.create_table('clients',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=140), nullable=False),
    sa.Column('key_prefix', sa.String(length=16), nullable=False),
    sa.Column('key_sha256', sa.String(length=64), nullable=False),
    sa.Column('entities', sa.JSON(), nullable=False),
    sa.Column('created_at', columns.Moment(), nullable=False),
    sa.Column('disabled_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key_prefix', name=op.f('uq_clients_key_prefix')),
    sa.UniqueConstraint('name', name=op.f('uq_clients_name'))
    )
    op.create_table('counters',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('deliveries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('webhook_id', sa.String(length=40), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_deliveries_webhook_id_sequence', ['webhook_id', 'sequence'], unique=False)

    op.create_table('documents',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=True),
    sa.Column('message_id', sa.String(length=140), nullable=True),
    sa.Column('received_at', columns.Moment(), nullable=False),
    sa.Column('processed_at', columns.Moment(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('archived', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('bank', 'sha256', name=op.f('uq_documents_bank_sha256'))
    )
    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_documents_state'), ['state'], unique=False)

    op.create_table('entries',
    sa.Column('entry_id', sa.String(length=48), nullable=False),
    sa.Column('part', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('statement_id', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('event_key', sa.String(length=64), nullable=False),
    sa.Column('amount', columns.Exact(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('direction', sa.String(length=8), nullable=False),
    sa.Column('status', sa.String(length=8), nullable=True),
    sa.Column('booking_date', columns.Day(length=10), nullable=True),
    sa.Column('value_date', columns.Day(length=10), nullable=True),
    sa.Column('bank_reference', sa.String(length=140), nullable=True),
    sa.Column('end_to_end_id', sa.String(length=140), nullable=True),
    sa.Column('counterparty', sa.String(length=140), nullable=True),
    sa.Column('remittance', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('entry_id', 'part')
    )
    with op.batch_alter_table('entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_entries_event_key'), ['event_key'], unique=False)
        batch_op.create_index('ix_entries_statement_id_position', ['statement_id', 'position'], unique=False)

    op.create_table('events',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=True),
    sa.Column('type', sa.String(length=80), nullable=False),
    sa.Column('subject_kind', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('subject_sequence', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(length=40), nullable=True),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('sequence', name=op.f('uq_events_sequence'))
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index('ix_events_subject', ['subject'], unique=False)

    op.create_table('evidence',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('file_id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evidence_file_id'), ['file_id'], unique=False)

    op.create_table('file_moves',
    sa.Column('file_id', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('target', sa.String(length=16), nullable=False),
    sa.Column('step', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('file_id', 'version')
    )
    op.create_table('files',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('message', sa.String(length=24), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('totals', sa.JSON(), nullable=False),
    sa.Column('window_id', sa.String(length=80), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('approval_digest', sa.String(length=64), nullable=False),
    sa.Column('profile_digest', sa.String(length=64), nullable=False),
    sa.Column('bank_batches', sa.JSON(), nullable=False),
    sa.Column('generated_at', columns.Moment(), nullable=False),
    sa.Column('submitted_at', columns.Moment(), nullable=True),
    sa.Column('answer_due_at', columns.Moment(), nullable=True),
    sa.Column('answer_overdue', sa.Boolean(), nullable=False),
    sa.Column('bank_reference', sa.String(length=80), nullable=True),
    sa.Column('iso_status', sa.String(length=8), nullable=True),
    sa.Column('reason_code', sa.String(length=35), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('bank', 'name', name=op.f('uq_files_bank_name'))
    )
    with op.batch_alter_table('files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_files_bank_reference'), ['bank_reference'], unique=False)
        batch_op.create_index(batch_op.f('ix_files_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_files_state'), ['state'], unique=False)

    op.create_table('findings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('payment_id', sa.String(length=40), nullable=True),
    sa.Column('rule', sa.String(length=24), nullable=False),
    sa.Column('severity', sa.String(length=8), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('advice', sa.Text(), nullable=False),
    sa.Column('path', sa.String(length=255), nullable=True),
    sa.Column('line', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('findings', schema=None) as batch_op:
        batch_op.create_index('ix_findings_batch_id_payment_id', ['batch_id', 'payment_id'], unique=False)

    op.create_table('idempotency_keys',
    sa.Column('client_id', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('method', sa.String(length=8), nullable=False),
    sa.Column('path', sa.String(length=200), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('claim', sa.String(length=40), nullable=False),
    sa.Column('claimed_until', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('created_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('client_id', 'key', 'method', 'path')
    )
    op.create_table('marks',
    sa.Column('mark', sa.String(length=40), nullable=False),
    sa.Column('payment_id', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('mark', 'payment_id')
    )
    op.create_table('payment_moves',
    sa.Column('payment_id', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('target', sa.String(length=16), nullable=False),
    sa.Column('step', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('iso_status', sa.String(length=8), nullable=True),
    sa.Column('reason_code', sa.String(length=35), nullable=True),
    sa.Column('file_id', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('payment_id', 'version')
    )
    op.create_table('payments',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('updated_at', columns.Moment(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('entity', sa.String(length=35), nullable=False),
    sa.Column('debtor_account', sa.String(length=40), nullable=False),
    sa.Column('amount', columns.Exact(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('creditor_name', sa.String(length=140), nullable=False),
    sa.Column('creditor_account', sa.String(length=40), nullable=False),
    sa.Column('end_to_end_id', sa.String(length=140), nullable=False),
    sa.Column('instruction_id', sa.String(length=140), nullable=True),
    sa.Column('uetr', sa.String(length=36), nullable=True),
    sa.Column('payment_information_id', sa.String(length=140), nullable=False),
    sa.Column('requested_date', columns.Day(length=10), nullable=False),
    sa.Column('service_level', sa.String(length=35), nullable=True),
    sa.Column('local_instrument', sa.String(length=35), nullable=True),
    sa.Column('category_purpose', sa.String(length=35), nullable=True),
    sa.Column('line', sa.Integer(), nullable=True),
    sa.Column('hold', sa.String(length=16), nullable=True),
    sa.Column('hold_reason', sa.Text(), nullable=True),
    sa.Column('hold_owner', sa.String(length=40), nullable=True),
    sa.Column('approval_digest', sa.String(length=64), nullable=True),
    sa.Column('bank', sa.String(length=35), nullable=True),
    sa.Column('product', sa.String(length=35), nullable=True),
    sa.Column('value_date', columns.Day(length=10), nullable=True),
    sa.Column('window_id', sa.String(length=80), nullable=True),
    sa.Column('file_id', sa.String(length=40), nullable=True),
    sa.Column('bank_batch_id', sa.String(length=35), nullable=True),
    sa.Column('iso_status', sa.String(length=8), nullable=True),
    sa.Column('iso_status_at', columns.Moment(), nullable=True),
    sa.Column('reason_code', sa.String(length=35), nullable=True),
    sa.Column('reason_text', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('payments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payments_bank_batch_id'), ['bank_batch_id'], unique=False)
        batch_op.create_index('ix_payments_batch_id_state', ['batch_id', 'state', 'position'], unique=False)
        batch_op.create_index(batch_op.f('ix_payments_end_to_end_id'), ['end_to_end_id'], unique=False)
        batch_op.create_index('ix_payments_file_id_state', ['file_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_payments_fingerprint'), ['fingerprint'], unique=False)
        batch_op.create_index('ix_payments_state_window_id_batch_id', ['state', 'window_id', 'batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payments_uetr'), ['uetr'], unique=False)

    op.create_table('people',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=140), nullable=False),
    sa.Column('display_name', sa.String(length=140), nullable=False),
    sa.Column('password', sa.String(length=256), nullable=False),
    sa.Column('roles', sa.JSON(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', columns.Moment(), nullable=True),
    sa.Column('created_at', columns.Moment(), nullable=False),
    sa.Column('disabled_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name', name=op.f('uq_people_name'))
    )
    op.create_table('sessions',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('csrf', sa.String(length=64), nullable=False),
    sa.Column('created_at', columns.Moment(), nullable=False),
    sa.Column('expires_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('sha256')
    )
    op.create_table('statements',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('document_id', sa.String(length=40), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('message', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('account', sa.String(length=40), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('statement_id', sa.String(length=140), nullable=True),
    sa.Column('sequence', sa.String(length=40), nullable=True),
    sa.Column('opening', columns.Exact(), nullable=True),
    sa.Column('closing', columns.Exact(), nullable=True),
    sa.Column('booked', columns.Exact(), nullable=False),
    sa.Column('closing_date', columns.Day(length=10), nullable=True),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('proof_text', sa.Text(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('imported_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('statements', schema=None) as batch_op:
        batch_op.create_index('ix_statements_account_currency', ['account', 'currency', 'imported_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_statements_document_id'), ['document_id'], unique=False)

    op.create_table('suggestions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('entry_id', sa.String(length=48), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('alternative', sa.Integer(), nullable=False),
    sa.Column('rule', sa.String(length=40), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('targets', sa.JSON(), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('suggestions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_suggestions_entry_id'), ['entry_id'], unique=False)

    op.create_table('tokens',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('prefix', sa.String(length=16), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_at', columns.Moment(), nullable=False),
    sa.Column('expires_at', columns.Moment(), nullable=False),
    sa.Column('revoked_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('prefix', name=op.f('uq_tokens_prefix'))
    )
    with op.batch_alter_table('tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tokens_person_id'), ['person_id'], unique=False)

    op.create_table('vault_blobs',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('chunks', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('wrapped_key', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('sha256')
    )
    op.create_table('vault_chunks',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', 'number')
    )
    op.create_table('webhooks',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('client_id', sa.String(length=40), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('types', sa.JSON(), nullable=False),
    sa.Column('secrets', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('cursor', sa.BigInteger(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.BigInteger(), nullable=False),
    sa.Column('created_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('windows',
    sa.Column('id', sa.String(length=80), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('product', sa.String(length=35), nullable=False),
    sa.Column('value_date', columns.Day(length=10), nullable=False),
    sa.Column('opens_at', columns.Moment(), nullable=False),
    sa.Column('release_by', columns.Moment(), nullable=False),
    sa.Column('closes_at', columns.Moment(), nullable=False),
    sa.Column('zone', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('windows', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_windows_release_by'), ['release_by'], unique=False)

    op.create_table('work',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('lane', sa.String(length=35), nullable=False),
    sa.Column('workflow_id', sa.String(length=40), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('worker', sa.String(length=80), nullable=True),
    sa.Column('lease_until', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('again', sa.Boolean(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('key')
    )
    with op.batch_alter_table('work', schema=None) as batch_op:
        batch_op.create_index('ix_work_workflow_id_due_at', ['workflow_id', 'due_at'], unique=False)

