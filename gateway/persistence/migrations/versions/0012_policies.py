"""what a signature was about: its content, its sums and the days shown; whom we paid before"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_ONE_A_PERSON = 'uq_approvals_batch_id_digest_person_id'
_ONE_A_DECISION = 'uq_approvals_batch_id_digest_person_id_decision'


def upgrade() -> None:
    with op.batch_alter_table('approvals') as batch_op:
        batch_op.drop_constraint(_ONE_A_PERSON, type_='unique')
        batch_op.create_unique_constraint(_ONE_A_DECISION, ['batch_id', 'digest', 'person_id', 'decision'])
        batch_op.add_column(sa.Column('content', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('totals', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('shown', sa.JSON(), nullable=False, server_default='[]'))
    op.execute("UPDATE approvals SET content = digest")  # until now a signature was about the content alone
    op.create_index('ix_approvals_person_id_at', 'approvals', ['person_id', 'at'])
    op.create_index('ix_payments_creditor_account_state', 'payments', ['creditor_account', 'state'])
    op.create_index('ix_payments_creditor_name_state', 'payments', ['creditor_name', 'state'])


def downgrade() -> None:
    op.drop_index('ix_payments_creditor_name_state', 'payments')
    op.drop_index('ix_payments_creditor_account_state', 'payments')
    op.drop_index('ix_approvals_person_id_at', 'approvals')
    with op.batch_alter_table('approvals') as batch_op:
        batch_op.drop_constraint(_ONE_A_DECISION, type_='unique')
        batch_op.drop_column('shown')
        batch_op.drop_column('totals')
        batch_op.drop_column('content')
        batch_op.create_unique_constraint(_ONE_A_PERSON, ['batch_id', 'digest', 'person_id'])
