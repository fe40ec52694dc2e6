"""German, Austrian and Polish :86: a three-digit transaction code, a separator of the bank's choice, numbered fields.

The separator follows the code and stands before every field number. Remittance lies in fields 20 to 29 and 60 to 63,
cut every 27 characters; SEPA identifications (EREF+ …) begin at the start of a field, or after a blank, and run over
the following fields. Source: rulebook MT-12 and MT-13, the German banking industry's DFUe agreement, annex 3.
"""

import re
from functools import lru_cache

from formats.mt94x.details import Details

_BEGIN = re.compile(r"(\d{3})?([?>@~<|!*&#])(?=\d\d)", re.ASCII)
_WORDS = frozenset(
    {
        "EREF", "KREF", "MREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE", "BREF", "RREF", "RTRN", "PURP",
        "IBAN", "BIC",
    }
)  # fmt: skip
_INLINE = re.compile(r"(?:^|(?<= ))(" + "|".join(sorted(_WORDS)) + r")\+")
"""A word at the start of a field, or behind a blank inside it."""

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
_PLACED = _REMITTANCE | {"00", "10", "30", "31", "32", "33"}
"""Fields that have a place in the model; the others are kept by their number."""


def read(text: str) -> Details | None:
    """Splits the numbered fields; None where the text is not written in such. Raises nothing, whatever is in them."""
    begin = _BEGIN.match(text)
    if begin is None:
        return None
    pieces = text[begin.end() :].replace("\n", "").split(begin[2])
    fields = {piece[:2]: piece[2:] for piece in pieces}
    remittance, unplaced = _shape("|".join(fields))
    if remittance is None or len(fields) != len(pieces):
        fields = _mended(pieces, begin[2])
        remittance, unplaced = _shape("|".join(fields))
    found = Details()
    found.gvc = begin[1]
    get = fields.get
    found.posting_text = get("00") or None
    found.primanota = get("10") or None
    found.agent = get("30") or None
    found.account = get("31") or None
    found.name = (get("32", "") + get("33", "")).strip() or None
    _tell([fields[number] for number in remittance or ()], found)
    for number in unplaced:
        _keep(number, fields[number].strip(), found)
    return found


@lru_cache(maxsize=1024)
def _shape(numbers: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Which fields hold remittance and which have no place, for a sequence of numbers; None where one is no number.

    A bank writes a few sequences and a million texts, so this is worked out once for each.
    """
    written = numbers.split("|")
    if not all(len(number) == 2 and number.isdigit() for number in written):
        return None, ()
    return (
        tuple(number for number in written if number in _REMITTANCE),
        tuple(number for number in written if number not in _PLACED),
    )


def _mended(pieces: list[str], separator: str) -> dict[str, str]:
    """The fields where the separator stands in a text too, or a field comes twice: joined to what they continue."""
    fields: dict[str, str] = {}
    number = "20"
    for piece in pieces:
        if len(piece) > 1 and piece[:2].isdigit():
            number = piece[:2]
            fields[number] = fields.get(number, "") + piece[2:]
        else:
            fields[number] = fields.get(number, "") + separator + piece
    return fields


def _keep(number: str, value: str, found: Details) -> None:
    """A field without a place: 34 is the reason of a return, the rest keeps its number."""
    if not value:
        return
    if number == "34" and found.gvc in RETURNS:
        found.return_reason_proprietary = value
    else:
        found.references += ((number, value),)


def _tell(parts: list[str], found: Details) -> None:
    """The identifications and the words in the remittance fields; each runs on until the next one begins."""
    lines: list[str] = []
    told: dict[str, str] = {}
    word = ""
    for part in parts:
        value = part
        if value[4:5] == "+" and value[:4] in _WORDS:
            word, value = value[:4], value[5:]
            told.setdefault(word, "")
        if "+" in value and len(pieces := _INLINE.split(value)) > 1:
            value = pieces[0]
            for known, text in zip(pieces[1::2], pieces[2::2], strict=True):
                told[known] = told.get(known, "") + text
            following = pieces[-2]
        else:
            following = word
        if word:
            told[word] += value
        elif value and (text := value.strip()):
            lines.append(text)
        word = following
    for known, raw in told.items():
        text = raw.strip()
        name = _NAMES.get(known)
        if name is not None:
            setattr(found, name, text or None)
        elif text:
            _identify(known, text, found, lines)
    found.remittance = tuple(lines)


def _identify(word: str, value: str, found: Details, lines: list[str]) -> None:
    if word == "SVWZ":
        lines.append(value)
    elif word == "IBAN":
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
