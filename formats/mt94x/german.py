"""German, Austrian and Polish :86: a three-digit transaction code, a separator of the bank's choice, numbered fields.

The separator follows the code and stands before every field number. Remittance lies in fields 20 to 29 and 60 to 63,
cut every 27 characters; SEPA identifications (EREF+ …) begin at the start of a field, or after a blank, and run over
the following fields. Source: rulebook MT-12 and MT-13, the German banking industry's DFUe agreement, annex 3.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from formats.mt94x.details import Details

_BEGIN = re.compile(r"(\d{3})?([?>@~<|!*&#^])(?=\d\d)", re.ASCII)
_TWICE = re.compile(r"(\d{3})\n(?=(?:\1)?[?>@~<|!*&#^]\d\d)", re.ASCII)
"""A code in a line of its own (Luxembourg), or once more at the start of the next (Poland)."""
_PLUS = re.compile(r"(\d{3})(\+)(?=\d\d\+?\n?[^+]*\+\n?[23]\d)", re.ASCII)
"""A plus separates too (Bulgaria, Romania), but only behind a code, and where a remittance or name field follows: it
stands in the words as well.
"""
_WORDS = frozenset(
    {
        "EREF", "KREF", "MREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE", "BREF", "RREF", "RTRN", "PURP",
        "IBAN", "BIC",
    }
)  # fmt: skip
_INLINE = re.compile(r"(?:^|(?<= ))(" + "|".join(sorted(_WORDS)) + r")\+")
"""A word at the start of a field, or behind a blank inside it."""

IBAN_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)

RETURNS = frozenset({"108", "109", "159"})
"""Codes of money that came back: direct debit returns, credit transfer returns (MT-14)."""
BATCHES = frozenset({"191", "192", "193", "194", "195"})
"""Codes of one booking for many payments (MT-14, MT-19)."""

CODES = {
    "104": ("RDDT", "BBDD"),
    "105": ("RDDT", "ESDD"),
    "108": ("IDDT", "UPDD"),
    "109": ("IDDT", "UPDD"),
    "116": ("ICDT", "ESCT"),
    "118": ("IRCT", "ESCT"),
    "153": ("RCDT", "SALA"),
    "159": ("ICDT", "RRTN"),
    "166": ("RCDT", "ESCT"),
    "168": ("RRCT", "ESCT"),
    "177": ("ICDT", "ESCT"),
    "191": ("ICDT", "ESCT"),
    "192": ("IDDT", "ESDD"),
}
"""ISO family and sub-family (domain PMNT) of the codes everybody uses alike; the rest stays proprietary (MT-14)."""


_REMITTANCE = frozenset({*(str(n) for n in range(20, 30)), *(str(n) for n in range(60, 66))})
_SINGLE = {"00": "posting_text", "10": "primanota", "30": "agent", "31": "account"}
_PLACED = _REMITTANCE | _SINGLE.keys() | {"32", "33"}
"""Fields that have a place in the model; the others are kept by their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where in a text which field stands, as positions; -1 where a field is missing."""

    remittance: tuple[int, ...]
    placed: tuple[tuple[str, int], ...]
    """What has one field of its own: the name in :class:`Details`, and the position."""
    name: int
    more_name: int
    unplaced: tuple[int, ...]


def read(text: str) -> Details | None:
    """Splits the numbered fields; None where the text is not written in such. Raises nothing, whatever is in them."""
    begin = _BEGIN.match(text) or _PLUS.match(text)
    if begin is None:
        twice = _TWICE.match(text)
        return read(twice[1] + text[twice.end() :].removeprefix(twice[1])) if twice is not None else None
    separator = begin[2]
    pieces = text[begin.end() :].replace("\n", "").split(separator)
    layout = _layout("|".join([piece[:2] for piece in pieces]))
    if layout is None:
        pieces = [number + value for number, value in _mended(pieces, separator).items()]
        layout = _layout("|".join([piece[:2] for piece in pieces]))
        assert layout is not None
    found = Details()
    found.gvc = begin[1]
    for name, at in layout.placed:
        if value := pieces[at][2:]:
            setattr(found, name, value)
    if layout.name >= 0:
        name = pieces[layout.name][2:]
        if layout.more_name >= 0:
            name = _named(name, pieces[layout.more_name][2:], found)
        found.name = name.strip() or None
    if layout.remittance:
        _tell([pieces[at][2:] for at in layout.remittance], found)
    for at in layout.unplaced:
        _keep(pieces[at][:2], pieces[at][2:].strip(), found)
    return found


@lru_cache(maxsize=1024)
def _layout(numbers: str) -> _Layout | None:
    """Where the fields stand in a sequence of numbers; None where one is no number, or comes twice.

    A bank writes a few sequences and a million texts, so this is worked out once for each.
    """
    written = numbers.split("|")
    if len(set(written)) != len(written) or not all(len(number) == 2 and number.isdigit() for number in written):
        return None
    at = {number: position for position, number in enumerate(written)}
    # A name may be in its second field alone.
    first, more = at.get("32", -1), at.get("33", -1)
    return _Layout(
        remittance=tuple(position for number, position in at.items() if number in _REMITTANCE),
        placed=tuple((name, at[number]) for number, name in _SINGLE.items() if number in at),
        name=first if first >= 0 else more,
        more_name=more if first >= 0 else -1,
        unplaced=tuple(position for number, position in at.items() if number not in _PLACED),
    )


def _mended(pieces: list[str], separator: str) -> dict[str, str]:
    """The fields where the separator stands in a text too, or a field comes twice: joined to what they continue."""
    fields: dict[str, str] = {}
    number = "20"
    for piece in pieces if pieces[-1] else pieces[:-1]:
        if len(piece) > 1 and piece[:2].isdigit():
            number = piece[:2]
            fields[number] = fields.get(number, "") + piece[2:]
        else:
            fields[number] = fields.get(number, "") + separator + piece
    return fields


def _named(name: str, more: str, found: Details) -> str:
    """The name runs on in its second field, unless a Romanian bank put the account there."""
    if found.account is None and IBAN_SHAPE.fullmatch(more.strip()) is not None:
        found.account = more.strip()
        return name
    return name + more


def _keep(number: str, value: str, found: Details) -> None:
    """A field without a place: 34 is the reason of a return, 38 a Polish IBAN; the rest keeps its number."""
    if not value:
        return
    if number == "34" and found.gvc in RETURNS:
        found.return_reason_proprietary = value
    elif number == "38" and IBAN_SHAPE.fullmatch(value) is not None:
        found.account = value
    else:
        found.references += ((number, value),)


def _tell(parts: list[str], found: Details) -> None:
    """The identifications and the words in the remittance fields; each runs on until the next one begins."""
    lines: list[str] = []
    told: dict[str, str] = {}
    word = ""
    for part in parts:
        value = part
        if part[4:5] == "+" and part[:4] in _WORDS:
            word, value = part[:4], part[5:]
            if word not in told:
                told[word] = ""
        following = word
        if "+" in value:
            value, following = _inline(value, word, told)
        if word:
            told[word] += value
        elif text := value.strip():
            lines.append(text)
        word = following
    for known, raw in told.items():
        text = raw.strip()
        if known in _NAMES:
            setattr(found, _NAMES[known], text or None)
        elif known == "SVWZ":
            if text:
                lines.append(text)
        elif text:
            _identify(known, text, found)
    found.remittance = tuple(lines)


def _inline(value: str, word: str, told: dict[str, str]) -> tuple[str, str]:
    """What stands before the first word inside a field, and the word that runs on behind the field."""
    before, *pieces = _INLINE.split(value)
    for known, text in zip(pieces[::2], pieces[1::2], strict=True):
        told[known] = told.get(known, "") + text
    return before, (pieces[-2] if pieces else word)


def _identify(word: str, value: str, found: Details) -> None:
    if word == "IBAN":
        found.account = found.account or value
    elif word == "BIC":
        found.agent = found.agent or value
    else:
        found.references += ((word, value),)


_NAMES = {
    "EREF": "end_to_end_id",
    "KREF": "payment_information_id",
    "MREF": "mandate_id",
    "ABWA": "ultimate_debtor",
    "ABWE": "ultimate_creditor",
    "OAMT": "instructed",
    "PURP": "purpose",
}
"""Where an identification goes; the others keep their name."""
