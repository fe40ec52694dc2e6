"""Linking somebody with a sign-in service, confirming what another administrator asked for, and ending a link."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.api.links import issuer_address
from gateway.console.pages.decisions import reason_of
from gateway.console.pages.grants import accounts_of
from gateway.console.pages.people import administrates, duties_of, person_line
from gateway.console.rendering import page
from gateway.console.sessions import PATH, CheckedForm, Form, TheVisitor, Visitor
from gateway.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from gateway.domain.roles import EVERY, Verb
from gateway.persistence import identity_desk
from gateway.persistence.identities import SUBJECT_LENGTH_MAX
from gateway.persistence.people import People
from gateway.persistence.queries.links import LinkLine, get_link
from gateway.wiring import Hub

router = APIRouter()
SEE_OTHER = 303
ACTS = ("confirm", "end")
OWN = "Nobody changes their own rights; another administrator must."


@router.get("/people/{person_id}/link")
def show_asking(request: Request, hub: TheHub, visitor: TheVisitor, person_id: str) -> Response:
    """The form for a new link."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _show_asking(request, hub, visitor, person_id, {})


@router.post("/people/{person_id}/link")
def post_asking(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, person_id: str
) -> Response:  # fmt: skip
    """Asks; it then waits for another administrator."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=True)
    if form.get("issuer", "") not in hub.settings.sign_in.issuers:
        errors["issuer"] = "Choose a sign-in service."
    if not form.get("subject", "").strip():
        errors["subject"] = "Write what the service calls the person."
    if not errors:
        try:
            with hub.unit_of_work(actor=visitor.person.id) as work:
                identity_desk.link(
                    work, People(work.connection).get(person_id), issuer=issuer_address(hub, form["issuer"]),
                    subject=form["subject"].strip(), by=visitor.person, reason=reason,
                )  # fmt: skip
                work.commit()
        except (Conflict, Forbidden, Unacceptable) as err:
            errors["page"] = err.message
    if errors:
        return _show_asking(request, hub, visitor, person_id, form, errors=errors, status=422)
    return RedirectResponse(f"{PATH}/people/{person_id}?did=link-ask", SEE_OTHER)


@router.get("/links/{link_id}/{act}")
def show_deciding(request: Request, hub: TheHub, visitor: TheVisitor, link_id: str, act: str) -> Response:
    """The page before a link is confirmed or ended."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    return _show_deciding(request, hub, visitor, link_id, act)


@router.post("/links/{link_id}/{act}")
def post_deciding(
    request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm, link_id: str, act: str
) -> Response:  # fmt: skip
    """Confirms a link, or ends it."""
    visitor.check(Verb.PEOPLE_GRANT, EVERY)
    errors: dict[str, str] = {}
    reason = reason_of(form, errors, needed=act == "end")
    with hub.reading() as connection:
        line = get_link(connection, link_id)
    if not errors:
        try:
            _decide(hub, visitor, line, act, reason=reason, code=form.get("code", ""))
        except (Conflict, Forbidden) as err:
            errors["page"] = err.message
    if errors:
        return _show_deciding(request, hub, visitor, link_id, act, errors=errors, reason=reason, status=422)
    return RedirectResponse(f"{PATH}/people/{line.person_id}?did=link-{act}", SEE_OTHER)


def _decide(hub: Hub, visitor: Visitor, line: LinkLine, act: str, *, reason: str, code: str) -> None:
    if act not in ACTS:
        raise NotFound("There is no such page of a link.")
    if act == "confirm":
        second_factor.prove(hub, visitor.person.id, code)
    with hub.unit_of_work(actor=visitor.person.id) as work:
        if act == "confirm":
            identity_desk.confirm(
                work, issuer=line.issuer, subject=line.subject, person_id=line.person_id, by=visitor.person
            )
        else:
            identity_desk.unlink(work, issuer=line.issuer, subject=line.subject, by=visitor.person, reason=reason)
        work.commit()


def _show_asking(
    request: Request, hub: Hub, visitor: Visitor, person_id: str, typed: Form, *,
    errors: dict[str, str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    with hub.reading() as connection:
        one = person_line(connection, hub, person_id)
    issuers = [(name, issuer.title) for name, issuer in hub.settings.sign_in.issuers.items()]
    why_not = "" if administrates(visitor, one) else OWN
    if not issuers:
        why_not = "This hub knows no sign-in service; they stand under [[sign_in.issuers]] in payhub.toml."
    return page(
        "link_new", request, hub, visitor, status=status, section="people", one=one, errors=errors or {},
        issuers=issuers, typed={name: typed.get(name, "") for name in ("issuer", "subject", "reason")},
        why_not=why_not, longest=SUBJECT_LENGTH_MAX,
    )  # fmt: skip


def _show_deciding(
    request: Request, hub: Hub, visitor: Visitor, link_id: str, act: str, *, errors: dict[str, str] | None = None,
    reason: str = "", status: int = 200,
) -> Response:  # fmt: skip
    if act not in ACTS:
        raise NotFound("There is no such page of a link.")
    with hub.reading() as connection:
        line = get_link(connection, link_id)
        one = person_line(connection, hub, line.person_id)
        mine = {each.name for each in accounts_of(connection, visitor)}
    why_not = "" if administrates(visitor, one) else OWN
    if act == "confirm" and line.since is not None:
        why_not = "This link holds already; nobody needs to confirm it."
    elif act == "confirm" and line.linked_by in mine:
        why_not = "You asked for this yourself; another administrator must confirm it."
    titles = {each.issuer: each.title for each in hub.settings.sign_in.issuers.values()}
    return page(
        "link", request, hub, visitor, status=status, section="people", act=act, line=line, one=one,
        errors=errors or {}, reason=reason, why_not=why_not, duties=duties_of(one.grants),
        service=titles.get(line.issuer, line.issuer), asks_code=second_factor.has_one(hub, visitor.person.id),
    )  # fmt: skip
