"""Keys, tokens and passwords: made here, shown once, kept as digests (rulebook SD-01, design section 5).

A key is ``phk_<prefix>_<secret>``: the prefix finds the row, the secret has 256 bits, so a plain SHA-256 of the whole
text is as safe as a slow hash. Passwords come from people and get Argon2id.
"""

import hashlib
import hmac
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.domain.errors import Unacceptable
from gateway.domain.ids import Ids, encode

CLIENT_KEY = "phk"
PERSONAL_TOKEN = "php"  # noqa: S105 - the kind of a credential, not one
PREFIX_LENGTH = 10
SECRET_BYTES = 32
SECRET_LENGTH = 52
"""256 bits in base 32."""
PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 1_000
NO_PASSWORD = "!"  # noqa: S105 - the hash of people who have none

_hasher = PasswordHasher()
_NOBODY = f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}${'A' * 22}${'A' * 43}"
"""The hash of no known password, as dear to try as a real one. It is written down: making one would hold up each start,
of every process that imports this, by as long as a sign-in takes.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A fresh credential. ``text`` is shown once; ``prefix`` and ``sha256`` are stored."""

    text: str
    prefix: str
    sha256: str


def mint(kind: str, ids: Ids) -> Credential:
    """A fresh key or token."""
    prefix = encode(int.from_bytes(ids.secret(8), "big"), PREFIX_LENGTH).lower()
    secret = encode(int.from_bytes(ids.secret(SECRET_BYTES), "big"), SECRET_LENGTH).lower()
    text = f"{kind}_{prefix}_{secret}"
    return Credential(text=text, prefix=prefix, sha256=digest(text))


def digest(text: str) -> str:
    """What is stored of a key, token or cookie."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse(text: str) -> tuple[str, str] | None:
    """Kind and prefix of something that has the shape of a key or token."""
    kind, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if kind not in (CLIENT_KEY, PERSONAL_TOKEN) or len(prefix) != PREFIX_LENGTH or len(secret) != SECRET_LENGTH:
        return None
    return kind, prefix


def same(text: str, sha256: str) -> bool:
    """Whether a credential is the stored one, in constant time."""
    return hmac.compare_digest(digest(text), sha256)


def hash_password(password: str) -> str:
    """An Argon2id hash; raises :class:`Unacceptable` for a password that is too short."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise Unacceptable(
            f"A password has at least {PASSWORD_LENGTH_MIN} characters.", code="person.password_too_short"
        )
    return _hasher.hash(password)


def right_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one behind the hash. Takes as long where there is no such person (None)
    or they have none.
    """
    if len(password) > PASSWORD_LENGTH_MAX:
        return False
    try:
        known = stored is not None and stored != NO_PASSWORD
        return _hasher.verify(stored if stored is not None and known else _NOBODY, password) and known
    except (VerificationError, InvalidHashError):
        return False


def weak(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
