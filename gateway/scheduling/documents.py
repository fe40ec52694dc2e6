"""Which step understands a document: found out from what is inside it, never from its name.

A document is opened and read outside of any transaction, so that a large or an endless one keeps nobody waiting, and
acted on in one. One that the hub fails on is tried a few times and then set aside: no document blocks another.
"""

import hashlib
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from banks import settings, status_json, unwrapping
from banks.settings import BankProfile
from banks.unwrapping import Layer, Limits, Unopened
from formats import registry
from formats.errors import FormatError
from formats.recall_answer import RecallAnswer
from formats.statement import StatementMessage
from formats.status_report import StatusReport
from gateway.domain.document import Document
from gateway.domain.errors import Conflict, HubError, Misconfigured
from gateway.domain.lifecycle import FileState
from gateway.persistence.documents import UNOPENED, Documents
from gateway.persistence.key_ring import Tampered
from gateway.persistence.unit_of_work import UnitOfWork
from gateway.persistence.vault import Vault
from gateway.recalling import answer as recalled
from gateway.scheduling import sealing
from gateway.scheduling.collecting import Units
from gateway.steps import acknowledge, reconcile
from gateway.wiring import Hub

TRIES_MAX = 5
"""How often the processing of a document is begun before it is set aside."""
NESTED_MAX = 2
"""How many containers may lie around a container: a PGP message, an archive in it, a compressed file in that."""
LIMITS = Limits()
PACKAGES = ("gateway", "banks", "formats", "reconciliation")
DATABASE_IN_TROUBLE = frozenset({"08", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE that speak of the server: connection, rollback, resources, locks, intervention, its system."""
log = structlog.get_logger()


def process(hub: Hub, units: Units, document_id: str) -> None:
    """Understands one stored document and acts on it in one transaction, or puts it into quarantine with a reason."""
    document = _begin(units, document_id)
    if document is None:
        return
    try:
        _process(hub, units, document)
    except (FormatError, Unopened) as err:
        _set_aside(units, document, err.message)
    except Exception as err:
        if _is_not_its_fault(err):
            with suppress(HubError, SQLAlchemyError), units() as work:
                work.documents.spare_try(document.id)
                work.commit()
            raise
        if document.tries < TRIES_MAX:
            raise
        what = f"The hub failed on it {document.tries} times: {type(err).__name__} in {_place(err)}."
        log.error("document.given_up", document_id=document.id, reason=what)  # noqa: TRY400 - each try before told its stack
        _set_aside(units, document, f"{what} The fault is the hub's. Replay it when a new release has mended that.")


def _begin(units: Units, document_id: str) -> Document | None:
    """The document with this try counted; None where there is nothing to do, or where there were too many tries."""
    with units() as work:
        document = work.documents.get(document_id)
        if document.state != "received":
            return None
        if document.tries >= TRIES_MAX:
            reason = (
                f"The hub began to read it {document.tries} times and never came to an end: it takes too long or too "
                "much memory. Ask the bank for smaller documents, or replay it on a larger machine."
            )
            _quarantine(work, document, reason)
            work.commit()
            return None
        work.documents.begin_try(document_id)
        work.commit()
    return replace(document, tries=document.tries + 1)


def _process(hub: Hub, units: Units, document: Document) -> None:
    if document.bank not in hub.profiles:
        raise Unopened(f"There is no bank {document.bank} in the configuration any more.")
    with hub.reading() as connection:
        data = Vault(connection, ring=hub.ring, ids=hub.ids, at=hub.clock.now()).get(document.sha256)
    layer = unwrapping.layer_of(data, layers(hub, document.bank))
    if layer is sealing.MESSAGE:
        size_max = min(LIMITS.member_max, hub.profiles[document.bank].channel.pickup.size_max)
        layer = sealing.opened(hub, document, data, size_max=size_max)
    if layer is None and not _came_sealed(hub, document):
        sealing.demand(hub, document)
    message = None if layer is not None else _read(document, data, hub.profiles[document.bank])
    with units() as work:
        if work.documents.get(document.id).state != "received":
            return
        if layer is not None:
            _unwrap(hub, work, document, data, layer)
        else:
            _apply(hub, work, document, message)
        work.commit()


def layers(hub: Hub, bank: str) -> tuple[Layer, ...]:
    """How a bank's documents may be packed."""
    del hub, bank  # what is encrypted is known as such also where the profile has no keys, and then refused
    return (sealing.MESSAGE, *unwrapping.PLAIN)


def _came_sealed(hub: Hub, document: Document) -> bool:
    """Whether a message the hub opened and proved lay around it, close by or further out."""
    with hub.reading() as connection:
        known = Documents(connection, at=hub.clock.now())
        while document.parent_id is not None:
            document = known.get(document.parent_id)
            if document.kind == sealing.KIND:
                return True
    return False


def _read(document: Document, data: bytes, bank: BankProfile) -> Any:
    if document.media_type == status_json.MEDIA_TYPE or data[:1] == b"{":
        if bank.callback is not None:
            return status_json.read(data, reference=bank.callback.reference, group=bank.callback.group)
        return status_json.read(data)
    return registry.read(data)


def _unwrap(hub: Hub, work: UnitOfWork, document: Document, data: bytes, layer: Layer) -> None:
    """Every member becomes a document of its own, exactly once by its bytes; what is wrong with one is told of it
    alone. The limits hold for all layers of what the bank sent together.
    """
    if document.depth > NESTED_MAX:
        raise Unopened(f"It is packed {document.depth + 1} times over; {NESTED_MAX + 1} are taken.")
    count, size = work.documents.expanded(document.root)
    limits = replace(
        LIMITS, members_max=LIMITS.members_max - count, expanded_max=LIMITS.expanded_max - size,
        member_max=min(LIMITS.member_max, hub.profiles[document.bank].channel.pickup.size_max),
    )  # fmt: skip
    found = 0
    sealed = layer.kind == sealing.KIND or _came_sealed(hub, document)
    for member in layer.opened(data, document.name, limits):
        found += 1
        _add_member(work, document, member, sealed=sealed)
    if not found:
        raise Unopened("There is nothing in it.")
    work.documents.processed(document.id, kind=layer.kind, message_id=None)
    work.note(
        action="document.unwrapped", subject=document.id, data={"kind": layer.kind, "members": found, **layer.facts}
    )


def _add_member(work: UnitOfWork, container: Document, member: unwrapping.Member, *, sealed: bool) -> None:
    sha256 = hashlib.sha256(member.data).hexdigest()
    document = work.documents.add(
        work.new_id(), bank=container.bank, sha256=sha256, name=member.name, media_type=None, size=len(member.data),
        parent=container,
    )  # fmt: skip
    if document is None:
        known = work.documents.with_digest(container.bank, sha256)
        if sealed and known is not None and known.reason == sealing.UNSIGNED:
            work.documents.adopt(known.id, container)
            work.request("document", known.id, lane=known.bank)
        return
    work.vault.put(member.data, sha256)
    work.note(
        action="document.received", subject=document.id,
        data={"bank": container.bank, "name": member.name, "sha256": sha256, "size": len(member.data),
              "in": container.id},
    )  # fmt: skip
    if member.problem is None:
        work.request("document", document.id, lane=document.bank)
    else:
        reason = f"It could not be taken out of {container.name}: {member.problem}. Ask the bank to send it again."
        _quarantine(work, document, reason, kind=UNOPENED)


def _apply(hub: Hub, work: UnitOfWork, document: Document, message: Any) -> None:
    one_by_one = settings.takes_single_payments(hub.profiles[document.bank].channel)
    work.documents.take_turn(document.bank)
    if isinstance(message, StatusReport):
        accepted = hub.routes[document.bank][0].part_unlisted_accepted
        acknowledge.acknowledge(work, document, message, part_unlisted_accepted=accepted, one_by_one=one_by_one)
        _compare(work, document, by_message=message.message != status_json.MESSAGE, by_statement=False)
    elif isinstance(message, RecallAnswer):
        recalled.answer(work, document, message)
        _compare(work, document, by_message=True, by_statement=False)
    elif isinstance(message, StatementMessage):
        if one_by_one and _half_way(work, document.bank):
            # a booking proves that the bank had a file, but of a run over single payments it proves one payment only
            raise Conflict(f"A file of {document.bank} is half way, payment by payment; its statements wait for that.")
        reconcile.reconcile(work, document, message, accounts=hub.accounts)
        paged = any(one.page_number is not None for one in message.statements)
        _compare(work, document, by_message=not message.message.startswith("MT"), by_statement=not paged)
    else:
        raise Unopened(f"This is a {type(message).__name__.lower()}; a bank has no reason to send one.")


def _half_way(work: UnitOfWork, bank: str) -> bool:
    """Whether a bank that takes payments one by one may have a part of a file: also of one that people said it has not,
    and that is not staged anew yet.
    """
    found = work.files.find(bank=bank, states=tuple(acknowledge.NOT_ALL_OVER))
    return any(
        one.state is not FileState.GENERATED or any(not tried.left_nothing for tried in work.files.attempts(one.id))
        for one in found
    )


def _compare(work: UnitOfWork, document: Document, *, by_message: bool, by_statement: bool) -> None:
    """Remembers which earlier document says to be the same message or statement. The steps have judged by then what
    the later one may still move; an order's status keeps its id by design, and so does the reference of an MT message.
    """
    earlier = work.documents.earlier(document, by_message=by_message, by_statement=by_statement)
    if earlier is not None:
        work.documents.amends(document.id, earlier)
        work.note(action="document.amends", subject=document.id, data={"earlier": earlier})


def _set_aside(units: Units, document: Document, reason: str) -> None:
    with units() as work:
        if work.documents.get(document.id).state == "received":
            _quarantine(work, document, reason)
            work.commit()


def _quarantine(work: UnitOfWork, document: Document, reason: str, *, kind: str | None = None) -> None:
    work.documents.quarantine(document.id, reason=reason, kind=kind)
    work.alert(
        "payhub.document.quarantined.v1", subject_kind="document", subject=document.id, client_id=None,
        data={"bank": document.bank, "name": document.name, "reason": reason},
    )  # fmt: skip


def _is_not_its_fault(err: Exception) -> bool:
    """Failures that say nothing about the document: another worker was first, the configuration, the database."""
    if isinstance(err, Conflict | Tampered | Misconfigured):
        return True
    if not isinstance(err, OperationalError | InterfaceError):
        return False
    if err.connection_invalidated:
        return True
    state, name = getattr(err.orig, "sqlstate", None), getattr(err.orig, "sqlite_errorname", None)
    if name is not None:
        return bool(name != "SQLITE_ERROR")  # that one means a statement SQLite does not take
    return state is None or state[:2] in DATABASE_IN_TROUBLE


def _place(err: BaseException) -> str:
    """Where in our own code it happened; the error's words may hold what a document says, and are kept out."""
    for frame in reversed(traceback.extract_tb(err.__traceback__)):
        parts = Path(frame.filename).parts
        ours = next((at for at in range(len(parts) - 1, -1, -1) if parts[at] in PACKAGES), None)
        if ours is not None:
            return f"{'/'.join(parts[ours:])}:{frame.lineno}"
    return "an unknown place"
