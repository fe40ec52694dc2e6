"""Which dialect a :86: is written in: the first that recognises it, tried in this order; any text is plain lines."""

from collections.abc import Callable
from dataclasses import dataclass

from formats.mt94x import dutch, german, plain, polish
from formats.mt94x.details import Details


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One line of the table; adding a dialect is adding one."""

    name: str
    read: Callable[[str], Details | None]
    """None where the text is not of this dialect."""


DIALECTS = (
    Dialect(name="numbered fields (Germany, Austria, Poland, Luxembourg)", read=german.read),
    Dialect(name="words between slashes (Netherlands)", read=dutch.read),
    Dialect(name="labels between semicolons (mBank)", read=polish.read),
)


def details(text: str) -> Details:
    """What a :86: says; every text is readable as plain lines."""
    for dialect in DIALECTS:
        found = dialect.read(text)
        if found is not None:
            return found
    return plain.read(text)
