"""Collecting: one round at one bank's outbox. Stored first, understood later, taken off the bank's outbox last.

A round may end at any point and is repeated from its start: what is stored is known by its digest, and nothing is
removed at the bank before a committed row says that its document was read or stands in quarantine.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from banks import status_json
from banks.channel import Channel, Outstanding, RemoteDocument
from banks.errors import ChannelError, Refused
from gateway.domain.document import Document, Listed
from gateway.persistence.listings import OpenOrder
from gateway.persistence.unit_of_work import UnitOfWork

OpenChannel = Callable[[str], AbstractContextManager[Channel]]
Units = Callable[[], UnitOfWork]
DOCUMENTS_PER_ROUND = 200
"""New documents taken before the round ends and another one is asked for: other work of the bank gets its turn."""
LINE_FAILURES_MAX = 3
"""Entries in a row that could not be fetched for want of a line; then the line is down, not the entries broken."""
UNREACHABLE_TOLD = 3
"""How often an entry may fail for want of a line before people are told: a bank that refuses is told at once."""
PAUSE_FIRST = timedelta(minutes=5)
PAUSE_LONGEST = timedelta(hours=6)
PAUSE_SHARE = 20
"""An order is asked about again after a twentieth of its age: 3 minutes in the first hour, 6 hours after 5 days."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How a bank is looked at. ``leaves``: what was fetched stays in its listing; ``asks``: it answers about orders."""

    bank: str
    size_max: int
    leaves: bool
    asks: bool


def collect(units: Units, open_channel: OpenChannel, look: Round) -> int:
    """Fetches what a bank offers and was not seen yet, and has it processed; says how many documents were new.

    One entry that cannot be fetched does not keep the others waiting; a line that failed is raised at the end.
    """
    with units() as work:
        known = work.listings.of(look.bank)
        orders = _to_ask(work.listings.open_orders(look.bank), work.at) if look.asks else []
        at = work.at
    taking = _Taking(units, look, known, at)
    asked = tuple(
        Outstanding(reference=one.file_id, bank_reference=one.bank_reference, content=_content(units, one.file_id))
        for one in orders
    )
    with open_channel(look.bank) as channel:
        taking.everything(channel, asked)
    gone = known.keys() - taking.listed if taking.complete else ()
    if gone or taking.unfinished or (orders and taking.complete):
        with units() as work:
            work.listings.forget(look.bank, gone)
            if orders and taking.complete:
                work.listings.asked(look.bank, (one.file_id for one in orders))
            if taking.unfinished:
                work.request("poll", look.bank, lane=look.bank)
            work.commit()
    if taking.failure is not None:
        raise taking.failure
    return taking.new


def _to_ask(orders: list[OpenOrder], at: datetime) -> list[OpenOrder]:
    """Orders whose pause is over; pauses grow with their age."""
    return [
        one
        for one in orders
        if one.asked_at is None or at - one.asked_at >= min((at - one.since) / PAUSE_SHARE, PAUSE_LONGEST)
    ]


def _content(units: Units, file_id: str) -> Callable[[], bytes]:
    """The bytes of a file, read from the vault when somebody asks for them."""

    def read() -> bytes:
        with units() as work:
            return work.vault.get(work.files.get(file_id).sha256)

    return read


