"""Swiss payments by type: banks, instructions, instant marks and what else each type allows."""

from collections.abc import Iterator

from formats.codes.clearing import MEMBER_IDS
from formats.findings import Severity
from formats.initiation import CreditTransfer, PaymentInformation
from formats.rules.context import NO_TYPE, Context
from formats.rules.engine import Found, Scope, rule
from formats.rules.swiss_types import swiss_type

IG = "Swiss Payment Standards, Implementation Guidelines 2.2 (2025)"
SWISS = ("swiss",)
DOMESTIC = ("D V1", "D V2")


@rule(
    "CH-09",
    source=IG,
    severity=Severity.FIX,
    profiles=SWISS,
    advice="Leave the payee's bank out; the IBAN says it.",
)
def bank_not_needed(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A domestic payment to an IBAN needs no bank of the payee; one that is given is ignored."""
    account = payment.creditor_account
    has_iban = account is not None and account.iban is not None
    if has_iban and payment.creditor_agent is not None and swiss_type(payment, context) in DOMESTIC:
        yield Found("CdtrAgt", "The details of the payee's bank are ignored; the IBAN is used.")


@rule(
    "CH-10",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Ask the payee for the IBAN.",
)
def iban_required(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Instant and SEPA payments go to an IBAN."""
    account = payment.creditor_account
    if swiss_type(payment, context) in ("S", "D V2") and (account is None or account.iban is None):
        if account is not None and context.payment_type(payment).category_purpose == "RRCT":
            return
        yield Found("CdtrAcct/Id/IBAN", "An IBAN is required for this payment.")


@rule(
    "CH-11",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Add the bank's name and address, or give its BIC instead of the clearing code.",
)
def foreign_clearing_code(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Abroad, a clearing code without a BIC comes with name and address of the bank, and is not a Swiss one."""
    agent = payment.creditor_agent
    if agent is None or agent.member_id is None or swiss_type(payment, context) != "X V2":
        return
    if agent.clearing_system == "CHBCC":
        yield Found("CdtrAgt/FinInstnId/ClrSysMmbId", "A Swiss clearing number is not possible for a bank abroad.")
    if not agent.bic and (not agent.name or agent.address is None):
        yield Found("CdtrAgt/FinInstnId", "Bank name and address are needed with this clearing code.")


@rule(
    "CH-13",
    source=f"{IG}, CH17",
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Mark the whole batch INST or ITP, or no part of it.",
)
def instant_mark(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """The instant mark stands at the batch only, and only for instant payments in CHF."""
    own = payment.payment_type or NO_TYPE
    if own.local_instrument or own.local_instrument_proprietary:
        yield Found("PmtTpInf/LclInstrm", "The instant flag must be set for the whole batch, not for one payment.")
        return
    kind = context.payment_type(payment)
    if swiss_type(payment, context) == "D V1" and (kind.local_instrument or kind.local_instrument_proprietary):
        given = kind.local_instrument or kind.local_instrument_proprietary
        yield Found("../PmtTpInf/LclInstrm", f"{given} is not possible for an ordinary domestic payment.")


@rule(
    "CH-14",
    source=f"{IG}, CH16, CH17",
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Give one service level: a code, or the bank's own word where it has one.",
)
def one_service_level(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """There is one service level, and in SEPA no bank's own word."""
    kind = context.payment_type(payment)
    if kind.service_level and kind.service_level_proprietary:
        yield Found(
            f"{context.type_path(payment)}/SvcLvl", "The service level is invalid: code and own word are given."
        )


@rule(
    "CH-15",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Remove the instruction.",
)
def no_instructions_at_home(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Instructions to the payee's bank are for foreign payments."""
    if payment.instructions_for_creditor_agent and swiss_type(payment, context) in (*DOMESTIC, "S"):
        yield Found("InstrForCdtrAgt", "Instructions to the payee's bank are only for foreign payments.")


@rule(
    "CH-16",
    source=f"{IG}, CH21, RR05",
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Ask the payee for the code its central bank wants.",
)
def regulatory_reporting(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Central-bank reporting: none in instant payments, else one; a code needs its country; the Emirates need one."""
    reports = payment.regulatory_reporting
    if reports and swiss_type(payment, context) == "D V2":
        yield Found("RgltryRptg", "Central-bank reporting is not possible in an instant payment.")
    if len(reports) > 1:
        yield Found("RgltryRptg[2]", "Only one central-bank report is possible.")
    for number, report in enumerate(reports, 1):
        if report.code and not report.country:
            yield Found(f"RgltryRptg[{number}]/Dtls/Ctry", "A central-bank code needs its country.")
    if bank_country(payment) == "AE" and not any(report.indicator for report in reports):
        yield Found("RgltryRptg/DbtCdtRptgInd", "The central-bank code for the Emirates (AE) is missing.")


def bank_country(payment: CreditTransfer) -> str | None:
    """The country the money goes to: of the IBAN, else of the BIC, the clearing system, or the bank's address."""
    account, agent = payment.creditor_account, payment.creditor_agent
    if account is not None and account.iban:
        return account.iban[:2]
    if agent is not None and agent.bic and agent.bic != "NOTPROVIDED":
        return agent.bic[4:6]
    if agent is not None and agent.clearing_system in MEMBER_IDS:
        return MEMBER_IDS[agent.clearing_system][0].split()[0]
    return agent.address.country if agent is not None and agent.address is not None else None


@rule(
    "CH-17",
    source=IG,
    severity=Severity.BLOCK,
    profiles=SWISS,
    advice="Keep one of them.",
)
def one_remittance_block(payment: CreditTransfer, _context: Context) -> Iterator[Found]:
    """Remittance is given here or announced to come separately, not both."""
    if payment.related_remittance and (payment.remittance or payment.structured_remittance):
        yield Found("RltdRmtInf", "Two remittance blocks are given.")


@rule(
    "CH-18",
    source=IG,
    severity=Severity.INFO,
    profiles=SWISS,
    scope=Scope.BATCH,
    advice="Nothing to do if that is wanted; without batch booking each salary is shown.",
)
def salaries_hidden(batch: PaymentInformation, _context: Context) -> Iterator[Found]:
    """A salary or pension batch booked as one entry hides its details on the statement."""
    kind = batch.payment_type or NO_TYPE
    if kind.category_purpose in ("SALA", "PENS") and batch.batch_booking is not False:
        yield Found("PmtTpInf/CtgyPurp", "Salary details will be hidden on the statement.")
