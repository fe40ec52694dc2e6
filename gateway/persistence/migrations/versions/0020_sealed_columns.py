"""personal data in columns are encrypted"""

import json
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from gateway.persistence import bulk, column_keys
from gateway.persistence.sealing import ColumnCipher

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

COLUMNS: dict[str, tuple[tuple[str, ...], dict[str, str | None]]] = {
    'answers': (('document_id', 'payment_id'), {'reason_text': 'bank.reason_text', 'note': None}),
    'breaks': (('id',), {'reason': None, 'resolution': None}),
    'claims': (('entry_id', 'part', 'slice'), {'evidence': None}),
    'documents': (('id',), {'reason': None}),
    'entries': (('entry_id', 'part'), {'counterparty': None, 'remittance': None, 'detail': None}),
    'events': (('id',), {'data': None}),
    'findings': (('id',), {'message': None, 'advice': None}),
    'idempotency_keys': (('client_id', 'key', 'method', 'path'), {'body': None}),
    'payments': (
        ('id',),
        {
            'content': None,
            'fingerprint': None,
            'creditor_name': None,
            'creditor_account': None,
            'reason_text': 'bank.reason_text',
        },
    ),
    'recalls': (('id',), {'reason': None, 'evidence': None, 'status_text': None}),
    'suggestions': (('id',), {'evidence': None}),
}
"""By table: its key, and the columns with their labels where those are not table and column."""
COMPARED = ('payments.fingerprint', 'payments.creditor_name', 'payments.creditor_account')
SHORT = {
    'payments': {
        'fingerprint': sa.String(length=64),
        'creditor_name': sa.String(length=140),
        'creditor_account': sa.String(length=40),
    },
    'entries': {'counterparty': sa.String(length=140)},
}
"""What was too short for encrypted values."""


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('PRAGMA secure_delete=ON')  # what was clear is overwritten in the file, not only let go
    else:  # an old process must not write in clear what was passed already
        op.execute(f'LOCK TABLE {", ".join(COLUMNS)} IN ACCESS EXCLUSIVE MODE')
    op.create_table(
        'column_keys',
        sa.Column('id', sa.String(length=8), nullable=False),
        sa.Column('key_id', sa.String(length=16), nullable=False),
        sa.Column('wrapped', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    for table, columns in SHORT.items():
        with op.batch_alter_table(table) as batch_op:
            for name, kind in columns.items():
                batch_op.alter_column(name, existing_type=kind, type_=sa.Text())
    with op.batch_alter_table('events') as batch_op:
        batch_op.alter_column('data', existing_type=sa.JSON(), type_=sa.Text(), postgresql_using='data::text')
    _turn(_sealed)


def downgrade() -> None:
    _turn(_opened)
    for table, columns in SHORT.items():
        with op.batch_alter_table(table) as batch_op:
            for name, kind in columns.items():
                batch_op.alter_column(name, existing_type=sa.Text(), type_=kind)
    with op.batch_alter_table('events') as batch_op:
        batch_op.alter_column('data', existing_type=sa.Text(), type_=sa.JSON(), postgresql_using='data::json')
    op.drop_table('column_keys')


def _turn(how: Callable[[ColumnCipher, str | None, str], str | None]) -> None:
    connection = op.get_bind()
    cipher = None
    for name, (keys, columns) in COLUMNS.items():
        table = sa.table(name, *(sa.column(one) for one in (*keys, *columns)))
        key = [table.c[one] for one in keys]
        query = sa.select(table).order_by(*key).limit(bulk.ROWS_PER_WRITE)
        change = (
            sa.update(table)
            .where(*(table.c[one] == sa.bindparam(f'key_{one}') for one in keys))
            .values({one: sa.bindparam(f'new_{one}') for one in columns})
        )
        rows = connection.execute(query).mappings().all()
        while rows:
            cipher = cipher or column_keys.of_migration(connection)
            connection.execute(
                change,
                [
                    {f'key_{one}': row[one] for one in keys}
                    | {
                        f'new_{one}': how(cipher, row[one], label or f'{name}.{one}')
                        for one, label in columns.items()
                    }
                    for row in rows
                ],
            )
            last = rows[-1]
            rows = connection.execute(query.where(sa.tuple_(*key) > sa.tuple_(*(last[one] for one in keys)))).mappings().all()


def _sealed(cipher: ColumnCipher, value: str | None, label: str) -> str | None:
    if value is None:
        return None
    if label == 'events.data' and not json.loads(value):
        return ''
    return cipher.seal(value, label, 'siv' if label in COMPARED else 'gcm')


def _opened(cipher: ColumnCipher, value: str | None, label: str) -> str | None:
    if value is None:
        return None
    return cipher.open(value, label, 'siv' if label in COMPARED else 'gcm') or ('{}' if label == 'events.data' else '')
