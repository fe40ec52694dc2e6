"""anchors of the audit trail, keys of subjects, proposals of configuration"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns, hardening

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('audit', sa.Column('address', sa.String(length=64), nullable=True))
    op.add_column('audit', sa.Column('request_id', sa.String(length=64), nullable=True))
    op.create_table('anchors',
    sa.Column('sequence', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('sequence')
    )
    op.create_table('configurations',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('files', sa.JSON(), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('person_name', sa.String(length=140), nullable=False),
    sa.Column('decision', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('digest', 'person_id', name='uq_configurations_digest_person_id')
    )
    hardening.refuse_changes(op.get_bind())


def downgrade() -> None:
    hardening.allow_changes(op.get_bind())
    op.drop_table('configurations')
    op.drop_table('anchors')
    op.drop_column('audit', 'request_id')
    op.drop_column('audit', 'address')
