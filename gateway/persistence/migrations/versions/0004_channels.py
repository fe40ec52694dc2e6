"""how each channel stands, and host keys that administrators confirmed"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('channels',
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('openings', sa.Integer(), nullable=False),
    sa.Column('open_until', sa.BigInteger(), nullable=False),
    sa.Column('since', columns.Moment(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('error_at', columns.Moment(), nullable=True),
    sa.Column('probe_key', sa.String(length=80), nullable=True),
    sa.Column('probe_fence', sa.Integer(), nullable=True),
    sa.Column('stop_id', sa.String(length=40), nullable=True),
    sa.Column('offered_key', sa.Text(), nullable=True),
    sa.Column('offered_fingerprint', sa.String(length=80), nullable=True),
    sa.Column('lifted_key', sa.Text(), nullable=True),
    sa.Column('next_poll_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('bank')
    )
    op.create_table('host_keys',
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('place', sa.String(length=255), nullable=False),
    sa.Column('fingerprint', sa.String(length=80), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('stop_id', sa.String(length=40), nullable=False),
    sa.Column('confirmed_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('bank', 'place', 'fingerprint')
    )
    op.create_table('key_confirmations',
    sa.Column('stop_id', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('bank', sa.String(length=35), nullable=False),
    sa.Column('fingerprint', sa.String(length=80), nullable=False),
    sa.Column('person_name', sa.String(length=140), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('stop_id', 'person_id')
    )
    op.add_column('files', sa.Column('directory', sa.String(length=255), nullable=True))


def downgrade() -> None:
    op.drop_column('files', 'directory')
    op.drop_table('key_confirmations')
    op.drop_table('host_keys')
    op.drop_table('channels')
