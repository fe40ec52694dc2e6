"""Finds the payments a reference names, in constant time, also where thousands share one reference."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from reconciliation.booked import Booked, Part, reference
from reconciliation.expected import ExpectedPayment

NAMED_MAX = 20
"""Payments looked at for one reference of one part. A reference that more share ("SALARY") is narrowed by batch and
amount first, and what is still shared by more than this is ambiguous without looking further.
"""

Table = dict[tuple[str, str], list[ExpectedPayment]]
Narrow = dict[tuple[str | None, Decimal], list[ExpectedPayment]]


@dataclass(slots=True)
class Index:
    """Payments by account and reference; built once per call, in linear time."""

    uetr: Table = field(default_factory=dict)
    instruction: Table = field(default_factory=dict)
    end_to_end: Table = field(default_factory=dict)
    batch: Table = field(default_factory=dict)
    message: Table = field(default_factory=dict)
    _narrow: dict[int, Narrow] = field(default_factory=dict)

    def pick(self, table: Table, account: str, text: str | None, part: Part) -> list[ExpectedPayment]:
        """The payments of the account that ``text`` names, at most ``NAMED_MAX`` + 1 of them."""
        if text is None:
            return []
        group = table.get((account, text), [])
        if len(group) <= NAMED_MAX:
            return group
        narrow = self._narrow.get(id(group))
        if narrow is None:
            narrow = self._narrow[id(group)] = _narrowed(group)
        batch = part.references.payment_information_id
        for key in ((batch, part.amount), (None, part.amount), (None, part.amount - part.included_charges)):
            if key in narrow:
                return narrow[key][: NAMED_MAX + 1]
        return group[:NAMED_MAX]


def _narrowed(group: list[ExpectedPayment]) -> Narrow:
    narrow: Narrow = {}
    for payment in group:
        for key in {(payment.payment_information_id, payment.amount), (None, payment.amount)}:
            narrow.setdefault(key, []).append(payment)
    return narrow


def index(payments: Iterable[ExpectedPayment]) -> Index:
    """Groups payments by each of their references within their account."""
    made = Index()
    for payment in payments:
        for table, text in (
            (made.uetr, payment.uetr),
            (made.instruction, payment.instruction_id),
            (made.end_to_end, payment.end_to_end_id),
            (made.batch, payment.payment_information_id),
            (made.message, payment.message_id),
        ):
            if text is not None and reference(text) is not None:
                table.setdefault((payment.account, text), []).append(payment)
    return made


def named(found: Index, entry: Booked, part: Part) -> list[ExpectedPayment]:
    """Payments of the entry's account that a reference of the part names, each once: by UETR, which needs no other;
    else by instruction id and end-to-end id, or (for an entry of one part) by the bank's copy of our reference.
    """
    refs, account = part.references, entry.account
    proven = found.pick(found.uetr, account, refs.uetr, part)
    if proven:
        return proven
    lookups = [(found.instruction, refs.instruction_id), (found.end_to_end, refs.end_to_end_id)]
    if len(entry.parts) == 1 and entry.reference is not None:
        lookups += [(found.instruction, entry.reference), (found.end_to_end, entry.reference)]
    hits: dict[str, ExpectedPayment] = {}
    for table, text in lookups:
        for payment in found.pick(table, account, text, part):
            hits.setdefault(payment.payment_id, payment)
    return list(hits.values())
