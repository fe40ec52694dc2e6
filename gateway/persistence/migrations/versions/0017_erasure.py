"""when the rows of a batch or document forgot whom they were about"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('batches', sa.Column('erased_at', columns.Moment(), nullable=True))
    op.add_column('documents', sa.Column('erased_at', columns.Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column('documents', 'erased_at')
    op.drop_column('batches', 'erased_at')
