"""Our own accounts: which bank keeps each, and which legal entity owns it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """An account we may pay from. ``number`` is the IBAN, compact, or the number where its country has no IBAN."""

    number: str
    currency: str
    entity: str
    bank: str
    name: str
    is_iban: bool = True
