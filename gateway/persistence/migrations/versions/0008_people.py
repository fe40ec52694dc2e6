"""sign-in, second factors, roles by entity"""

import json

import sqlalchemy as sa
from alembic import op

from gateway.persistence import columns

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

# what somebody could do before grants existed, in grants for all entities
WAS = {'approver': ('maker', 'approver', 'operator'), 'administrator': ('administrator', 'operator')}


def upgrade() -> None:
    op.create_table('grants',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('entity', sa.String(length=35), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.String(length=140), nullable=False),
    sa.Column('asked_at', columns.Moment(), nullable=False),
    sa.Column('confirmed_by', sa.String(length=140), nullable=True),
    sa.Column('since', columns.Moment(), nullable=True),
    sa.Column('ends_at', columns.Moment(), nullable=True),
    sa.Column('ended_by', sa.String(length=140), nullable=True),
    sa.Column('ended_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_grants_person_id', 'grants', ['person_id'])
    op.create_table('second_factors',
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('confirmed_at', columns.Moment(), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('person_id')
    )
    op.create_table('recovery_codes',
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('used_at', columns.Moment(), nullable=True),
    sa.PrimaryKeyConstraint('person_id', 'sha256')
    )
    op.create_table('identities',
    sa.Column('issuer', sa.String(length=255), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('linked_by', sa.String(length=140), nullable=False),
    sa.Column('linked_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('issuer', 'subject')
    )
    op.create_index('ix_identities_person_id', 'identities', ['person_id'])
    op.create_table('used_tokens',
    sa.Column('issuer', sa.String(length=255), nullable=False),
    sa.Column('jti', sa.String(length=255), nullable=False),
    sa.Column('expires_at', columns.Moment(), nullable=False),
    sa.PrimaryKeyConstraint('issuer', 'jti')
    )
    op.create_index('ix_used_tokens_expires_at', 'used_tokens', ['expires_at'])
    op.add_column('people', sa.Column('same_as', sa.String(length=40), nullable=True))
    op.add_column('clients', sa.Column('verbs', sa.JSON(), nullable=True))
    op.execute('DELETE FROM sessions')
    op.add_column('sessions', sa.Column('seen_at', columns.Moment(), nullable=False, server_default='1970-01-01T00:00:00.000000+00:00'))
    _carry_over()
    op.drop_column('people', 'roles')


def _carry_over() -> None:
    connection = op.get_bind()
    people = sa.table('people', sa.column('id'), sa.column('roles', sa.JSON()), sa.column('created_at', columns.Moment()))
    grants = sa.table('grants', *(sa.column(name) for name in ('id', 'person_id', 'role', 'entity', 'reason', 'asked_by', 'confirmed_by')),
                      sa.column('asked_at', columns.Moment()), sa.column('since', columns.Moment()))
    for person in connection.execute(sa.select(people)).all():
        held = person.roles if isinstance(person.roles, list) else json.loads(person.roles)
        wanted = dict.fromkeys(role for one in held for role in WAS.get(one, (one,)))
        for number, role in enumerate(wanted):
            connection.execute(grants.insert().values(
                id=f'{person.id[:34]}-g{number}', person_id=person.id, role=role, entity='*', reason='held before grants existed',
                asked_by='migration', confirmed_by='migration', asked_at=person.created_at, since=person.created_at))


def downgrade() -> None:
    op.add_column('people', sa.Column('roles', sa.JSON(), nullable=False, server_default='[]'))
    connection = op.get_bind()
    people = sa.table('people', sa.column('id'), sa.column('roles', sa.JSON()))
    grants = sa.table('grants', sa.column('person_id'), sa.column('role'), sa.column('since'), sa.column('ended_at'))
    held: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(grants).where(grants.c.ended_at.is_(None), grants.c.since.is_not(None))).all():
        if row.role in WAS:
            held.setdefault(row.person_id, []).append(row.role)
    for person_id, roles in held.items():
        connection.execute(people.update().where(people.c.id == person_id).values(roles=sorted(set(roles))))
    op.drop_column('sessions', 'seen_at')
    op.drop_column('clients', 'verbs')
    op.drop_column('people', 'same_as')
    for name in ('used_tokens', 'identities', 'recovery_codes', 'second_factors', 'grants'):
        op.drop_table(name)
