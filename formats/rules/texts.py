"""Character sets, and how long a text becomes when its letters are replaced by those a bank takes."""

import re
from dataclasses import dataclass

from formats.charsets import CHARSETS
from formats.initiation import CreditTransfer, StructuredRemittance

SEPA_CHARACTERS = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
"""What is always safe in SEPA and in SWIFT's x set (line breaks aside)."""
SWISS_CHARACTERS = re.compile(r"[\x20-\x7e\xa0-\u017f\u0218-\u021b\u20ac]*")
"""Basic Latin, Latin-1, Latin Extended-A, the comma-below letters of Romanian, and the euro sign."""
_LONGEST = CHARSETS["german"]


def length_after_replacement(text: str) -> int:
    """Characters of ``text`` once its letters are replaced, in the manner that lengthens most (ae for \u00e4)."""
    return len(text) if text.isascii() else len(_LONGEST.text(text))


def outside(text: str, allowed: re.Pattern[str]) -> str:
    """The characters of ``text`` that ``allowed`` does not hold, each once, in order; empty when there are none."""
    if allowed.fullmatch(text) is not None:
        return ""
    return "".join(dict.fromkeys(character for character in text if allowed.fullmatch(character) is None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """A limit on the characters of all structured remittance of a payment, markup not counted."""

    characters_max: int

    def length(self, payment: CreditTransfer) -> int:
        """Characters of the texts in every Strd block."""
        return sum(_block_length(block) for block in payment.structured_remittance)


def _block_length(block: StructuredRemittance) -> int:
    texts = [block.reference, block.reference_type, block.reference_type_proprietary, block.reference_issuer]
    for document in block.documents:
        texts += [document.number, document.type_code, document.type_proprietary]
        texts += [money.text for money in (document.due, document.remitted) if money is not None]
    return sum(len(text) for text in (*texts, *block.additional) if text)
