"""Payments in the United Kingdom: Faster Payments, Bacs and CHAPS."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from formats.findings import Severity
from formats.initiation import CreditTransfer
from formats.rules.context import Context, above
from formats.rules.engine import Found, rule

LHV = "a bank's published guide (LHV Connect)"
PRACTICE = "market practice, no document opened"
UK = ("uk",)
FASTER_PAYMENTS_LIMIT = Decimal(1_000_000)
BACS_LIMIT = Decimal(20_000_000)
BACS_DAYS = 2
REFERENCE_CHARACTERS = 18
PROPERTY_PURPOSES = frozenset({"HLRP", "HLST", "HREC", "HLTC", "HLTI", "PLDS", "PDEP", "PCOM", "PLRF", "GAFA", "GAHO"})
"""Purpose codes of house purchases and home loans."""
_PROPERTY_WORDS = re.compile(r"\b(completion|conveyanc\w*|house purchase|exchange deposit|stamp duty)\b", re.IGNORECASE)


def _scheme(payment: CreditTransfer, context: Context) -> str:
    """CHAPS, BACS, SEPA or FPS, from the service level or the bank's own word for it."""
    kind = context.payment_type(payment)
    words = {kind.service_level_proprietary, kind.local_instrument_proprietary, kind.local_instrument}
    if kind.service_level == "URGP" or "CHAPS" in words:
        return "CHAPS"
    if words & {"BACS", "BACP"}:
        return "BACS"
    return "SEPA" if "SEPA" in (kind.service_level, kind.service_level_proprietary) else "FPS"


@rule("UK-01", source=LHV, severity=Severity.BLOCK, profiles=UK, advice="Copy both numbers from the invoice.")
def sort_code_and_account(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A sterling account is a sort code of 6 and a number of 8 digits, or a British IBAN; both agree."""
    account, agent = payment.creditor_account, payment.creditor_agent
    if payment.amount.currency != "GBP" or account is None:
        return
    sort_code = agent.member_id if agent is not None and agent.clearing_system == "GBDSC" else None
    if account.iban is not None:
        if account.iban[:2] == "GB" and sort_code is not None and account.iban[8:14] != sort_code:
            yield Found("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", "Sort code and IBAN name different banks.")
        return
    if sort_code is None or re.fullmatch(r"\d{6}", sort_code, re.ASCII) is None:
        yield Found("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", "The sort code must be 6 digits (GBDSC).")
    if re.fullmatch(r"\d{8}", account.other or "", re.ASCII) is None:
        yield Found("CdtrAcct/Id/Othr/Id", "The account number must be 8 digits.")


@rule("UK-03", source=LHV, severity=Severity.BLOCK, profiles=UK, advice="Use CHAPS, or split the payment.")
def faster_payments_limit(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A Faster Payment is at most 1,000,000 pounds."""
    over = payment.amount.currency == "GBP" and above(payment, FASTER_PAYMENTS_LIMIT)
    if over and _scheme(payment, context) == "FPS":
        yield Found("Amt/InstdAmt", "The amount is above the Faster Payments limit of 1,000,000 GBP; use CHAPS.")


@rule(
    "UK-04",
    source="secondary source on UK payment systems",
    severity=Severity.WARN,
    profiles=UK,
    advice="Send it earlier, or use Faster Payments.",
)
def bacs_cycle(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Bacs takes three working days and at most 20 million pounds an item."""
    if _scheme(payment, context) != "BACS":
        return
    if above(payment, BACS_LIMIT):
        yield Found("Amt/InstdAmt", "A Bacs payment is at most 20,000,000 GBP.", "Use CHAPS.", Severity.BLOCK)
    if context.execution_day < context.as_of + timedelta(days=BACS_DAYS):
        yield Found("../ReqdExctnDt", "Bacs needs 3 working days: input, processing, credit.")


@rule("UK-05", source=PRACTICE, severity=Severity.WARN, profiles=UK, advice="Put what the payee needs first.")
def short_reference(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Faster Payments and Bacs carry 18 characters of reference."""
    if _scheme(payment, context) not in ("FPS", "BACS"):
        return
    for number, line in enumerate(payment.remittance, 1):
        if len(line) > REFERENCE_CHARACTERS:
            yield Found(f"RmtInf/Ustrd[{number}]", "The payee sees only the first 18 characters.")


@rule(
    "UK-06",
    source=LHV,
    severity=Severity.BLOCK,
    profiles=UK,
    advice="Use one of the bank's words for its schemes; a wrong one gets the whole file rejected.",
    parameters={"schemes": ("FAST", "ALL", "INST", "SEPA", "CHAPS", "BACS")},
)
def scheme_offered(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A bank's own word for a payment scheme is one it offers."""
    word = context.payment_type(payment).service_level_proprietary
    if word is not None and word not in context.parameters["UK-06"]["schemes"]:
        yield Found(f"{context.type_path(payment)}/SvcLvl/Prtry", f"Payment scheme {word} is not offered by the bank.")


@rule(
    "UK-07",
    source="Bank of England policy statements of 2025 and February 2026",
    severity=Severity.WARN,
    profiles=UK,
    advice="Give the purpose code.",
    by_execution=True,
)
def chaps_purpose(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A CHAPS payment says what it is for; for everyone from November 2027."""
    if _scheme(payment, context) == "CHAPS" and not (payment.purpose or payment.purpose_proprietary):
        yield Found("Purp/Cd", "CHAPS needs a purpose code.")


@rule("UK-08", source=PRACTICE, severity=Severity.WARN, profiles=UK, advice="Choose the property code that fits.")
def chaps_property(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A house purchase through CHAPS has a purpose code of its own."""
    if _scheme(payment, context) != "CHAPS" or payment.purpose in PROPERTY_PURPOSES:
        return
    if any(_PROPERTY_WORDS.search(line) for line in payment.remittance):
        yield Found("Purp/Cd", "This looks like a house purchase; CHAPS has property codes for it.")
