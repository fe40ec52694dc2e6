"""what bank callbacks have been seen"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'callbacks',
        sa.Column('bank', sa.String(length=35), nullable=False),
        sa.Column('identifier', sa.String(length=200), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('until_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('bank', 'identifier'),
    )
    op.create_index('ix_callbacks_until_ms', 'callbacks', ['until_ms'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_callbacks_until_ms', table_name='callbacks')
    op.drop_table('callbacks')
