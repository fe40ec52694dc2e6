"""A payment as the hub keeps it: what the ERP said, unchanged, and where it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from gateway.domain.lifecycle import State


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """A payment at intake. ``content`` is its canonical JSON, which approval binds to and generation builds from;
    ``content_sha256`` and ``fingerprint`` are hex digests (rulebook ID-07: the fingerprint ignores ids).
    """

    id: str
    position: int
    content: str
    content_sha256: str
    fingerprint: str
    entity: str
    debtor_account: str
    amount: Decimal
    currency: str
    creditor_name: str
    creditor_account: str
    end_to_end_id: str
    instruction_id: str | None
    uetr: str | None
    payment_information_id: str
    requested_date: date
    service_level: str | None
    local_instrument: str | None
    category_purpose: str | None
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(NewPayment):
    """A payment with its state. ``version`` counts its moves; ``iso_status`` is the bank's own word, kept beside."""

    batch_id: str
    state: State
    version: int
    updated_at: datetime
    hold: str | None = None
    hold_reason: str | None = None
    hold_owner: str | None = None
    hold_id: str | None = None
    hold_by: str | None = None
    hold_at: datetime | None = None
    approval_digest: str | None = None
    bank: str | None = None
    product: str | None = None
    value_date: date | None = None
    window_id: str | None = None
    file_id: str | None = None
    bank_batch_id: str | None = None
    iso_status: str | None = None
    reason_code: str | None = None
    reason_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One row of a payment's or file's history."""

    subject: str
    version: int
    source: str
    target: str
    step: str
    reason: str
    actor: str
    at: datetime
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which payments of one batch or one file a set-based move is about. At least one of the two is given; the other
    fields narrow it down, None meaning any. ``marked`` narrows to the
    payments on a scratch list of that name.
    """

    batch_id: str | None = None
    file_id: str | None = None
    debtor_account: str | None = None
    currency: str | None = None
    service_level: str | None = None
    local_instrument: str | None = None
    category_purpose: str | None = None
    requested_date: date | None = None
    window_id: str | None = None
    approval_digest: str | None = None
    bank_batch_id: str | None = None
    positions: tuple[int, int] | None = None
    """From (inclusive) and to (exclusive) position."""
    held: bool | None = None
    marked: str | None = None
    exactly: frozenset[str] = frozenset()
    """Names of the fields above whose None means 'is null' rather than 'any'."""
