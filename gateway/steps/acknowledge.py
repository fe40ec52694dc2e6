"""Acknowledge: reads what banks answer and moves payments; what it does not understand moves nothing (promise P7).

A report is applied in one transaction and in sets: one decision for each way its statuses meet the states of payments.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from formats.status_report import PaymentStatus, Reason, StatusReport
from gateway.domain import ids
from gateway.domain.answers import DUPLICATE_REASONS, effect
from gateway.domain.document import Answer, Document
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.lifecycle import FileState, State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import PaymentFile
from gateway.domain.ports import UnitOfWork

UNLISTED = "unlisted"
"""The level of what a bank that lists exceptions only means by its silence about a payment."""
NOT_ALL_OVER = frozenset({FileState.GENERATED, FileState.STAGED, FileState.IN_DOUBT})
"""States in which a bank that takes payments one by one may have none, a part or all of a file."""
REASON_LENGTH = 500
REASON_CODE_LENGTH = 35
PAYMENT_ID_LENGTH = len(ids.payment_id("0" * ids.ID_LENGTH, 0))
STATUS_LENGTH = 8
"""Characters of a status that are kept: all that are known have four, so a cut one stays unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """Payments that stood alike and got the same answer, on the list ``mark``; None as target lets them stay."""

    group: Mapping[str, Any]
    target: State | None
    mark: str


def acknowledge(
    work: UnitOfWork, document: Document, report: StatusReport, *, part_unlisted_accepted: bool,
    one_by_one: bool = False,
) -> None:  # fmt: skip
    """Applies a status report to the payments of the file it is about, in one transaction.

    Where a bank takes payments ``one_by_one``, its word about some proves nothing about the others: while the run over
    the file is not at its end, the report waits (:class:`Conflict`). Else the rest would never be handed over.
    """
    file = _file(work, document, report)
    if file is None:
        return
    if one_by_one and file.state in NOT_ALL_OVER:
        raise Conflict(f"{file.bank} has not been handed every payment of file {file.id}; its report waits for that.")
    file = _arrived(work, file)
    work.documents.add_answers(document.id, _answers(work, file, report))
    _inherited(work, document, file, report, part_unlisted_accepted=part_unlisted_accepted)
    notes: set[str] = set()
    judged = list(_judged(work, document, notes))
    reached = {one.target for one in judged if _apply(work, document, file, one) and one.target is not None}
    _settle_file(work, file, report, reached)
    for note in sorted(notes):
        work.alert(
            "payhub.file.attention.v1", subject_kind="file", subject=file.id,
            client_id=work.batches.get(file.batch_id).client_id, data={"bank": file.bank, "note": note},
        )  # fmt: skip
    work.documents.processed(document.id, kind=report.message, message_id=report.message_id)
    work.note(
        action="document.applied", subject=document.id,
        data={"file": file.id, "message": report.message, "group_status": report.group_status},
    )  # fmt: skip


def _file(work: UnitOfWork, document: Document, report: StatusReport) -> PaymentFile | None:
    """The file the report is about, if it is ours and this bank's; otherwise the document is set aside (LV-13).

    One report at a time is applied to a file: of two at one moment, each would decide as if the other had said nothing.
    """
    reference = report.original_message_id
    if reference:
        work.files.lock(reference)
    try:
        file = work.files.get(reference) if reference else None
    except NotFound:
        file = None
    if file is not None and file.bank == document.bank and _may_have_arrived(work, file):
        return file
    named = f"the file {reference}" if reference else "no file"
    reason = f"{document.bank} reported on {named}, which this hub did not send there. Check who did."
    work.documents.quarantine(document.id, reason=reason, kind=report.message)
    work.alert(
        "payhub.document.quarantined.v1", subject_kind="document", subject=document.id, client_id=None,
        data={"bank": document.bank, "name": document.name, "reason": reason},
    )  # fmt: skip
    return None


def _may_have_arrived(work: UnitOfWork, file: PaymentFile) -> bool:
    """Whether a byte of it ever left; a bank that answers about a file nobody began to send means another one."""
    if file.state is FileState.GENERATED:
        return bool(work.files.attempts(file.id))
    return file.state is not FileState.WITHDRAWN


