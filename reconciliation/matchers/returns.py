"""Rung 3: money that came back links to the payment it left with, whole or less a fee, days later too."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from reconciliation.agreement import Naming, money_came_back, naming
from reconciliation.booked import CHARGE, Booked, Part
from reconciliation.breaks import BreakKind, entry_break, payment_break, undecided
from reconciliation.expected import BOOKED, UNPROVEN, ExpectedPayment
from reconciliation.index import named
from reconciliation.matchers.batch import BOOKINGS_PER_BATCH_MAX, batch_names, members, names_a_payment, total
from reconciliation.matching import Claim, Match, direction_of
from reconciliation.workspace import Repeat, Rung, Verdict, Workspace

RETURN_FEE_SHARE_MAX = Decimal("0.5")
"""Share of the payment up to which a missing piece of its return is taken for a fee; beyond, a person looks."""


def read(desk: Workspace) -> Iterator[Verdict]:
    """Credits against our debits (debits against our collections) that carry our references."""
    tries: Counter[object] = Counter()
    for entry, part in desk.open_parts():
        if part.index == CHARGE:
            continue
        found = _candidates(desk, entry, part)
        if found:
            yield from _judge(desk, entry, part, found)
        elif part.marked_as_return and len(entry.parts) == 1 and not names_a_payment(part):
            tries[batch_names(entry)] += 1
            if tries[batch_names(entry)] <= BOOKINGS_PER_BATCH_MAX:
                yield from _whole_batch(desk, entry, part)


def _candidates(desk: Workspace, entry: Booked, part: Part) -> list[tuple[ExpectedPayment, Naming]]:
    side = direction_of(part)
    pairs = ((payment, naming(entry, part, payment)) for payment in named(desk.index, entry, part))
    # A return travels in a message of another bank: only our own references of the payment speak, not message ids.
    return [(payment, how) for payment, how in pairs if how is not None and payment.direction != side]


def _judge(
    desk: Workspace, entry: Booked, part: Part, found: list[tuple[ExpectedPayment, Naming]]
) -> Iterator[Verdict]:
    holds = {payment.payment_id: desk.held(entry, payment.payment_id, "return") for payment, _ in found}
    if "same" in holds.values():
        yield Repeat(part=part)
        return
    free = [pair for pair in found if holds[pair[0].payment_id] is None]
    free = [pair for pair in free if pair[1].strong] or free
    free = [pair for pair in free if _was_booked(desk, pair[0])] or free
    whole = [pair for pair in free if money_came_back(part, pair[0]) is not None]
    free = whole or [pair for pair in free if part.marked_as_return and _partial(part, pair[0])]
    if len(free) == 1:
        payment, how = free[0]
        certain = how.certain(payment, (one for one, _ in found))
        if payment.state in UNPROVEN and not certain:
            yield undecided(part, payment, event_key=entry.event_key)
        else:
            yield from _match(entry, part, payment, how, certain=certain)
    elif free:
        yield entry_break(
            BreakKind.AMBIGUOUS,
            f"{len(free)} payments carry the reference of this return; decide which one came back.",
            part=part,
            event_key=entry.event_key,
            payments=[payment for payment, _ in free],
        )
    elif "other" in holds.values():
        yield payment_break(
            BreakKind.DUPLICATE_BOOKING,
            "This payment came back more than once; ask the bank about the second credit.",
            payment=found[0][0],
            part=part,
            event_key=entry.event_key,
            about="return",
        )
    elif part.marked_as_return:
        yield entry_break(
            BreakKind.AMOUNT_DIFFERS,
            f"The bank returned {part.amount} {part.currency}, more than was paid; ask it what else is in it.",
            part=part,
            event_key=entry.event_key,
            payments=[payment for payment, _ in found],
            expected=found[0][0].amount if found[0][0].currency == part.currency else None,
        )


def _was_booked(desk: Workspace, payment: ExpectedPayment) -> bool:
    return payment.state in BOOKED or bool(desk.told_by(payment, "booking"))


def _partial(part: Part, payment: ExpectedPayment) -> bool:
    return part.currency != payment.currency or part.amount < payment.amount


def _match(
    entry: Booked, part: Part, payment: ExpectedPayment, how: Naming, *, certain: bool
) -> Iterator[Verdict]:  # fmt: skip
    proven = part.marked_as_return or how.strong
    agrees = money_came_back(part, payment)
    words = agrees.words if agrees is not None else f"{part.amount} of {payment.amount} {payment.currency}"
    yield Match(
        rule=RUNG.name,
        version=RUNG.version,
        evidence=f"Came back with {how.words}; {words}.",
        confidence="proven" if proven else "suggested",
        certain=certain and proven,
        claims=(_claim(entry, part, payment, part.amount, 0),),
    )
    if not proven:
        return
    yield from _told(part, payment)
    if part.currency == payment.currency and part.amount < payment.amount:
        yield _short(entry, part, payment)


def _told(part: Part, payment: ExpectedPayment) -> Iterator[Verdict]:
    """Says that the vendor is unpaid again; a payment that was refused anyway only got its money back."""
    if payment.state == "rejected":
        return
    code = (part.returned.reason or part.returned.reason_proprietary) if part.returned else None
    day = f" of {payment.value_date:%Y-%m-%d}" if payment.value_date else ""
    reason = f" (reason {code})" if code else ""
    yield payment_break(
        BreakKind.RETURN,
        f"The payment{day} came back{reason}. The invoice is open again; correct the cause before paying anew.",
        payment=payment,
        part=part,
    )


def _short(entry: Booked, part: Part, payment: ExpectedPayment) -> Verdict:
    short = payment.amount - part.amount
    fee = short <= payment.amount * RETURN_FEE_SHARE_MAX
    return entry_break(
        BreakKind.FEE if fee else BreakKind.AMOUNT_DIFFERS,
        f"The returned amount is {short} {part.currency} lower than paid; "
        + ("the difference is proposed as a bank charge." if fee else "too much for a fee: ask the bank."),
        part=part,
        event_key=entry.event_key,
        payments=[payment],
        expected=payment.amount,
    )


def _whole_batch(desk: Workspace, entry: Booked, part: Part) -> Iterator[Verdict]:
    """A reversal of a whole batch booking: all its booked payments come back at once."""
    name, found = members(desk, entry)
    found = [p for p in found if p.direction != direction_of(part) and _was_booked(desk, p)]
    if not found or total(found) != part.amount:
        return
    holds = {desk.held(entry, payment.payment_id, "return") for payment in found}
    if "same" in holds:
        yield Repeat(part=part)
    elif holds == {None}:
        yield Match(
            rule=RUNG.name,
            version=RUNG.version,
            evidence=f"Batch {name} was reversed: {len(found)} payments of {part.amount} {part.currency}.",
            confidence="proven",
            claims=tuple(_claim(entry, part, payment, payment.amount, i) for i, payment in enumerate(found)),
        )
        for payment in found:
            yield from _told(part, payment)


def _claim(entry: Booked, part: Part, payment: ExpectedPayment, amount: Decimal, number: int) -> Claim:
    return Claim(
        entry_id=entry.entry_id,
        part=part.index,
        slice=number,
        amount=amount,
        currency=part.currency,
        purpose="return",
        kind=entry.kind,
        payment_id=payment.payment_id,
    )


RUNG = Rung(name="returns", version=1, read=read)
