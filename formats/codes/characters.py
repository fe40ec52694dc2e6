"""Letters a bank does not take, and what stands for them: the EPC's way and the German way.

Accents are dropped by Unicode's own decomposition; the tables hold only what that cannot tell.
"""

import re
import unicodedata

SEPA_CHARACTERS = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
"""What is always safe in SEPA and in SWIFT's x set (line breaks aside)."""
EPC: dict[str, str] = {
    "Æ": "A", "æ": "a", "Œ": "O", "œ": "o", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Ł": "L",
    "ł": "l", "Þ": "T", "þ": "t", "ß": "s", "\u0131": "i", "Ħ": "H", "ħ": "h", "Ŧ": "T", "ŧ": "t", "€": "E", "&": "+",
    "@": "(at)", "_": "-", "<": "(", ">": ")", "[": "(", "]": ")", "{": "(", "}": ")", '"': "'", "`": "'",
    "\u2019": "'", "\u2018": "'", "\u201c": "'", "\u201d": "'", "\u2013": "-", "\u2014": "-", ";": ",", "\u00a0": " ",
    "\t": " ", "\n": " ", "\r": " ", "\u2044": "/",
}  # fmt: skip
"""The European Payments Council's manner: one letter for one letter."""
GERMAN: dict[str, str] = EPC | {
    "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Æ": "Ae", "æ": "ae", "Ø": "Oe",
    "ø": "oe", "Å": "Aa", "å": "aa",
}  # fmt: skip
"""The German manner: umlauts become two letters."""


def _paired(first: str, latin: str) -> dict[str, str]:
    """The letters from ``first`` on in Unicode's order, each with its Latin; ``_`` stands for a gap in that order."""
    return {chr(ord(first) + place): letters for place, letters in enumerate(latin.split()) if letters != "_"}


_GREEK = _paired("\N{GREEK CAPITAL LETTER ALPHA}", "A V G D E Z I TH I K L M N X O P R _ S T Y F CH PS O")
_CYRILLIC = _paired(
    "\N{CYRILLIC CAPITAL LETTER A}",
    "A B V G D E ZH Z I Y K L M N O P R S T U F H TS CH SH SHT A Y Y E YU YA",
)
SCRIPTS: dict[str, str] = _GREEK | _CYRILLIC
SCRIPTS |= {capital.lower(): latin.lower() for capital, latin in SCRIPTS.items()} | {
    "\N{GREEK SMALL LETTER FINAL SIGMA}": "s"
}
"""Greek and Cyrillic letters, capital and small."""
TABLES = {"epc": EPC, "german": GERMAN}
REPLACEMENT = "."
"""What stands for a character nobody has a letter for."""


def transliterate(text: str, *, table: str = "epc", allowed: re.Pattern[str] = SEPA_CHARACTERS) -> str | None:
    """``text`` in characters that ``allowed`` takes; None where no letter or digit of it would be left.

    Raises KeyError for a table there is not. Identifiers and references must never pass through here.
    """
    if allowed.fullmatch(text) is not None:
        return text
    chosen = TABLES[table]
    written = "".join(_letter(character, chosen, allowed) for character in unicodedata.normalize("NFC", text))
    return written if any(character.isalnum() for character in written) else None


def _letter(character: str, table: dict[str, str], allowed: re.Pattern[str]) -> str:
    if allowed.fullmatch(character) is not None:
        return character
    known = table.get(character) or SCRIPTS.get(character)
    if known is not None:
        return known
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    bare = "".join(table.get(part) or SCRIPTS.get(part) or part for part in bare)
    return bare if bare and allowed.fullmatch(bare) is not None else REPLACEMENT
