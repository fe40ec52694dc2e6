"""Rules about the message as a whole and about its batches: counts, sums, dates, methods."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from formats.errors import InvalidValue
from formats.findings import Severity
from formats.initiation import Initiation, PaymentInformation
from formats.rules.context import Context, Totals
from formats.rules.engine import Found, Scope, rule
from formats.values import decimal

SPS = "Swiss Payment Standards, Implementation Guidelines 2.2 (2025)"
EPC = "EPC customer-to-bank guidelines 2025, through secondary sources"
PRACTICE = "market practice, no document opened"


def _count_differs(declared: str | None, totals: Totals) -> bool:
    return declared is not None and (not declared.strip().isdecimal() or int(declared) != totals.count)


def _sum_differs(declared: str | None, totals: Totals) -> bool:
    if declared is None:
        return False
    try:
        return decimal(declared) != totals.total
    except InvalidValue:
        return True


def _said(totals: Totals) -> str:
    return f"{totals.total:f}" if totals.total.is_finite() else "nothing that can be said: an amount is no number"


@rule(
    "GEN-003",
    source=f"{SPS}, AM18",
    severity=Severity.BLOCK,
    scope=Scope.MESSAGE_END,
    advice="Do not edit the file by hand; export it again from the ERP.",
)
def header_count(header: Initiation, context: Context) -> Iterator[Found]:
    """The header's number of payments is the number of payments in the message."""
    if _count_differs(header.number_of_transactions, context.totals):
        declared = header.number_of_transactions
        yield Found(
            "NbOfTxs",
            f"The header says {declared} payments, the file holds {context.totals.count}. Banks reject the whole file.",
        )


@rule(
    "GEN-004",
    source=f"{SPS}, AM10",
    severity=Severity.BLOCK,
    scope=Scope.MESSAGE_END,
    advice="Find out whether a payment was added, lost or changed; then export the file again.",
)
def header_sum(header: Initiation, context: Context) -> Iterator[Found]:
    """The header's control sum is the sum of all amounts, whatever their currency."""
    if _sum_differs(header.control_sum, context.totals):
        declared, total = header.control_sum, _said(context.totals)
        yield Found("CtrlSum", f"The header total {declared} differs from the sum of the payments, {total}.")


