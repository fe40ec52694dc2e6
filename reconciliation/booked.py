"""A bank's entry as the engine sees it: one movement, in the parts that can be claimed one by one."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import blake2b

from formats.initiation import StructuredRemittance
from formats.statement import BatchBlock, Charge, Entry, Kind, References, Return, Transaction
from formats.values import Money

PLACEHOLDERS = frozenset({"NOTPROVIDED", "NONREF"})
"""What banks write where there is no reference (rulebook ENT-15); never something to match on."""
RETURN_SUB_FAMILIES = frozenset({"RRTN", "RPCR", "ARET", "AREV"})
"""Sub-families of the bank transaction code that say money came back (rulebook C.3)."""
EVENT_KEY_BYTES = 16
WHOLE = 0
"""Index of the part that is a whole entry, also where a single transaction describes it; several transactions count
from 1. So an advice without details and a statement with one speak of the same part.
"""
CHARGE = -1
"""Index of the part that is the charge the bank took together with the transactions."""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The smallest piece that can be claimed: a transaction of an entry, or the entry where it has none that can be
    told apart. ``signed`` is seen from the account; the parts of an entry add up to it.
    """

    entry_id: str
    index: int
    signed: Decimal
    currency: str
    references: References = field(default_factory=References)
    instructed: Money | None = None
    included_charges: Decimal = ZERO
    """What the bank says it took and included in the amount (ChrgInclInd true); a cost is positive."""
    counterparty_name: str | None = None
    counterparty_account: str | None = None
    remittance: tuple[str, ...] = ()
    structured_remittance: tuple[StructuredRemittance, ...] = ()
    returned: Return | None = None
    marked_as_return: bool = False
    """RtrInf, a return's transaction code, or RvslInd: the bank itself says that something came back."""

    @property
    def amount(self) -> Decimal:
        """The amount without its sign."""
        return abs(self.signed)

    @property
    def key(self) -> tuple[str, int]:
        """What is claimed: the entry's id and the part's index."""
        return (self.entry_id, self.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """One imported entry. ``event_key`` names the movement itself: the same movement told by a camt.054, a camt.052
    and a camt.053 has one event key wherever the bank's references allow it (rulebook ENT-19).
    """

    entry_id: str
    statement_id: str
    kind: Kind
    account: str
    signed: Decimal
    currency: str
    event_key: str
    parts: tuple[Part, ...]
    status: str | None = None
    reversal: bool = False
    booking_date: date | None = None
    value_date: date | None = None
    bank_reference: str | None = None
    reference: str | None = None
    batches: tuple[BatchBlock, ...] = ()
    details: tuple[References, ...] = ()
    """References of transactions that carry no amount of their own, so that the entry cannot be split."""
    contradiction: Decimal = ZERO
    """By how much the transactions miss the entry; such an entry is not posted (rulebook ENT-09)."""
    text: str | None = None

    @property
    def settles(self) -> bool:
        """Only BOOK, or no status at all, moves money; PDNG, INFO and FUTR are forecast (rulebook ENT-02)."""
        return self.status in (None, "BOOK")

    @property
    def day(self) -> date | None:
        """The day in the ledger: the booking date, else the value date."""
        return self.booking_date or self.value_date


def reference(text: str | None) -> str | None:
    """The reference exactly as written, or None where it is absent or a placeholder."""
    if text is None or not text or text.strip().upper() in PLACEHOLDERS:
        return None
    return text


class EntryReader:
    """Reads the entries of one statement, report or notification, in document order; chunks may follow each other.

    It counts entries that look alike (two fees of 5.00 on one day), so that each gets its own event key and the same
    statement read again gets the same keys.
    """

    def __init__(self, *, statement_id: str, kind: Kind, account: str, currency: str | None) -> None:
        self._statement_id = statement_id
        self._kind = kind
        self._account = account
        self._currency = currency
        self._alike: Counter[tuple[str, ...]] = Counter()

    def read(self, entry: Entry, *, entry_id: str) -> Booked:
        """The entry under the id that the caller stores it with."""
        currency = entry.amount.currency or self._currency or ""
        looks = _looks(entry, currency)
        self._alike[looks] += 1
        parts, details, contradiction = _parts(entry, entry_id, currency)
        return Booked(
            entry_id=entry_id,
            statement_id=self._statement_id,
            kind=self._kind,
            account=self._account,
            signed=entry.signed,
            currency=currency,
            event_key=_digest((self._account, *looks, str(self._alike[looks]))),
            parts=parts,
            status=entry.status,
            reversal=entry.reversal,
            booking_date=entry.booking_date,
            value_date=entry.value_date,
            bank_reference=reference(entry.bank_reference),
            reference=reference(entry.reference),
            batches=entry.batches,
            details=details,
            contradiction=contradiction,
            text=entry.additional_information,
        )


def _looks(entry: Entry, currency: str) -> tuple[str, ...]:
    """What tells a movement: the bank's own reference, else our references; always amount, side and day.

    The day belongs to it because some banks write the same "reference" on every fee of a year.
    """
    day = entry.booking_date or entry.value_date
    side = (format(entry.signed.normalize(), "f"), currency, day.isoformat() if day else "")
    bank = reference(entry.bank_reference)
    if bank is None and len(entry.transactions) == 1:
        bank = reference(entry.transactions[0].references.account_servicer_reference)
    if bank is not None:
        return ("bank", bank, *side)
    ours = sorted(
        f"{tx.references.end_to_end_id}|{tx.references.instruction_id}|{tx.references.uetr}"
        for tx in entry.transactions
    )
    return ("looks", *side, reference(entry.reference) or "", *ours)


def _digest(words: tuple[str, ...]) -> str:
    digest = blake2b(digest_size=EVENT_KEY_BYTES)
    for word in words:
        data = word.encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.hexdigest()


def _parts(entry: Entry, entry_id: str, currency: str) -> tuple[tuple[Part, ...], tuple[References, ...], Decimal]:
    """The parts, the references of what cannot be split off, and by how much the details contradict the entry."""
    transactions = entry.transactions
    known = [tx for tx in transactions if tx.amount is not None and tx.amount.currency in (None, currency)]
    if len(transactions) == 1:
        tx = transactions[0]
        off = _signed(tx, entry) - entry.signed if known else ZERO
        # One detail in another currency is still this entry; one that differs may only do so by a charge.
        charge = off if off and off == _cost(entry.charges, stated_only=False) else ZERO
        if charge:
            return (
                (
                    _part(tx, entry, entry_id, currency, index=1, signed=_signed(tx, entry)),
                    _charge(entry_id, currency, -charge),
                ),
                (),
                ZERO,
            )
        return (_part(tx, entry, entry_id, currency, index=WHOLE, signed=entry.signed),), (), off
    if not transactions:
        return (_whole(entry, entry_id, currency),), (), ZERO
    if len(known) < len(transactions):
        return (_whole(entry, entry_id, currency),), tuple(tx.references for tx in transactions), ZERO
    parts = tuple(
        _part(tx, entry, entry_id, currency, index=index, signed=_signed(tx, entry))
        for index, tx in enumerate(transactions, 1)
    )
    off = sum((part.signed for part in parts), ZERO) - entry.signed
    if not off:
        return parts, (), ZERO
    if off == _cost(entry.charges, stated_only=False):
        return (*parts, _charge(entry_id, currency, -off)), (), ZERO
    return (_whole(entry, entry_id, currency),), tuple(tx.references for tx in transactions), off


def _signed(tx: Transaction, entry: Entry) -> Decimal:
    value = tx.amount.value if tx.amount is not None else entry.amount.value
    return value if (tx.direction or entry.direction) == "credit" else -value


def _cost(charges: tuple[Charge, ...], *, stated_only: bool) -> Decimal:
    """What was taken in sum: those surely included, or also those of which the bank does not say (ENT-13)."""
    wanted = (True,) if stated_only else (True, None)
    return sum(
        (c.amount.value if c.direction != "credit" else -c.amount.value for c in charges if c.included in wanted), ZERO
    )


def _returned(entry: Entry, tx: Transaction | None) -> bool:
    codes = [entry.code, tx.code if tx else None]
    return (
        entry.reversal
        or (tx is not None and tx.returned is not None)
        or any(code is not None and code.sub_family in RETURN_SUB_FAMILIES for code in codes)
    )


def _part(tx: Transaction, entry: Entry, entry_id: str, currency: str, *, index: int, signed: Decimal) -> Part:
    party, account = tx.counterparty, tx.counterparty_account
    alone = len(entry.transactions) == 1
    charges = tx.charges or (entry.charges if alone else ())
    return Part(
        entry_id=entry_id,
        index=index,
        signed=signed,
        currency=currency,
        references=tx.references,
        instructed=tx.instructed or (entry.instructed if alone else None),
        included_charges=_cost(charges, stated_only=True),
        counterparty_name=party.name if party else None,
        counterparty_account=account.number if account else None,
        remittance=tx.remittance,
        structured_remittance=tx.structured_remittance,
        returned=tx.returned,
        marked_as_return=_returned(entry, tx),
    )


def _whole(entry: Entry, entry_id: str, currency: str) -> Part:
    return Part(
        entry_id=entry_id,
        index=WHOLE,
        signed=entry.signed,
        currency=currency,
        instructed=entry.instructed,
        included_charges=_cost(entry.charges, stated_only=True),
        remittance=(entry.additional_information,) if entry.additional_information else (),
        marked_as_return=_returned(entry, None),
    )


def _charge(entry_id: str, currency: str, signed: Decimal) -> Part:
    return Part(entry_id=entry_id, index=CHARGE, signed=signed, currency=currency)
