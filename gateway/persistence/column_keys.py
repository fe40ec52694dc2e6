"""The keys of encrypted columns: one random key, made once for each database, wrapped by the key ring.

It stays the same when the ring's key changes, for equal values must go on looking equal; it is only wrapped anew.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, event, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError

from gateway.persistence.engine import READ_ONLY
from gateway.persistence.key_ring import KEY_BYTES, NONCE_BYTES, KeyRing, Tampered
from gateway.persistence.sealing import CIPHER, ColumnCipher, NoCipher
from gateway.persistence.tables import column_keys, entries, findings, payments

FIRST = "1"
"""The short name of a database's first key; a later one sorts after it."""
Secret = Callable[[int], bytes]


class Locksmith:
    """Makes and reads the keys of a database's columns."""

    def __init__(self, ring: KeyRing, secret: Secret) -> None:
        self._ring = ring
        self._secret = secret

    def cipher(self, connection: Connection) -> ColumnCipher | None:
        """The cipher of this database; None where no key was made yet."""
        rows = connection.execute(select(column_keys)).all()
        keys = {row.id: self._ring.unwrap(row.wrapped, _label(row.id), row.key_id) for row in rows}
        return ColumnCipher(keys, self._secret) if keys else None

    def make(self, connection: Connection) -> bool:
        """Makes the first key unless there is one, and says whether it did. Of two processes the first one's stays."""
        wrapped = self._ring.wrap(self._secret(KEY_BYTES), _label(FIRST), self._secret(NONCE_BYTES))
        with connection.begin_nested() as point:
            try:
                connection.execute(insert(column_keys).values(id=FIRST, key_id=self._ring.current, wrapped=wrapped))
            except IntegrityError:
                point.rollback()
                return False
        return True

    def rewrap(self, connection: Connection) -> int:
        """Wraps with the ring's present key what an earlier one wrapped; says how many. What is sealed stays as it is,
        and processes that run with the old key go on.
        """
        old = connection.execute(select(column_keys).where(column_keys.c.key_id != self._ring.current)).all()
        for row in old:
            key = self._ring.unwrap(row.wrapped, _label(row.id), row.key_id)
            wrapped = self._ring.wrap(key, _label(row.id), self._secret(NONCE_BYTES))
            connection.execute(
                update(column_keys)
                .where(column_keys.c.id == row.id, column_keys.c.key_id == row.key_id)
                .values(key_id=self._ring.current, wrapped=wrapped)
            )
        return len(old)


LOCKSMITH = "payhub_locksmith"
"""The attribute of a dialect that holds who can make its cipher: a migration needs it before there is a key."""


def unlock(engine: Engine, *, ring: KeyRing, secret: Secret) -> None:
    """Lets an engine write and read encrypted columns.

    The key is read, and made where there is none, when the engine first lends a connection to a migrated database:
    never inside of somebody's transaction, where SQLite's one writer would wait for itself.
    """
    smith = Locksmith(ring, secret)
    setattr(engine.dialect, LOCKSMITH, smith)
    setattr(engine.dialect, CIPHER, None)
    own = engine.execution_options(payhub_own=True)

    def prepare(connection: Connection) -> None:
        if getattr(engine.dialect, CIPHER) is None and not connection.get_execution_options().get("payhub_own"):
            try:
                setattr(engine.dialect, CIPHER, _first_cipher(own, smith))
            except BaseException:
                connection.close()  # nobody else has it yet
                raise

    event.listen(engine, "engine_connect", prepare)


def read_anew(engine: Engine) -> None:
    """After a migration: makes the key where there is none yet, and forgets one that was read before."""
    setattr(engine.dialect, CIPHER, None)
    engine.connect().close()


def of_migration(connection: Connection) -> ColumnCipher:
    """The cipher for rows that are there before the key is; made in the transaction of the migration.

    Raises :class:`NoCipher` where nobody gave the migration a key ring.
    """
    smith: Locksmith | None = getattr(connection.dialect, LOCKSMITH, None)
    if smith is None:
        raise NoCipher(
            "This database holds personal data that are encrypted from this version on, and the migration was given no "
            "vault key. Run `payhub migrate` with the configuration and the vault key that the hub runs with."
        )
    found = smith.cipher(connection)
    if found is None:
        smith.make(connection)
        found = smith.cipher(connection)
    assert found is not None, "a key that was made is there"
    return found


def _first_cipher(engine: Engine, smith: Locksmith) -> ColumnCipher | None:
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        if not inspect(connection).has_table(column_keys.name):
            return None
        found = smith.cipher(connection)
    if found is None:
        with engine.begin() as connection:
            if smith.make(connection):
                _refuse_a_second_first(connection)
            found = smith.cipher(connection)
    return found


def _refuse_a_second_first(connection: Connection) -> None:
    """A key that is gone is not replaced: what it sealed would be lost as soon as something new was sealed."""
    for table in (payments, entries, findings):
        if connection.execute(select(*table.primary_key.columns).limit(1)).first() is not None:
            raise Tampered(
                f"The table {column_keys.name} is empty, and payments were encrypted with what stood in it. "
                "Put its row back from a backup; nothing was written."
            )


def _label(name: str) -> str:
    return f"column key {name}"
