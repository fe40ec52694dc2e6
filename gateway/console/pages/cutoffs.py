"""Cut-offs: what each bank's windows are, and what waits for them."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.auth import TheHub
from gateway.console.pages.lists import AsCsv, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import TheVisitor
from gateway.domain.cutoff import Window, next_window
from gateway.domain.errors import Misconfigured
from gateway.persistence import queries
from gateway.persistence.queries import EVERYTHING
from gateway.wiring import Hub

router = APIRouter()


@router.get("/cutoffs")
def list_cutoffs(request: Request, hub: TheHub, visitor: TheVisitor, form: AsCsv = "html") -> Response:
    """Windows that are not closed, the next to close first, and each product's next one."""
    at = hub.clock.now()
    with hub.reading() as connection:
        rows = queries.list_cutoffs(connection, EVERYTHING, at=at)
    if form == "csv":
        names = ("id", "bank", "product", "value_date", "opens_at", "release_by", "closes_at", "zone")
        return csv_file("cutoffs", names, ([getattr(one, name) for name in names] for one in rows))
    return page(
        "cutoffs", request, hub, visitor, section="cutoffs", rows=rows, coming=_coming(hub), topic=None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


def _coming(hub: Hub) -> list[tuple[Window, str]]:
    """The next window of every product, with what becomes of a payment that misses it."""
    at = hub.clock.now()
    found = []
    for routes in hub.routes.values():
        for route in routes:
            try:
                found.append((next_window(route.cutoff, route.calendar, at.date(), at), route.cutoff.on_late.value))
            except Misconfigured:
                continue
    return sorted(found, key=lambda one: one[0].release_by)
