"""The answer to a recall (camt.029) without a version: what the bank says will become of payments it was to stop."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from formats.findings import Finding
from formats.status_report import Reason

RecallLevel = Literal["transaction", "payment_information", "group", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallStatus:
    """What is said of one payment, or of all of a block or message that were recalled, where it names no payment.

    ``status`` is the lowest one that speaks of it, as written (ACCR, CNCL, RJCR, PDCR …), and ``level`` where it
    stands; both are None where nothing does. ``PACR`` above a payment says nothing of it: some are stopped, some not.
    """

    case_id: str | None = None
    cancellation_id: str | None = None
    """Our own id of the request, where the bank repeats it."""
    original_message_id: str | None = None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    status: str | None = None
    level: RecallLevel | None = None
    reasons: tuple[Reason, ...] = ()
    names_payment: bool = True
    """False where it speaks of a block or a message as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallAnswer:
    """A camt.029. ``status`` is the confirmation of the whole investigation, as written."""

    message: str
    message_id: str | None
    case_id: str | None = None
    created_at: datetime | None = None
    status: str | None = None
    payments: tuple[RecallStatus, ...] = ()
    findings: tuple[Finding, ...] = ()
