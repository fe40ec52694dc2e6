"""Sending a recall: the bytes, the name and each attempt are written down before the act, as for a payment file.

    confirmed ── write down ──▶ sending ── stage (repeatable), publish ──▶ sent
                                   └── nothing proves it after some looks ──▶ unclear

Nothing is handed over before ``staged_at`` is committed under this worker's fence. From then on the bank is looked at
first; only a staged copy that is still there is handed over again, and nothing is ever staged a second time.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from banks.channel import Channel, OutboundFile, Presence
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.filenames import staging_name
from banks.settings import RecallFormat
from gateway.domain.errors import Misconfigured
from gateway.domain.payment import Payment
from gateway.domain.payment_file import HandOver, SealedFile
from gateway.domain.ports import UnitOfWork, Units
from gateway.domain.recall import RECALLABLE, TRIES_MAX, Recall, RecallState
from gateway.recalling.ask import Write
from gateway.recalling.telling import tell


class Next(StrEnum):
    """What the caller does next about the recall."""

    NOTHING = "nothing"
    RETRY = "retry"
    """The bank could not be reached, or we do not know: come back soon."""
    ASK = "ask"
    """The bank said no; a person must act. Come back later all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who carries recalls, under one fence. ``name`` makes the file's name from its number and its reference."""

    units: Units
    channel: Callable[[str], AbstractContextManager[Channel]]
    form_of: Callable[[str], RecallFormat | None]
    name: Callable[[RecallFormat, str, int, str], str]
    write: Write
    hand_over: Callable[[str], HandOver]
    answer_due: Callable[[Recall, Payment, datetime], datetime | None]
    """When people are told that a bank has not answered, by when it got the recall."""
    fence: int
    seal: Callable[[str, bytes], SealedFile | None] = lambda _bank, _content: None
    first_try: bool = True
    """False where the same trouble was met before: people are told once."""


def send(carrier: Carrier, recall_id: str) -> Next:
    """Brings a recall to its bank, as far as the bank lets it now."""
    with carrier.units() as work:
        recall = work.recalls.get(recall_id)
        if recall.state is RecallState.CONFIRMED:
            recall = _prepared(carrier, work, recall)
            work.commit()
    if recall.state is not RecallState.SENDING:
        return Next.NOTHING
    try:
        with carrier.channel(recall.bank) as channel:
            return _carry(carrier, channel, recall)
    except Unreachable:
        return Next.RETRY
    except Refused as err:
        return _refused(carrier, recall.id, err.message)


def _refused(carrier: Carrier, recall_id: str, why: str) -> Next:
    """The bank said no. Of what was never staged nothing has left; of all else it proves nothing either way."""
    with carrier.units() as work:
        recall = work.recalls.get(recall_id)
        if carrier.first_try and recall.staged_at is None:
            tell(work, recall, "not_sent", note=why)
            work.commit()
    return Next.ASK if recall.staged_at is None else _unproven(carrier, recall, why)


def _prepared(carrier: Carrier, work: UnitOfWork, recall: Recall) -> Recall:
    """Its bytes and its name, once for ever; or its end where there is nothing left to bring back."""
    payment = work.payments.get(recall.payment_id)
    if payment.state not in RECALLABLE:
        why = f"the payment was {payment.state} before the recall left"
        recall = work.recalls.move(recall, RecallState.WITHDRAWN, evidence=why)
        tell(work, recall, "withdrawn", reason=why)
        return recall
    form = carrier.form_of(recall.bank)
    if form is None:
        raise Misconfigured(f"The profile of {recall.bank} has no [recall] any more, and recall {recall.id} waits.")
    content = carrier.write(work, recall, payment)
    digest = hashlib.sha256(content).hexdigest()
    work.vault.put(content, digest)
    sealed = carrier.seal(recall.bank, content)
    sealed_digest = None if sealed is None else hashlib.sha256(sealed.content).hexdigest()
    if sealed is not None and sealed_digest is not None:
        work.vault.put(sealed.content, sealed_digest)
    name = carrier.name(form, recall.bank, work.files.next_number(recall.bank), recall.id)
    return work.recalls.move(
        recall, RecallState.SENDING, message=form.message, name=name, directory=form.directory, sha256=digest,
        sealed_sha256=sealed_digest, begun_at=work.at, answer_due_at=carrier.answer_due(recall, payment, work.at),
    )  # fmt: skip


def _carry(carrier: Carrier, channel: Channel, recall: Recall) -> Next:
    with carrier.units() as work:
        content = work.vault.get(recall.wire_sha256)
    if recall.staged_at is None:
        return _publish(carrier, channel, _staged(carrier, channel, recall, content), content)
    seen = channel.look(_outbound(recall, content))
    if seen.presence is Presence.DELIVERED:
        return _arrived(carrier, recall, seen.evidence)
    if seen.presence is Presence.STAGED and carrier.hand_over(recall.bank) is HandOver.RENAMED:
        return _publish(carrier, channel, recall, content)  # a rename of the staged copy succeeds once at most
    return _unproven(carrier, recall, seen.evidence)


def _staged(carrier: Carrier, channel: Channel, recall: Recall, content: bytes) -> Recall:
    """Puts it where the bank does not look. A worker that was overtaken finds its staged copy gone, or its fence."""
    assert recall.name is not None, "a recall that is being sent has its name"
    if recall.staging_name is not None:
        channel.discard(_outbound(recall, content))
    with carrier.units() as work:
        recall = work.recalls.change(recall, staging_name=staging_name(recall.name, token=str(carrier.fence)))
        work.commit()
    channel.stage(_outbound(recall, content))
    with carrier.units() as work:
        recall = work.recalls.change(recall, staged_at=work.at)
        work.commit()
    return recall


def _publish(carrier: Carrier, channel: Channel, recall: Recall, content: bytes) -> Next:
    try:
        receipt = channel.publish(_outbound(recall, content))
    except OutcomeUnknown as err:
        return _unproven(carrier, recall, err.message)
    return _arrived(carrier, recall, receipt.evidence)


def _arrived(carrier: Carrier, recall: Recall, evidence: str) -> Next:
    with carrier.units() as work:
        due = carrier.answer_due(recall, work.payments.get(recall.payment_id), work.at)
        recall = work.recalls.move(recall, RecallState.SENT, sent_at=work.at, evidence=evidence, answer_due_at=due)
        tell(work, recall, "sent", evidence=evidence)
        work.commit()
    return Next.NOTHING


def _unproven(carrier: Carrier, recall: Recall, why: str) -> Next:
    """One more look that proved nothing; after the last one people must ask the bank, and nothing is sent again."""
    with carrier.units() as work:
        recall = work.recalls.change(recall, looks=recall.looks + 1, evidence=why)
        if recall.looks >= TRIES_MAX:
            recall = work.recalls.move(recall, RecallState.UNCLEAR)
            tell(work, recall, "unclear", note=f"Ask {recall.bank} whether it has {recall.name}: {why}")
        work.commit()
    return Next.NOTHING if recall.state is RecallState.UNCLEAR else Next.RETRY


def _outbound(recall: Recall, content: bytes) -> OutboundFile:
    assert recall.name is not None, "a recall that is being sent has its name"
    return OutboundFile(
        name=recall.name, staging_name=recall.staging_name or recall.name, content=content, sha256=recall.wire_sha256,
        reference=recall.id, key=recall.id, directory=recall.directory, since=recall.begun_at,
    )  # fmt: skip
