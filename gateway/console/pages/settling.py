"""Settling a file in doubt: what a person says, what we know, and who else must say the same."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.console.pages.decisions import reason_of
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, TheVisitor, Visitor
from gateway.domain import roles
from gateway.domain.errors import Conflict, Forbidden
from gateway.domain.roles import Verb
from gateway.domain.ruling import Ruling, Verdict
from gateway.persistence import queries
from gateway.persistence.queries import console
from gateway.steps import approve
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303


@router.get("/files/{file_id}/settle/{verdict}")
def show_settling(request: Request, hub: TheHub, visitor: TheVisitor, file_id: str, verdict: Verdict) -> Response:
    """The page before the decision."""
    return _show(request, hub, visitor, file_id, verdict)


@router.post("/files/{file_id}/settle/{verdict}")
def post_settling(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, file_id: str, verdict: Verdict
) -> Response:  # fmt: skip
    """Takes the person's word, or shows the page again with what is in the way."""
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    version = form.get("version", "")
    if not errors:
        try:
            _rule(
                hub, visitor, file_id, verdict, version=int(version) if version.isdecimal() else 0, reason=reason,
                code=form.get("code", ""),
            )  # fmt: skip
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show(request, hub, visitor, file_id, verdict, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/files/{file_id}?did={verdict.value}", SEE_OTHER)


def _rule(hub: Hub, visitor: Visitor, file_id: str, verdict: Verdict, *, version: int, reason: str, code: str) -> None:
    person = visitor.person
    with hub.reading() as connection:
        file = queries.get_file(connection, visitor.scope, file_id)
        entity = queries.get_batch(connection, visitor.scope, file.batch_id).entity
    visitor.check(Verb.FILE_SETTLE, entity)
    second_factor.prove(hub, person.id, code)
    with hub.unit_of_work(actor=person.id) as work:
        ruling = Ruling(
            file_id=file_id, version=version, person_id=person.counts_as, person_name=person.display_name,
            verdict=verdict, reason=reason, at=work.at,
        )  # fmt: skip
        held = roles.held_for(visitor.grants, entity)
        approve.rule(work, ruling=ruling, roles=held, answer_within=hub.answer_within(file.bank))
        work.commit()


def _show(
    request: Request, hub: Hub, visitor: Visitor, file_id: str, verdict: Verdict, *,
    errors: dict[str, str] | None = None, reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        file = queries.get_file(connection, visitor.scope, file_id)
        doubt = queries.doubt_about(connection, file, hub.clock.now())
        window = console.window(connection, file.window_id)
        others = console.deciders(
            connection, entity=queries.get_batch(connection, visitor.scope, file.batch_id).entity,
            at=hub.clock.now(), besides=[visitor.person.counts_as],
        )  # fmt: skip
    same = [one for one in doubt.heard if one.verdict is verdict and one.person_id != visitor.person.counts_as]
    return page(
        "settle", request, hub, visitor, status=status, section="files", file=file, doubt=doubt, verdict=verdict,
        said=any(one.verdict is verdict and one.person_id == visitor.person.counts_as for one in doubt.heard),
        last=len(same) + 1 >= doubt.needed, same=same, others=others, window=window,
        late=window is not None and hub.clock.now() > window.release_by, errors=errors or {}, reason=reason,
        asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip
