"""Rung 1: our own references, within our account; amount, currency and direction agree."""

from collections.abc import Iterator

from reconciliation.agreement import Naming, money_agrees, naming
from reconciliation.booked import CHARGE, Booked, Part
from reconciliation.breaks import Break, BreakKind, entry_break, payment_break, undecided
from reconciliation.expected import AWAITING_BOOKING, BOOKED, NOT_COMING, UNPROVEN, ExpectedPayment
from reconciliation.index import NAMED_MAX, named
from reconciliation.matching import Claim, Match, direction_of
from reconciliation.workspace import Repeat, Rung, Verdict, Workspace

Named = list[tuple[ExpectedPayment, Naming]]


def read(desk: Workspace) -> Iterator[Verdict]:
    """Sure names first, so that a vague one cannot take what a sure one claims; what differs in amount comes last."""
    for only_strong in (True, False):
        for entry, part in desk.open_parts():
            yield from _book(desk, entry, part, only_strong=only_strong)
    for entry, part in desk.open_parts():
        yield from _differ(desk, entry, part)


def _candidates(desk: Workspace, entry: Booked, part: Part) -> Named:
    if part.index == CHARGE or part.marked_as_return:
        return []
    side = direction_of(part)
    pairs = ((payment, naming(entry, part, payment)) for payment in named(desk.index, entry, part))
    return [(payment, how) for payment, how in pairs if how is not None and payment.direction == side]


def _book(desk: Workspace, entry: Booked, part: Part, *, only_strong: bool) -> Iterator[Verdict]:
    fits = [
        (payment, how)
        for payment, how in _candidates(desk, entry, part)
        if (how.strong or not only_strong) and money_agrees(part, payment) is not None
    ]
    if not fits:
        return
    holds = {payment.payment_id: desk.held(entry, payment.payment_id, "booking") for payment, _ in fits}
    if "same" in holds.values():
        yield Repeat(part=part)
        return
    if len(fits) > NAMED_MAX:
        yield _ambiguous(entry, part, [payment for payment, _ in fits])
        return
    free = [(payment, how) for payment, how in fits if holds[payment.payment_id] is None]
    free = [pair for pair in free if pair[0].state not in NOT_COMING] or free
    free = [pair for pair in free if _known_event(desk, entry, pair[0])] or free
    if len(free) == 1:
        payment, how = free[0]
        certain = how.certain(payment, (one for one, _ in fits))
        if payment.state in UNPROVEN and not certain:
            yield undecided(part, payment, event_key=entry.event_key)
        else:
            yield from _match(entry, part, payment, how, certain=certain)
    elif free:
        yield _ambiguous(entry, part, [payment for payment, _ in free])
    elif not only_strong:
        payment, how = fits[0]
        # Which of two equal bookings is the second one depends on who told it first: the break is the payment's.
        yield payment_break(
            BreakKind.DUPLICATE_BOOKING,
            f"The payment with {how.words} was booked more than once. Ask the bank to take the second booking back.",
            payment=payment,
            part=part,
            event_key=entry.event_key,
        )


def _known_event(desk: Workspace, entry: Booked, payment: ExpectedPayment) -> bool:
    """Whether another message already told this very movement as this payment's."""
    return any(holder.event_key == entry.event_key for holder in desk.told_by(payment, "booking"))


def _match(
    entry: Booked, part: Part, payment: ExpectedPayment, how: Naming, *, certain: bool
) -> Iterator[Verdict]:  # fmt: skip
    agrees = money_agrees(part, payment)
    assert agrees is not None, "only what agrees is matched"
    doubt = f"; but its {' and '.join(how.doubts)} is not ours" if how.doubts else ""
    yield Match(
        rule=RUNG.name,
        version=RUNG.version,
        evidence=f"{how.words}; {agrees.words}{doubt}.",
        confidence="suggested" if doubt else "proven",
        certain=certain and not doubt,
        claims=(
            Claim(
                entry_id=entry.entry_id,
                part=part.index,
                slice=0,
                amount=part.amount - agrees.fee,
                currency=part.currency,
                purpose="booking",
                kind=entry.kind,
                payment_id=payment.payment_id,
            ),
        ),
    )
    if doubt:
        return
    if agrees.fee:
        yield entry_break(
            BreakKind.FEE,
            f"The bank took a charge of {agrees.fee} {part.currency} together with the payment.",
            part=part,
            event_key=entry.event_key,
            payments=[payment],
            expected=payment.amount,
        )
    surprise = surprising(payment, part)
    if surprise is not None:
        yield surprise


def surprising(payment: ExpectedPayment, part: Part) -> Break | None:
    """A break where the booked payment is one that should not have been booked, or None."""
    if payment.state in AWAITING_BOOKING | BOOKED:
        return None
    if payment.state == "rejected":
        return payment_break(
            BreakKind.LATE_REJECTION,
            "The bank refused this payment and booked it all the same. Wait for the credit, or call the bank; "
            "do not pay again before the money is back.",
            payment=payment,
            part=part,
        )
    return payment_break(
        BreakKind.UNEXPECTED_BOOKING,
        f"The bank booked this payment, which is {payment.state} here: find out how it got to the bank.",
        payment=payment,
        part=part,
    )


def _ambiguous(entry: Booked, part: Part, payments: list[ExpectedPayment]) -> Break:
    many = "Many" if len(payments) > NAMED_MAX else str(len(payments))
    return entry_break(
        BreakKind.AMBIGUOUS,
        f"{many} payments of {part.amount} {part.currency} carry this reference; decide which one it is.",
        part=part,
        event_key=entry.event_key,
        payments=payments,
    )


def _differ(desk: Workspace, entry: Booked, part: Part) -> Iterator[Verdict]:
    """A payment that is named without contradiction and is still waited for, with another amount."""
    waited = [
        (payment, how)
        for payment, how in _candidates(desk, entry, part)
        if not how.doubts and desk.holder(payment.payment_id, "booking", entry.kind) is None
    ]
    if not waited:
        return
    payment, how = waited[0]
    expected = f"{payment.amount} {payment.currency}" if len(waited) == 1 else f"one of {len(waited)} other amounts"
    yield entry_break(
        BreakKind.AMOUNT_DIFFERS,
        f"The entry names {how.words}, but is {part.amount} {part.currency} where we expected {expected}.",
        part=part,
        event_key=entry.event_key,
        payments=[payment for payment, _ in waited],
        expected=payment.amount if len(waited) == 1 and payment.currency == part.currency else None,
    )


RUNG = Rung(name="identity", version=1, read=read)
