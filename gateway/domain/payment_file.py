"""A bank file: the bytes that go to a bank, once, and everything known about their way there."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from gateway.domain.lifecycle import FileState


@dataclass(frozen=True, slots=True, kw_only=True)
class BankBatch:
    """One PmtInf of a file: the payments that leave one account on one day. ``id`` is the PmtInfId at the bank."""

    id: str
    debtor_account: str
    currency: str
    value_date: date
    product: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFile:
    """``id`` is the MsgId at the bank, ``name`` the file's name there: both the same on every attempt, for ever."""

    id: str
    bank: str
    batch_id: str
    message: str
    name: str
    number: int
    sha256: str
    size: int
    count: int
    totals: tuple[tuple[str, Decimal], ...]
    window_id: str | None
    state: FileState
    version: int
    fence: int
    approval_digest: str
    profile_digest: str
    bank_batches: tuple[BankBatch, ...]
    generated_at: datetime
    submitted_at: datetime | None = None
    answer_due_at: datetime | None = None
    bank_reference: str | None = None
    iso_status: str | None = None
    reason_code: str | None = None
    directory: str | None = None
    """Where at the bank its product's files go; None where all go to one place. Fixed when the file is built."""
    sealed_sha256: str | None = None
    """Where the bank's profile asks for OpenPGP: the bytes that go there, made once for all attempts."""
    sealed_size: int | None = None

    @property
    def wire_sha256(self) -> str:
        """The digest of the bytes that go to the bank, and that looks and answers are compared with."""
        return self.sealed_sha256 or self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A file signed and encrypted for its bank, with the fingerprints of the keys that were used."""

    content: bytes = field(repr=False)
    signed_by: str | None
    encrypted_to: tuple[str, ...]


class HandOver(StrEnum):
    """How a bank's channel hands a file over, and so what proves that it was not."""

    RENAMED = "renamed"
    """The whole copy is staged and renamed: of a rename and a removal of it only one succeeds, so either is proof."""
    POSTED = "posted"
    """One request under our idempotency key: a refusal proves that nothing came of it, a listing may lag."""
    ONE_BY_ONE = "one_by_one"
    """One request a payment, each made only for what the bank does not have: the bank may have a part of the file."""
    WRITTEN = "written"
    """Written under its final name: even a refusal may leave half of it."""


NOT_DELIVERED = frozenset({"superseded", "taken_back", "unreachable", "refused", "ruled"})
"""Outcomes of an attempt after which the bank certainly has nothing of it, or two people say so."""

PROVEN_ABSENT = frozenset({"taken_back", "unreachable", "refused"})
"""Outcomes of a staged attempt that prove that the bank has nothing of it: we took the copy away ourselves, or the API
took nothing. What people say, or a folder that is empty, is not enough: if it misleads, the same bytes under the same
name protect, and a new file would not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to hand a file over, written before the first byte leaves. No outcome means: we do not know, and
    something of it may stand at the bank. Nobody may hand over an attempt that was never staged.
    """

    id: str
    file_id: str
    number: int
    fence: int
    staging_name: str
    worker: str
    started_at: datetime
    staged_at: datetime | None = None
    recalled_at: datetime | None = None
    """When we began to take its staged copy away: from then on a copy that is gone does not prove that it was handed
    over, and nobody hands it over any more."""
    finished_at: datetime | None = None
    outcome: str | None = None
    detail: str | None = None

    @property
    def left_nothing(self) -> bool:
        """Whether nothing of it can have been handed over: it was never staged, or it is proven that nothing is there.
        Only then may its payments go into another file.
        """
        return self.staged_at is None or self.outcome in PROVEN_ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What settled a doubt, or what proved an arrival."""

    file_id: str
    kind: str
    text: str
    at: datetime
    actor: str
