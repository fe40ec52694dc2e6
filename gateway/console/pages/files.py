"""Bank files: the list, and one with its attempts and the evidence of its arrival."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.auth import TheHub
from gateway.console import walk
from gateway.console.pages.lists import ROWS, After, AsCsv, Word, csv_file, with_query
from gateway.console.rendering import page, summed
from gateway.console.sessions import TheVisitor
from gateway.domain.lifecycle import FileState
from gateway.domain.ruling import Verdict
from gateway.persistence import queries
from gateway.persistence.queries import console

router = APIRouter()


@router.get("/files")
def list_files(
    request: Request, hub: TheHub, visitor: TheVisitor, after: After = None, bank: Word = "", state: Word = "",
    form: AsCsv = "html",
) -> Response:  # fmt: skip
    """Bank files, newest first."""
    chosen = FileState(state) if state in set(FileState) else None
    with hub.reading() as connection:
        found = queries.list_files(connection, visitor.scope, bank=bank or None, state=chosen, after=after, limit=ROWS)
    if form == "csv":
        names = ("id", "name", "bank", "state", "count", "generated_at", "submitted_at", "iso_status", "sha256")
        return csv_file("files", names, ([getattr(one, name) for name in names] for one in found.items))
    return page(
        "files", request, hub, visitor, section="files", rows=found.items, banks=sorted(hub.profiles),
        states=list(FileState), chosen={"bank": bank, "state": state}, topic=None,
        totals=summed([total for one in found.items for total in one.totals]),
        count=sum(one.count for one in found.items),
        further=with_query(request, after=found.next) if found.next else None,
        csv_at=with_query(request, **{"as": "csv"}),
    )  # fmt: skip


@router.get("/files/{file_id}")
def show_file(request: Request, hub: TheHub, visitor: TheVisitor, file_id: str, did: Verdict | None = None) -> Response:
    """One file: where it stands, how it got to the bank, what proves it, and what people say where nothing does."""
    with hub.reading() as connection:
        file = queries.get_file(connection, visitor.scope, file_id)
        groups = console.groups_of_file(connection, file_id)
        window = console.window(connection, file.window_id)
        who = console.names(connection, [one.actor for one in file.moves])
        doubt = queries.doubt_about(connection, file, hub.clock.now())
        newest = console.newest_event(connection)
    return page(
        "file", request, hub, visitor, section="files", file=file, window=window, who=who, newest=newest,
        stops=walk.of_batch(groups), groups=groups, topic=file.batch_id, doubt=doubt, did=did,
    )  # fmt: skip
