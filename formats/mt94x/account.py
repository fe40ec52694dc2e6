"""Whose account :25: names: an IBAN, a bank code and a number, a BIC before either, a currency behind (MT-02)."""

import re

from formats.initiation import Account, Agent
from formats.values import iban_problem

_IBAN = re.compile(r"(?:^|[/ ])([A-Z]{2}\d{2}[A-Z0-9]{11,30})(?:[ ]?[A-Z]{3})?$", re.ASCII)
_CURRENCY = re.compile(r"(?<=[\d ])([A-Z]{3})$", re.ASCII)
_BIC = re.compile(r"([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)/", re.ASCII)
_BANK_CODE = re.compile(r"(\d{8})/\d+$", re.ASCII)


def read(value: str) -> tuple[Account, Agent | None]:
    """The account and, where :25: names it, the bank. Without an IBAN the text stays as it was sent."""
    text = value.partition("\n")[0].strip()
    found = _IBAN.search(text)
    iban = found.group(1) if found is not None else None
    currency = _CURRENCY.search(text)
    if iban is not None and iban_problem(iban) is not None and iban_problem(iban[:-3]) is None:
        iban = iban[:-3]
    account = Account(
        iban=iban,
        other=text or None if iban is None else None,
        currency=currency.group(1) if currency is not None else None,
    )
    return account, _servicer(text)


def _servicer(text: str) -> Agent | None:
    bic = _BIC.match(text)
    if bic is not None:
        return Agent(bic=bic.group(1))
    bank_code = _BANK_CODE.match(text)
    return Agent(clearing_system="DEBLZ", member_id=bank_code.group(1)) if bank_code is not None else None
