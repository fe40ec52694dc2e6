"""Rules about references: unique where they must be, and never altered on the way."""

import re
from collections.abc import Iterator

from formats.findings import Severity
from formats.initiation import CreditTransfer, Initiation, PaymentInformation
from formats.rules.context import Context, Place
from formats.rules.engine import Found, Scope, rule

SPS = "Swiss Payment Standards, Implementation Guidelines 2.2 (2025)"
REFERENCE_CHARACTERS_MAX = 35
_SAFE = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
_STRICT = frozenset({"sepa-sct", "sepa-inst", "sepa-sdd", "swiss", "cbpr"})


@rule(
    "GEN-006",
    source=f"{SPS}, DU01: 90 days; payhub: never again",
    severity=Severity.BLOCK,
    scope=Scope.MESSAGE,
    advice="Open the earlier file first. If this one is new, give it a new number.",
)
def message_id_new(header: Initiation, context: Context) -> Iterator[Found]:
    """A message id is never used twice towards the same bank."""
    sent = context.history.message_ids.get(header.message_id)
    if sent is not None:
        yield Found("MsgId", f"File number {header.message_id} was already sent on {sent}.")


@rule(
    "GEN-007",
    source=f"{SPS}, DU02; ERP matching needs it for ever",
    severity=Severity.BLOCK,
    scope=Scope.BATCH,
    advice="Give every batch an id of its own.",
)
def batch_id_unique(batch: PaymentInformation, context: Context) -> Iterator[Found]:
    """A batch id is unique in its message, and was not used before."""
    if batch.id in context.seen.batch_ids:
        yield Found("PmtInfId", f"Two batches share the id {batch.id}.")
    sent = context.history.batch_ids.get(batch.id)
    if sent is not None:
        yield Found("PmtInfId", f"Batch id {batch.id} was already used on {sent}.")


@rule(
    "GEN-008",
    source=f"{SPS}, DU05",
    severity=Severity.BLOCK,
    advice="Check whether the payment is in the batch twice; else give each payment a reference of its own.",
)
def instruction_id_unique(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """An instruction id, where used, is unique in its batch."""
    reference = payment.instruction_id
    if reference and hash(reference) in context.seen.instruction_ids:
        yield Found("PmtId/InstrId", f"Payment reference {reference} is used twice in batch {context.batch.id}.")


@rule(
    "GEN-009",
    source=f"presence: {SPS}; repetition: market practice",
    severity=Severity.WARN,
    advice="Compare the two payments before you release the second.",
)
def end_to_end_id(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """Every payment carries an end-to-end id; one that was used before may be a double payment."""
    reference = payment.end_to_end_id
    if not reference:
        advice = "Give the payment an end-to-end id, or NOTPROVIDED if there is none."
        yield Found("PmtId/EndToEndId", "The end-to-end reference is missing.", advice, Severity.BLOCK)
        return
    if reference == "NOTPROVIDED":
        return
    name, amount = payment.creditor.name or f"this {context.other_side}", payment.amount
    said = f"for {name}, amount {amount.text} {amount.currency}"
    sent = context.history.end_to_end_ids.get(reference)
    if sent is not None:
        text = f"Reference {reference} {said} was already used on {sent}: possible double payment."
        yield Found("PmtId/EndToEndId", text)
    elif hash(reference) in context.seen.end_to_end_ids:
        text = f"Reference {reference} {said} was already used in this file: possible double payment."
        yield Found("PmtId/EndToEndId", text)


@rule(
    "GEN-010",
    source="EPC230-15, through a secondary source",
    severity=Severity.BLOCK,
    scope=Scope.REFERENCE,
    advice="Change the number range in the ERP; payhub never alters a reference.",
)
def reference_form(place: Place[str], _context: Context) -> Iterator[Found]:
    """A reference has 1 to 35 characters, no slash at its ends, no double slash, no leading blank."""
    text = place.value
    if not 1 <= len(text) <= REFERENCE_CHARACTERS_MAX:
        yield Found(
            place.path, f"The {place.role} has {len(text)} characters; 1 to {REFERENCE_CHARACTERS_MAX} are allowed."
        )
    if text.startswith("/") or text.endswith("/") or "//" in text:
        yield Found(place.path, f"Reference {text} breaks the slash rule (no / at start or end, no //).")
    if text.startswith(" "):
        yield Found(place.path, f"Reference '{text}' begins with a blank.")


@rule(
    "GEN-011",
    source="EPC230-15, through a secondary source",
    severity=Severity.BLOCK,
    scope=Scope.REFERENCE,
    advice="Change it in the ERP; a reference that is altered on the way cannot be matched when it comes back.",
)
def reference_characters(place: Place[str], context: Context) -> Iterator[Found]:
    """A reference keeps to the characters every bank hands on; it is never transliterated or cut."""
    text = place.value
    if _SAFE.fullmatch(text) is not None:
        return
    refused = "".join(dict.fromkeys(character for character in text if _SAFE.fullmatch(character) is None))
    strict = context.profile in _STRICT or not text.isascii()
    yield Found(
        place.path,
        f"Reference {text} holds a character banks refuse ({refused}).",
        severity=Severity.BLOCK if strict else Severity.WARN,
    )
