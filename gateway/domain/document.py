"""What a bank sent, and what it says about each payment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of one bank. ``state``: received, processed, or quarantined with a ``reason``."""

    id: str
    bank: str
    sha256: str
    name: str
    media_type: str | None
    size: int
    state: str
    kind: str | None
    message_id: str | None
    received_at: datetime
    processed_at: datetime | None
    reason: str | None
    seen: int
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one document says about one payment."""

    payment_id: str
    file_id: str
    status: str
    level: str
    reason_code: str | None
    reason_text: str | None
    note: str | None = None
