"""German, Austrian and Polish :86: a three-digit transaction code, a separator of the bank's choice, numbered fields.

The separator follows the code and stands before every field number. Remittance lies in fields 20 to 29 and 60 to 63,
cut every 27 characters; SEPA identifications (EREF+ …) begin at the start of a field, or after a blank, and run over
the following fields. Source: rulebook MT-12 and MT-13, the German banking industry's DFUe agreement, annex 3.
"""

import re

from formats.mt94x.details import Details

_BEGIN = re.compile(r"(\d{3})?([?>@~<|!*&#])(?=\d\d)")
_WORDS = "EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|BREF|RREF|RTRN|PURP|IBAN|BIC"
_SEPA = re.compile(rf"(?:^|[\x00 ])({_WORDS})\+")
_BREAK = "\x00"
"""Marks where one field ended and the next began; no statement holds it, the scanner refuses NUL."""

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


def matches(text: str) -> bool:
    """Whether the text is written in numbered fields."""
    return _BEGIN.match(text) is not None


def read(text: str) -> Details:
    """Splits the numbered fields; raises nothing, whatever stands in them."""
    begin = _BEGIN.match(text)
    assert begin is not None
    separator = begin.group(2)
    found = Details(gvc=begin.group(1))
    remittance: list[str] = []
    names: list[str] = []
    number = ""
    for piece in text[begin.end() :].replace("\n", "").split(separator):
        if not piece[:2].isdigit():
            # The separator stands in the text itself: it belongs to the field before.
            _into(number, separator + piece, found, remittance, names, more=True)
            continue
        number = piece[:2]
        _into(number, piece[2:], found, remittance, names, more=False)
    found.name = "".join(names).strip() or None
    _tell(remittance, found)
    return found


def _into(number: str, value: str, found: Details, remittance: list[str], names: list[str], *, more: bool) -> None:
    if "20" <= number <= "29" or "60" <= number <= "65":
        if more and remittance:
            remittance[-1] += value
        else:
            remittance.append(value)
    elif number in ("32", "33"):
        names.append(value)
    elif number == "31":
        found.account = value.strip() or None
    elif number == "30":
        found.agent = value.strip() or None
    elif number == "00":
        found.posting_text = (found.posting_text or "") + value
    elif number == "10":
        found.primanota = value.strip() or None
    elif number == "34":
        if found.gvc in RETURNS:
            found.return_reason_proprietary = value.strip() or None
        else:
            found.references.append(("34", value.strip()))
    elif value.strip():
        found.references.append((number or "text", value.strip()))


def _tell(remittance: list[str], found: Details) -> None:
    """The identifications and the text in the remittance fields."""
    if not remittance:
        return
    before, *tagged = _SEPA.split(_BREAK.join(remittance))
    lines = tuple(line.strip() for line in before.split(_BREAK) if line.strip())
    for word, raw in zip(tagged[::2], tagged[1::2], strict=True):
        value = raw.replace(_BREAK, "").strip()
        if not value:
            continue
        if word == "SVWZ":
            lines = (*lines, value)
        else:
            _identify(word, value, found)
    found.remittance = lines


def _identify(word: str, value: str, found: Details) -> None:
    if word == "EREF":
        found.end_to_end_id = value
    elif word == "KREF":
        found.payment_information_id = value
    elif word == "MREF":
        found.mandate_id = value
    elif word == "ABWA":
        found.ultimate_debtor = value
    elif word == "ABWE":
        found.ultimate_creditor = value
    elif word == "OAMT":
        found.instructed = value
    elif word == "PURP":
        found.purpose = value
    elif word == "IBAN":
        found.account = found.account or value
    elif word == "BIC":
        found.agent = found.agent or value
    else:
        found.references.append((word, value))
