"""Documents: everything the banks sent, and what stands in quarantine."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.auth import TheHub
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import TheVisitor
from gateway.console.words import DOCUMENT
from gateway.persistence import queries
from gateway.persistence.queries import console

router = APIRouter()


@router.get("/documents")
def list_documents(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, bank: Word = "", state: Word = "",
    form: AsCsv = "html",
) -> Response:  # fmt: skip
    """Documents, newest first."""
    with hub.reading() as connection:
        found = queries.list_documents(connection, bank=bank or None, state=state or None, after=after, limit=ROWS)
    if form == "csv":
        names = ("id", "name", "bank", "kind", "message_id", "received_at", "state", "reason", "size", "sha256")
        return csv_file("documents", names, ([getattr(one, name) for name in names] for one in found.items))
    return page(
        "documents", request, hub, visitor, section="documents", rows=found.items, banks=sorted(hub.profiles),
        states=DOCUMENT, chosen={"bank": bank, "state": state}, topic=None,
        further=with_query(request, after=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/documents/{document_id}")
def show_document(request: Request, hub: TheHub, visitor: TheVisitor, document_id: str) -> Response:
    """One document: what it is, why it stands where it stands, and what came of it."""
    with hub.reading() as connection:
        document = queries.get_document(connection, document_id)
        statements = console.statements_of(connection, document_id)
        answers = console.answers_of(connection, document_id)
    return page(
        "document", request, hub, visitor, section="documents", document=document, statements=statements,
        answers=answers,
    )  # fmt: skip