@rule(
    "GEN-005",
    source=SPS,
    severity=Severity.BLOCK,
    scope=Scope.BATCH_END,
    advice="Find out which payment of this batch was added, lost or changed; then export the file again.",
)
def batch_totals(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """A batch's own count and sum, where given, are those of its payments; many banks never look."""
    totals = context.batch_totals
    if _count_differs(batch.number_of_transactions, totals):
        declared = batch.number_of_transactions
        yield Found("NbOfTxs", f"Batch {batch.id} says {declared} payments and holds {totals.count}.")
    if _sum_differs(batch.control_sum, totals):
        text = f"Batch {batch.id} says a total of {batch.control_sum} and adds up to {_said(totals)}."
        yield Found("CtrlSum", text)


@rule(
    "GEN-015",
    source=f"{SPS}; EPC125-05 comparison",
    severity=Severity.BLOCK,
    scope=Scope.BATCH,
    advice="Set the payment method to TRF, or ask the bank for cheques and enter it in the bank profile.",
    parameters={"cheques": False},
)
def payment_method(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """The payment method is a transfer (TRF); cheques (CHK) only where the bank offers them; DD in a collection."""
    if context.header.collection:
        if batch.method != "DD":
            yield Found("PmtMtd", f"A collection has the payment method DD, not '{batch.method}'.", "Set it to DD.")
    elif batch.method == "CHK":
        if not context.parameters["GEN-015"]["cheques"]:
            yield Found("PmtMtd", "This bank does not issue cheques from files.")
    elif batch.method not in ("TRF", "TRA"):
        yield Found("PmtMtd", f"'{batch.method}' is not a payment method for transfers.")


@rule(
    "GEN-016",
    source=f"{SPS}; the form of pain.001.001.03 from its schema",
    severity=Severity.BLOCK,
    scope=Scope.BATCH,
    advice="Give the date as ReqdExctnDt/Dt (from version .08 on) or plainly in ReqdExctnDt (.03).",
)
def execution_date_present(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """Every batch says when it is to be executed, in the place its version has for it."""
    if batch.execution_date is None:
        word = "Collection" if context.header.collection else "Execution"
        yield Found("ReqdExctnDt", f"{word} date is missing, or in the wrong place for this file version.")


@rule(
    "GEN-017",
    source="German DK specification (GBIC 5), through a secondary source",
    severity=Severity.BLOCK,
    scope=Scope.BATCH,
    advice="Give a date only, or make it an instant payment with a time that ends in Z or an offset such as +01:00.",
)
def time_of_day(batch: PaymentInformation, _context: Context) -> Iterator[Found]:
    """A time of day is for instant payments only, and says its time zone."""
    asked = batch.execution_date
    if not isinstance(asked, datetime):
        return
    instant = batch.payment_type is not None and batch.payment_type.local_instrument == "INST"
    if not instant or asked.tzinfo is None:
        yield Found(
            "ReqdExctnDt/DtTm", "A time of day is only possible for instant payments, and it needs a time zone."
        )


@rule(
    "GEN-018",
    source=f"{SPS}, DT01, CH03, CH04, DT06",
    severity=Severity.WARN,
    scope=Scope.BATCH,
    advice="Check the date; a bank that takes it at all will move it to its next business day.",
    parameters={"days_ahead_max": 365},
)
def execution_date_near(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """The execution date is not in the past, and not further ahead than the bank takes files."""
    if batch.execution_date is None:
        return
    day, days = context.execution_day, context.parameters["GEN-018"]["days_ahead_max"]
    if day < context.as_of:
        yield Found("ReqdExctnDt", f"Execution date {day} is in the past; the bank will move it or refuse the batch.")
    elif day > context.as_of + timedelta(days=days):
        yield Found(
            "ReqdExctnDt",
            f"Execution date {day} is more than {days} days ahead; the bank does not keep files that long.",
            "Send the file nearer to its date.",
            Severity.BLOCK,
        )


@rule(
    "GEN-026",
    source=f"{SPS}, one currency a batch",
    severity=Severity.BLOCK,
    scope=Scope.BATCH_END,
    advice="Put each currency into a batch of its own.",
)
def one_currency(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """A batch has one currency."""
    currencies = sorted(str(currency) for currency in context.batch_totals.currencies)
    if len(currencies) > 1:
        yield Found("", f"Batch {batch.id} mixes currencies: {', '.join(currencies)}.")


@rule(
    "GEN-027",
    source=f"{SPS}; other banks {PRACTICE}",
    severity=Severity.INFO,
    scope=Scope.BATCH,
    advice="If single entries are needed on the statement, set BtchBookg to false and agree it with the bank.",
)
def batch_booking(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """A batch booking wish, or the Swiss default of one, means one entry on the statement."""
    if batch.batch_booking or (batch.batch_booking is None and context.profile == "swiss"):
        yield Found("BtchBookg", "The bank will book this batch as one entry.")


@rule(
    "GEN-030",
    source=f"{SPS} (99,999); other banks by contract",
    severity=Severity.BLOCK,
    scope=Scope.MESSAGE_END,
    advice="Split the file before it is approved.",
    parameters={"payments_max": 99_999},
)
def payments_per_file(_header: Initiation, context: Context) -> Iterator[Found]:
    """A file holds no more payments than the bank takes."""
    most = context.parameters["GEN-030"]["payments_max"]
    if context.totals.count > most:
        yield Found("NbOfTxs", f"The bank accepts at most {most} payments a file, this one has {context.totals.count}.")
