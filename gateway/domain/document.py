"""What a bank sent, and what it says about each payment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DocumentState(StrEnum):
    """Where a document stands."""

    RECEIVED = "received"
    PROCESSED = "processed"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of one bank. ``state``: received, processed, or quarantined with a ``reason``.

    ``parent_id`` is the container it was taken out of, ``root_id`` the outermost one, ``depth`` how many lie around it.
    ``amends`` is an earlier document that said it was the same message, ``name_of`` an earlier one of the same name;
    both had other bytes. ``tries`` counts how often its processing was begun.
    """

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
    parent_id: str | None = None
    root_id: str | None = None
    depth: int = 0
    amends: str | None = None
    name_of: str | None = None
    seen_at: datetime | None = None
    tries: int = 0

    @property
    def root(self) -> str:
        """The outermost container, or the document itself."""
        return self.root_id or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry of a bank's listing as it was when it was last looked at, and what came of it.

    ``document_id`` is what its bytes are stored as; ``problem`` is what people were told about it; after ``failures``
    it is not asked for again before ``again_at``.
    """

    place: str
    name: str
    size: int | None = None
    modified_at: datetime | None = None
    document_id: str | None = None
    failures: int = 0
    again_at: datetime | None = None
    problem: str | None = None


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
