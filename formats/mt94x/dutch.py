"""Dutch :86:, as ING, ABN AMRO, Rabobank, Knab and others write it: words between slashes.

``/TRTP/SEPA OVERBOEKING/IBAN/NL…/BIC/…/NAME/…/REMI/…/EREF/…``: a slash inside a text is legal, so the text is cut only
at the words known here. Lines are wrapped at 65 characters anywhere. Source: rulebook MT-15 and MT-16.
"""

import re

from formats.mt94x.details import Details
from formats.values import iban_problem

_WORDS = (
    "TRTP|IBAN|BBAN|BIC|NAME|REMI|EREF|RTRN|CSID|MARF|ISDT|ORDP|BENM|ADDR|ID|PREF|CNTP|PURP|ULTC|ULTD|ULTB|SVCL|RREF|"
    "IREF|TRCD|OCMT|CHGS|CHG1|CHG2|EXCH|IACC|ACCW|NRTX|VACC|ISDT|CREF|ULTDNAME|ULTCNAME"
)
_CUT = re.compile(rf"/({_WORDS})/")
_BEGIN = re.compile(r"/(?:TRTP|IBAN|BBAN|BIC|NAME|REMI|EREF|RTRN|CSID|MARF|ISDT|ORDP|BENM|PREF|CNTP|PURP|SVCL|RREF)/")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)


def read(text: str) -> Details | None:
    """Cuts the text at its known words; None where it does not begin with one."""
    if _BEGIN.match(text) is None:
        return None
    found = Details()
    pieces = _CUT.split(text.replace("\n", ""))
    for word, raw in zip(pieces[1::2], pieces[2::2], strict=True):
        value = raw.strip()
        if value:
            _take(word, value, found)
    return found


def _take(word: str, value: str, found: Details) -> None:
    if word == "REMI":
        _remittance(value, found)
    elif word == "CNTP":
        account, agent, name, *_ = [*(part.strip() or None for part in value.split("/")), None, None, None]
        found.account, found.agent, found.name = account, agent, name
    elif word in _PLAIN:
        setattr(found, _PLAIN[word], value.removesuffix("/").strip() or None)
    elif word == "CHGS":
        found.charges = value.strip("/")
    elif word == "TRTP":
        found.posting_text = value
    else:
        found.references += ((word, value.removesuffix("/").strip()),)


_PLAIN = {
    "IBAN": "account",
    "BBAN": "account",
    "BIC": "agent",
    "NAME": "name",
    "EREF": "end_to_end_id",
    "PREF": "payment_information_id",
    "MARF": "mandate_id",
    "PURP": "purpose",
    "RTRN": "return_reason",
    "ULTD": "ultimate_debtor",
    "ULTC": "ultimate_creditor",
    "ULTB": "ultimate_creditor",
    "OCMT": "instructed",
}


def _remittance(value: str, found: Details) -> None:
    """ING says how the text is meant: ``USTD//text/`` free, ``STRD/CUR/reference/`` or ``STRD/ISO/reference/``."""
    if value.startswith("USTD//"):
        found.remittance = (value.removeprefix("USTD//").removesuffix("/").strip(),)
    elif value.startswith("STRD/"):
        _, _, reference = value.removeprefix("STRD/").partition("/")
        found.structured_reference = reference.strip("/ ") or None
    else:
        found.remittance = (value,)


def counterparty(reference: str, supplementary: str) -> tuple[str | None, str | None]:
    """Account and name, where a Dutch bank writes them into :61: (account as the reference and the name behind it, or
    the account alone behind the reference); (None, None) where these are what they should be.
    """
    if _IBAN_SHAPE.fullmatch(reference) and iban_problem(reference) is None:
        return reference, supplementary.partition("\n")[0].strip() or None
    candidate = supplementary.strip()
    if _IBAN_SHAPE.fullmatch(candidate) and iban_problem(candidate) is None:
        return candidate, None
    return None, None
