"""Rung 2: one entry stands for a payment information of ours: count and sum, less what the bank refused."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from reconciliation.booked import CHARGE, ZERO, Booked, Part, reference
from reconciliation.breaks import Break, BreakKind, entry_break
from reconciliation.expected import NOT_COMING, ExpectedPayment
from reconciliation.matching import Claim, Match, direction_of
from reconciliation.workspace import Repeat, Rung, Verdict, Workspace

BOOKINGS_PER_BATCH_MAX = 20
"""Entries of one call that are tried against the same batch; a batch booked in more pieces is left to people."""

Payments = Sequence[ExpectedPayment]


def read(desk: Workspace) -> Iterator[Verdict]:
    """Entries none of whose parts is explained yet, and that name a batch of ours."""
    seen: set[str] = set()
    tries: Counter[object] = Counter()
    for entry, part in desk.open_parts():
        if entry.entry_id in seen or part.marked_as_return:
            continue
        seen.add(entry.entry_id)
        if all(desk.is_open(each) for each in entry.parts) and not any(names_a_payment(each) for each in entry.parts):
            names = batch_names(entry)
            tries[names] += 1
            if tries[names] <= BOOKINGS_PER_BATCH_MAX:
                name, found = members(desk, entry)
                if found:
                    yield from _judge(desk, entry, name, found)
            elif known(desk, entry):
                yield _too_many(entry, part)


def _too_many(entry: Booked, part: Part) -> Break:
    return entry_break(
        BreakKind.AMBIGUOUS,
        f"More than {BOOKINGS_PER_BATCH_MAX} entries name this batch and none of its payments; "
        "ask the bank for details.",
        part=part,
        event_key=entry.event_key,
    )


def names_a_payment(part: Part) -> bool:
    """A detail that names one payment is no batch, not even where that payment is unknown to us."""
    refs = part.references
    own = (refs.end_to_end_id, refs.instruction_id, refs.uetr)
    return any(reference(text) is not None and text != refs.payment_information_id for text in own)


def batch_names(entry: Booked) -> tuple[frozenset[str], frozenset[str]]:
    """The payment information ids and, where only those are given, the message ids that the entry names."""
    batches = {block.payment_information_id for block in entry.batches}
    batches |= {refs.payment_information_id for refs in (*entry.details, *(part.references for part in entry.parts))}
    messages = {block.message_id for block in entry.batches if block.payment_information_id is None}
    for names in (batches, messages):
        names.add(entry.reference)
    return (
        frozenset(text for text in batches if text is not None and reference(text) is not None),
        frozenset(text for text in messages if text is not None and reference(text) is not None),
    )


def known(desk: Workspace, entry: Booked) -> bool:
    """Whether the entry names a batch or a file of ours."""
    batches, messages = batch_names(entry)
    return any((entry.account, name) in desk.index.batch for name in batches) or any(
        (entry.account, name) in desk.index.message for name in messages
    )


def members(desk: Workspace, entry: Booked) -> tuple[str, list[ExpectedPayment]]:
    """The name of the batch, and all its payments from this account in this currency."""
    batches, messages = batch_names(entry)
    for table, names in ((desk.index.batch, batches), (desk.index.message, messages)):
        found = {p.payment_id: p for name in sorted(names) for p in table.get((entry.account, name), ())}
        if found:
            words = " and ".join(name for name in sorted(names) if (entry.account, name) in table)
            return words, [payment for payment in found.values() if payment.currency == entry.currency]
    return "", []


def total(payments: Payments) -> Decimal:
    """The sum of their amounts."""
    return sum((payment.amount for payment in payments), ZERO)


def _judge(desk: Workspace, entry: Booked, name: str, found: list[ExpectedPayment]) -> Iterator[Verdict]:
    side = direction_of(entry.parts[0])
    found = [payment for payment in found if payment.direction == side]
    if not found:
        return
    holds = {payment.payment_id: desk.held(entry, payment.payment_id, "booking") for payment in found}
    if "same" in holds.values():
        for part in entry.parts:
            yield Repeat(part=part)
        return
    free = [payment for payment in found if holds[payment.payment_id] is None]
    coming = [payment for payment in free if payment.state not in NOT_COMING]
    booked = abs(entry.signed)
    for reading, payments in _readings(desk, entry, coming):
        if total(payments) == booked and payments and _count_agrees(entry, payments):
            claims = _claims(entry, payments)
            if claims is not None:
                evidence = f"Batch {name}: {reading}, {len(payments)} payments of {booked} {entry.currency}."
                yield from _matches(claims, evidence)
                return
    yield from _breaks(entry, name, found, free=free, coming=coming)


def _readings(desk: Workspace, entry: Booked, coming: Payments) -> Iterator[tuple[str, Payments]]:
    """What the entry may stand for, the plainest first. Each is a set that somebody named, never a search."""
    named = {refs.end_to_end_id for refs in entry.details} | {refs.instruction_id for refs in entry.details}
    if any(reference(text) is not None for text in named):
        yield (
            "the payments its details name",
            [p for p in coming if p.end_to_end_id in named or p.instruction_id in named],
        )
    yield "all payments the bank has not refused", coming
    yield "the payments advised before", [payment for payment in coming if desk.told_by(payment, "booking")]
    yield "the payments not advised before", [payment for payment in coming if not desk.told_by(payment, "booking")]


def _count_agrees(entry: Booked, payments: Payments) -> bool:
    counts = [block.number_of_transactions for block in entry.batches]
    if not counts or not all(count is not None and count.isdigit() for count in counts):
        return True
    return sum(int(count) for count in counts if count is not None) == len(payments)


def _claims(entry: Booked, payments: Payments) -> list[Claim] | None:
    """All payments on the entry's one part, or one payment a part where the parts' amounts are the payments' amounts.

    Payments of equal amount are interchangeable there: all of them are claimed by the same entry.
    """
    parts = [part for part in entry.parts if part.index != CHARGE]
    if len(parts) == 1:
        return [_claim(entry, parts[0], payment, number) for number, payment in enumerate(payments)]
    parts = sorted(parts, key=lambda part: part.amount)
    ordered = sorted(payments, key=lambda payment: payment.amount)
    if [part.amount for part in parts] != [payment.amount for payment in ordered]:
        return None
    return [_claim(entry, part, payment, 0) for part, payment in zip(parts, ordered, strict=True)]


def _claim(entry: Booked, part: Part, payment: ExpectedPayment, number: int) -> Claim:
    return Claim(
        entry_id=entry.entry_id,
        part=part.index,
        slice=number,
        amount=payment.amount,
        currency=payment.currency,
        purpose="booking",
        kind=entry.kind,
        payment_id=payment.payment_id,
    )


def _matches(claims: list[Claim], evidence: str) -> Iterator[Match]:
    by_part: dict[int, list[Claim]] = {}
    for claim in claims:
        by_part.setdefault(claim.part, []).append(claim)
    for group in by_part.values():
        yield Match(
            rule=RUNG.name,
            version=RUNG.version,
            evidence=evidence,
            confidence="proven",
            certain=True,  # names of batches and files are ours, each given once
            claims=tuple(group),
        )


def _breaks(entry: Booked, name: str, found: Payments, *, free: Payments, coming: Payments) -> Iterator[Break]:
    booked = abs(entry.signed)
    refused = len(free) - len(coming)
    if not free:
        kind = BreakKind.DUPLICATE_BOOKING
        reason = (
            f"All {len(found)} payments of batch {name} were booked before. Ask the bank about this second booking."
        )
        expected = total(found)
    else:
        kind = BreakKind.AMOUNT_DIFFERS
        expected = total(coming)
        less = f" ({refused} refused ones left out)" if refused else ""
        reason = (
            f"Batch {name} was booked with {booked} {entry.currency}, but its {len(coming)} payments{less} "
            f"come to {expected} {entry.currency}."
        )
    part = next(part for part in entry.parts if part.index != CHARGE)
    yield entry_break(kind, reason, part=part, event_key=entry.event_key, payments=coming or found, expected=expected)


RUNG = Rung(name="batch", version=1, read=read)
