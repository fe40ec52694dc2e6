"""what was approved of payments before they were given a new day"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('renewed_contents',
    sa.Column('payment_id', sa.String(length=40), nullable=False),
    sa.Column('approval_digest', sa.String(length=64), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('payment_id', 'approval_digest')
    )
    op.create_index('ix_renewed_contents_batch_id_approval_digest', 'renewed_contents', ['batch_id', 'approval_digest'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_renewed_contents_batch_id_approval_digest', table_name='renewed_contents')
    op.drop_table('renewed_contents')
