"""recalls of payments that banks hold"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'recalls',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('payment_id', sa.String(length=40), nullable=False),
        sa.Column('batch_id', sa.String(length=40), nullable=False),
        sa.Column('file_id', sa.String(length=40), nullable=False),
        sa.Column('bank', sa.String(length=35), nullable=False),
        sa.Column('reason_code', sa.String(length=4), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('asked_by', sa.String(length=40), nullable=False),
        sa.Column('asked_by_name', sa.String(length=140), nullable=False),
        sa.Column('asked_at', columns.Moment(), nullable=False),
        sa.Column('confirmed_by', sa.String(length=40), nullable=True),
        sa.Column('confirmed_by_name', sa.String(length=140), nullable=True),
        sa.Column('confirmed_at', columns.Moment(), nullable=True),
        sa.Column('message', sa.String(length=24), nullable=True),
        sa.Column('name', sa.String(length=255), nullable=True),
        sa.Column('directory', sa.String(length=255), nullable=True),
        sa.Column('sha256', sa.String(length=64), nullable=True),
        sa.Column('sealed_sha256', sa.String(length=64), nullable=True),
        sa.Column('begun_at', columns.Moment(), nullable=True),
        sa.Column('staging_name', sa.String(length=255), nullable=True),
        sa.Column('staged_at', columns.Moment(), nullable=True),
        sa.Column('looks', sa.Integer(), nullable=False),
        sa.Column('sent_at', columns.Moment(), nullable=True),
        sa.Column('evidence', sa.Text(), nullable=True),
        sa.Column('answered_at', columns.Moment(), nullable=True),
        sa.Column('status', sa.String(length=8), nullable=True),
        sa.Column('status_reason', sa.String(length=35), nullable=True),
        sa.Column('status_text', sa.Text(), nullable=True),
        sa.Column('document_id', sa.String(length=40), nullable=True),
        sa.Column('over_at', columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('bank', 'name', name=op.f('uq_recalls_bank_name')),
    )
    for column in ('payment_id', 'batch_id', 'file_id', 'state'):
        op.create_index(op.f(f'ix_recalls_{column}'), 'recalls', [column], unique=False)
    standing = sa.text('over_at IS NULL')
    op.create_index(
        'ux_recalls_standing', 'recalls', ['payment_id'], unique=True, sqlite_where=standing, postgresql_where=standing
    )


def downgrade() -> None:
    op.drop_table('recalls')
