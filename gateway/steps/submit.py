"""Submit: carries the file to the bank, once, with the intention written down before every act.

    generated ── stage (repeatable) ──▶ staged ── publish (once) ──▶ submitted
                                          └── the line dropped ──▶ in doubt ── look ──▶ submitted | staged | generated

Nothing is handed over before ``staged`` is committed under this worker's fence; so whoever finds a file in
``generated`` knows that nothing was handed over, and whoever finds it ``staged`` looks before it acts. An attempt
without an outcome *is* the doubt: a crash needs no case of its own (promise P2). A file goes back, or ends, only after
the staged copies of its attempts were taken away at the bank: a worker that was asleep finds nothing to hand over.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from banks.channel import Channel, OutboundFile, Presence, Receipt, Sighting
from banks.errors import ChannelError, OutcomeUnknown, Refused, Unreachable
from gateway import outcomes
from gateway.domain.errors import Conflict
from gateway.domain.lifecycle import FileState
from gateway.domain.payment_file import Attempt, HandOver, PaymentFile, SealedFile
from gateway.domain.ports import Units
from gateway.domain.ruling import Ruling, Verdict, decided_by, words

DONE = frozenset({FileState.SUBMITTED, FileState.ACKNOWLEDGED, FileState.REFUSED, FileState.WITHDRAWN})
UNPROVEN = frozenset({FileState.STAGED, FileState.IN_DOUBT})
"""Where people may decide."""
TOO_LATE = "the window closed before the file could be handed over"


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
    hand_over: Callable[[str], HandOver]
    """How a bank's channel hands files over."""
    fence: int
    worker: str
    seal: Callable[[PaymentFile, bytes], SealedFile | None] = lambda _file, _content: None
    """Signs and encrypts a file as its bank's profile says; None where it goes as it is. Takes its time."""
    first_try: bool = True
    """False where the same trouble was met before: people are told once, not with every try."""


def submit(carrier: Carrier, file_id: str) -> Next:
    """Brings a file one way or another to the end of its way, as far as the bank lets it now."""
    with carrier.units() as work:
        file = work.files.get(file_id)
        attempts = work.files.attempts(file_id)
        content = b"" if file.state in DONE else work.vault.get(file.wire_sha256)
        decided = decided_by(work.files.rulings(file_id), file.version) if file.state in UNPROVEN else ()
        if file.state is FileState.GENERATED and outcomes.too_late(work, file):
            file = outcomes.withdraw(work, file, TOO_LATE)
            work.commit()
    if file.state in DONE and all(one.outcome is not None for one in attempts):
        return Next.NOTHING
    try:
        with carrier.channel(file.bank) as channel:
            return _Carrying(carrier, channel, content, attempts).carry(file, decided)
    except Unreachable as err:
        return _failed(carrier, file_id, Next.RETRY, err)
    except Refused as err:
        return _failed(carrier, file_id, Next.ASK, err)


