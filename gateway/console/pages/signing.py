"""Signing in and out. Only people have a password: an API client has nothing to sign in with (promise P6)."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api.auth import TheHub
from gateway.api.problems import Unauthenticated
from gateway.api.sign_in_services import leaving_address
from gateway.api.signing_in import sign_in
from gateway.console.rendering import page
from gateway.console.sessions import (
    COOKIE,
    PATH,
    CheckedForm,
    PostedForm,
    TheVisitor,
    begin_visit,
    check_visit,
    close_session,
    open_session,
    safe_target,
)
from gateway.domain.errors import Forbidden

router = APIRouter()
SEE_OTHER = 303
NAME_LENGTH_MAX = 140
NO_PASSWORDS = Forbidden("This hub takes no passwords; use one of its sign-in services.", code="person.no_passwords")


def address(then: str = "") -> str:
    """Where to sign in; ``then`` is the page to come back to."""
    return f"{PATH}/sign-in" + (f"?{urlencode({'then': then})}" if then else "")


@router.get("/sign-in")
def show_form(
    request: Request, hub: TheHub, then: Annotated[str, Query(max_length=2_000)] = "", out: bool = False
) -> Response:  # fmt: skip
    """The form; ``out`` says that somebody just signed out."""
    return door(request, hub, then=then, left=out)


@router.post("/sign-in")
def post_form(request: Request, hub: TheHub, form: PostedForm) -> Response:
    """Signs in, or shows the form again with what was typed, without the password."""
    if not hub.settings.sign_in.passwords:
        raise NO_PASSWORDS
    check_visit(request, form)
    name, password, then = form.get("name", "").strip(), form.get("password", ""), form.get("then", "")
    missing = {
        field: says
        for field, says in (("name", "Enter your name."), ("password", "Enter your password."))
        if not form.get(field, "").strip()
    }
    if missing:
        return door(request, hub, then=then, name=name, errors=missing, status=422)
    try:
        person = sign_in(hub, name[:NAME_LENGTH_MAX], password, form.get("code", ""))
    except Unauthenticated as err:
        return door(request, hub, then=then, name=name, errors={"name": err.message}, status=401)
    response = RedirectResponse(safe_target(then), SEE_OTHER)
    open_session(hub, person, response, replaces=request.cookies.get(COOKIE))
    return response


@router.post("/sign-out")
def sign_out(request: Request, hub: TheHub, visitor: TheVisitor, _form: CheckedForm) -> Response:
    """Ends the session, and leads on to the sign-in service the visitor came from, so that it forgets them too.

    A page leads there: browsers do not follow a form that is sent elsewhere by a redirect (the form-action policy).
    """
    leaving = None
    if visitor.issuer is not None:
        leaving = leaving_address(hub, visitor.issuer, f"{hub.settings.sign_in.address}{address()}")
    response: Response = RedirectResponse(address() + "?out=true", SEE_OTHER)
    if leaving is not None:
        title = hub.settings.sign_in.issuers[visitor.issuer or ""].title
        response = page("signed_out", request, hub, None, leaving=leaving, title=title)
    close_session(hub, visitor, response)
    return response


def door(
    request: Request, hub: TheHub, *, then: str, name: str = "", errors: dict[str, str] | None = None,
    status: int = 200, left: bool = False,
) -> Response:  # fmt: skip
    """The page with every way to sign in."""
    carrier = Response()
    token = begin_visit(hub, request, carrier)
    shown = page(
        "sign_in", request, hub, None, status=status, token=token, then=then, name=name, errors=errors or {}, left=left,
        query="", address=address(),  # what a service sent back in the address is not shown again
        passwords=hub.settings.sign_in.passwords, issuers=list(hub.settings.sign_in.issuers.values()),
    )  # fmt: skip
    for header, value in carrier.headers.items():
        if header == "set-cookie":
            shown.headers.append(header, value)
    return shown