def _arrived(work: UnitOfWork, file: PaymentFile) -> PaymentFile:
    """An answer proves that the bank has the file, also where we died before we could write that down, and where a
    look had shown for certain that it had not: then another worker's hand-over came through after the look.
    """
    if file.state not in (FileState.STAGED, FileState.GENERATED):
        return file
    reason = f"{file.bank} answered about the file, so it holds it"
    work.files.add_evidence(file.id, "answer", reason)
    work.payments.move(
        Selection(batch_id=file.batch_id, file_id=file.id), State.GENERATED, State.SUBMITTED, step="submit",
        reason=reason,
    )  # fmt: skip
    client = work.batches.get(file.batch_id).client_id
    return work.files.move(
        file, FileState.SUBMITTED, step="submit", reason=reason, client_id=client, submitted_at=work.at
    )


def _answers(work: UnitOfWork, file: PaymentFile, report: StatusReport) -> Iterator[Answer]:
    """What the report says about single payments. A reference that fits several payments, or none, is no answer."""
    lost = [one for one in report.payments if one.status and not _our_id(one, file)]
    by_reference = _by_end_to_end_id(work, file, lost)
    for one in report.payments:
        if one.status is None:
            continue
        payment = _our_id(one, file) or by_reference.get((one.end_to_end_id or "", one.payment_information_id or ""))
        if payment is not None:
            code, text = _reason(one.reasons)
            yield Answer(
                payment_id=payment, file_id=file.id, status=one.status[:STATUS_LENGTH],
                level=one.status_level or "transaction", reason_code=code, reason_text=text,
            )  # fmt: skip


def _our_id(one: PaymentStatus, file: PaymentFile) -> str | None:
    """Our instruction id is the payment's id; it must be of the batch this file was built from."""
    instruction = one.instruction_id
    if instruction is None or len(instruction) != PAYMENT_ID_LENGTH or not instruction.startswith(file.batch_id):
        return None
    return instruction


def _by_end_to_end_id(work: UnitOfWork, file: PaymentFile, lost: list[PaymentStatus]) -> Mapping[tuple[str, str], str]:
    wanted = {one.end_to_end_id for one in lost if one.end_to_end_id and one.end_to_end_id != "NOTPROVIDED"}
    found: dict[tuple[str, str], str] = {}
    several: set[tuple[str, str]] = set()
    for reference, bank_batch, payment in work.payments.by_end_to_end_id(file.id, sorted(wanted)):
        for key in ((reference, bank_batch), (reference, "")):
            if key in found:
                several.add(key)
            found[key] = payment
    return {key: payment for key, payment in found.items() if key not in several}


def _inherited(
    work: UnitOfWork, document: Document, file: PaymentFile, report: StatusReport, *, part_unlisted_accepted: bool
) -> None:
    """What blocks and the whole report say about the payments that are not listed (rulebook LV-03 to LV-06)."""
    for block in report.batches:
        if block.status is not None and block.status != "PART" and block.payment_information_id is not None:
            code, text = _reason(block.reasons)
            work.documents.answer_whole_file(
                document.id, file.id, status=block.status[:STATUS_LENGTH], level="payment_information",
                bank_batch_id=block.payment_information_id, reason_code=code, reason_text=text,
            )  # fmt: skip
    status, level = report.group_status, "group"
    if status == "PART" and part_unlisted_accepted:
        status, level = "ACCP", UNLISTED
    if status is not None and status != "PART":
        code, text = _reason(report.group_reasons)
        work.documents.answer_whole_file(
            document.id,
            file.id,
            status=status[:STATUS_LENGTH],
            level=level,
            bank_batch_id=None,
            reason_code=code,
            reason_text=text,
        )


def _judged(work: UnitOfWork, document: Document, notes: set[str]) -> Iterator[_Judged]:
    """What the answers do to each kind of payment, with the payments put on lists: a payment is judged once."""
    for group in work.documents.answer_groups(document.id):
        state, code = State(group["state"]), group["reason_code"]
        if group["level"] == UNLISTED and state is State.REJECTED:
            continue  # another part of the same answer listed it: silence does not contradict that
        result = effect(
            state, group["status"], known=group["known"], reasons=frozenset({code} if code else ()),
            whole_file=group["level"] != "transaction",
        )  # fmt: skip
        if result.note is not None:
            notes.add(f"{group['count']} payments: {result.note}")
        if result.record:
            mark = work.new_id()
            work.documents.choose_answers(document.id, group, mark=mark)
            yield _Judged(group=group, target=result.target, mark=mark)


