"""SEPA Credit Transfer, from the customer to the bank (EPC132-08 of 2025); instant transfers share most of it."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from html import escape

from formats.codes.countries import SEPA_COUNTRIES
from formats.codes.purposes import CATEGORY_PURPOSES, PURPOSES
from formats.findings import Severity
from formats.initiation import Account, Agent, CreditTransfer, Party, StructuredRemittance
from formats.rules.context import Context, Place, above
from formats.rules.engine import Found, Scope, rule
from formats.rules.profiles import SEPA
from formats.rules.texts import SEPA_CHARACTERS, length_after_replacement, outside

EPC132 = "EPC132-08 (2025), through secondary sources"
SEPA_LIMIT = Decimal("999999999.99")
NAME_CHARACTERS_MAX = 70
REMITTANCE_CHARACTERS_MAX = 140
DIRECT = (*SEPA, "sepa-sdd")
_written = partial(escape, quote=False)
"""The three SEPA profiles."""


@rule(
    "SCT-01",
    source=EPC132,
    severity=Severity.BLOCK,
    profiles=DIRECT,
    advice="Use a cross-border payment for other currencies.",
)
def paid_in_euro(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """SEPA pays in euro only, whatever the currency of the account."""
    if payment.amount.currency != "EUR":
        yield Found("Amt/InstdAmt", f"SEPA payments are in euro only, not in {payment.amount.currency}.")
    elif payment.equivalent_currency_of_transfer is not None:
        yield Found("Amt/EqvtAmt", "SEPA knows no equivalent amount; give the euro amount itself.")


@rule(
    "SCT-02",
    source=f"{EPC132}; Swiss Payment Standards, AM02",
    severity=Severity.BLOCK,
    profiles=DIRECT,
    advice="Split the payment, or use an urgent euro payment.",
)
def sepa_limit(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A SEPA amount is at most 999,999,999.99 euro."""
    if above(payment, SEPA_LIMIT):
        yield Found("Amt/InstdAmt", "The SEPA limit is 999,999,999.99 EUR.")