class _Carrying:
    """One connection's worth of carrying one file."""

    def __init__(self, carrier: Carrier, channel: Channel, content: bytes, attempts: list[Attempt]) -> None:
        self._carrier = carrier
        self._channel = channel
        self._content = content
        self._attempts = attempts

    def carry(self, file: PaymentFile, decided: Sequence[Ruling]) -> Next:
        """One way or another to the end, or to the next doubt."""
        if file.state in DONE:
            file = self._tidied(file)
        elif decided:
            file = self._carry_out(file, decided)
        elif file.state is not FileState.GENERATED:
            file = self._settle(file)
        if file.state is FileState.GENERATED:
            file = self._send(file)
        return Next.NOTHING if file.state in DONE else Next.RETRY

    def _send(self, file: PaymentFile) -> PaymentFile:
        """Stages and hands over a file of which the bank has nothing; withdraws it where its window closed meanwhile:
        a doubt can outlast the window, and staging can take long.
        """
        self._take_copies(file, [one for one in self._attempts if one.outcome is None])
        sealed = None if self._attempts else self._sealed(file)
        with self._carrier.units() as work:
            for earlier in outcomes.unfinished(work, file.id) if self._attempts else ():
                work.files.end_attempt(earlier, "superseded", "it was never handed over")
            if outcomes.too_late(work, file):
                file = outcomes.withdraw(work, file, TOO_LATE)
                work.commit()
                return file
            if sealed is not None:
                file, self._content = outcomes.keep_sealed(work, file, sealed), sealed.content
            attempt = work.files.begin_attempt(
                file, attempt_id=work.new_id(), fence=self._carrier.fence, worker=self._carrier.worker
            )
            self._attempts = work.files.attempts(file.id) if self._attempts else [attempt]
            work.commit()
        self._channel.stage(self._outbound(file, attempt))
        with self._carrier.units() as work:
            if outcomes.too_late(work, file):
                file = outcomes.withdraw(work, file, TOO_LATE)
            else:
                work.files.staged(attempt)
                file = outcomes.stand_staged(work, file)
            work.commit()
        return self._tidied(file) if file.state in DONE else self._publish(file, attempt, resumed=False)

    def _sealed(self, file: PaymentFile) -> SealedFile | None:
        """What goes to the bank is decided with the first attempt: sealing is random, and the bytes of all attempts
        are the same. What is sealed is what was approved, to the last bit (promise P5).
        """
        if hashlib.sha256(self._content).hexdigest() != file.sha256:
            raise Conflict(f"The content at hand is not that of file {file.id}; nothing of it is sealed.")
        return self._carrier.seal(file, self._content)

    def _publish(self, file: PaymentFile, attempt: Attempt, *, resumed: bool) -> PaymentFile:
        """Hands over. ``resumed`` tells that somebody may have asked the bank for this before, so that what it says
        now proves nothing about then.
        """
        try:
            receipt = self._channel.publish(self._outbound(file, attempt))
        except OutcomeUnknown as err:
            return self._in_doubt(file, f"the outcome is unknown: {err.message}")
        except (Unreachable, Refused) as err:
            if not resumed and self._carrier.hand_over(file.bank) in (HandOver.POSTED, HandOver.ONE_BY_ONE):
                with self._carrier.units() as work:
                    outcome = "unreachable" if isinstance(err, Unreachable) else "refused"
                    work.files.end_attempt(attempt, outcome, err.message)
                    outcomes.put_back(work, file, f"nothing was handed over: {err.message}")
                    work.commit()
            raise
        return self._arrived(file, attempt, receipt)

    def _settle(self, file: PaymentFile) -> PaymentFile:
        """Looks at the bank before anything else, and goes on from what it shows."""
        attempt = self._attempts[-1]
        seen = self._channel.look(self._outbound(file, attempt))
        if seen.presence is Presence.DELIVERED:
            return self._found(file, attempt, seen)
        with self._carrier.units() as work:
            late = outcomes.too_late(work, file)
        if self._carrier.hand_over(file.bank) is HandOver.RENAMED:
            if late or attempt.recalled_at is not None or seen.presence is Presence.ABSENT:
                return self._take_back(file)
            if file.state is FileState.IN_DOUBT and seen.presence is Presence.STAGED:
                with self._carrier.units() as work:
                    work.files.add_evidence(file.id, seen.presence.value, seen.evidence)
                    file = outcomes.still_staged(work, file, f"the bank was looked at: {seen.evidence}")
                    work.commit()
        elif late or not self._repeatable(file, seen):
            why = f"{TOO_LATE}, and {seen.evidence}" if late else seen.evidence
            return self._in_doubt(file, f"nothing proves whether the bank has it: {why}")
        # a rename of the staged copy succeeds once at most, the same key makes the same order: safe to ask again
        return self._publish(file, attempt, resumed=True)

    def _repeatable(self, file: PaymentFile, seen: Sighting) -> bool:
        """Whether asking again is safe although a list may lag: the same key makes the same order, and where payments
        are handed over one by one, each is asked for first, also when the bank has a part of them already.
        """
        return seen.presence is Presence.ABSENT or self._carrier.hand_over(file.bank) is HandOver.ONE_BY_ONE

    def _take_back(self, file: PaymentFile) -> PaymentFile:
        """Takes the staged copies away. Where that, or a look, proves that the file was not handed over, it goes back
        to be sent again, or is withdrawn when it is too late; else it is in doubt.
        """
        if not self._take_copies(file, self._attempts):
            seen = self._channel.look(self._outbound(file, self._attempts[-1]))
            if seen.presence is Presence.DELIVERED:
                return self._found(file, self._attempts[-1], seen)
            if seen.presence is not Presence.ABSENT:
                return self._in_doubt(file, f"the staged copy is gone, and nothing shows where to: {seen.evidence}")
        with self._carrier.units() as work:
            for one in outcomes.unfinished(work, file.id):
                work.files.end_attempt(one, "superseded", "the bank has nothing of it")
            work.files.add_evidence(file.id, "taken_back", "it was not handed over, and nothing of it is left")
            if outcomes.too_late(work, file):
                file = outcomes.withdraw(work, file, f"{TOO_LATE}; its staged copy was taken away")
            else:
                file = outcomes.put_back(work, file, "it was not handed over: its staged copy was taken away")
            work.commit()
        return file

    def _take_copies(self, file: PaymentFile, attempts: Sequence[Attempt]) -> bool:
        """Takes the copies of attempts away, having written down that it will; says whether none of the unfinished
        ones can have been handed over, for of a removal and a rename of one name only one succeeds.
        """
        if self._carrier.hand_over(file.bank) is not HandOver.RENAMED:
            return all(one.staged_at is None or one.outcome is not None for one in attempts)
        left = [one for one in attempts if one.outcome is None or one.staged_at is not None]
        if left:
            with self._carrier.units() as work:
                for one in left:
                    work.files.recall(one)
                work.commit()
        proven = True
        for one in left:
            removed = self._channel.discard(self._outbound(file, one))
            if removed:
                with self._carrier.units() as work:
                    work.files.end_attempt(one, "taken_back", "its staged copy was taken away at the bank")
                    work.commit()
            proven &= removed or one.staged_at is None or one.outcome is not None
        return proven

    def _carry_out(self, file: PaymentFile, decided: Sequence[Ruling]) -> PaymentFile:
        """What two people decided, unless the bank shows the file after all: evidence wins over people."""
        renamed, attempt = self._carrier.hand_over(file.bank) is HandOver.RENAMED, self._attempts[-1]
        self._take_copies(file, self._attempts)
        try:
            seen = self._channel.look(self._outbound(file, attempt))
        except ChannelError:
            if renamed:
                raise
            seen = None  # nothing stands staged there that a look could still prove: the people have the last word
        if seen is not None and seen.presence is Presence.DELIVERED:
            return self._found(file, attempt, seen, against=decided)
        said = words(decided)
        with self._carrier.units() as work:
            for one in outcomes.unfinished(work, file.id):
                work.files.end_attempt(one, "ruled", said)
            work.files.add_evidence(file.id, "people", said)
            settle = outcomes.give_up if decided[0].verdict is Verdict.GIVE_UP else outcomes.put_back
            file = settle(work, file, f"two people decided: {said}")
            self._attempts = work.files.attempts(file.id)
            work.commit()
        return file

    def _tidied(self, file: PaymentFile) -> PaymentFile:
        """Of a file that is done nobody may hand over a copy any more."""
        with self._carrier.units() as work:
            left = outcomes.unfinished(work, file.id)
        self._take_copies(file, left)
        held = file.state not in (FileState.WITHDRAWN, FileState.REFUSED)
        with self._carrier.units() as work:
            gone = outcomes.unfinished(work, file.id)
            for one in gone:
                work.files.end_attempt(one, "delivered" if held else "superseded", "nothing of it is left to hand over")
            if held and len(gone) < len(left):
                note = "Its staged copy still lay at the bank, although the file is said to have arrived. Ask the bank."
                outcomes.tell(work, file, "payhub.file.attention.v1", note=note)
            work.commit()
        return file

    def _found(
        self, file: PaymentFile, attempt: Attempt, seen: Sighting, *, against: Sequence[Ruling] = ()
    ) -> PaymentFile:
        receipt = Receipt(evidence=seen.evidence, bank_reference=seen.bank_reference)
        return self._arrived(file, attempt, receipt, against=against)

    def _arrived(
        self, file: PaymentFile, attempt: Attempt, receipt: Receipt, *, against: Sequence[Ruling] = ()
    ) -> PaymentFile:
        with self._carrier.units() as work:
            work.files.end_attempt(attempt, "delivered", receipt.evidence)
            work.files.add_evidence(file.id, "delivered", receipt.evidence)
            moved = outcomes.arrived(
                work, file, reason=f"the bank holds the file: {receipt.evidence}",
                answer_within=self._carrier.answer_within(file), bank_reference=receipt.bank_reference,
            )  # fmt: skip
            if receipt.report is not None:
                outcomes.keep_report(work, file, receipt.report)
            if against:
                note = f"The bank shows the file, although two people decided otherwise ({words(against)})."
                outcomes.tell(work, file, "payhub.file.attention.v1", note=note)
            work.commit()
        return moved

    def _in_doubt(self, file: PaymentFile, reason: str) -> PaymentFile:
        if file.state is not FileState.IN_DOUBT:
            with self._carrier.units() as work:
                file = outcomes.doubt(work, file, reason)
                work.commit()
        return file

    def _outbound(self, file: PaymentFile, attempt: Attempt) -> OutboundFile:
        return OutboundFile(
            name=file.name, staging_name=attempt.staging_name, content=self._content, sha256=file.wire_sha256,
            reference=file.id, key=file.id, directory=file.directory, since=outcomes.first_sent(self._attempts),
        )  # fmt: skip


def _failed(carrier: Carrier, file_id: str, following: Next, error: ChannelError) -> Next:
    """Nothing was handed over; says so to the people who can help: a bank out of reach once, a refusal every time,
    for it may follow on trouble of the other kind and ends only when a person acts.
    """
    if following is Next.RETRY and not carrier.first_try:
        return following
    kind = "payhub.file.stopped.v1" if following is Next.ASK else "payhub.file.delayed.v1"
    with carrier.units() as work:
        outcomes.tell(work, work.files.get(file_id), kind, reason=error.message)
        work.commit()
    return following
