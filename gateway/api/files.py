"""``/v1/files`` and ``/v1/cutoffs``: what goes to the banks, and until when."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.domain.lifecycle import FileState
from gateway.domain.roles import Verb
from gateway.persistence import queries
from gateway.persistence.queries import FileDetail, FileLine, WindowLine

router = APIRouter(tags=["files"])
Reader = Annotated[Caller, Depends(needs(Verb.FILE_READ, person=True))]


@router.get("/files")
def list_files(
    hub: TheHub, caller: Seer, after: After = None, limit: Limit = LIMIT_DEFAULT, state: FileState | None = None,
    bank: Annotated[str | None, Query(max_length=35)] = None,
    batch_id: Annotated[str | None, Query(max_length=40)] = None,
) -> Listing[FileLine]:  # fmt: skip
    """Bank files, newest first."""
    with hub.reading() as connection:
        return listing(
            queries.list_files(
                connection, caller.scope, after=after, limit=limit, state=state, bank=bank, batch_id=batch_id
            )
        )


@router.get("/files/{file_id}")
def get_file(hub: TheHub, caller: Seer, file_id: str) -> FileDetail:
    """One bank file: its moves, the attempts to hand it over, and what proved its arrival."""
    with hub.reading() as connection:
        return queries.get_file(connection, caller.scope, file_id)


@router.get("/files/{file_id}/content", response_class=StreamingResponse)
def file_content(hub: TheHub, caller: Reader, file_id: str) -> StreamingResponse:
    """The bytes as they go to the bank. People only, and who looked is on the audit trail."""
    with hub.unit_of_work(actor=caller.id) as work:
        file = queries.get_file(work.connection, caller.scope, file_id)
        caller.check(Verb.FILE_READ, queries.get_batch(work.connection, caller.scope, file.batch_id).entity)
        content = list(work.vault.chunks(file.sha256))
        work.note(action="file.content_read", subject=file_id, data={"sha256": file.sha256})
        work.commit()
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "ETag": f'"{file.sha256}"'}
    return StreamingResponse(iter(content), media_type="application/octet-stream", headers=headers)


@router.get("/cutoffs", tags=["cutoffs"])
def list_cutoffs(
    hub: TheHub, caller: Seer, bank: Annotated[str | None, Query(max_length=35)] = None,
    at: Annotated[
        AwareDatetime | None, Query(description="What if what waits for people were approved then? (With its zone.)")
    ] = None,
) -> list[WindowLine]:  # fmt: skip
    """Today's and tomorrow's windows and those with payments, the next to close first, with what waits for each."""
    with hub.reading() as connection:
        return queries.list_cutoffs(
            connection, caller.scope, at=hub.clock.now(), routes=hub.routes, accounts=hub.accounts, approved_at=at,
            bank=bank,
        )  # fmt: skip
