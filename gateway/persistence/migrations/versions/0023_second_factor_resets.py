"""two administrators take a lost second factor away"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('second_factor_resets',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.String(length=40), nullable=False),
    sa.Column('asked_at', columns.Moment(), nullable=False),
    sa.Column('confirmed_by', sa.String(length=40), nullable=True),
    sa.Column('confirmed_at', columns.Moment(), nullable=True),
    sa.Column('ended_by', sa.String(length=40), nullable=True),
    sa.Column('ended_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_second_factor_resets_person_id', 'second_factor_resets', ['person_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_second_factor_resets_person_id', table_name='second_factor_resets')
    op.drop_table('second_factor_resets')
