"""What an entry may belong to: the references the engine asks the store for, and what the store hands over."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from formats.statement import Kind
from reconciliation.booked import Booked, reference
from reconciliation.expected import ExpectedPayment, OpenItem
from reconciliation.matching import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceKeys:
    """What to load candidates by, in a few set-based queries, always within ``accounts``.

    Load every payment of the accounts that has one of these references, and *all* payments of the named payment
    informations (and, for a batch known by its message only, of the named messages in ``batch_message_ids``).
    ``amounts`` serve the suggesting rungs and may be left out.
    """

    accounts: frozenset[str]
    message_ids: frozenset[str]
    batch_message_ids: frozenset[str]
    payment_information_ids: frozenset[str]
    instruction_ids: frozenset[str]
    end_to_end_ids: frozenset[str]
    uetrs: frozenset[str]
    event_keys: frozenset[str]
    amounts: frozenset[tuple[str, Decimal]]


def reference_keys(booked: Iterable[Booked]) -> ReferenceKeys:
    """The keys of these entries; placeholders such as NOTPROVIDED are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    amounts: set[tuple[str, Decimal]] = set()
    for entry in booked:
        found["account"].add(entry.account)
        found["event"].add(entry.event_key)
        blocks = [(block.message_id, block.payment_information_id) for block in entry.batches]
        found["batch_message"].update(m for m, batch in blocks if m is not None and batch is None)
        found["batch"].update(batch for _, batch in blocks if batch is not None)
        if entry.reference is not None:
            for name in ("batch", "instruction", "end_to_end", "batch_message"):
                found[name].add(entry.reference)
        for refs in (*entry.details, *(part.references for part in entry.parts)):
            found["message"].add(refs.message_id or "")
            found["batch"].add(refs.payment_information_id or "")
            found["instruction"].add(refs.instruction_id or "")
            found["end_to_end"].add(refs.end_to_end_id or "")
            found["uetr"].add(refs.uetr or "")
        amounts.update((part.currency, part.amount) for part in entry.parts)
    kept = {name: frozenset(text for text in texts if reference(text) is not None) for name, texts in found.items()}
    none: frozenset[str] = frozenset()
    return ReferenceKeys(
        accounts=kept.get("account", none),
        message_ids=kept.get("message", none),
        batch_message_ids=kept.get("batch_message", none),
        payment_information_ids=kept.get("batch", none),
        instruction_ids=kept.get("instruction", none),
        end_to_end_ids=kept.get("end_to_end", none),
        uetrs=kept.get("uetr", none),
        event_keys=kept.get("event", none),
        amounts=frozenset(amounts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorClaim:
    """A claim that is already stored, with the movement it came from."""

    entry_id: str
    statement_id: str
    kind: Kind
    event_key: str
    purpose: Purpose
    amount: Decimal
    payment_id: str | None = None
    open_item_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A booked entry (no forecast, no unproven statement) that is already stored: it told this movement before."""

    entry_id: str
    statement_id: str
    kind: Kind
    event_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What the store hands over for the :class:`ReferenceKeys` of a chunk.

    Payments in any state, also those that the chunk's event keys have claimed; all claims those payments and open
    items already have; earlier sightings of the event keys; and the keys of open breaks about those event keys or
    payments, so that a match can say which of them it resolves.
    """

    payments: tuple[ExpectedPayment, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    claims: tuple[PriorClaim, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    open_breaks: frozenset[str] = frozenset()
