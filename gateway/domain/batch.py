"""A batch: what one ERP request handed over. It has no state of its own: where it stands is where its payments are."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.domain.lifecycle import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """``maker`` is the person or API client that brought it; ``source`` the format it came in; ``erp`` the ERP's own
    keys, untouched (leading zeros, case).
    """

    id: str
    client_id: str
    maker: str
    maker_is_person: bool
    source: str
    document_sha256: str
    message_id: str
    received_at: datetime
    payments: int
    totals: tuple[tuple[str, Decimal], ...]
    erp: tuple[tuple[str, str], ...] = ()
    entity: str = ""
    file_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many payments of a batch (or file) are in a state, held or not, and what they add up to in one currency."""

    state: State
    held: bool
    currency: str
    count: int
    amount: Decimal
