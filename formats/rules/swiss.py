"""Swiss payments by type: the accounts, references and parties (Swiss Payment Standards 2025 and 2026)."""

from collections.abc import Iterator
from decimal import Decimal

from formats.findings import Severity
from formats.initiation import Account, CreditTransfer, Initiation, Party, PaymentInformation
from formats.rules.context import Context, Place, above
from formats.rules.engine import Found, Scope, rule
from formats.rules.swiss_types import FREE_FORM, is_qr_iban, qr_reference_right, swiss_type
from formats.rules.texts import SWISS_CHARACTERS, outside

IG = "Swiss Payment Standards, Implementation Guidelines 2.2 (2025)"
SWISS = ("swiss",)
DOMESTIC_LIMIT = Decimal("9999999999.99")
SEPA_LIMIT = Decimal("999999999.99")


@rule(
    "CH-01",
    source=f"{IG}, AM01, AM02, AM03, CURR",
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Check amount and currency against the kind of payment.",
    parameters={"instant_limit": None},
)
def amount_by_type(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Each Swiss payment type has its currencies and its highest amount."""
    kind = swiss_type(payment, context)
    currency = payment.amount.currency
    if kind == "S" and currency != "EUR":
        yield Found("Amt/InstdAmt", f"A SEPA payment is in euro, not in {currency}.")
    elif kind == "S" and above(payment, SEPA_LIMIT):
        yield Found("Amt/InstdAmt", "A SEPA payment is at most 999,999,999.99 EUR.")
    elif kind == "D V1" and above(payment, DOMESTIC_LIMIT):
        yield Found("Amt/InstdAmt", "A Swiss domestic payment is at most 9,999,999,999.99.")
    elif kind == "D V2":
        limit = context.parameters["CH-01"]["instant_limit"]
        if limit is not None and above(payment, Decimal(str(limit))):
            yield Found("Amt/InstdAmt", f"A Swiss instant payment is at most {limit} CHF at this bank.")


@rule(
    "CH-02",
    source=f"{IG}, CH21",
    severity=Severity.BLOCK,
    profiles=SWISS,
    scope=Scope.MESSAGE,
    advice="Give the name of the sender, or its id at the bank.",
)
def sender_named(header: Initiation, _context: Context) -> Iterator[Found]:
    """The sender of the file has a name or an id."""
    sender = header.initiating_party
    if not (sender.name or sender.ids or sender.lei or sender.bic):
        yield Found("InitgPty", "The sender's name is missing.")


@rule(
    "CH-03",
    source=f"{IG}, CH21, AGNT, RC01",
    severity=Severity.BLOCK,
    profiles=SWISS,
    scope=Scope.BATCH,
    advice="Keep the BIC and drop the clearing number, or the other way round.",
)
def own_bank(batch: PaymentInformation, _context: Context) -> Iterator[Found]:
    """The payer's bank is named by its BIC or by its Swiss clearing number, never by both or neither."""
    agent = batch.debtor_agent
    bic, member = (agent.bic, agent.member_id) if agent is not None else (None, None)
    if bool(bic) == bool(member):
        yield Found("DbtrAgt/FinInstnId", "Give either the BIC or the clearing number of your bank.")
    elif member and agent is not None and agent.clearing_system != "CHBCC":
        yield Found("DbtrAgt/FinInstnId/ClrSysMmbId", "The clearing number of your bank must be a Swiss one (CHBCC).")


@rule(
    "CH-04",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    scope=Scope.ACCOUNT,
    advice="Pay from the ordinary IBAN of the account.",
)
def no_qr_iban_pays(place: Place[Account], _context: Context) -> Iterator[Found]:
    """A QR-IBAN only receives money."""
    if place.role == "debtor" and is_qr_iban(place.value.iban):
        yield Found(f"{place.path}/Id/IBAN", "A QR-IBAN can only receive money.")


@rule(
    "CH-06",
    source=f"{IG}, CH16, CH17, CH21",
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Scan or type the 27-digit reference from the bill, and leave the free text out.",
)
def qr_iban_needs_qr_reference(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A QR-IBAN takes only payments with a QR reference: 27 digits with a right check digit, no free text."""
    account = payment.creditor_account
    if account is None or not is_qr_iban(account.iban):
        return
    references = [block for block in payment.structured_remittance if block.reference is not None]
    if len(references) != 1 or references[0].reference_type_proprietary != "QRR":
        yield Found("RmtInf/Strd/CdtrRefInf", "This account only takes payments with the 27-digit QR reference.")
    elif not qr_reference_right(references[0].reference or ""):
        text = f"QR reference {references[0].reference} is not 27 digits with a right check digit."
        yield Found("RmtInf/Strd[1]/CdtrRefInf/Ref", text)
    if payment.remittance:
        yield Found("RmtInf/Ustrd", "Free text is not possible with a QR-IBAN.")


@rule(
    "CH-07",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Take the QR-IBAN from the same bill as the reference.",
)
def qr_reference_needs_qr_iban(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A QR reference goes to a QR-IBAN."""
    iban = payment.creditor_account.iban if payment.creditor_account is not None else None
    given = any(block.reference_type_proprietary == "QRR" for block in payment.structured_remittance)
    if given and not is_qr_iban(iban):
        yield Found("RmtInf/Strd/CdtrRefInf", "A QR reference needs the QR-IBAN of the bill.")


@rule(
    "CH-08",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Use an RF reference (SCOR) or free text.",
)
def references_of_other_accounts(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Other accounts take RF references, old IPI references (not in SEPA) or free text."""
    sepa = swiss_type(payment, context) == "S"
    for number, block in enumerate(payment.structured_remittance, 1):
        proprietary = block.reference_type_proprietary
        if proprietary in (None, "QRR") and not (sepa and proprietary):
            continue
        if sepa or proprietary != "IPI":
            path = f"RmtInf/Strd[{number}]/CdtrRefInf/Tp/CdOrPrtry/Prtry"
            yield Found(path, f"A reference of type {proprietary} is not possible for this payment.")


@rule(
    "CH-12",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    scope=Scope.PARTY,
    advice="Enter the payee's name; 70 characters for SEPA, 140 else.",
)
def payee_named(place: Place[Party], context: Context) -> Iterator[Found]:
    """The payee has a name of at most 140 characters, 70 in SEPA."""
    if place.role != "creditor" or context.payment is None:
        return
    name = place.value.name or ""
    limit = 70 if swiss_type(context.payment, context) == "S" else 140
    if not name.strip():
        yield Found(f"{place.path}/Nm", "The payee's name is missing.")
    elif len(name) > limit:
        yield Found(f"{place.path}/Nm", f"The payee's name has {len(name)} characters; limit {limit}.")


@rule(
    "CH-19",
    source=IG,
    severity=Severity.INFO,
    profiles=SWISS,
    scope=Scope.BATCH,
    advice="Nothing to do.",
)
def own_name_ignored(batch: PaymentInformation, _context: Context) -> Iterator[Found]:
    """The bank shows the payer's name from its own records."""
    if batch.debtor.name:
        yield Found("Dbtr/Nm", "The bank ignores the payer's name in the file and uses its own records.")


@rule(
    "CH-21",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    scope=Scope.TEXT,
    advice="Replace the character; names may be written in Latin letters.",
)
def swiss_characters(place: Place[str], _context: Context) -> Iterator[Found]:
    """Texts keep to Latin letters with their accents, the comma-below letters, and the euro sign."""
    refused = outside(place.value, SWISS_CHARACTERS)
    if refused:
        yield Found(place.path, f"'{place.value}' has characters not accepted in Switzerland: {refused}")


@rule(
    "CH-22",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Send the remittance advice by itself and refer to it.",
)
def structured_total(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Structured remittance outside SEPA is at most 9,000 characters in all."""
    length = FREE_FORM.length(payment)
    if length > FREE_FORM.characters_max and swiss_type(payment, context) != "S":
        yield Found("RmtInf/Strd", f"Structured remittance is {length} characters; limit 9,000.")
