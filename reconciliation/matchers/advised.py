"""Rung 3b: the bank's own reference and amount tie a bare entry to the movement whose details came by another message.

Many banks write the details into the camt.054 only, and book one bare sum on the camt.053.
"""

from collections.abc import Iterator

from reconciliation.booked import CHARGE, ZERO, Booked, Part
from reconciliation.matchers.batch import names_a_payment
from reconciliation.matching import Claim, Match
from reconciliation.workspace import Rung, Verdict, Workspace


def read(desk: Workspace) -> Iterator[Verdict]:
    """Entries without names of their own, whose event another message has already claimed for exactly their amount."""
    for entry, part in desk.open_parts():
        bare = len(entry.parts) == 1 and part.index != CHARGE and not names_a_payment(part)
        if bare and entry.bank_reference is not None:
            yield from _judge(desk, entry, part)


def _judge(desk: Workspace, entry: Booked, part: Part) -> Iterator[Verdict]:
    for kind, told in desk.claims_of(entry.event_key).items():
        free = all(
            claim.payment_id in desk.payments and desk.holder(claim.payment_id, claim.purpose, entry.kind) is None
            for claim in told
            if claim.payment_id is not None
        )
        ours = all(claim.payment_id is not None for claim in told)
        if kind == entry.kind or not ours or not free or len({claim.purpose for claim in told}) != 1:
            continue
        if sum((claim.amount for claim in told), ZERO) != part.amount:
            continue
        yield Match(
            rule=RUNG.name,
            version=RUNG.version,
            evidence=f"The {kind} of the bank's reference {entry.bank_reference} named {len(told)} payments "
            f"of {part.amount} {part.currency}.",
            confidence="proven",
            claims=tuple(
                Claim(
                    entry_id=entry.entry_id,
                    part=part.index,
                    slice=number,
                    amount=claim.amount,
                    currency=part.currency,
                    purpose=claim.purpose,
                    kind=entry.kind,
                    payment_id=claim.payment_id,
                )
                for number, claim in enumerate(told)
            ),
        )
        return


RUNG = Rung(name="advised", version=1, read=read)
