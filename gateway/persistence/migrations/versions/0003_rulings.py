"""what two people decide about a file in doubt, and which staged copies we began to take back"""

from alembic import op
import sqlalchemy as sa
from gateway.persistence import columns

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

OPEN = sa.text('outcome IS NULL')


def upgrade() -> None:
    op.create_table('rulings',
    sa.Column('id', columns.Sequence, autoincrement=True, nullable=False),
    sa.Column('file_id', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('person_name', sa.String(length=140), nullable=False),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_rulings_file_id', 'rulings', ['file_id'])
    op.add_column('attempts', sa.Column('recalled_at', columns.Moment(), nullable=True))
    op.create_index('ix_attempts_open', 'attempts', ['file_id'], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index('ix_attempts_open', table_name='attempts')
    op.drop_column('attempts', 'recalled_at')
    op.drop_index('ix_rulings_file_id', table_name='rulings')
    op.drop_table('rulings')
