"""Columns whose values are encrypted on their way into the database and decrypted on their way out (ADR 0025).

A type holds no key. The cipher hangs on the dialect of the engine that speaks to the database, see ``column_keys``; an
engine without one refuses as soon as such a value is written or read.
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, Text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from gateway.domain.errors import Misconfigured
from gateway.persistence.key_ring import NONCE_BYTES, Tampered

VERSION = "s1"
"""What every sealed value begins with, before the short name of its key and the base64 of its bytes."""
CIPHER = "payhub_cipher"
"""The attribute of a dialect that holds its :class:`ColumnCipher`."""
SIV_BYTES, GCM_BYTES = 64, 32
Way = Literal["gcm", "siv"]
"""Randomised for what is only kept and shown; deterministic for what SQL compares."""


class NoCipher(DontWrapMixin, Misconfigured):
    """A sealed column was touched by a process that cannot open it."""

    code = "vault.no_column_key"


class ColumnCipher:
    """Seals and opens values; every column has keys of its own, so that no value can be moved to another column."""

    def __init__(self, keys: Mapping[str, bytes], secret: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._current = max(keys)
        self._secret = secret
        self._prefix = f"{VERSION}.{self._current}."
        self._gcm: dict[tuple[str, str], AESGCM] = {}
        self._siv: dict[tuple[str, str], AESSIV] = {}

    def seal(self, text: str, label: str, way: Way) -> str:
        """The text as it is stored; an empty one stays empty, for it says nothing."""
        if not text:
            return text
        if way == "siv":
            sealed = self._siv_of(self._current, label).encrypt(text.encode(), None)
        else:
            nonce = self._secret(NONCE_BYTES)
            sealed = nonce + self._gcm_of(self._current, label).encrypt(nonce, text.encode(), None)
        return self._prefix + b2a_base64(sealed, newline=False).decode("ascii")

    def open(self, stored: str, label: str, way: Way) -> str:
        """The way back; raises :class:`Tampered` for what was not sealed here, for this column."""
        if not stored:
            return stored
        version, _, rest = stored.partition(".")
        name, _, body = rest.partition(".")
        if version != VERSION or name not in self._keys:
            raise Tampered(f"A value in {label} is not sealed with a key of this database.")
        try:
            sealed = a2b_base64(body, strict_mode=True)
            if way == "siv":
                return self._siv_of(name, label).decrypt(sealed, None).decode()
            return self._gcm_of(name, label).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError) as err:
            raise Tampered(f"A value in {label} was changed, or belongs somewhere else.") from err

    def check(self, stored: str, label: str, way: Way) -> None:
        """Raises :class:`Tampered` unless the value opens and is written as this hub writes it."""
        self.open(stored, label, way)
        body = stored.rpartition(".")[2]
        if stored and b2a_base64(a2b_base64(body), newline=False).decode("ascii") != body:
            raise Tampered(f"A value in {label} was written by somebody else.")

    def _gcm_of(self, name: str, label: str) -> AESGCM:
        found = self._gcm.get((name, label))
        if found is None:
            found = self._gcm[name, label] = AESGCM(self._derived(name, f"gcm:{label}", GCM_BYTES))
        return found

    def _siv_of(self, name: str, label: str) -> AESSIV:
        found = self._siv.get((name, label))
        if found is None:
            found = self._siv[name, label] = AESSIV(self._derived(name, f"siv:{label}", SIV_BYTES))
        return found

    def _derived(self, name: str, purpose: str, size: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=size, salt=None, info=purpose.encode()).derive(self._keys[name])


def cipher_of(dialect: Dialect) -> ColumnCipher:
    """The cipher of an engine's dialect; raises :class:`NoCipher`."""
    found: ColumnCipher | None = getattr(dialect, CIPHER, None)
    if found is None:
        raise NoCipher(
            "Personal data in this database are encrypted, and this process has no key for them. Run `payhub migrate` "
            "with the vault key if the database is new; a tool must open its engine with the key ring."
        )
    return found


class Sealed(TypeDecorator[str]):
    """Text that only this hub can read. ``label`` says where it belongs: ``table.column``, or one name for columns
    that SQL copies into each other. Kept and shown, and not compared; see :class:`SealedEqual`.
    """

    impl = Text
    cache_ok = True
    way: Way = "gcm"

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Sealed."""
        return None if value is None else cipher_of(dialect).seal(value, self.label, self.way)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Opened."""
        return None if value is None else cipher_of(dialect).open(value, self.label, self.way)

    class comparator_factory(TypeDecorator.Comparator[str], Text.Comparator[str]):  # noqa: N801 - SQLAlchemy's name
        """Refuses what would compare encrypted bytes and silently find nothing."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """As usual for NULL, and for equality where the column is made for it."""
            kind = self.type
            assert isinstance(kind, Sealed), "this belongs to sealed columns"
            null = op in (operators.is_, operators.is_not) or any(one is None for one in other)
            if not (null or op in ORDER or (kind.way == "siv" and op in EQUALITY)):
                raise TypeError(f"{kind.label} is encrypted: SQL cannot compare it by {op.__name__}.")
            return super().operate(op, *other, **kwargs)


EQUALITY = (operators.eq, operators.ne, operators.in_op, operators.not_in_op)
ORDER = (operators.asc_op, operators.desc_op)
"""The order of encrypted values is always the same one, and that is all it is."""


class SealedEqual(Sealed):
    """The same text always looks the same (AES-SIV): equality, sets, groups and indexes work as on clear text. Whoever
    reads the database sees that two values are equal, and nothing else.
    """

    cache_ok = True
    way: Way = "siv"


class SealedJson(Sealed):
    """Facts that only this hub can read. No facts are stored as an empty text, for they say nothing."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Sealed, as compact JSON."""
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False) if value else ""
        return super().process_bind_param(text, dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Opened and read."""
        text = super().process_result_value(value, dialect)
        return json.loads(text) if text else {}
