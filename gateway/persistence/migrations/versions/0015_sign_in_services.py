"""identities that two administrators link, and sessions that began at a sign-in service"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0015'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('identities', sa.Column('reason', sa.Text(), nullable=False, server_default=''))
    op.add_column('identities', sa.Column('confirmed_by', sa.String(length=140), nullable=True))
    op.add_column('identities', sa.Column('since', columns.Moment(), nullable=True))
    op.add_column('sessions', sa.Column('issuer', sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column('sessions', 'issuer')
    for name in ('since', 'confirmed_by', 'reason'):
        op.drop_column('identities', name)
