"""What kind of Swiss payment one is, and the references that Swiss bills carry."""

import re
from typing import Literal

from formats.initiation import CreditTransfer
from formats.rules.context import Context
from formats.rules.texts import Remittance

SwissType = Literal["C", "S", "D V1", "D V2", "X V1", "X V2"]
"""C cheque, S SEPA, D domestic in CHF or EUR (V2 instant), X other currencies at home (V1) or abroad (V2)."""
_HOME = ("CH", "LI")
_CARRIES = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
_QR_FIRST, _QR_LAST = 30000, 31999
FREE_FORM = Remittance(characters_max=9000)
"""Structured remittance outside SEPA."""


def swiss_type(payment: CreditTransfer, context: Context) -> SwissType:
    """The payment type, asked in the order the standard gives."""
    kind = context.payment_type(payment)
    if context.batch.method == "CHK":
        return "C"
    if kind.service_level == "SEPA":
        return "S"
    if not _at_home(payment):
        return "X V2"
    currency = payment.amount.currency
    if currency not in ("CHF", "EUR"):
        return "X V1"
    instant = currency == "CHF" and {kind.local_instrument, kind.local_instrument_proprietary} & {"INST", "ITP"}
    return "D V2" if instant else "D V1"


def _at_home(payment: CreditTransfer) -> bool:
    account, agent = payment.creditor_account, payment.creditor_agent
    if account is not None and account.iban is not None:
        return account.iban[:2] in _HOME
    if agent is None:
        return False
    return agent.clearing_system == "CHBCC" or (agent.bic is not None and agent.bic[4:6] in _HOME)


def is_qr_iban(iban: str | None) -> bool:
    """Whether an IBAN of CH or LI has an institution number from 30000 to 31999 (CH-05)."""
    if iban is None or iban[:2] not in _HOME or not iban[4:9].isdecimal():
        return False
    return _QR_FIRST <= int(iban[4:9]) <= _QR_LAST


def qr_reference_right(reference: str) -> bool:
    """Whether a QR reference has 27 digits and a right check digit (modulo 10, recursive)."""
    if re.fullmatch(r"\d{27}", reference, re.ASCII) is None:
        return False
    carry = 0
    for digit in reference[:-1]:
        carry = _CARRIES[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(reference[-1])
