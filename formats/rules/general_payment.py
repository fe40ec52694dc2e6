"""Rules about one payment that hold whatever the scheme."""

import re
from collections.abc import Iterator

from formats.codes.currencies import MINOR_UNITS, WITHDRAWN
from formats.codes.purposes import CATEGORY_PURPOSES, PURPOSES
from formats.errors import InvalidValue
from formats.findings import Severity
from formats.initiation import CreditTransfer
from formats.rules.context import Context
from formats.rules.engine import Found, rule
from formats.rules.profiles import SEPA
from formats.values import CreditorReference, amount_problem

SPS = "Swiss Payment Standards, Implementation Guidelines 2.2 (2025)"
EPC = "EPC customer-to-bank guidelines 2025, through secondary sources"
_UETR = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@rule(
    "GEN-013",
    source=f"{SPS}, CH07",
    severity=Severity.BLOCK,
    advice="Give the payment type for the batch or for its payments, not for both.",
)
def payment_type_once(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """The payment type stands at the batch or at the payment, not at both."""
    if payment.payment_type is not None and context.batch.payment_type is not None:
        yield Found("PmtTpInf", "The payment type is given twice, for the batch and for the payment.")


@rule(
    "GEN-014",
    source=EPC,
    severity=Severity.BLOCK,
    advice="Give it for the batch or for its payments, not for both.",
)
def charges_and_ultimate_once(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Charge bearer and the ultimate party behind the batch stand at the batch or at the payment, not at both."""
    if payment.charge_bearer and context.batch.charge_bearer:
        yield Found("ChrgBr", "The charge option is given twice, for the batch and for the payment.")
    if payment.ultimate_debtor is not None and context.batch.ultimate_debtor is not None:
        yield Found("UltmtDbtr", f"The ultimate {context.own_side} is given twice, for the batch and for the payment.")


@rule(
    "GEN-019",
    source=f"ISO 4217; {SPS}, AM01, CH20",
    severity=Severity.BLOCK,
    advice="Correct the amount or the currency in the ERP.",
)
def amount_payable(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """An amount is more than zero, in a currency of ISO 4217, with no more decimals than that currency has."""
    money = payment.amount
    path = "Amt/InstdAmt" if payment.equivalent_currency_of_transfer is None else "Amt/EqvtAmt/Amt"
    if money.currency is None:
        yield Found(path, f"The amount {money.text} has no currency.")
        return
    if not money.value.is_finite():
        yield Found(path, f"The amount {money.text} is not a number.")
        return
    successor = WITHDRAWN.get(money.currency)
    if successor is not None:
        yield Found(path, f"{money.currency} is no longer in use; {successor} took its place.", f"Pay in {successor}.")
        return
    problem = amount_problem(money.value, money.currency)
    if problem is None:
        return
    if MINOR_UNITS.get(money.currency) == 0 and money.value != money.value.to_integral_value():
        problem = f"{money.currency} cannot have cents."
    yield Found(path, f"{money.text} {money.currency} cannot be paid: {problem}")


@rule(
    "GEN-023",
    source="ISO 20022 external code sets, May 2025",
    severity=Severity.BLOCK,
    advice="Use a code of the list that belongs to the field.",
)
def purpose_lists(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Purpose and category purpose are two lists; a code of the one is not a code of the other."""
    code = payment.purpose
    if code is not None and code not in PURPOSES and code in CATEGORY_PURPOSES:
        yield Found("Purp/Cd", f"{code} is a category purpose code, not a purpose.")
    category = context.payment_type(payment).category_purpose
    if category is not None and category not in CATEGORY_PURPOSES:
        said = "a purpose code, not a category purpose" if category in PURPOSES else "not a category purpose code"
        yield Found(f"{context.type_path(payment)}/CtgyPurp/Cd", f"{category} is {said}.")


@rule(
    "GEN-025",
    source="RFC 4122 version 4; CBPR+ SR2025, through a secondary source",
    severity=Severity.BLOCK,
    advice="Leave it to payhub to make one, or send a lower-case version-4 UUID.",
)
def tracking_id(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A tracking id (UETR) is a lower-case version-4 UUID."""
    if payment.uetr is not None and _UETR.fullmatch(payment.uetr) is None:
        yield Found("PmtId/UETR", f"Tracking id {payment.uetr} must be a lower-case version-4 UUID.")


@rule(
    "GEN-028",
    source="EPC125-05 comparison",
    severity=Severity.BLOCK,
    profiles=(*SEPA, "sepa-sdd"),
    advice="Keep the structured reference and drop the free text, or the other way round.",
)
def one_kind_of_remittance(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """Structured and free remittance exclude each other in SEPA."""
    if payment.remittance and payment.structured_remittance:
        yield Found("RmtInf", "Give either a structured reference or free text, not both.")


def _belgian(reference: str) -> bool:
    """Twelve digits, the last two of which are the first ten modulo 97 (97 for none)."""
    digits = reference.strip("+").replace("/", "")
    return len(digits) == 12 and digits.isdecimal() and (int(digits[:10]) % 97 or 97) == int(digits[10:])


@rule(
    "GEN-029",
    source=f"ISO 11649; {SPS}",
    severity=Severity.BLOCK,
    advice="Retype the reference from the invoice.",
)
def creditor_reference(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A creditor reference of type SCOR is an RF reference with right check digits."""
    for number, structured in enumerate(payment.structured_remittance, 1):
        if structured.reference_type != "SCOR" or structured.reference is None:
            continue
        if structured.reference_issuer == "BBA" and _belgian(structured.reference):
            continue  # the Belgian structured communication travels as SCOR of this issuer
        try:
            CreditorReference(structured.reference)
        except InvalidValue:
            path = f"RmtInf/Strd[{number}]/CdtrRefInf/Ref"
            yield Found(path, f"Creditor reference {structured.reference} has a wrong check digit.")
