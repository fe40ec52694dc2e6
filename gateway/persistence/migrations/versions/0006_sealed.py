"""bytes as they go to the bank where they are encrypted, and which ends of keys people were told of"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence.columns import Moment

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('files', sa.Column('sealed_sha256', sa.String(64)))
    op.add_column('files', sa.Column('sealed_size', sa.BigInteger()))
    op.create_table(
        'key_warnings',
        sa.Column('bank', sa.String(35), nullable=False),
        sa.Column('fingerprint', sa.String(64), nullable=False),
        sa.Column('ends_at', Moment(), nullable=False),
        sa.Column('days', sa.Integer(), nullable=False),
        sa.Column('told_at', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('bank', 'fingerprint', 'ends_at', 'days'),
    )


def downgrade() -> None:
    op.drop_table('key_warnings')
    op.drop_column('files', 'sealed_size')
    op.drop_column('files', 'sealed_sha256')
