"""Payments into US banks: ACH and Fedwire from a pain.001."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from formats.codes.clearing import routing_number_problem
from formats.findings import Severity
from formats.initiation import Agent, CreditTransfer, Party, PaymentInformation
from formats.rules.context import NO_TYPE, Context, Place, above
from formats.rules.engine import Found, Scope, rule

PRACTICE = "market practice, no document opened"
US = ("us",)
ACH_CLASSES = frozenset({"CCD", "PPD", "CTX", "IAT"})
SAME_DAY_LIMIT = Decimal(1_000_000)
ADDENDA_CHARACTERS = 80


def _ach_class(payment: CreditTransfer, context: Context) -> str | None:
    kind = context.payment_type(payment)
    return kind.local_instrument or kind.local_instrument_proprietary


def _is_ach(payment: CreditTransfer, context: Context) -> bool:
    level = context.payment_type(payment).service_level
    return level in ("NURG", "SDVA") or _ach_class(payment, context) in ACH_CLASSES


@rule(
    "US-01",
    source=f"ISO 20022 external code sets; check digit: {PRACTICE}",
    severity=Severity.BLOCK,
    profiles=US,
    scope=Scope.AGENT,
    advice="Retype the routing number from the invoice.",
)
def routing_number(place: Place[Agent], _context: Context) -> Iterator[Found]:
    """A routing number (USABA) has nine digits and a right check digit."""
    agent = place.value
    if agent.clearing_system != "USABA" or agent.member_id is None:
        return
    problem = routing_number_problem(agent.member_id)
    if problem is not None:
        yield Found(f"{place.path}/ClrSysMmbId/MmbId", f"ABA {agent.member_id}: {problem}")


@rule(
    "US-02",
    source=PRACTICE,
    severity=Severity.WARN,
    profiles=US,
    advice="Ask the payee for the routing number for wires.",
    parameters={"ach_only": ()},
)
def wire_routing_number(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A wire does not go to a routing number the bank profile lists as ACH-only."""
    agent = payment.creditor_agent
    listed = agent is not None and agent.member_id in context.parameters["US-02"]["ach_only"]
    if listed and not _is_ach(payment, context):
        yield Found("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", "This is a paper or ACH-only routing number.")


