"""cut-off windows and what was warned about them"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0010'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'window_warnings',
        sa.Column('batch_id', sa.String(length=40), nullable=False),
        sa.Column('window_id', sa.String(length=80), nullable=False),
        sa.Column('waits_for', sa.String(length=16), nullable=False),
        sa.Column('minutes', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('at', columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint('batch_id', 'window_id', 'waits_for', 'minutes'),
    )


def downgrade() -> None:
    op.drop_table('window_warnings')
