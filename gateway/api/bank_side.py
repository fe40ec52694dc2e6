"""``/v1/statements``, ``/v1/breaks`` and ``/v1/documents``: what the banks said."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from gateway.api.auth import Anybody, OnlyAPerson, TheHub
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.api.problems import BadRequest
from gateway.api.spool import Spooled
from gateway.domain.errors import Unacceptable
from gateway.persistence import break_desk, queries
from gateway.persistence.queries import BreakLine, DocumentLine, EntryLine, StatementLine

router = APIRouter()
BY_HAND = "by hand"
TAKEN = 201
KNOWN = 200
Short = Annotated[str | None, Query(max_length=40)]


class Resolution(BaseModel):
    """Why a break is closed: what was found out, and what was done."""

    resolution: Annotated[str, Field(min_length=3, max_length=2_000)]


@router.get("/statements", tags=["statements"])
def list_statements(
    hub: TheHub, caller: Anybody, after: After = None, limit: Limit = LIMIT_DEFAULT, bank: Short = None,
    account: Short = None, verdict: Short = None,
) -> Listing[StatementLine]:  # fmt: skip
    """Statements, newest first, each with its proof."""
    with hub.reading() as connection:
        return listing(
            queries.list_statements(
                connection, caller.scope, after=after, limit=limit, bank=bank, account=account, verdict=verdict
            )
        )


@router.get("/statements/{statement_id}", tags=["statements"])
def get_statement(hub: TheHub, caller: Anybody, statement_id: str) -> StatementLine:
    """One statement."""
    with hub.reading() as connection:
        return queries.get_statement(connection, caller.scope, statement_id)


@router.get("/statements/{statement_id}/entries", tags=["statements"])
def list_entries(
    hub: TheHub, caller: Anybody, statement_id: str, after: After = None, limit: Limit = LIMIT_DEFAULT
) -> Listing[EntryLine]:
    """The entries of a statement, each with the payment it was matched with."""
    with hub.reading() as connection:
        return listing(queries.list_entries(connection, caller.scope, statement_id, after=after, limit=limit))


@router.get("/breaks", tags=["breaks"])
def list_breaks(
    hub: TheHub, caller: Anybody, after: After = None, limit: Limit = LIMIT_DEFAULT, state: Short = "open",
    kind: Short = None, bank: Short = None,
) -> Listing[BreakLine]:  # fmt: skip
    """Breaks, newest first; open ones unless another state is asked for."""
    with hub.reading() as connection:
        return listing(
            queries.list_breaks(connection, caller.scope, after=after, limit=limit, state=state, kind=kind, bank=bank)
        )


@router.get("/breaks/{break_id}", tags=["breaks"])
def get_break(hub: TheHub, caller: Anybody, break_id: str) -> BreakLine:
    """One break."""
    with hub.reading() as connection:
        return queries.get_break(connection, caller.scope, break_id)


@router.post("/breaks/{break_id}/resolution", tags=["breaks"])
def resolve_break(hub: TheHub, caller: OnlyAPerson, break_id: str, body: Resolution) -> BreakLine:
    """Closes a break with the words of a person; what was booked and matched stays as it is."""
    with hub.unit_of_work(actor=caller.id) as work:
        found = queries.get_break(work.connection, caller.scope, break_id)
        break_desk.resolve(work.connection, break_id, resolution=body.resolution, person_id=caller.id, at=work.at)
        work.note(action="break.resolved", subject=break_id, data={"kind": found.kind, "resolution": body.resolution})
        resolved = queries.get_break(work.connection, caller.scope, break_id)
        work.commit()
    return resolved


@router.post("/documents", tags=["documents"], status_code=TAKEN)
def post_document(
    hub: TheHub, caller: OnlyAPerson, body: Spooled, response: Response,
    bank: Annotated[str, Query(max_length=35, description="Which bank it comes from.")],
    x_file_name: Annotated[str | None, Header(max_length=255)] = None,
) -> DocumentLine:  # fmt: skip
    """Takes a pain.002 or a statement by hand, as if the bank had sent it. The same bytes again are no news (200)."""
    if bank not in hub.profiles:
        raise Unacceptable(f"There is no bank {bank}; there are: {', '.join(hub.profiles)}.", code="document.bank")
    if not body.size:
        raise BadRequest("There is nothing in it.", code="document.empty")
    with hub.unit_of_work(actor=caller.id) as work:
        document = work.documents.add(
            work.new_id(), bank=bank, sha256=body.sha256, name=x_file_name or BY_HAND, media_type=body.media_type,
            size=body.size,
        )  # fmt: skip
        if document is None:
            response.status_code = KNOWN
            known = work.documents.with_digest(bank, body.sha256)
            assert known is not None, "a document that is no news is known"
            found = queries.get_document(work.connection, known.id)
        else:
            work.vault.put(body.source, body.sha256)
            work.note(
                action="document.received", subject=document.id,
                data={"bank": bank, "name": document.name, "sha256": body.sha256, "size": body.size, "by": "hand"},
            )  # fmt: skip
            work.request("document", document.id)
            found = queries.get_document(work.connection, document.id)
        work.commit()
    return found


@router.get("/documents", tags=["documents"])
def list_documents(
    hub: TheHub, _caller: OnlyAPerson, after: After = None, limit: Limit = LIMIT_DEFAULT, bank: Short = None,
    state: Short = None,
) -> Listing[DocumentLine]:  # fmt: skip
    """What the banks sent, newest first. For people: one document may be about several clients."""
    with hub.reading() as connection:
        return listing(queries.list_documents(connection, after=after, limit=limit, bank=bank, state=state))


@router.get("/documents/{document_id}", tags=["documents"])
def get_document(hub: TheHub, _caller: OnlyAPerson, document_id: str) -> DocumentLine:
    """One document."""
    with hub.reading() as connection:
        return queries.get_document(connection, document_id)
