"""Events as they were told, and the audit trail; both to read only."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.auth import TheHub, audit_scope
from gateway.api.paging import SEQUENCE_MAX
from gateway.console.pages.lists import ROWS, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page
from gateway.console.sessions import TheVisitor
from gateway.domain.roles import Verb
from gateway.persistence import anchor_desk
from gateway.persistence.queries import console

router = APIRouter()
Before = Annotated[int | None, Query(ge=0, le=SEQUENCE_MAX)]
BREACHES_SHOWN = 20


@router.get("/events")
def list_events(
    request: Request, hub: TheHub, visitor: TheVisitor, before: Before = None, subject: Word = "", form: AsCsv = "html"
) -> Response:  # fmt: skip
    """Events with their numbers, newest first."""
    with hub.reading() as connection:
        found = console.event_lines(
            connection, visitor.scope, subject=subject.strip() or None, before=before, limit=ROWS
        )
    if form == "csv":
        names = ("sequence", "type", "subject_kind", "subject", "at")
        return csv_file("events", names, ([getattr(one, name) for name in names] for one in found.items))
    return page(
        "events", request, hub, visitor, section="events", rows=found.items, chosen={"subject": subject}, topic=None,
        further=with_query(request, before=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/trail")
def list_trail(
    request: Request, hub: TheHub, visitor: TheVisitor, before: Before = None, subject: Word = "",
    verify: Annotated[bool, Query()] = False, form: AsCsv = "html",
) -> Response:  # fmt: skip
    """The audit trail, newest first; ``verify`` walks the whole chain."""
    visitor.check(Verb.AUDIT_SEE, None)
    scope = audit_scope(hub, visitor.grants)
    with hub.reading(still=True) as connection:
        found = console.trail(connection, scope, subject=subject.strip() or None, before=before, limit=ROWS)
        rights = {one.sequence: one.data["right_of"] for one in found.items if one.data.get("right_of")}
        who = console.names(connection, [*(one.actor for one in found.items), *rights.values()])
        breaches = list(islice(anchor_desk.examine(connection, hub.public_keys()), BREACHES_SHOWN)) if verify else None
    if form == "csv":
        names = ("sequence", "at", "actor", "action", "subject", "hash")
        return csv_file("trail", names, ([getattr(one, name) for name in names] for one in found.items))
    return page(
        "trail", request, hub, visitor, section="trail", rows=found.items, who=who, chosen={"subject": subject},
        rights=rights, breaches=breaches, topic=None,
        further=with_query(request, before=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip
