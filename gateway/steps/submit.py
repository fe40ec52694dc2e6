"""Submit: carries the file to the bank, once, with the intention written down before every act.

    generated ── stage (repeatable) ──▶ staged ── publish (once) ──▶ submitted
                                          └── the line dropped ──▶ in doubt ── look ──▶ submitted | staged | generated

Nothing is handed over before ``staged`` is committed under this worker's fence; so whoever finds a file in
``generated`` knows that nothing was handed over, and whoever finds it ``staged`` looks before it acts. An attempt
without an outcome *is* the doubt: a crash needs no case of its own (promise P2).
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from banks.channel import Channel, OutboundFile, Presence, Receipt
from banks.errors import OutcomeUnknown, Refused, Unreachable
from gateway.domain.errors import Conflict
from gateway.domain.lifecycle import FileState, State
from gateway.domain.payment import Selection
from gateway.domain.payment_file import Attempt, PaymentFile, SealedFile
from gateway.domain.ports import UnitOfWork, Units

DONE = frozenset({FileState.SUBMITTED, FileState.ACKNOWLEDGED, FileState.REFUSED, FileState.WITHDRAWN})


class Next(StrEnum):
    """What the caller does next about the file."""

    NOTHING = "nothing"
    RETRY = "retry"
    """The bank could not be reached, or we do not know: come back soon."""
    ASK = "ask"
    """The bank said no; a person must act. Come back later all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who carries: opens units of work and the channel, under one fence, in the name of one worker."""

    units: Units
    channel: Callable[[str], AbstractContextManager[Channel]]
    answer_within: Callable[[PaymentFile], timedelta]
    stages: Callable[[str], bool]
    """Whether a bank's channel stages files: then handing the same staged copy over again is safe, whoever did it."""
    fence: int
    worker: str
    repeats: Callable[[str], bool] = lambda _bank: False
    """Whether a bank's channel hands over only what the bank certainly does not have: then it may be asked again."""
    blind: Callable[[str], bool] = lambda _bank: False
    """Whether a bank can neither be asked for a file nor tell a repetition from a second file: then only what
    certainly failed is tried again.
    """
    seal: Callable[[PaymentFile, bytes], SealedFile | None] = lambda _file, _content: None
    """Signs and encrypts a file as its bank's profile says; None where it goes as it is. Takes its time."""
    first_try: bool = True
    """False where the same trouble was met before: people are told once, not with every try."""


def submit(carrier: Carrier, file_id: str) -> Next:
    """Brings a file one way or another to the end of its way, as far as the bank lets it now."""
    with carrier.units() as work:
        file = work.files.get(file_id)
        if file.state in DONE:
            return Next.NOTHING
        if file.state is FileState.GENERATED and _too_late(work, file):
            _withdraw(work, file)
            work.commit()
            return Next.NOTHING
        content = work.vault.get(file.wire_sha256)
        attempts = work.files.attempts(file_id)
    try:
        with carrier.channel(file.bank) as channel:
            since = attempts[0].started_at if attempts else None
            return _Carrying(carrier, channel, content, since).carry(file, attempts[-1] if attempts else None)
    except Unreachable as err:
        return _failed(carrier, file_id, err.message, Next.RETRY)
    except Refused as err:
        return _failed(carrier, file_id, err.message, Next.ASK)


class _Carrying:
    """One connection's worth of carrying one file."""

    def __init__(self, carrier: Carrier, channel: Channel, content: bytes, since: datetime | None) -> None:
        self._carrier = carrier
        self._channel = channel
        self._content = content
        self._since = since

    def carry(self, file: PaymentFile, attempt: Attempt | None) -> Next:
        resumed = file.state is not FileState.GENERATED
        if file.state is FileState.IN_DOUBT:
            assert attempt is not None
            settled = self._settle(file, attempt)
            if settled is None:
                return Next.RETRY
            file = settled
            if file.state is FileState.GENERATED and self._given_up(file):
                return Next.NOTHING
        if file.state is FileState.GENERATED:
            file, attempt = self._stage(file, first=attempt is None)
        if file.state is FileState.STAGED:
            assert attempt is not None
            return self._publish(file, attempt, look_first=resumed)
        return Next.NOTHING

    def _given_up(self, file: PaymentFile) -> bool:
        """A doubt can outlast the window: a file that certainly never arrived is then not sent late."""
        with self._carrier.units() as work:
            late = _too_late(work, file)
            if late:
                _withdraw(work, file)
                work.commit()
        return late

    def _stage(self, file: PaymentFile, *, first: bool) -> tuple[PaymentFile, Attempt]:
        sealed = self._sealed(file) if first else None
        with self._carrier.units() as work:
            if sealed is not None:
                file = self._keep(work, file, sealed)
            for earlier in work.files.attempts(file.id):
                work.files.end_attempt(earlier, "superseded", "nothing was handed over; a new attempt began")
            attempt = work.files.begin_attempt(
                file, attempt_id=work.new_id(), fence=self._carrier.fence, worker=self._carrier.worker
            )
            work.commit()
        self._channel.stage(self._outbound(file, attempt))
        with self._carrier.units() as work:
            work.files.staged(attempt)
            file = self._move(work, file, FileState.STAGED, "the whole file stands at the bank, not yet handed over")
            work.commit()
        return file, attempt

    def _sealed(self, file: PaymentFile) -> SealedFile | None:
        """What goes to the bank is decided with the first attempt: sealing is random, and the bytes of all attempts
        are the same. What is sealed is what was approved, to the last bit (promise P5).
        """
        if hashlib.sha256(self._content).hexdigest() != file.sha256:
            raise Conflict(f"The content at hand is not that of file {file.id}; nothing of it is sealed.")
        return self._carrier.seal(file, self._content)

    def _keep(self, work: UnitOfWork, file: PaymentFile, sealed: SealedFile) -> PaymentFile:
        sha256 = hashlib.sha256(sealed.content).hexdigest()
        work.vault.put(sealed.content, sha256)
        work.note(
            action="file.sealed", subject=file.id,
            data={"sha256": file.sha256, "sealed_sha256": sha256, "sealed_size": len(sealed.content),
                  "signed_by": sealed.signed_by, "encrypted_to": list(sealed.encrypted_to)},
        )  # fmt: skip
        self._content = sealed.content
        return work.files.seal(file, sha256=sha256, size=len(sealed.content))

    def _publish(self, file: PaymentFile, attempt: Attempt, *, look_first: bool) -> Next:
        outbound = self._outbound(file, attempt)
        try:
            if look_first:
                seen = self._channel.look(outbound)
                if seen.presence is Presence.DELIVERED:
                    self._arrived(file, attempt, Receipt(evidence=seen.evidence, bank_reference=seen.bank_reference))
                    return Next.NOTHING
            receipt = self._channel.publish(outbound)
        except OutcomeUnknown as err:
            with self._carrier.units() as work:
                self._move(work, file, FileState.IN_DOUBT, f"the outcome is unknown: {err.message}")
                self._move_payments(work, file, State.GENERATED, State.IN_DOUBT, f"the line dropped: {err.message}")
                work.commit()
            return Next.RETRY
        except (Unreachable, Refused) as err:
            if not look_first and self._carrier.blind(file.bank):
                self._not_handed_over(file, err.message)
            raise
        self._arrived(file, attempt, receipt)
        return Next.NOTHING

    def _not_handed_over(self, file: PaymentFile, message: str) -> None:
        """A first try certainly failed, so the next one is a first one again: at a bank that cannot be asked, a staged
        file would be a doubt that nothing but an answer could end.
        """
        with self._carrier.units() as work:
            self._move(work, file, FileState.GENERATED, f"nothing was handed over: {message}")
            work.commit()

    def _settle(self, file: PaymentFile, attempt: Attempt) -> PaymentFile | None:
        """Looks at the bank. The file in its new state, or None when the look proves nothing yet."""
        seen = self._channel.look(self._outbound(file, attempt))
        if seen.presence is Presence.DELIVERED:
            return self._arrived(file, attempt, Receipt(evidence=seen.evidence, bank_reference=seen.bank_reference))
        if seen.presence is Presence.UNCLEAR:
            return self._hand_over_again(file, attempt)
        target = FileState.STAGED if seen.presence is Presence.STAGED else FileState.GENERATED
        with self._carrier.units() as work:
            work.files.add_evidence(file.id, seen.presence.value, seen.evidence)
            moved = self._move(work, file, target, f"the bank was looked at: {seen.evidence}")
            self._move_payments(work, file, State.IN_DOUBT, State.GENERATED, f"not handed over: {seen.evidence}")
            work.commit()
        return moved

    def _hand_over_again(self, file: PaymentFile, attempt: Attempt) -> PaymentFile | None:
        """Nothing is to be seen. Where the copy was staged, a rename of it succeeds once at most: it is safe to ask
        again, and the answer (done now, or done before) is the proof. An API is asked by reference only, unless it
        takes payments one by one: then each is asked for, and only what the bank does not have is handed over.
        """
        repeatable = self._carrier.stages(file.bank) or self._carrier.repeats(file.bank)
        if not repeatable or attempt.staged_at is None:
            return None
        try:
            receipt = self._channel.publish(self._outbound(file, attempt))
        except OutcomeUnknown:
            return None
        return self._arrived(file, attempt, receipt)

    def _arrived(self, file: PaymentFile, attempt: Attempt, receipt: Receipt) -> PaymentFile:
        with self._carrier.units() as work:
            work.files.end_attempt(attempt, "delivered", receipt.evidence)
            work.files.add_evidence(file.id, "delivered", receipt.evidence)
            moved = self._move(
                work, file, FileState.SUBMITTED, f"the bank holds the file: {receipt.evidence}",
                submitted_at=work.at, answer_due_at=work.at + self._carrier.answer_within(file),
                bank_reference=receipt.bank_reference,
            )  # fmt: skip
            source = State.IN_DOUBT if file.state is FileState.IN_DOUBT else State.GENERATED
            self._move_payments(work, file, source, State.SUBMITTED, f"{file.bank} holds the file {file.name}")
            if _too_late(work, file):
                work.alert(
                    "payhub.file.late.v1", subject_kind="file", subject=file.id,
                    client_id=work.batches.get(file.batch_id).client_id,
                    data={"bank": file.bank, "file": file.name, "window": file.window_id},
                )  # fmt: skip
            if receipt.report is not None:
                self._told(work, file, receipt.report)
            work.request("poll", file.bank, lane=file.bank)
            work.commit()
        return moved

    @staticmethod
    def _told(work: UnitOfWork, file: PaymentFile, report: bytes) -> None:
        """What the bank said about single payments while it took them is a document of its own, like any answer."""
        sha256 = hashlib.sha256(report).hexdigest()
        document = work.documents.add(
            work.new_id(), bank=file.bank, sha256=sha256, name=f"status-{file.id}.json", media_type="application/json",
            size=len(report),
        )  # fmt: skip
        if document is None:
            return
        work.vault.put(report, sha256)
        work.note(
            action="document.received", subject=document.id,
            data={"bank": file.bank, "name": document.name, "sha256": sha256, "size": len(report), "by": "submit"},
        )  # fmt: skip
        work.request("document", document.id)

    def _outbound(self, file: PaymentFile, attempt: Attempt) -> OutboundFile:
        return OutboundFile(
            name=file.name, staging_name=attempt.staging_name, content=self._content, sha256=file.wire_sha256,
            reference=file.id, key=file.id, directory=file.directory, since=self._since,
        )  # fmt: skip

    @staticmethod
    def _move(work: UnitOfWork, file: PaymentFile, target: FileState, reason: str, **assign: object) -> PaymentFile:
        client = work.batches.get(file.batch_id).client_id
        return work.files.move(file, target, step="submit", reason=reason, client_id=client, **assign)

    @staticmethod
    def _move_payments(work: UnitOfWork, file: PaymentFile, source: State, target: State, reason: str) -> None:
        where = Selection(batch_id=file.batch_id, file_id=file.id)
        moved = work.payments.move(where, source, target, step="submit", reason=reason)
        if moved != file.count:
            raise Conflict(f"{moved} of the {file.count} payments of file {file.id} were {source.value}.")


def _too_late(work: UnitOfWork, file: PaymentFile) -> bool:
    window = work.windows.get(file.window_id) if file.window_id is not None else None
    return window is not None and work.at > window.release_by


def _withdraw(work: UnitOfWork, file: PaymentFile) -> None:
    """The window closed before a byte was handed over: the payments go back, to be rolled or to expire by policy."""
    client = work.batches.get(file.batch_id).client_id
    for attempt in work.files.attempts(file.id):
        work.files.end_attempt(attempt, "superseded", "nothing was handed over before the window closed")
    work.files.move(
        file, FileState.WITHDRAWN, step="submit", client_id=client, reason="its window closed before it was handed over"
    )
    work.payments.move(
        Selection(batch_id=file.batch_id, file_id=file.id), State.GENERATED, State.SCHEDULED, step="submit",
        reason="the window closed before the file could be handed over", file_id=None, bank_batch_id=None,
    )  # fmt: skip
    work.request("batch", file.batch_id)


def _failed(carrier: Carrier, file_id: str, message: str, following: Next) -> Next:
    """Nothing was handed over; says so to the people who can help: a bank out of reach once, a refusal every time,
    for it may follow on trouble of the other kind and ends only when a person acts.
    """
    if following is Next.RETRY and not carrier.first_try:
        return following
    with carrier.units() as work:
        file = work.files.get(file_id)
        data = {"bank": file.bank, "file": file.name, "reason": message}
        kind = "payhub.file.stopped.v1" if following is Next.ASK else "payhub.file.delayed.v1"
        client = work.batches.get(file.batch_id).client_id
        work.alert(kind, subject_kind="file", subject=file_id, client_id=client, data=data)
        work.commit()
    return following
