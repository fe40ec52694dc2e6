"""every hold with who put it and when, and what each person says about it"""

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'hold_words',
        sa.Column('payment_id', sa.String(length=40), nullable=False),
        sa.Column('hold_id', sa.String(length=40), nullable=False),
        sa.Column('person_id', sa.String(length=40), nullable=False),
        sa.Column('person_name', sa.String(length=140), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('at', columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint('payment_id', 'hold_id', 'person_id'),
    )
    op.create_table(
        'payment_holds',
        sa.Column('payment_id', sa.String(length=40), nullable=False),
        sa.Column('hold_id', sa.String(length=40), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('owner', sa.String(length=40), nullable=False),
        sa.Column('put_by', sa.String(length=40), nullable=False),
        sa.Column('put_at', columns.Moment(), nullable=False),
        sa.Column('lifted_by', sa.String(length=40), nullable=True),
        sa.Column('lifted_at', columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint('payment_id', 'hold_id'),
    )
    op.add_column('payments', sa.Column('hold_id', sa.String(length=40), nullable=True))
    op.add_column('payments', sa.Column('hold_by', sa.String(length=40), nullable=True))
    op.add_column('payments', sa.Column('hold_at', columns.Moment(), nullable=True))
    # holds of before were put on by the hub, and from now on name who must act
    op.execute(
        "UPDATE payments SET hold_id = act, hold_by = hold_owner, hold_at = updated_at, hold_owner = 'approver' "
        'WHERE hold IS NOT NULL'
    )
    op.execute(
        'INSERT INTO payment_holds (payment_id, hold_id, kind, reason, owner, put_by, put_at) '
        "SELECT id, hold_id, hold, COALESCE(hold_reason, ''), hold_owner, COALESCE(hold_by, 'payhub'), hold_at "
        'FROM payments WHERE hold IS NOT NULL'
    )


def downgrade() -> None:
    op.drop_column('payments', 'hold_at')
    op.drop_column('payments', 'hold_by')
    op.drop_column('payments', 'hold_id')
    op.drop_table('payment_holds')
    op.drop_table('hold_words')
