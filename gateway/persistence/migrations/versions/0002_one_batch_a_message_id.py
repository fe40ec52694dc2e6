"""one batch a client and message id: two requests at the same moment cannot both bring it"""

from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ux_batches_client_id_message_id', 'batches', ['client_id', 'message_id'], unique=True)


def downgrade() -> None:
    op.drop_index('ux_batches_client_id_message_id', table_name='batches')
