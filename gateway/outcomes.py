"""What becomes of a file, its payments and its attempts together: one function an outcome, within one transaction.

Steps decide which outcome it is; whoever opened the unit of work commits.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from banks import status_json
from gateway.domain.errors import Conflict
from gateway.domain.hold import OWNER, HoldKind
from gateway.domain.lifecycle import FileState, State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import NOT_DELIVERED, Attempt, PaymentFile, SealedFile
from gateway.domain.ports import UnitOfWork


def release_by(work: UnitOfWork, file: PaymentFile) -> datetime | None:
    """Until when the file may be handed over."""
    window = work.windows.get(file.window_id) if file.window_id is not None else None
    return None if window is None else window.release_by


def too_late(work: UnitOfWork, file: PaymentFile) -> bool:
    """Whether the file's window has closed."""
    until = release_by(work, file)
    return until is not None and work.at > until


def unfinished(work: UnitOfWork, file_id: str) -> list[Attempt]:
    """Attempts of which something may still stand at the bank, oldest first."""
    return [one for one in work.files.attempts(file_id) if one.outcome is None]


def first_sent(attempts: list[Attempt]) -> datetime | None:
    """When the bank may first have seen something of the file."""
    return next((one.started_at for one in attempts if one.outcome not in NOT_DELIVERED), None)


def arrived(
    work: UnitOfWork, file: PaymentFile, *, reason: str, answer_within: timedelta | None = None,
    bank_reference: str | None = None,
) -> PaymentFile:  # fmt: skip
    """The bank holds the file. People are told where that was after its window had closed, and, unless what the bank
    did is answer enough, where it does not answer ``answer_within`` a time.
    """
    due = None if answer_within is None else work.at + answer_within
    moved = _move(
        work, file, FileState.SUBMITTED, reason,
        submitted_at=work.at, answer_due_at=due, bank_reference=bank_reference,
    )  # fmt: skip
    _move_payments(work, file, _standing(file), State.SUBMITTED, f"{file.bank} holds the file {file.name}")
    if too_late(work, file):
        tell(work, file, "payhub.file.late.v1", window=file.window_id)
    work.request("poll", file.bank, lane=file.bank, patient=True)  # many files in a row ask the bank once
    return moved


def stand_staged(work: UnitOfWork, file: PaymentFile) -> PaymentFile:
    """The whole file stands at the bank, and from this commit on it may be handed over."""
    return _move(work, file, FileState.STAGED, "the whole file stands at the bank, not yet handed over")


def keep_sealed(work: UnitOfWork, file: PaymentFile, sealed: SealedFile) -> PaymentFile:
    """The sealed bytes are kept before any of them leaves: every attempt sends the same."""
    sha256 = hashlib.sha256(sealed.content).hexdigest()
    work.vault.put(sealed.content, sha256)
    work.note(
        action="file.sealed", subject=file.id,
        data={"sha256": file.sha256, "sealed_sha256": sha256, "sealed_size": len(sealed.content),
              "signed_by": sealed.signed_by, "encrypted_to": list(sealed.encrypted_to)},
    )  # fmt: skip
    return work.files.seal(file, sha256=sha256, size=len(sealed.content))


def doubt(work: UnitOfWork, file: PaymentFile, reason: str) -> PaymentFile:
    """Nobody knows whether the bank holds the file."""
    moved = _move(work, file, FileState.IN_DOUBT, reason)
    _move_payments(work, file, State.GENERATED, State.IN_DOUBT, reason)
    return moved


def still_staged(work: UnitOfWork, file: PaymentFile, reason: str) -> PaymentFile:
    """A file that was in doubt turns out to stand at the bank, not handed over."""
    moved = _move(work, file, FileState.STAGED, reason)
    _move_payments(work, file, State.IN_DOUBT, State.GENERATED, reason)
    return moved


def put_back(work: UnitOfWork, file: PaymentFile, reason: str) -> PaymentFile:
    """The file was not handed over, and nobody can hand over what was tried: it stands as if just built."""
    if file.state is FileState.IN_DOUBT:
        _move_payments(work, file, State.IN_DOUBT, State.GENERATED, reason)
    return _move(work, file, FileState.GENERATED, reason)


