"""the certificate a client is bound to"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('clients', sa.Column('certificate', sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column('clients', 'certificate')
