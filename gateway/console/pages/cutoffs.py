"""Cut-offs: what each bank's windows are, what waits for them and for whom, and what if it were approved later."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from gateway.api.auth import TheHub
from gateway.console.pages.lists import AsCsv, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import TheVisitor, Visitor
from gateway.domain.lifecycle import State
from gateway.persistence import queries
from gateway.persistence.queries import WindowLine
from gateway.wiring import Hub

router = APIRouter()
COLUMNS = ("id", "bank", "product", "value_date", "opens_at", "release_by", "closes_at", "zone", "minutes_left")


@router.get("/cutoffs")
def list_cutoffs(
    request: Request, hub: TheHub, visitor: TheVisitor, form: AsCsv = "html",
    at: Annotated[AwareDatetime | None, Query()] = None,
) -> Response:  # fmt: skip
    """The windows of today and tomorrow and those with payments, the next to close first."""
    rows = _rows(hub, visitor, at)
    if form == "csv":
        return csv_file("cutoffs", COLUMNS, ([getattr(one, name) for name in COLUMNS] for one in rows))
    return page(
        "cutoffs", request, hub, visitor, section="cutoffs", rows=rows, topic=None, asked=at,
        first=next((one for one in rows if one.minutes_left >= 0), None),
        for_people={one.id: _of(one, State.VALIDATED) for one in rows},
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


def _rows(hub: Hub, visitor: Visitor, at: datetime | None) -> list[WindowLine]:
    with hub.reading() as connection:
        return queries.list_cutoffs(
            connection, visitor.scope, at=hub.clock.now(), routes=hub.routes, accounts=hub.accounts, approved_at=at
        )


def _of(line: WindowLine, state: State) -> int:
    """Payments of a window in a state."""
    return sum(one.count for one in line.waiting if one.state == state.value)
