"""Rung 6: one entry may be several things of one party: every sum that fits is suggested, within bounds."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from reconciliation.booked import CHARGE, ZERO, Part
from reconciliation.matching import Match, direction_of
from reconciliation.targets import Target, claim, plain, same_party, targets
from reconciliation.workspace import Rung, Verdict, Workspace

TARGETS_MAX = 12
"""Targets of one party that are added up; with more, sums fit by chance."""
TERMS_MAX = 5
"""Terms of one sum."""
SUMS_MAX = 10
"""Sums shown for one part."""
PARTS_MAX = 200
"""Parts of one call that are tried: at up to 1,573 sums each, a second of work."""


def read(desk: Workspace) -> Iterator[Verdict]:
    """Only parts that say who the other side is: a sum over strangers proves nothing."""
    parts = [
        (entry, part)
        for entry, part in desk.open_parts()
        if part.index != CHARGE and not part.marked_as_return and (part.counterparty_account or part.counterparty_name)
    ]
    if not parts:
        return
    by_party: dict[tuple[str, str, str], list[Target]] = {}
    for target in targets(desk):
        for party in {target.party_account, plain(target.party)} - {None, ""}:
            by_party.setdefault((target.account, target.currency, party or ""), []).append(target)
    for entry, part in parts[:PARTS_MAX]:
        fits = _of_party(by_party, entry.account, part)
        if len(fits) > TARGETS_MAX:
            continue
        sums = list(_sums(fits, part.amount))
        for number, terms in enumerate(sums[:SUMS_MAX]):
            yield Match(
                rule=RUNG.name,
                version=RUNG.version,
                evidence=f"{' and '.join(term.name for term in terms)} come to {part.amount} {part.currency}; "
                f"one of {len(sums)} sums that do.",
                confidence="suggested",
                claims=tuple(claim(entry, part, term, place) for place, term in enumerate(terms)),
                alternative=number,
            )


def _of_party(by_party: dict[tuple[str, str, str], list[Target]], account: str, part: Part) -> list[Target]:
    found: dict[str, Target] = {}
    for party in (part.counterparty_account, plain(part.counterparty_name)):
        for target in by_party.get((account, part.currency, party or ""), ()):
            if target.direction == direction_of(part) and same_party(part, target):
                found[target.payment_id or f"open-item:{target.open_item_id}"] = target
                if len(found) > TARGETS_MAX:
                    return list(found.values())
    return [found[key] for key in sorted(found)]


def _sums(found: Sequence[Target], wanted: Decimal) -> Iterator[tuple[Target, ...]]:
    """Every set of two to ``TERMS_MAX`` targets that comes to the amount, the shortest first."""
    small = [target for target in found if target.amount < wanted]
    for size in range(2, min(TERMS_MAX, len(small)) + 1):
        for terms in combinations(small, size):
            if sum((term.amount for term in terms), ZERO) == wanted:
                yield terms


RUNG = Rung(name="subset_sum", version=1, read=read)