def _apply(work: UnitOfWork, document: Document, file: PaymentFile, one: _Judged) -> int:
    """Records the bank's word and moves the payments; says how many moved."""
    group, moved = one.group, 0
    kept = work.documents.apply_answers(document.id, group, mark=one.mark)
    if one.target is not None:
        code = group["reason_code"]
        moved = work.payments.move(
            Selection(batch_id=file.batch_id, file_id=file.id, marked=one.mark), State(group["state"]), one.target,
            step="acknowledge", reason=f"{file.bank} answered {group['status']}{f' ({code})' if code else ''}",
        )  # fmt: skip
        kept = min(kept, moved)
    work.payments.unmark(one.mark)
    if kept != group["count"]:  # a statement, say, booked them at this moment: what the bank said must be judged anew
        raise Conflict(f"{group['count'] - kept} payments of file {file.id} moved while the bank's answer was applied.")
    return moved


def _settle_file(work: UnitOfWork, file: PaymentFile, report: StatusReport, reached: set[State]) -> None:
    """The file's own state: the bank has it as soon as it answers, and refused it when it refused all of it."""
    code, _ = _reason(report.group_reasons)
    status = report.group_status[:STATUS_LENGTH] if report.group_status is not None else None
    work.files.note_answer(file, status=status, reason_code=code)
    if not reached:
        if file.state is FileState.IN_DOUBT and _holds_it(report):
            _end_doubt(work, file, report)
        return
    target = FileState.ACKNOWLEDGED
    if report.group_status == "RJCT" and reached == {State.REJECTED}:
        target = FileState.REFUSED
    client = work.batches.get(file.batch_id).client_id
    for attempt in work.files.attempts(file.id):
        if attempt.outcome is None:
            work.files.end_attempt(attempt, "delivered", f"{file.bank} answered about the file")
    if file.state is FileState.IN_DOUBT:
        _prove_arrival(work, file, report)
    if file.state is not target and (file.state, target) != (FileState.REFUSED, FileState.ACKNOWLEDGED):
        arrived = {"submitted_at": work.at} if file.state is FileState.IN_DOUBT else {}
        work.files.move(
            file, target, step="acknowledge", client_id=client,
            reason=f"{file.bank} answered {report.group_status or 'about its payments'}", **arrived,
        )  # fmt: skip


def _holds_it(report: StatusReport) -> bool:
    """Whether a report that moves no payment proves all the same that the bank has the file: it took a part of it,
    or refused a second copy. An unknown word proves nothing.
    """
    code, _ = _reason(report.group_reasons)
    return report.group_status == "PART" or (report.group_status == "RJCT" and code in DUPLICATE_REASONS)


def _end_doubt(work: UnitOfWork, file: PaymentFile, report: StatusReport) -> None:
    """The file arrived and its payments still wait for the bank's word."""
    reason = _prove_arrival(work, file, report)
    for attempt in work.files.attempts(file.id):
        work.files.end_attempt(attempt, "delivered", reason)
    work.files.move(
        file, FileState.SUBMITTED, step="submit", reason=reason, submitted_at=work.at,
        client_id=work.batches.get(file.batch_id).client_id,
    )  # fmt: skip


def _prove_arrival(work: UnitOfWork, file: PaymentFile, report: StatusReport) -> str:
    """Writes down the evidence. Payments the bank has not spoken of yet stand where their file does: it arrived."""
    reason = f"{file.bank} answered about the file in {report.message_id}, so it holds it"
    work.files.add_evidence(file.id, "answer", reason)
    work.payments.move(
        Selection(batch_id=file.batch_id, file_id=file.id), State.IN_DOUBT, State.SUBMITTED, step="submit",
        reason=reason,
    )  # fmt: skip
    return reason


def _reason(reasons: tuple[Reason, ...]) -> tuple[str | None, str | None]:
    """The code that decides, and all texts joined: that of a duplicate wherever it stands, else the first one."""
    codes = [one.code or one.proprietary or "" for one in reasons]
    chosen = next((one for one in codes if one in DUPLICATE_REASONS), next(filter(None, codes), None))
    text = " ".join(line for one in reasons for line in one.text)
    return (chosen[:REASON_CODE_LENGTH] if chosen else None), (text[:REASON_LENGTH] or None)
