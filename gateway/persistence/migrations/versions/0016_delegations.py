"""delegations: rights that one person hands over to another for a while"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('delegations',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('grant_id', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('entity', sa.String(length=35), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_at', columns.Moment(), nullable=False),
    sa.Column('starts_at', columns.Moment(), nullable=False),
    sa.Column('ends_at', columns.Moment(), nullable=False),
    sa.Column('confirmed_by', sa.String(length=140), nullable=True),
    sa.Column('confirmed_at', columns.Moment(), nullable=True),
    sa.Column('ended_by', sa.String(length=140), nullable=True),
    sa.Column('ended_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_delegations_grant_id'), 'delegations', ['grant_id'], unique=False)
    op.create_index(op.f('ix_delegations_person_id'), 'delegations', ['person_id'], unique=False)
    op.add_column('approvals', sa.Column('right_of', sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column('approvals', 'right_of')
    op.drop_index(op.f('ix_delegations_person_id'), table_name='delegations')
    op.drop_index(op.f('ix_delegations_grant_id'), table_name='delegations')
    op.drop_table('delegations')
