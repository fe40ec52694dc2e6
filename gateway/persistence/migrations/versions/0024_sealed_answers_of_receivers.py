"""what receivers of webhooks answered is encrypted: some send back what they were told"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from gateway.persistence import bulk, column_keys
from gateway.persistence.sealing import ColumnCipher

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

LABEL = 'deliveries.detail'


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('PRAGMA secure_delete=ON')  # what was clear is overwritten in the file, not only let go
    else:  # an old process must not write in clear what was passed already
        op.execute('LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE')
    _turn(lambda cipher, value: cipher.seal(value, LABEL, 'gcm'))


def downgrade() -> None:
    _turn(lambda cipher, value: cipher.open(value, LABEL, 'gcm'))


def _turn(how: Callable[[ColumnCipher, str], str]) -> None:
    connection = op.get_bind()
    table = sa.table('deliveries', sa.column('id'), sa.column('detail'))
    query = sa.select(table).where(table.c.detail.is_not(None)).order_by(table.c.id).limit(bulk.ROWS_PER_WRITE)
    change = sa.update(table).where(table.c.id == sa.bindparam('key')).values(detail=sa.bindparam('new'))
    rows = connection.execute(query).all()
    while rows:
        cipher = column_keys.of_migration(connection)
        connection.execute(change, [{'key': row.id, 'new': how(cipher, row.detail)} for row in rows])
        rows = connection.execute(query.where(table.c.id > rows[-1].id)).all()
