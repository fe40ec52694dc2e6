"""Rung 4: a payer quotes one of our invoices: RF or QR reference, or the invoice number as a word of its own."""

import re
from collections.abc import Iterator

from reconciliation.booked import ZERO, Booked, Part, reference
from reconciliation.breaks import BreakKind, entry_break
from reconciliation.expected import OpenItem
from reconciliation.matching import Claim, Match
from reconciliation.workspace import Repeat, Rung, Verdict, Workspace

SIGNIFICANT_CHARACTERS_MIN = 4
"""Shorter words ("12", "INV") name too much to prove anything."""
WORDS_PER_ENTRY_MAX = 200
"""Words of one entry that are looked up; four blocks of unstructured remittance hold fewer."""
_WORD = re.compile(r"[^\s,;:]+")
_TRIM = ".()[]'\"#"


def words(part: Part) -> set[str]:
    """What the payer wrote that may be a reference, as written: structured ones whole, free text word by word."""
    quoted = [part.references.end_to_end_id]
    for block in part.structured_remittance:
        quoted += [block.reference, *(document.number for document in block.documents)]
    text = " ".join(part.remittance)
    found = [word.strip(_TRIM) for word in _WORD.findall(text)[:WORDS_PER_ENTRY_MAX]]
    found += [text.replace(" ", "")] if text else []
    found += [reference_text.replace(" ", "") for reference_text in quoted if reference_text is not None]
    found += [reference_text for reference_text in quoted if reference_text is not None]
    return {word for word in found if _significant(word)}


def _significant(text: str) -> bool:
    return (
        len(text) >= SIGNIFICANT_CHARACTERS_MIN
        and any(character.isdigit() for character in text)
        and reference(text) is not None
    )


def read(desk: Workspace) -> Iterator[Verdict]:
    """Credits that quote exactly one open item for exactly its amount are proven; anything less is a suggestion."""
    by_word: dict[tuple[str, str], list[OpenItem]] = {}
    for item in desk.open_items:
        for text in {text for text in item.references if _significant(text)}:
            by_word.setdefault((item.account, text), []).append(item)
    if not by_word:
        return
    for entry, part in desk.open_parts():
        if part.signed > 0 and not part.marked_as_return:
            hits = {
                item.open_item_id: item
                for word in sorted(words(part))
                for item in by_word.get((entry.account, word), [])
                if item.currency == part.currency
            }
            yield from _judge(desk, entry, part, list(hits.values()))


def _judge(desk: Workspace, entry: Booked, part: Part, found: list[OpenItem]) -> Iterator[Verdict]:
    holds = {item.open_item_id: desk.held(entry, f"open-item:{item.open_item_id}", "booking") for item in found}
    if "same" in holds.values():
        yield Repeat(part=part)
        return
    free = [item for item in found if holds[item.open_item_id] is None]
    exact = [item for item in free if item.amount == part.amount]
    total = sum((item.amount for item in free), ZERO)
    if len(free) == 1:
        difference = part.amount - free[0].amount
        says = "agrees" if not difference else f"differs by {difference}"
        yield _match(entry, part, free, f"The payer quotes {_quoted(free)}; the amount {says}.", proven=not difference)
    elif free and total == part.amount:
        yield _match(entry, part, free, f"The payer quotes {_quoted(free)}, which come to the amount.", proven=True)
    elif free:
        yield entry_break(
            BreakKind.AMBIGUOUS,
            f"The payer quotes {len(free)} open items; they come to {total}, not to {part.amount} {part.currency}.",
            part=part,
            event_key=entry.event_key,
            open_item_ids=tuple(item.open_item_id for item in exact or free),
            expected=total,
        )


def _quoted(items: list[OpenItem]) -> str:
    return " and ".join(item.references[0] for item in items)


def _match(entry: Booked, part: Part, items: list[OpenItem], evidence: str, *, proven: bool) -> Match:
    rest = part.amount
    claims = []
    for number, item in enumerate(items):
        taken = min(rest, item.amount)
        rest -= taken
        claims.append(
            Claim(
                entry_id=entry.entry_id,
                part=part.index,
                slice=number,
                amount=taken,
                currency=part.currency,
                purpose="booking",
                kind=entry.kind,
                open_item_id=item.open_item_id,
            )
        )
    return Match(
        rule=RUNG.name,
        version=RUNG.version,
        evidence=evidence,
        confidence="proven" if proven else "suggested",
        claims=tuple(claims),
    )


RUNG = Rung(name="structured_reference", version=1, read=read)