@rule(
    "SCT-03",
    source=f"{EPC132}; URGP in the German schema: market practice",
    severity=Severity.BLOCK,
    profiles=DIRECT,
    advice="Set the service level to SEPA.",
    parameters={"service_levels": ("SEPA",)},
)
def service_level(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """The service level is SEPA; what else a bank takes (URGP in Germany) is its own value."""
    kind = context.payment_type(payment)
    path = f"{context.type_path(payment)}/SvcLvl"
    if kind.service_level_proprietary is not None:
        yield Found(f"{path}/Prtry", "The service level must be the code SEPA, not a bank's own word.")
    elif kind.service_level not in context.parameters["SCT-03"]["service_levels"]:
        given = f"'{kind.service_level}'" if kind.service_level else "missing"
        yield Found(f"{path}/Cd", f"The service level must be SEPA, it is {given}.")


@rule(
    "SCT-04",
    source=EPC132,
    severity=Severity.FIX,
    profiles=DIRECT,
    advice="Set it to SLEV, or leave it out.",
)
def shared_charges(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Charges in SEPA are shared: SLEV or nothing."""
    bearer = context.charge_bearer(payment)
    if bearer is not None and bearer != "SLEV":
        yield Found(context.charge_path(payment), f"Charges in SEPA are always shared (SLEV), not {bearer}.")


@rule(
    "SCT-05",
    source="EPC409-09 v8.0 of December 2025, through a secondary source",
    severity=Severity.BLOCK,
    profiles=DIRECT,
    scope=Scope.ACCOUNT,
    advice="Use a cross-border payment for accounts outside SEPA.",
)
def sepa_account(place: Place[Account], context: Context) -> Iterator[Found]:
    """The account at the other end is an IBAN of a SEPA country."""
    if place.role != "creditor":
        return
    iban = place.value.iban
    if iban is None:
        yield Found(f"{place.path}/Id/IBAN", f"The {context.other_side}'s account must be an IBAN.")
    elif iban[:2].upper() not in SEPA_COUNTRIES:
        yield Found(f"{place.path}/Id/IBAN", f"IBAN country {iban[:2]} is outside SEPA.")


@rule(
    "SCT-06",
    source=EPC132,
    severity=Severity.WARN,
    profiles=(*DIRECT, "swiss"),
    advice="Leave the BIC out: the IBAN decides.",
)
def bic_fits_iban(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A BIC beside an IBAN belongs to the same country; the IBAN wins (the bank itself cannot be told from a file)."""
    account, agent = payment.creditor_account, payment.creditor_agent
    if account is None or account.iban is None or agent is None or not agent.bic or agent.bic == "NOTPROVIDED":
        return
    country = agent.bic[4:6]
    if country != account.iban[:2] and country not in SHARED_IBAN.get(account.iban[:2], ""):
        yield Found(
            "CdtrAgt/FinInstnId/BICFI",
            f"BIC {agent.bic} does not belong to the bank of the {context.other_side}'s IBAN ({account.iban[:2]}).",
        )


SHARED_IBAN = {"GB": "GG JE IM", "FR": "GP GF MQ RE YT PM BL MF NC PF WF MC", "CH": "LI", "FI": "AX", "IT": "SM VA"}
"""BIC countries whose accounts carry another country's IBAN."""


@rule(
    "SCT-07",
    source="Swiss Payment Standards 2.2, CH17",
    severity=Severity.BLOCK,
    profiles=DIRECT,
    scope=Scope.AGENT,
    advice="Remove the national clearing code; the IBAN is enough.",
)
def no_clearing_code(place: Place[Agent], context: Context) -> Iterator[Found]:
    """SEPA banks are named by BIC or not at all, never by a national clearing code."""
    if place.value.member_id is not None and place.role == "creditor":
        yield Found(
            f"{place.path}/ClrSysMmbId", f"A national clearing code of the {context.other_side}'s bank is not allowed."
        )


@rule(
    "SCT-08",
    source=f"{EPC132}; 140 characters are proposed for 2027",
    severity=Severity.BLOCK,
    profiles=DIRECT,
    scope=Scope.PARTY,
    advice="Enter the name as the account holder uses it, in at most 70 characters.",
)
def name_length(place: Place[Party], context: Context) -> Iterator[Found]:
    """The other party has a name; no name is longer than 70 characters, although the schema allows 140."""
    name = place.value.name
    if not (name or "").strip():
        if place.role == "creditor":
            yield Found(f"{place.path}/Nm", f"The {context.other_side}'s name is missing.")
        return
    length = length_after_replacement(name or "")
    if length > NAME_CHARACTERS_MAX:
        yield Found(f"{place.path}/Nm", f"SEPA names are limited to 70 characters; this one has {length}.")


@rule(
    "SCT-09",
    source=EPC132,
    severity=Severity.BLOCK,
    profiles=DIRECT,
    advice="Join the lines, or use a structured reference.",
)
def one_free_line(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """Free remittance is one line of at most 140 characters."""
    if len(payment.remittance) > 1:
        yield Found("RmtInf/Ustrd[2]", f"Only one line of free text is possible, not {len(payment.remittance)}.")
    for number, line in enumerate(payment.remittance, 1):
        if len(line) > REMITTANCE_CHARACTERS_MAX:
            yield Found(f"RmtInf/Ustrd[{number}]", f"Free text is limited to 140 characters; this has {len(line)}.")


@rule(
    "SCT-10",
    source=f"{EPC132}; Swiss Payment Standards, CH15",
    severity=Severity.BLOCK,
    profiles=DIRECT,
    advice="Keep the creditor reference only.",
)
def structured_length(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """Structured remittance is one block of at most 140 characters, its markup included, written without blanks."""
    if len(payment.structured_remittance) > 1:
        yield Found("RmtInf/Strd[2]", "Only one block of structured remittance is possible.")
    for number, structured in enumerate(payment.structured_remittance, 1):
        length = markup_length(structured)
        if length > REMITTANCE_CHARACTERS_MAX:
            text = f"Structured remittance is {length} characters including markup; limit 140."
            yield Found(f"RmtInf/Strd[{number}]", text)


def markup_length(structured: StructuredRemittance) -> int:
    """Characters of the content of Strd as SEPA writes it: the creditor reference, minified."""
    if structured.reference is None:
        return 0
    kind = structured.reference_type
    proprietary = _written(structured.reference_type_proprietary or "")
    said = f"<Cd>{_written(kind)}</Cd>" if kind else f"<Prtry>{proprietary}</Prtry>"
    issuer = f"<Issr>{_written(structured.reference_issuer)}</Issr>" if structured.reference_issuer else ""
    tp = f"<Tp><CdOrPrtry>{said}</CdOrPrtry>{issuer}</Tp>" if kind or structured.reference_type_proprietary else ""
    return len(f"<CdtrRefInf>{tp}<Ref>{_written(structured.reference)}</Ref></CdtrRefInf>")


@rule(
    "SCT-11",
    source=f"Swiss Payment Standards, CH17; {EPC132}",
    severity=Severity.BLOCK,
    profiles=DIRECT,
    advice="Give the RF reference of the invoice, or free text instead.",
)
def only_a_creditor_reference(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """Structured remittance in SEPA is a creditor reference of type SCOR and nothing else."""
    for number, structured in enumerate(payment.structured_remittance, 1):
        path = f"RmtInf/Strd[{number}]"
        if structured.documents or structured.additional or structured.unread:
            yield Found(path, "Only a creditor reference is possible here, no documents and no added text.")
        if structured.reference is not None and structured.reference_type != "SCOR":
            yield Found(f"{path}/CdtrRefInf/Tp/CdOrPrtry", "A SEPA creditor reference has the type code SCOR.")


@rule(
    "SCT-12",
    source="EPC217-08, through a secondary source",
    severity=Severity.FIX,
    profiles=DIRECT,
    scope=Scope.TEXT,
    advice="payhub replaces them by the table of the bank profile; check that the name still reads well.",
)
def character_set(place: Place[str], _context: Context) -> Iterator[Found]:
    """Texts keep to the letters, digits and marks every SEPA bank takes; others are replaced."""
    refused = "".join(sign for sign in outside(place.value, SEPA_CHARACTERS) if sign not in "&<>")
    if refused:
        yield Found(place.path, f"'{place.value}' has characters that will be replaced: {refused}")


@rule(
    "SCT-13",
    source="market practice, no document opened",
    severity=Severity.FIX,
    profiles=DIRECT,
    scope=Scope.TEXT,
    advice="payhub writes + for &, and brackets for < and >.",
)
def ampersand(place: Place[str], _context: Context) -> Iterator[Found]:
    """The signs & < > are legal XML when escaped, but banks may drop them."""
    text = place.value
    if "&" in text or "<" in text or ">" in text:
        yield Found(place.path, f"'{text}' has a sign (& < >) that banks drop; it will be replaced.")


@rule(
    "SCT-14",
    source="ISO 20022 external code sets, May 2025",
    severity=Severity.WARN,
    advice="Look for a newer code list, or choose another code; the bank may refuse it.",
)
def purpose_known(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """A purpose code is one of the ISO list."""
    code = payment.purpose
    if code is not None and code not in PURPOSES and code not in CATEGORY_PURPOSES:
        yield Found("Purp/Cd", f"Purpose code {code} is not in the ISO list.")


@rule(
    "SCT-15",
    source="EPC125-05 comparison",
    severity=Severity.INFO,
    profiles=("sepa-sct",),
    advice="Check it with the profile sepa-inst.",
)
def not_instant(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A plain transfer names no local instrument; INST makes it an instant payment."""
    if context.payment_type(payment).local_instrument == "INST":
        yield Found(f"{context.type_path(payment)}/LclInstrm/Cd", "This is an instant payment, not a plain transfer.")
