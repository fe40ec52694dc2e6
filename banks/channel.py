"""The narrow protocol every connector speaks, and the few words that cross it.

Sending is two acts so that it can be repeated safely: ``stage`` puts the bytes where the bank does not look (as often
as needed), ``publish`` hands them over (exactly once, whoever calls it how often). ``look`` asks the bank what it
shows of a file, and is what settles a doubt.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFile:
    """What is to reach the bank. ``name`` and ``reference`` (the MsgId) are the same for ever, on every attempt;
    ``staging_name`` belongs to one attempt and carries its fencing token; ``key`` is our idempotency key.
    """

    name: str
    staging_name: str
    content: bytes
    sha256: str
    reference: str
    key: str
    directory: str | None = None
    since: datetime | None = None
    """When the first attempt to send it began: a bank forgets idempotency keys, so a late repeat is not safe."""


class Presence(StrEnum):
    """What a look found."""

    DELIVERED = "delivered"
    """The bank holds the file, whole, under its final name or reference."""
    STAGED = "staged"
    """Only our staged copy is there, whole: it has not been handed over."""
    ABSENT = "absent"
    """The bank answered for certain that it holds neither."""
    UNCLEAR = "unclear"
    """The look proves nothing (a size differs, a listing is not allowed, the bank sweeps its folders)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What was found and where: the evidence that goes into the record. ``bank_reference`` is the bank's own id."""

    presence: Presence
    evidence: str
    bank_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The bank has the file. ``evidence`` says how we know; ``already`` that it had arrived before this call."""

    evidence: str
    bank_reference: str | None = None
    already: bool = False
    report: bytes | None = None
    """What the bank said about single payments in the same breath, as :mod:`banks.status_json` reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteDocument:
    """Something the bank offers. ``size`` in bytes where the listing knows it; ``media_type`` where HTTP says it."""

    name: str
    size: int | None = None
    modified_at: datetime | None = None
    media_type: str | None = None
    locator: str = ""
    """What the connector needs to fetch it (a path, a URL)."""
    sha256: str | None = None
    """What the bank says its digest is, in hex; proven by the fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """A file that was handed over and is not finally answered: API banks are asked about each by reference.

    ``content`` gives its bytes, for a bank that must be asked about each payment in it.
    """

    reference: str
    bank_reference: str | None = None
    content: Callable[[], bytes] | None = field(default=None, compare=False)


class Channel(Protocol):
    """A connection to one bank. Raises only :mod:`banks.errors`; retrying is somebody else's (``banks.retrying``)."""

    def stage(self, file: OutboundFile) -> None:
        """Puts the whole file under its staging name and proves its size. Repeatable. An API has nothing to stage."""

    def publish(self, file: OutboundFile) -> Receipt:
        """Hands the staged file over. If the staged copy is gone it was handed over before: says so, sends nothing."""

    def discard(self, file: OutboundFile) -> bool:
        """Takes a staged copy away, so that nobody can hand it over later. Repeatable; never touches the final name.

        True when this call removed it: of a removal and a rename of one name only one succeeds, so that is proof that
        it was not handed over. False proves nothing (it is gone, or there is nothing to stage, as with an API).
        """

    def look(self, file: OutboundFile) -> Sighting:
        """Says what the bank shows of this file. Never changes anything."""

    def inbox(self, outstanding: Sequence[Outstanding]) -> Iterable[RemoteDocument]:
        """What the bank offers now: files in the answer folders, or API answers about ``outstanding`` orders."""

    def fetch(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """The bytes of a document, at most ``size_max`` bytes (``Refused`` beyond)."""

    def archive(self, document: RemoteDocument) -> None:
        """Takes the document off the bank's outbox as the profile says (move, delete, leave). Repeatable."""

    def close(self) -> None:
        """Ends the connection. Never raises."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
