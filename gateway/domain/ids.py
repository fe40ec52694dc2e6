"""Names the hub gives to things: sortable by time, short enough for a bank's 35 characters, safe in file names."""

import hashlib
from datetime import datetime
from typing import Protocol

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 26
"""Characters of an id: 10 of time (milliseconds), 16 of randomness or digest; Crockford's base 32."""
POSITION_DIGITS = 7
"""A batch holds up to 9,999,999 payments; batch id + '-' + position stays within ISO's 35 characters."""


class Ids(Protocol):
    """Where new ids come from; passed in, so that tests are repeatable."""

    def new(self, at: datetime) -> str:
        """A fresh id of ``ID_LENGTH`` characters, later ones sorting after earlier ones."""

    def secret(self, size: int) -> bytes:
        """``size`` unpredictable bytes."""


def encode(number: int, length: int) -> str:
    """``number`` in Crockford's base 32, padded to ``length`` characters."""
    letters = []
    for _ in range(length):
        number, index = divmod(number, 32)
        letters.append(_ALPHABET[index])
    return "".join(reversed(letters))


def timed(at: datetime, randomness: int) -> str:
    """An id from a moment and 80 bits."""
    return encode(int(at.timestamp() * 1000), 10) + encode(randomness % (1 << 80), 16)


def floor(at: datetime) -> str:
    """A text that sorts before every id made at or after this moment."""
    return encode(int(at.timestamp() * 1000), 10)


def derived(at: datetime, *parts: str) -> str:
    """The id that belongs to ``parts`` for ever: made twice, it is the same (what makes generation repeatable)."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return timed(at, int.from_bytes(digest[:10], "big"))


def payment_id(batch_id: str, position: int) -> str:
    """The id of the payment at ``position`` (0-based) of a batch; also its InstrId at the bank."""
    return f"{batch_id}-{position:0{POSITION_DIGITS}d}"


def batch_of(payment: str) -> str:
    """The batch a payment id belongs to."""
    return payment[:ID_LENGTH]
