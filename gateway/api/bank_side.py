"""``/v1/statements``, ``/v1/breaks`` and ``/v1/documents``: what the banks said."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.api.auth import Anybody, OnlyAPerson, TheHub
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.persistence import queries
from gateway.persistence.queries import BreakLine, DocumentLine, EntryLine, StatementLine

router = APIRouter()
Short = Annotated[str | None, Query(max_length=40)]


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
