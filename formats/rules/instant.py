"""Instant SEPA payments, and what Verification of Payee means for a file."""

from collections.abc import Iterator
from decimal import Decimal

from formats.findings import Severity
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.rules.context import Context, above
from formats.rules.engine import Found, Scope, rule
from formats.rules.profiles import SEPA


@rule(
    "INS-01",
    source="Swiss Payment Standards 2.2: INST for the batch only; EPC122-16 comparison",
    severity=Severity.BLOCK,
    profiles=("sepa-inst",),
    advice="Put instant payments into a batch of their own, marked INST for the batch.",
    parameters={"at_batch_only": True},
)
def own_batch(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Instant payments are marked INST, for the whole batch, and never mixed with plain ones."""
    instrument = context.payment_type(payment).local_instrument
    if instrument != "INST":
        yield Found(f"{context.type_path(payment)}/LclInstrm/Cd", "Instant payments need the local instrument INST.")
    elif payment.payment_type is not None and context.parameters["INS-01"]["at_batch_only"]:
        yield Found("PmtTpInf/LclInstrm/Cd", "Instant payments need their own batch: mark the batch, not the payment.")


@rule(
    "INS-02",
    source="EPC122-16 (2025): no scheme limit since 5 October 2025",
    severity=Severity.WARN,
    profiles=("sepa-inst",),
    advice="Ask the bank for a higher limit, or send it as a plain transfer.",
    parameters={"limit": None},
)
def instant_limit(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """An instant payment stays within the bank's own limit; the scheme has none any more."""
    limit = context.parameters["INS-02"]["limit"]
    if limit is not None and above(payment, Decimal(str(limit))):
        yield Found("Amt/InstdAmt", f"The amount is above your instant limit of {limit} EUR at this bank.")


@rule(
    "VOP-02",
    source="secondary sources on Verification of Payee",
    severity=Severity.INFO,
    profiles=SEPA,
    scope=Scope.MESSAGE_END,
    advice="Expect an answer about the name; opting out takes a file of two payments or more.",
)
def single_payment_is_checked(_header: Initiation, context: Context) -> Iterator[Found]:
    """The name check can only be waived for orders of two payments or more."""
    if context.totals.count == 1:
        yield Found("NbOfTxs", "This file holds one payment; the bank will check the payee's name.")


@rule(
    "VOP-03",
    source="secondary sources on Verification of Payee",
    severity=Severity.WARN,
    profiles=SEPA,
    scope=Scope.BATCH,
    advice="Have the person who may decide this confirm it; payhub keeps who did.",
    parameters={"opted_out": False},
)
def opted_out(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """Where the name check is waived, the payer bears the loss of a misdirected payment."""
    if context.parameters["VOP-03"]["opted_out"]:
        text = f"The name check is off for batch {batch.id}: your company bears misdirected payments."
        yield Found("", text)
