"""where documents come from, and what is inside of them"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('listings',
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('place', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('modified_at', columns.Moment(), nullable=True),
    sa.Column('document_id', sa.String(length=40), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('again_at', columns.Moment(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('bank', 'place')
    )
    op.create_table('document_names',
    sa.Column('document_id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('first_at', columns.Moment(), nullable=False),
    sa.Column('last_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('document_id', 'name')
    )
    op.create_index('ix_document_names_bank_name', 'document_names', ['bank', 'name'])
    op.create_table('asked_orders',
    sa.Column('file_id', sa.String(length=40), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('asked_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('file_id')
    )
    op.create_index('ix_asked_orders_bank_asked_at', 'asked_orders', ['bank', 'asked_at'])
    op.add_column('documents', sa.Column('parent_id', sa.String(length=40), nullable=True))
    op.add_column('documents', sa.Column('root_id', sa.String(length=40), nullable=True))
    op.add_column('documents', sa.Column('depth', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('documents', sa.Column('amends', sa.String(length=40), nullable=True))
    op.add_column('documents', sa.Column('name_of', sa.String(length=40), nullable=True))
    op.add_column('documents', sa.Column('seen_at', columns.Moment(), nullable=True))
    op.add_column('documents', sa.Column('tries', sa.Integer(), nullable=False, server_default='0'))
    op.create_index('ix_documents_parent_id', 'documents', ['parent_id'])
    op.create_index('ix_documents_root_id', 'documents', ['root_id'])
    op.create_index('ix_documents_bank_message_id', 'documents', ['bank', 'message_id'])


def downgrade() -> None:
    op.drop_index('ix_documents_bank_message_id', table_name='documents')
    op.drop_index('ix_documents_root_id', table_name='documents')
    op.drop_index('ix_documents_parent_id', table_name='documents')
    for name in ('tries', 'seen_at', 'name_of', 'amends', 'depth', 'root_id', 'parent_id'):
        op.drop_column('documents', name)
    op.drop_table('asked_orders')
    op.drop_table('document_names')
    op.drop_table('listings')
