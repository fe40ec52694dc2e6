"""What the bank says of recalls (camt.029). What fits no recall of ours, or is no known word, moves nothing (P7)."""

from dataclasses import dataclass

from formats.recall_answer import RecallAnswer, RecallStatus
from gateway.domain.document import Document
from gateway.domain.ports import UnitOfWork
from gateway.domain.recall import ANSWERS, Recall, RecallState
from gateway.recalling.telling import tell

REASON_LENGTH = 35
TEXT_LENGTH = 500
STATUS_LENGTH = 8
NEVER_SENT = (RecallState.ASKED, RecallState.CONFIRMED, RecallState.WITHDRAWN)
"""States in which the bank cannot speak of a recall."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was said of one recall."""

    recall: Recall
    said: RecallStatus


def answer(work: UnitOfWork, document: Document, message: RecallAnswer) -> None:
    """Applies an answer in one transaction: all of it, or none of it where a part fits nothing of ours."""
    heard: list[_Heard] = []
    for said in message.payments:
        recall = _meant(work, document.bank, said)
        if recall is None or said.status not in ANSWERS:
            return _set_aside(work, document, message, said, unknown_word=recall is not None)
        heard.append(_Heard(recall, said))
    if not heard:
        return _set_aside(work, document, message, None, unknown_word=False)
    for one in heard:
        _apply(work, document, one.recall, one.said)
    work.documents.processed(document.id, kind=message.message, message_id=message.message_id)
    work.note(
        action="document.applied", subject=document.id,
        data={"recalls": [one.recall.id for one in heard], "message": message.message},
    )  # fmt: skip
    return None


def _meant(work: UnitOfWork, bank: str, said: RecallStatus) -> Recall | None:
    """The one recall a status speaks of; None where there is none, or several. Every reference it gives must agree."""
    found = [one for one in _candidates(work, bank, said) if one.state not in NEVER_SENT and _agrees(work, one, said)]
    newest = {one.payment_id: one for one in reversed(found)}
    return next(iter(newest.values())) if len(newest) == 1 else None


def _candidates(work: UnitOfWork, bank: str, said: RecallStatus) -> list[Recall]:
    """By our own id of the request, else by our payment's id or its UETR, else all of the file that is named."""
    ours = {one for one in (said.cancellation_id, said.case_id) if one}
    names = (
        {"ids": ours} if ours else None,
        {"payment_id": said.instruction_id} if said.instruction_id else None,
        {"uetr": said.uetr} if said.uetr else None,
        {"file_id": said.original_message_id} if said.original_message_id else None,
    )
    for name in names:
        found = work.recalls.of_bank(bank, **name) if name is not None else []
        if found:
            return found
    return []


def _agrees(work: UnitOfWork, recall: Recall, said: RecallStatus) -> bool:
    if said.original_message_id not in (None, recall.file_id, recall.id):
        return False
    payment = work.payments.get(recall.payment_id)
    pairs = (
        (said.payment_information_id, payment.bank_batch_id), (said.instruction_id, payment.id),
        (said.end_to_end_id, payment.end_to_end_id), (said.uetr, payment.uetr),
    )  # fmt: skip
    return all(theirs in (None, "NOTPROVIDED") or ours is None or theirs == ours for theirs, ours in pairs)


def _apply(work: UnitOfWork, document: Document, recall: Recall, said: RecallStatus) -> None:
    assert said.status is not None, "only known words are applied"
    target = ANSWERS[said.status]
    recall = work.recalls.get(recall.id)  # one answer may speak of it twice
    codes = [one.code or one.proprietary or "" for one in said.reasons]
    words = " ".join(line for one in said.reasons for line in one.text)
    facts = {
        "status": said.status[:STATUS_LENGTH], "status_reason": next(filter(None, codes), "")[:REASON_LENGTH] or None,
        "status_text": words[:TEXT_LENGTH] or None, "answered_at": work.at, "document_id": document.id,
    }  # fmt: skip
    told = f"{recall.bank} answered {said.status} {facts['status_reason'] or ''}".strip()
    if recall.state is target:
        work.recalls.change(recall, **facts)
    elif recall.state is RecallState.ACCEPTED or (
        recall.state is RecallState.REFUSED and target is RecallState.PENDING
    ):
        tell(work, recall, "contradicted", note=f"{told}, after the recall was {recall.state}. Ask the bank.")
    else:
        arrived = {} if recall.sent_at is not None else {"sent_at": work.at, "evidence": told}
        tell(work, work.recalls.move(recall, target, **facts, **arrived), "answered", note=told)


def _set_aside(
    work: UnitOfWork, document: Document, message: RecallAnswer, said: RecallStatus | None, *, unknown_word: bool
) -> None:
    if said is None:
        what = "and names no payment"
    elif unknown_word:
        what = f"with '{said.status}', which moves nothing"
    else:
        named = said.end_to_end_id or said.instruction_id or said.original_message_id or "nothing"
        what = f"about {named}, which this hub did not recall there, or not as one payment"
    reason = f"{document.bank} answered a recall {what}. Ask the bank what it means."
    work.documents.quarantine(document.id, reason=reason, kind=message.message)
    work.alert(
        "payhub.document.quarantined.v1", subject_kind="document", subject=document.id, client_id=None,
        data={"bank": document.bank, "name": document.name, "reason": reason},
    )  # fmt: skip