def withdraw(work: UnitOfWork, file: PaymentFile, reason: str) -> PaymentFile:
    """The file is not handed over: its window closed, or people held payments of it. They go back, to be built anew, to
    be rolled or to expire by policy. Where nothing proves that the bank has none of it, they go back held, and keep
    their place in it: a new file has another MsgId, under which the bank would pay them a second time.
    """
    if file.state is FileState.IN_DOUBT:
        file = put_back(work, file, reason)
    moved = _move(work, file, FileState.WITHDRAWN, reason)
    where = Selection(batch_id=file.batch_id, file_id=file.id)
    surely_absent = all(one.left_nothing for one in work.files.attempts(file.id))
    out: dict[str, None] = {"file_id": None, "bank_batch_id": None} if surely_absent else {}
    work.payments.move(where, State.GENERATED, State.SCHEDULED, step="submit", reason=reason, **out)
    if not surely_absent:
        why = f"Nothing proves that {file.bank} does not have file {file.name}. Ask it before they go in another one."
        work.payments.hold(where, kind=HoldKind.PERHAPS_SENT, reason=why, owner=OWNER)
        tell(work, file, "payhub.file.attention.v1", note=f"It was withdrawn and its payments are held. {why}")
    work.request("batch", file.batch_id)
    return moved


def take_out(work: UnitOfWork, file: PaymentFile, where: Selection, reason: str) -> int:
    """A person withdrew payments of a file before it was staged; says how many. The file is withdrawn, and the rest of
    it goes back to be built anew: the caller has the batch advanced.
    """
    _move(work, file, FileState.WITHDRAWN, reason)
    mine, all_of_it = replace(where, file_id=file.id), Selection(batch_id=file.batch_id, file_id=file.id)
    out = work.payments.move(mine, State.GENERATED, State.CANCELLED, step="submit", reason=reason)
    rest = work.payments.move(
        all_of_it, State.GENERATED, State.SCHEDULED, step="submit",
        reason=f"other payments of file {file.name} were withdrawn; it goes into a new one",
        file_id=None, bank_batch_id=None,
    )  # fmt: skip
    if out + rest != file.count:
        raise Conflict(f"{out + rest} of the {file.count} payments of file {file.id} were still in it.")
    return out


def give_up(work: UnitOfWork, file: PaymentFile, reason: str) -> PaymentFile:
    """People say that the bank does not have the file and shall not get it."""
    moved = _move(work, file, FileState.REFUSED, reason)
    _move_payments(work, file, _standing(file), State.REJECTED, reason)
    return moved


def tell(work: UnitOfWork, file: PaymentFile, kind: str, **facts: str | None) -> None:
    """An alarm about a file, for people and the ERP."""
    work.alert(
        kind, subject_kind="file", subject=file.id, client_id=work.batches.get(file.batch_id).client_id,
        data={"bank": file.bank, "file": file.name, **facts},
    )  # fmt: skip


def keep_report(work: UnitOfWork, file: PaymentFile, report: bytes) -> None:
    """What the bank said about single payments when it took the file: a document of the bank like any other."""
    sha256, name = hashlib.sha256(report).hexdigest(), f"status-{file.id}.json"
    document = work.documents.add(
        work.new_id(), bank=file.bank, sha256=sha256, name=name, media_type=status_json.MEDIA_TYPE, size=len(report)
    )
    if document is None:
        return
    work.vault.put(report, sha256)
    work.note(
        action="document.received", subject=document.id,
        data={"bank": file.bank, "name": name, "sha256": sha256, "size": len(report), "by": "submit"},
    )  # fmt: skip
    work.request("document", document.id, lane=document.bank)


def _standing(file: PaymentFile) -> State:
    return State.IN_DOUBT if file.state is FileState.IN_DOUBT else State.GENERATED


def _move(work: UnitOfWork, file: PaymentFile, target: FileState, reason: str, **assign: object) -> PaymentFile:
    client = work.batches.get(file.batch_id).client_id
    return work.files.move(file, target, step="submit", reason=reason, client_id=client, **assign)


def _move_payments(work: UnitOfWork, file: PaymentFile, source: State, target: State, reason: str) -> None:
    where = Selection(batch_id=file.batch_id, file_id=file.id)
    moved = work.payments.move(where, source, target, step="submit", reason=reason)
    if moved != file.count:
        raise Conflict(f"{moved} of the {file.count} payments of file {file.id} were {source.value}.")