class _Taking:
    """One round: what was seen before, what is seen now, and what came of it."""

    def __init__(self, units: Units, look: Round, known: dict[str, Listed], at: datetime) -> None:
        self._units = units
        self._look = look
        self._known = known
        self._at = at
        self._line_failures = 0
        self.listed: set[str] = set()
        self.new = 0
        self.complete = False
        """Whether the bank's whole listing was walked: only then is what was not seen gone."""
        self.unfinished = False
        self.failure: ChannelError | None = None

    def everything(self, channel: Channel, asked: tuple[Outstanding, ...]) -> None:
        """Walks the listing. What the bank says wrongly about one entry ends that entry only."""
        try:
            for offered in channel.inbox(asked):
                if self.new >= DOCUMENTS_PER_ROUND:
                    self.unfinished = True
                    return
                if self._line_failures >= LINE_FAILURES_MAX:
                    return
                self._one(channel, offered)
        except ChannelError as err:
            self.failure = self.failure or err
        else:
            self.complete = True

    def _one(self, channel: Channel, offered: RemoteDocument) -> None:
        entry = Listed(
            place=_place(offered), name=offered.name, size=offered.size, modified_at=offered.modified_at
        )  # fmt: skip
        self.listed.add(entry.place)
        before = self._known.get(entry.place)
        if before is not None and (before.size, before.modified_at) != (entry.size, entry.modified_at):
            before = None  # other bytes stand there now, whatever came of the earlier ones
        if before is not None and before.again_at is not None and self._at < before.again_at:
            return
        try:
            self._take(channel, offered, entry, before)
        except ChannelError as err:
            self._failed(entry, before, err)
        else:
            self._line_failures = 0

    def _take(self, channel: Channel, offered: RemoteDocument, entry: Listed, before: Listed | None) -> None:
        if before is not None and before.document_id is not None and _tells_changes(before):
            if self._look.leaves:
                return
            if self._state(before.document_id).state == "received":
                return  # it waits to be read; the bank keeps it for us until then
        if offered.size is not None and offered.size > self._look.size_max:
            raise Refused(f"{offered.name} is larger than {self._look.size_max:,} bytes.", bank=self._look.bank)
        known = self._stored(offered, self._fetched(channel, offered), entry, before)
        if known is not None and known.state != "received":
            channel.archive(offered)
            if not known.archived:
                with self._units() as work:
                    work.documents.archived(known.id)
                    work.commit()

    def _fetched(self, channel: Channel, offered: RemoteDocument) -> bytes:
        try:
            return channel.fetch(offered, size_max=self._look.size_max)
        except ChannelError:
            raise
        except Exception as err:  # a fault of ours; without this, one entry would keep all others of the bank waiting
            log.exception("document.fetch_failed", bank=self._look.bank, document=offered.name)
            what = f"The hub failed on fetching {offered.name} ({type(err).__name__}); its log says where."
            raise Refused(what, bank=self._look.bank, detail=repr(err)) from err

    def _state(self, document_id: str) -> Document:
        with self._units() as work:
            return work.documents.get(document_id)

    def _stored(
        self, offered: RemoteDocument, data: bytes, entry: Listed, before: Listed | None
    ) -> Document | None:  # fmt: skip
        """The document these bytes are stored as since an earlier round; None when this round stored them."""
        bank, sha256 = self._look.bank, hashlib.sha256(data).hexdigest()
        with self._units() as work:
            known = work.documents.with_digest(bank, sha256)
            if known is not None:
                if before is None or before.document_id != known.id or before.failures:
                    if before is None or before.document_id != known.id:
                        work.documents.served_again(known.id, bank=bank, name=offered.name)
                    work.listings.remember(bank, replace(entry, document_id=known.id))
                    work.commit()
                return known
            document = work.documents.add(
                work.new_id(), bank=bank, sha256=sha256, name=offered.name, media_type=offered.media_type,
                size=len(data), own_name=offered.media_type != status_json.MEDIA_TYPE,
            )  # fmt: skip
            if document is not None:
                work.vault.put(data, sha256)
                work.note(
                    action="document.received", subject=document.id,
                    data={"bank": bank, "name": offered.name, "sha256": sha256, "size": len(data)},
                )  # fmt: skip
                work.request("document", document.id, lane=document.bank)
                work.listings.remember(bank, replace(entry, document_id=document.id))
                self.new += 1
            work.commit()
        return None

    def _failed(self, entry: Listed, before: Listed | None, err: ChannelError) -> None:
        """Told once and asked for again after growing pauses; a line that failed is also told to whoever called."""
        failures = (before.failures if before is not None else 0) + 1
        pause = min(PAUSE_FIRST * 2 ** min(failures - 1, 10), PAUSE_LONGEST)
        told = before.problem if before is not None else None
        lasting = isinstance(err, Refused) or failures >= UNREACHABLE_TOLD
        if not isinstance(err, Refused):
            self._line_failures += 1
            self.failure = self.failure or err
            pause = timedelta(0) if failures < UNREACHABLE_TOLD else pause
        with self._units() as work:
            if lasting and told is None:
                work.alert(
                    "payhub.document.unfetched.v1", subject_kind="bank", subject=self._look.bank, client_id=None,
                    data={"bank": self._look.bank, "name": entry.name, "reason": err.message},
                )  # fmt: skip
            work.listings.remember(
                self._look.bank,
                replace(
                    entry, failures=failures, again_at=self._at + pause, problem=err.message if lasting else told,
                    document_id=before.document_id if before is not None else None,
                ),
            )  # fmt: skip
            work.commit()


def _tells_changes(entry: Listed) -> bool:
    """Whether the listing would show other bytes: an order's status stands at one address and changes unseen."""
    return entry.size is not None and entry.modified_at is not None


def _place(offered: RemoteDocument) -> str:
    """Where it stands, as a key of fixed length: paths and addresses may be long, and hold what no column takes."""
    return hashlib.sha256(offered.locator.encode("utf-8", "surrogatepass")).hexdigest()
