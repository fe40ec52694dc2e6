"""Cross-border payments: addresses, company ids, reporting, tax and remittance."""

from collections.abc import Iterator

from formats.codes.remittance import DOCUMENT_TYPES, REFERENCE_TYPES
from formats.findings import Severity
from formats.initiation import Address, CreditTransfer, Party
from formats.rules.addresses import structured
from formats.rules.context import Context, Place
from formats.rules.engine import Found, Scope, rule
from formats.rules.profiles import CROSS_BORDER
from formats.rules.swiss_agents import bank_country
from formats.rules.swiss_types import FREE_FORM

CGI = "CGI-MP handbook of November 2025, through a secondary source"
PRACTICE = "market practice, no document opened"
NEVER_UNSTRUCTURED = ("ultimate_debtor", "ultimate_creditor", "initiating_party")
REPORTING_CODE_CHARACTERS_MAX = 10
PURPOSE_COUNTRIES = ("AE", "BH", "BR", "CN", "ID", "IN", "JO", "KR", "KZ", "MY", "PH", "RU", "TH", "UA", "ZA")
"""Countries whose central banks commonly ask what a payment is for; a bank's own table outranks it."""


@rule(
    "XB-09",
    source=CGI,
    severity=Severity.BLOCK,
    profiles=CROSS_BORDER,
    scope=Scope.ADDRESS,
    advice="Give town and country as fields, or leave the address out.",
)
def ultimate_address_structured(place: Place[Address], _context: Context) -> Iterator[Found]:
    """The address of an ultimate party or of the sender is never free lines only."""
    if place.role in NEVER_UNSTRUCTURED and place.value.lines and not structured(place.value):
        yield Found(f"{place.path}/AdrLine", "The address of an ultimate party or the sender must be structured.")


@rule(
    "XB-10",
    source=f"{PRACTICE} (FATF recommendation 16, EU funds transfer regulation)",
    severity=Severity.WARN,
    profiles=CROSS_BORDER,
    advice="Add town and country of the payee.",
)
def payee_address(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A cross-border payment says where the other party is: name, town and country."""
    party = payment.creditor
    if not party.name:
        text = f"The {context.other_side}'s name is missing."
        yield Found("Cdtr/Nm", text, "Add the name.", Severity.BLOCK)
    if party.address is None or not (party.address.town and party.address.country):
        text = f"The {context.other_side}'s town and country are recommended; some banks stop the payment."
        yield Found("Cdtr/PstlAdr", text)


@rule(
    "XB-11",
    source=CGI,
    severity=Severity.BLOCK,
    profiles=CROSS_BORDER,
    advice="Fill in what the payee's bank asks for; the code does not belong into the purpose.",
    parameters={"countries": ()},
)
def reporting_complete(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Central-bank reporting has its indicator, a type beside its code, and a code of at most ten characters."""
    reports = payment.regulatory_reporting
    country = bank_country(payment)
    if country in context.parameters["XB-11"]["countries"] and not any(report.code for report in reports):
        yield Found("RgltryRptg/Dtls/Cd", f"Country {country} needs a central-bank purpose code.")
    for number, report in enumerate(reports, 1):
        path = f"RgltryRptg[{number}]"
        if not report.indicator:
            yield Found(f"{path}/DbtCdtRptgInd", "Central-bank reporting needs its indicator (DEBT, CRED or BOTH).")
        if report.code and not report.type:
            yield Found(f"{path}/Dtls/Tp", "A central-bank code needs its type.")
        if report.code and len(report.code) > REPORTING_CODE_CHARACTERS_MAX:
            yield Found(f"{path}/Dtls/Cd", f"Central-bank code {report.code} is longer than ten characters.")


@rule(
    "XB-12",
    source=PRACTICE,
    severity=Severity.WARN,
    profiles=CROSS_BORDER,
    advice="Ask the payee whether its bank wants a purpose code.",
    parameters={"countries": PURPOSE_COUNTRIES},
)
def reporting_likely(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Some countries commonly want a purpose code."""
    country = bank_country(payment)
    if country in context.parameters["XB-12"]["countries"] and not payment.regulatory_reporting:
        yield Found("RgltryRptg/Dtls/Cd", f"Check whether a payment to {country} needs a purpose code.")


@rule(
    "XB-13",
    source=CGI,
    severity=Severity.BLOCK,
    profiles=("cgi",),
    scope=Scope.PARTY,
    advice="Use a code of the ISO list (TXID, CUST, DUNS …); an LEI goes into its own element.",
)
def company_id_scheme(place: Place[Party], _context: Context) -> Iterator[Found]:
    """A company id names its scheme by code; an LEI has an element of its own."""
    if place.value.private:
        return
    for number, given in enumerate(place.value.ids, 1):
        path = f"{place.path}/Id/OrgId/Othr[{number}]/SchmeNm"
        if given.scheme_proprietary is not None:
            yield Found(f"{path}/Prtry", f"The scheme of company id {given.value} must be a code.")
        elif given.scheme == "LEI":
            yield Found(f"{path}/Cd", "An LEI goes into its own element.", "Move it to Id/OrgId/LEI.")


@rule(
    "XB-14",
    source=CGI,
    severity=Severity.BLOCK,
    profiles=("cgi",),
    advice="Add the tax block, or choose another category purpose.",
)
def withholding_tax(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A withholding tax payment carries its tax details."""
    if context.payment_type(payment).category_purpose == "WHLD" and not payment.tax:
        yield Found("Tax", "Tax details are missing.")


@rule(
    "XB-15",
    source=f"{CGI}; ISO 20022 external code sets",
    severity=Severity.BLOCK,
    profiles=CROSS_BORDER,
    advice="Shorten it, or send the remittance advice by itself; use codes of the ISO lists.",
)
def remittance_details(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """Structured remittance is at most 9,000 characters, with document and reference types of the ISO lists."""
    length = FREE_FORM.length(payment)
    if length > FREE_FORM.characters_max:
        yield Found("RmtInf/Strd", f"Structured remittance is {length} characters; limit 9,000.")
    for number, block in enumerate(payment.structured_remittance, 1):
        path = f"RmtInf/Strd[{number}]"
        if block.reference_type is not None and block.reference_type not in REFERENCE_TYPES:
            yield Found(f"{path}/CdtrRefInf/Tp/CdOrPrtry/Cd", f"{block.reference_type} is not a reference type.")
        for position, document in enumerate(block.documents, 1):
            if document.type_code is not None and document.type_code not in DOCUMENT_TYPES:
                where = f"{path}/RfrdDocInf[{position}]/Tp/CdOrPrtry/Cd"
                yield Found(where, f"{document.type_code} is not a document type.")
