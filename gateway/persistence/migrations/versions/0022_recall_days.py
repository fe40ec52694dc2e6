"""until when a recall may be asked, and when its answer is due"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('recalls', sa.Column('ask_by', columns.Moment(), nullable=True))
    op.add_column('recalls', sa.Column('answer_due_at', columns.Moment(), nullable=True))
    op.add_column(
        'recalls', sa.Column('answer_overdue', sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column('recalls', 'answer_overdue')
    op.drop_column('recalls', 'answer_due_at')
    op.drop_column('recalls', 'ask_by')
