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
Turn = Callable[[str], str]
Way = Literal["gcm", "siv"]
"""Randomised for what is only kept and shown; deterministic for what SQL compares."""


class NoCipher(DontWrapMixin, Misconfigured):
    """A sealed column was touched by a process that cannot open it."""

    code = "vault.no_column_key"


class ColumnCipher:
    """Seals and opens values; every column has keys of its own, so that no value can be moved to another column.

    ``sealers`` and ``openers`` are made once for each column and key: a batch has hundreds of thousands of values.
    """

    def __init__(self, keys: Mapping[str, bytes], secret: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._current = max(keys)
        self._secret = secret
        self.sealers = _Made(self._sealer)
        self.openers = _Made(self._opener)
        self._others = _Made(self._opener_of)

    def seal(self, text: str, label: str, way: Way) -> str:
        """The text as it is stored; an empty one stays empty, for it says nothing."""
        return self.sealers[label, way](text) if text else text

    def open(self, stored: str, label: str, way: Way) -> str:
        """The way back; raises :class:`Tampered` for what was not sealed here, for this column."""
        return self.openers[label, way](stored) if stored else stored

    def check(self, stored: str, label: str, way: Way) -> None:
        """Raises :class:`Tampered` unless the value opens and is written as this hub writes it."""
        self.open(stored, label, way)
        body = stored.rpartition(".")[2]
        if stored and b2a_base64(a2b_base64(body), newline=False).decode("ascii") != body:
            raise Tampered(f"A value in {label} was written by somebody else.")

    def _sealer(self, label: str, way: Way) -> Turn:
        prefix, secret = _prefix(self._current), self._secret
        if way == "siv":
            alike = self._siv(self._current, label).encrypt
            return lambda text: prefix + b2a_base64(alike(text.encode(), None), newline=False).decode("ascii")
        encrypt = self._gcm(self._current, label).encrypt

        def seal(text: str) -> str:
            nonce = secret(NONCE_BYTES)
            return prefix + b2a_base64(nonce + encrypt(nonce, text.encode(), None), newline=False).decode("ascii")

        return seal

    def _opener(self, label: str, way: Way) -> Turn:
        """Opens what the present key sealed at once, and asks by which key anything else was."""
        prefix, usual, others = _prefix(self._current), self._opener_of(self._current, label, way), self._others
        start = len(prefix)

        def open_any(stored: str) -> str:
            try:
                if stored.startswith(prefix):
                    return usual(stored[start:])
                version, _, rest = stored.partition(".")
                name, _, body = rest.partition(".")
                if version == VERSION and name in self._keys:
                    return others[name, label, way](body)
            except (InvalidTag, ValueError) as err:
                raise Tampered(f"A value in {label} was changed, or belongs somewhere else.") from err
            raise Tampered(f"A value in {label} is not sealed with a key of this database.")

        return open_any

    def _opener_of(self, name: str, label: str, way: Way) -> Turn:
        if way == "siv":
            same = self._siv(name, label).decrypt
            return lambda body: same(a2b_base64(body, strict_mode=True), None).decode()
        decrypt = self._gcm(name, label).decrypt

        def opened(body: str) -> str:
            sealed = a2b_base64(body, strict_mode=True)
            return decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()

        return opened

    def _gcm(self, name: str, label: str) -> AESGCM:
        return AESGCM(self._derived(name, f"gcm:{label}", GCM_BYTES))

    def _siv(self, name: str, label: str) -> AESSIV:
        return AESSIV(self._derived(name, f"siv:{label}", SIV_BYTES))

    def _derived(self, name: str, purpose: str, size: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=size, salt=None, info=purpose.encode()).derive(self._keys[name])


class _Made(dict[tuple[str, ...], Turn]):
    """Makes what is asked for the first time."""

    def __init__(self, make: Callable[..., Turn]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: tuple[str, ...]) -> Turn:
        made = self[key] = self._make(*key)
        return made


def _prefix(name: str) -> str:
    return f"{VERSION}.{name}."


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

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Seals: called for each value of each row, so without the layers of ``process_bind_param``."""
        key = (self.label, self.way)
        return lambda value: cipher_of(dialect).sealers[key](value) if value else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Opens."""
        del coltype
        key = (self.label, self.way)
        return lambda value: cipher_of(dialect).openers[key](value) if value else value

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


EQUALITY = (
    operators.eq, operators.ne, operators.in_op, operators.not_in_op, operators.distinct_op, operators.is_distinct_from,
    operators.is_not_distinct_from,
)  # fmt: skip
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

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Writes compact JSON and seals it; in ASCII, for half a character of what somebody sent is no UTF-8."""
        seal = super().bind_processor(dialect)
        return lambda value: seal(json.dumps(value, separators=(",", ":")) if value else "")

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Opens and reads."""
        opened = super().result_processor(dialect, coltype)
        return lambda value: json.loads(opened(value)) if value else {}
