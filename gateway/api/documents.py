"""``/v1/documents``: what the banks sent, by hand too; its content, and processing it again. For people only."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from banks.filenames import safe_name
from gateway.api.auth import Caller, TheHub, entities_of_bank, needs
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.api.problems import BadRequest
from gateway.api.spool import Spooled
from gateway.domain.document import DocumentState
from gateway.domain.errors import Unacceptable
from gateway.domain.roles import Verb
from gateway.persistence import document_desk, queries
from gateway.persistence.queries import DocumentDetail, DocumentLine
from gateway.wiring import Hub

router = APIRouter(tags=["documents"])
BY_HAND = "by hand"
TAKEN = 201
KNOWN = 200
Short = Annotated[str | None, Query(max_length=40)]
Bringer = Annotated[Caller, Depends(needs(Verb.DOCUMENT_BRING, person=True))]
Looker = Annotated[Caller, Depends(needs(Verb.DOCUMENT_SEE, person=True))]
Reader = Annotated[Caller, Depends(needs(Verb.DOCUMENT_READ, person=True))]
Replayer = Annotated[Caller, Depends(needs(Verb.DOCUMENT_REPLAY, person=True))]


class Replay(BaseModel):
    """Why a document is processed again: what was mended."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class ReplayAll(Replay):
    """The same for all quarantined documents of a bank."""

    bank: Annotated[str, Field(max_length=35)]


class Replayed(BaseModel):
    """How many documents are processed again, and how many of the bank stay in quarantine for another call."""

    replayed: int
    left: int


@router.post("/documents", status_code=TAKEN)
def post_document(
    hub: TheHub, caller: Bringer, body: Spooled, response: Response,
    bank: Annotated[str, Query(max_length=35, description="Which bank it comes from.")],
    x_file_name: Annotated[str | None, Header(max_length=255)] = None,
) -> DocumentDetail:  # fmt: skip
    """Takes a pain.002 or a statement by hand, as if the bank had sent it. The same bytes again are no news (200)."""
    _known_bank(hub, bank)
    check_bank(hub, caller, Verb.DOCUMENT_BRING, bank)
    if not body.size:
        raise BadRequest("There is nothing in it.", code="document.empty")
    with hub.unit_of_work(actor=caller.id) as work:
        document = work.documents.add(
            work.new_id(), bank=bank, sha256=body.sha256, media_type=body.media_type, size=body.size,
            name=safe_name(x_file_name) if x_file_name else BY_HAND, own_name=x_file_name is not None,
        )  # fmt: skip
        if document is None:
            response.status_code = KNOWN
            known = work.documents.with_digest(bank, body.sha256)
            assert known is not None, "a document that is no news is known"
            found = queries.get_document(work.connection, caller.scope, known.id)
        else:
            work.vault.put(body.source, body.sha256)
            work.note(
                action="document.received", subject=document.id,
                data={"bank": bank, "name": document.name, "sha256": body.sha256, "size": body.size, "by": "hand"},
            )  # fmt: skip
            work.request("document", document.id, lane=document.bank)
            found = queries.get_document(work.connection, caller.scope, document.id)
        work.commit()
    return found


@router.get("/documents")
def list_documents(
    hub: TheHub, caller: Looker, after: After = None, limit: Limit = LIMIT_DEFAULT, bank: Short = None,
    state: DocumentState | None = None, parent: Short = None,
) -> Listing[DocumentLine]:  # fmt: skip
    """What the banks sent, newest first. For people: one document may be about several clients."""
    with hub.reading() as connection:
        return listing(
            queries.list_documents(
                connection, caller.scope, after=after, limit=limit, bank=bank, state=state, parent=parent
            )
        )


@router.get("/documents/{document_id}")
def get_document(hub: TheHub, caller: Looker, document_id: str) -> DocumentDetail:
    """One document, with every name the bank sent it under."""
    with hub.reading() as connection:
        return queries.get_document(connection, caller.scope, document_id)


@router.get("/documents/{document_id}/content", response_class=StreamingResponse)
def document_content(hub: TheHub, caller: Reader, document_id: str) -> StreamingResponse:
    """The bytes as the bank sent them. Who looked is on the audit trail."""
    with hub.unit_of_work(actor=caller.id) as work:
        document = queries.get_document(work.connection, caller.scope, document_id)
        check_bank(hub, caller, Verb.DOCUMENT_READ, document.bank)
        content = list(work.vault.chunks(document.sha256))
        work.note(action="document.content_read", subject=document_id, data={"sha256": document.sha256})
        work.commit()
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "ETag": f'"{document.sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(iter(content), media_type="application/octet-stream", headers=headers)


@router.post("/documents/{document_id}/replay")
def replay_document(hub: TheHub, caller: Replayer, document_id: str, body: Replay) -> DocumentDetail:
    """Processes a quarantined document again, after its cause was mended. One that was read is refused (409)."""
    with hub.unit_of_work(actor=caller.id) as work:
        found = queries.get_document(work.connection, caller.scope, document_id)
        check_bank(hub, caller, Verb.DOCUMENT_REPLAY, found.bank)
        document_desk.replay(work, document_id, reason=body.reason)
        found = queries.get_document(work.connection, caller.scope, document_id)
        work.commit()
    return found


@router.post("/documents/replay")
def replay_documents(hub: TheHub, caller: Replayer, body: ReplayAll) -> Replayed:
    """Processes everything again that stands in quarantine for a bank, a portion at a time."""
    _known_bank(hub, body.bank)
    check_bank(hub, caller, Verb.DOCUMENT_REPLAY, body.bank)
    with hub.unit_of_work(actor=caller.id) as work:
        count = document_desk.replay_all(work, body.bank, reason=body.reason)
        left = queries.waiting_by_bank(work.connection, caller.scope, bank=body.bank).get(body.bank, 0)
        work.commit()
    return Replayed(replayed=count, left=left)


def check_bank(hub: Hub, caller: Caller, verb: Verb, bank: str) -> None:
    """Raises :class:`Forbidden` unless the caller may do that for every entity with an account at the bank."""
    for entity in sorted(entities_of_bank(hub, bank)):
        caller.check(verb, entity)


def _known_bank(hub: Hub, bank: str) -> None:
    if bank not in hub.profiles:
        raise Unacceptable(f"There is no bank {bank}; there are: {', '.join(hub.profiles)}.", code="document.bank")
