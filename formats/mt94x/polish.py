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


def read(text: str) -> Details | None:
    """Cuts the text at its labels; None without a code in front and the bank's transaction number (``TNR:``)."""
    if _BEGIN.match(text) is None or "TNR:" not in text:
        return None
    flat = re.sub(r"\s*\n\s*", " ", text)
    before, *labelled = _LABEL.split(flat)
    found = Details()
    found.gvc = before[:3]
    found.posting_text = before[3:].strip("; ") or None
    for label, raw in zip(labelled[::2], labelled[1::2], strict=True):
        value = raw.strip("; ")
        if not value:
            continue
        if label == "TYT.":
            found.remittance = (value,)
        elif label in _LABELS:
            setattr(found, _LABELS[label], value)
        else:
            found.references += ((label, value),)
    return found
