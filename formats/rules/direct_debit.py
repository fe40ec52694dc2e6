"""SEPA direct debits (pain.008): creditor, mandate, sequence, lead time."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from formats.findings import Severity
from formats.initiation import CreditTransfer, PaymentInformation
from formats.rules.context import Context
from formats.rules.engine import Found, Scope, rule
from formats.values import mod97

SDD = ("sepa-sdd",)
PRACTICE = "market practice, no document opened"
EPC = "EPC130-08 (2025), through a secondary source"
SEQUENCES = frozenset({"FRST", "RCUR", "FNAL", "OOFF"})
_CREDITOR_ID = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{3}[A-Z0-9]{1,28}", re.ASCII)
DORMANT_MONTHS = 36


def creditor_id_right(text: str) -> bool:
    """Whether a creditor identifier has right check digits; the business code at places 5 to 7 does not count."""
    if _CREDITOR_ID.fullmatch(text) is None:
        return False
    return mod97(text[7:] + text[:4]) == 1


@rule(
    "SDD-01",
    source=f"{EPC}; check digits: {PRACTICE}",
    severity=Severity.BLOCK,
    profiles=SDD,
    scope=Scope.BATCH,
    advice="Copy the creditor identifier from the letter that assigned it.",
)
def creditor_identifier(batch: PaymentInformation, _context: Context) -> Iterator[Found]:
    """The collecting party has a creditor identifier with right check digits."""
    path = "CdtrSchmeId/Id/PrvtId/Othr/Id"
    if not batch.creditor_scheme_id:
        yield Found(path, "The creditor identifier is missing.")
    elif not creditor_id_right(batch.creditor_scheme_id.replace(" ", "").upper()):
        yield Found(path, f"Creditor identifier {batch.creditor_scheme_id} is invalid.")


@rule(
    "SDD-02",
    source=f"{EPC}, MD01",
    severity=Severity.BLOCK,
    profiles=SDD,
    advice="Complete the mandate; collect nothing without one.",
)
def mandate(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A collection names its mandate and the day it was signed, not after the collection."""
    given, path = payment.mandate, "DrctDbtTx/MndtRltdInf"
    if given is None or not given.id:
        yield Found(f"{path}/MndtId", "The mandate reference is missing.")
    if given is None or given.signed_on is None:
        yield Found(f"{path}/DtOfSgntr", "The date the mandate was signed is missing.")
    elif given.signed_on > context.execution_day:
        yield Found(f"{path}/DtOfSgntr", f"The mandate date {given.signed_on} lies after the collection.")


@rule(
    "SDD-03",
    source=f"{EPC}, CH22; ISO 20022 external code sets",
    severity=Severity.BLOCK,
    profiles=SDD,
    advice="Give sequence and scheme; send CORE and B2B as separate messages.",
)
def sequence_and_scheme(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A collection has a sequence (FRST, RCUR, FNAL, OOFF) and a scheme, CORE or B2B, the same in the whole message."""
    kind, path = context.payment_type(payment), context.type_path(payment)
    if kind.sequence not in SEQUENCES:
        yield Found(
            f"{path}/SeqTp", f"The sequence must be FRST, RCUR, FNAL or OOFF, it is {kind.sequence or 'missing'}."
        )
    scheme = kind.local_instrument
    if scheme not in ("CORE", "B2B"):
        yield Found(f"{path}/LclInstrm/Cd", f"The scheme must be CORE or B2B, it is {scheme or 'missing'}.")
        return
    context.seen.local_instruments.add(scheme)
    if len(context.seen.local_instruments) > 1:
        yield Found(f"{path}/LclInstrm/Cd", "CORE and B2B are mixed in one message.")


@rule(
    "SDD-04",
    source=PRACTICE,
    severity=Severity.WARN,
    profiles=SDD,
    scope=Scope.BATCH,
    advice="Choose a later collection date, and have told the payer in time (14 days unless agreed shorter).",
    parameters={"days_before": 1},
)
def lead_time(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """The collection reaches the payer's bank at least one business day before it is due."""
    days = context.parameters["SDD-04"]["days_before"]
    if batch.execution_date is not None and context.execution_day < context.as_of + timedelta(days=days):
        yield Found("ReqdExctnDt", f"It is too late for the due date {context.execution_day}.")


@rule(
    "SDD-05",
    source=PRACTICE,
    severity=Severity.WARN,
    profiles=SDD,
    advice="Ask the payer for a new mandate.",
)
def mandate_alive(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A mandate that was not used for 36 months has lapsed."""
    if payment.mandate is None or payment.mandate.id is None:
        return
    used = context.history.mandates_last_used.get(payment.mandate.id)
    if used is not None and _months_later(used, DORMANT_MONTHS) < context.execution_day:
        yield Found("DrctDbtTx/MndtRltdInf/MndtId", f"Mandate {payment.mandate.id} was last used on {used}: dormant.")


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last day of a month that is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
