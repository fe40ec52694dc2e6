"""A status report (pain.002) without a version: what the bank says became of a file, its batches and payments."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from formats.findings import Finding
from formats.values import Money

StatusLevel = Literal["transaction", "payment_information", "group"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One StsRsnInf: ``code`` from the ISO list or ``proprietary`` the bank's own; ``text`` lines as sent;
    ``originator`` names who decided (bank, clearing, payee's bank).
    """

    code: str | None = None
    proprietary: str | None = None
    text: tuple[str, ...] = ()
    originator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStatus:
    """One TxInfAndSts. ``status`` is the *effective* status (rulebook B.2, LV-02 to LV-05) and ``status_level`` says
    which level it came from; both are None where the message says nothing about this payment.
    """

    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    own_status: str | None = None
    status: str | None = None
    status_level: StatusLevel | None = None
    reasons: tuple[Reason, ...] = ()
    amount: Money | None = None
    account_servicer_reference: str | None = None
    accepted_at: datetime | None = None
    execution_date: date | None = None
    creditor_name: str | None = None
    status_id: str | None = None
    """StsId: the bank's own name for this one answer."""
    clearing_system_reference: str | None = None
    settlement_date: date | None = None
    """When the bank settles: FctvIntrBkSttlmDt, else the original's IntrBkSttlmDt."""
    creditor_account: str | None = None
    """IBAN or other account number of the payee, as the bank repeats it."""
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStatus:
    """One OrgnlPmtInfAndSts: the status of a payment-information block, as written (not inherited)."""

    payment_information_id: str | None
    status: str | None = None
    reasons: tuple[Reason, ...] = ()
    counts: tuple[tuple[str, str], ...] = ()
    """NbOfTxsPerSts: (status, detailed number) as written."""
    number_of_transactions: str | None = None
    control_sum: str | None = None
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A whole pain.002."""

    message: str
    message_id: str | None
    created_at: datetime | None
    original_message_id: str | None
    original_message_name: str | None
    group_status: str | None = None
    group_reasons: tuple[Reason, ...] = ()
    group_counts: tuple[tuple[str, str], ...] = ()
    batches: tuple[BatchStatus, ...] = ()
    payments: tuple[PaymentStatus, ...] = ()
    initiating_party: str | None = None
    """Who sent the report: name, else BIC or other identification of InitgPty."""
    original_created_at: datetime | None = None
    original_number_of_transactions: str | None = None
    original_control_sum: str | None = None
    findings: tuple[Finding, ...] = ()
