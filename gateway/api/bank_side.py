"""``/v1/statements`` and ``/v1/breaks``: what the banks booked, and what does not fit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from gateway.api.auth import Caller, Seer, TheHub, entities_of_break, needs
from gateway.api.looking import note_view
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.domain.roles import Verb
from gateway.persistence import break_desk, queries
from gateway.persistence.queries import BreakLine, EntryLine, StatementLine

router = APIRouter()
Closer = Annotated[Caller, Depends(needs(Verb.BREAK_RESOLVE, person=True))]
Short = Annotated[str | None, Query(max_length=40)]


class Resolution(BaseModel):
    """Why a break is closed: what was found out, and what was done."""

    resolution: Annotated[str, Field(min_length=3, max_length=2_000)]


@router.get("/statements", tags=["statements"])
def list_statements(
    hub: TheHub, caller: Seer, after: After = None, limit: Limit = LIMIT_DEFAULT, bank: Short = None,
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
def get_statement(hub: TheHub, caller: Seer, statement_id: str) -> StatementLine:
    """One statement."""
    with hub.reading() as connection:
        return queries.get_statement(connection, caller.scope, statement_id)


@router.get("/statements/{statement_id}/entries", tags=["statements"])
def list_entries(
    hub: TheHub, caller: Seer, statement_id: str, after: After = None, limit: Limit = LIMIT_DEFAULT
) -> Listing[EntryLine]:
    """The entries of a statement, each with the payment it was matched with."""
    with hub.reading() as connection:
        found = listing(queries.list_entries(connection, caller.scope, statement_id, after=after, limit=limit))
    if caller.is_person:
        note_view(hub, caller.id, "statement", statement_id)
    return found


@router.get("/breaks", tags=["breaks"])
def list_breaks(
    hub: TheHub, caller: Seer, after: After = None, limit: Limit = LIMIT_DEFAULT, state: Short = "open",
    kind: Short = None, bank: Short = None,
) -> Listing[BreakLine]:  # fmt: skip
    """Breaks, newest first; open ones unless another state is asked for."""
    with hub.reading() as connection:
        return listing(
            queries.list_breaks(connection, caller.scope, after=after, limit=limit, state=state, kind=kind, bank=bank)
        )


@router.get("/breaks/{break_id}", tags=["breaks"])
def get_break(hub: TheHub, caller: Seer, break_id: str) -> BreakLine:
    """One break."""
    with hub.reading() as connection:
        return queries.get_break(connection, caller.scope, break_id)


@router.post("/breaks/{break_id}/resolution", tags=["breaks"])
def resolve_break(hub: TheHub, caller: Closer, break_id: str, body: Resolution) -> BreakLine:
    """Closes a break with the words of a person; what was booked and matched stays as it is."""
    with hub.unit_of_work(actor=caller.id) as work:
        found = queries.get_break(work.connection, caller.scope, break_id)
        for entity in entities_of_break(hub, work.connection, found):
            caller.check(Verb.BREAK_RESOLVE, entity)
        break_desk.resolve(work.connection, break_id, resolution=body.resolution, person_id=caller.id, at=work.at)
        work.note(action="break.resolved", subject=break_id, data={"kind": found.kind, "resolution": body.resolution})
        resolved = queries.get_break(work.connection, caller.scope, break_id)
        work.commit()
    return resolved