@rule(
    "US-03",
    source=f"ISO 20022 external code sets; {PRACTICE}",
    severity=Severity.BLOCK,
    profiles=US,
    advice="Use CCD for a business, PPD for a person, CTX with long remittance, IAT where a leg is foreign.",
)
def ach_class(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """An ACH payment names its class."""
    if _is_ach(payment, context) and _ach_class(payment, context) not in ACH_CLASSES:
        yield Found(f"{context.type_path(payment)}/LclInstrm", "Choose the ACH type: CCD, PPD, CTX or IAT.")


@rule("US-04", source=PRACTICE, severity=Severity.WARN, profiles=US, advice="Use CTX for longer remittance.")
def addenda(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """PPD and CCD carry one addenda record of 80 characters."""
    length = sum(len(line) for line in payment.remittance)
    if _ach_class(payment, context) in ("PPD", "CCD") and length > ADDENDA_CHARACTERS:
        yield Found("RmtInf", "Remittance beyond 80 characters is cut.")


@rule("US-05", source=PRACTICE, severity=Severity.WARN, profiles=US, advice="Set CACC for checking, SVGS for savings.")
def account_type(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """ACH needs to know whether the account is checking or savings."""
    account = payment.creditor_account
    if _is_ach(payment, context) and account is not None and account.type_code is None:
        yield Found("CdtrAcct/Tp/Cd", "The account type is assumed to be checking.")


@rule(
    "US-06", source=PRACTICE, severity=Severity.BLOCK, profiles=US, advice="Give the account number as it is printed."
)
def us_account(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """US accounts have no IBAN and at most 17 letters and digits; ACH pays in dollars."""
    account = payment.creditor_account
    if _is_ach(payment, context) and payment.amount.currency != "USD":
        yield Found("Amt/InstdAmt", "ACH pays in US dollars only.", "Use a wire or a cross-border payment.")
    if account is None or not _us_bank(payment):
        return
    if account.iban is not None:
        yield Found("CdtrAcct/Id/IBAN", "US accounts have no IBAN.")
    elif re.fullmatch(r"[A-Za-z0-9]{1,17}", (account.other or "").replace("-", ""), re.ASCII) is None:
        yield Found("CdtrAcct/Id/Othr/Id", "A US account number has at most 17 letters and digits.")


def _us_bank(payment: CreditTransfer) -> bool:
    agent = payment.creditor_agent
    return agent is not None and (agent.clearing_system in ("USABA", "USPID") or (agent.bic or "")[4:6] == "US")


@rule("US-07", source=PRACTICE, severity=Severity.WARN, profiles=US, advice="Put the telling part of the name first.")
def short_name(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """ACH shows 22 characters of the payee's name, 16 in CTX."""
    limit = 16 if _ach_class(payment, context) == "CTX" else 22
    if _is_ach(payment, context) and len(payment.creditor.name or "") > limit:
        yield Found("Cdtr/Nm", f"The name will be shortened to {limit} characters.")


@rule(
    "US-08",
    source="secondary source on the Nacha rules of 20 March 2026",
    severity=Severity.BLOCK,
    profiles=US,
    scope=Scope.BATCH,
    advice="Put PAYROLL where the bank reads the company entry description.",
    valid_from=date(2026, 3, 20),
    parameters={"in_batch_id": False},
)
def payroll_marked(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """Wages by ACH are marked PAYROLL, where the bank reads the entry description: CtgyPurp/Prtry, or the batch id."""
    kind = batch.payment_type or NO_TYPE
    wages = kind.category_purpose == "SALA" or kind.category_purpose_proprietary in ("SALARY", "SALA")
    in_batch_id = context.parameters["US-08"]["in_batch_id"]
    description = batch.id if in_batch_id else kind.category_purpose_proprietary or ""
    if kind.local_instrument == "PPD" and wages and "PAYROLL" not in description.upper():
        yield Found("PmtInfId" if in_batch_id else "PmtTpInf/CtgyPurp", "A payroll file must be marked PAYROLL.")


@rule(
    "US-10",
    source="Federal Reserve same-day ACH schedule",
    severity=Severity.BLOCK,
    profiles=US,
    advice="Send it as an ordinary ACH payment or as a wire.",
)
def same_day_ach(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Same-day ACH is at most 1,000,000 dollars, not IAT, and for today."""
    if context.payment_type(payment).service_level != "SDVA":
        return
    if above(payment, SAME_DAY_LIMIT):
        yield Found("Amt/InstdAmt", "The amount is too large for same-day ACH (1,000,000 USD).")
    if _ach_class(payment, context) == "IAT":
        yield Found(f"{context.type_path(payment)}/LclInstrm", "International payments cannot go by same-day ACH.")
    if context.execution_day > context.as_of:
        yield Found("../ReqdExctnDt", "Same-day ACH cannot have a future date.")


@rule("US-11", source=PRACTICE, severity=Severity.BLOCK, profiles=US, advice="Complete names and addresses.")
def iat_addresses(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """International ACH has names and full addresses of both sides."""
    if _ach_class(payment, context) != "IAT":
        return
    for party, path, word in ((payment.creditor, "Cdtr", "payee"), (context.batch.debtor, "../Dbtr", "payer")):
        if not _located(party):
            yield Found(f"{path}/PstlAdr", f"International ACH needs name and full address of the {word}.")


def _located(party: Party) -> bool:
    address = party.address
    if not party.name or address is None:
        return False
    return bool(address.town and address.country and (address.street or address.lines))


@rule(
    "US-12",
    source="Fedwire FAQ; Federal Register 2025",
    severity=Severity.BLOCK,
    profiles=US,
    advice="Add the routing number (USABA), and name, town and country of the payee.",
)
def fedwire(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A Fedwire payment names the payee's bank by routing number, and an address has name, town and country."""
    if context.payment_type(payment).service_level != "URGP" or not _us_bank(payment):
        return
    agent, party = payment.creditor_agent, payment.creditor
    if agent is not None and agent.clearing_system != "USABA":
        yield Found("CdtrAgt/FinInstnId/ClrSysMmbId", "Fedwire needs the routing number (USABA) of the payee's bank.")
    if party.address is not None and not (party.name and party.address.town and party.address.country):
        yield Found("Cdtr/PstlAdr", "Name, town and country are required with an address.")


@rule(
    "US-13",
    source=PRACTICE,
    severity=Severity.WARN,
    profiles=US,
    scope=Scope.BATCH,
    advice="Check in the bank profile whether the date is the day of sending or of credit.",
    parameters={"date_is_settlement": True},
)
def date_is_credit_day(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """For ACH many banks read the date as the day the payee is credited."""
    ach = batch.payment_type is not None and batch.payment_type.service_level == "NURG"
    if ach and batch.execution_date is not None and context.parameters["US-13"]["date_is_settlement"]:
        yield Found("ReqdExctnDt", f"The bank credits payees on {context.execution_day}.")
