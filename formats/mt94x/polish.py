"""mBank's :86: a code, then labelled parts between semicolons (``OD:`` from whom, ``TYT.:`` title)."""

import re

from formats.mt94x.details import Details

_BEGIN = re.compile(r"(\d{3}) [^;]*;")
_LABEL = re.compile(r"(?:^|;)\s*([A-Z][A-Z. ]{1,12}):")
_LABELS = {
    "Z RACH.": "account",
    "NA RACH.": "account",
    "OD": "name",
    "DLA": "name",
    "TNR": "transaction_id",
}


def matches(text: str) -> bool:
    """Whether the text has a code and a bank's transaction number between semicolons."""
    return _BEGIN.match(text) is not None and "TNR:" in text


def read(text: str) -> Details:
    """Cuts the text at its labels."""
    flat = re.sub(r"\s*\n\s*", " ", text)
    before, *labelled = _LABEL.split(flat)
    found = Details(gvc=before[:3], posting_text=before[3:].strip("; ") or None)
    for label, raw in zip(labelled[::2], labelled[1::2], strict=True):
        value = raw.strip("; ")
        if not value:
            continue
        if label == "TYT.":
            found.remittance = (value,)
        elif label in _LABELS:
            setattr(found, _LABELS[label], value)
        else:
            found.references.append((label, value))
    return found
