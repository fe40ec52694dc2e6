"""``/v1/files`` and ``/v1/cutoffs``: what goes to the banks, until when, and what people say of a file in doubt."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import Connection

from gateway.api import second_factor
from gateway.api.auth import Caller, Seer, TheHub, needs
from gateway.api.paging import LIMIT_DEFAULT, After, Limit, Listing, listing
from gateway.api.signing import Code
from gateway.domain import roles
from gateway.domain.lifecycle import FileState
from gateway.domain.roles import Verb
from gateway.domain.ruling import Ruling, Verdict
from gateway.persistence import queries
from gateway.persistence.queries import FileDetail, FileLine, WindowLine
from gateway.steps import approve

router = APIRouter(tags=["files"])
Settler = Annotated[Caller, Depends(needs(Verb.FILE_SETTLE, person=True))]
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


VERSION_MAX = 2**31 - 1
"""More moves than a file can have."""


class RulingRequest(BaseModel):
    """One person's word about a file in doubt. ``version`` is what ``GET …/rulings`` showed, where it was looked at."""

    verdict: Verdict
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    version: Annotated[int, Field(ge=0, le=VERSION_MAX)] | None = None


class GivenRuling(BaseModel):
    """What somebody said. ``counts`` says whether it is their last word about the file as it is now."""

    person_id: str
    person_name: str
    verdict: Verdict
    reason: str
    at: datetime
    counts: bool


class RulingsView(BaseModel):
    """What people said about a file. ``open`` tells that it waits for them, ``decided`` what two agreed on."""

    file_id: str
    state: FileState
    version: int
    open: bool
    decided: Verdict | None
    needed: int
    rulings: list[GivenRuling]


@router.get("/files/{file_id}/rulings")
def get_rulings(hub: TheHub, caller: Seer, file_id: str) -> RulingsView:
    """What people said about a file that the hub cannot prove anything about."""
    with hub.reading() as connection:
        return _rulings(connection, caller, file_id, hub.clock.now())


@router.post("/files/{file_id}/rulings")
def post_ruling(
    hub: TheHub, caller: Settler, file_id: str, body: RulingRequest, x_second_factor: Code = None
) -> RulingsView:
    """Says what became of a file in doubt. When two people say the same, that is done."""
    with hub.reading() as connection:
        seen = queries.get_file(connection, caller.scope, file_id)
        entity = queries.get_batch(connection, caller.scope, seen.batch_id).entity
    caller.check(Verb.FILE_SETTLE, entity)
    second_factor.prove(hub, caller.id, x_second_factor)
    with hub.unit_of_work(actor=caller.id) as work:
        file = queries.get_file(work.connection, caller.scope, file_id)
        ruling = Ruling(
            file_id=file_id, version=file.version if body.version is None else body.version, person_id=caller.counts_as,
            person_name=caller.name, verdict=body.verdict, reason=body.reason, at=work.at,
        )  # fmt: skip
        held = roles.held_for(caller.grants, entity)
        approve.rule(work, ruling=ruling, roles=held, answer_within=hub.answer_within(file.bank))
        view = _rulings(work.connection, caller, file_id, work.at)
        work.commit()
    return view


def _rulings(connection: Connection, caller: Caller, file_id: str, at: datetime) -> RulingsView:
    file = queries.get_file(connection, caller.scope, file_id)
    doubt = queries.doubt_about(connection, file, at)
    return RulingsView(
        file_id=file_id, state=FileState(file.state), version=file.version, needed=doubt.needed, open=doubt.open,
        decided=doubt.decided[0].verdict if doubt.decided else None,
        rulings=[
            GivenRuling(
                person_id=one.person_id, person_name=one.person_name, verdict=one.verdict, reason=one.reason,
                at=one.at, counts=one in doubt.heard,
            )
            for one in doubt.said
        ],
    )  # fmt: skip


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
