"""Signing in and out. Only people have a password: an API client has nothing to sign in with (promise P6)."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from gateway.api.auth import TheHub
from gateway.api.problems import Unauthenticated
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

router = APIRouter()
SEE_OTHER = 303
NAME_LENGTH_MAX = 140


def address(then: str = "") -> str:
    """Where to sign in; ``then`` is the page to come back to."""
    return f"{PATH}/sign-in" + (f"?{urlencode({'then': then})}" if then else "")


@router.get("/sign-in")
def show_form(
    request: Request, hub: TheHub, then: Annotated[str, Query(max_length=2_000)] = "", out: bool = False
) -> Response:  # fmt: skip
    """The form; ``out`` says that somebody just signed out."""
    return _form(request, hub, then=then, left=out)


@router.post("/sign-in")
def post_form(request: Request, hub: TheHub, form: PostedForm) -> Response:
    """Signs in, or shows the form again with what was typed, without the password."""
    check_visit(request, form)
    name, password, then = form.get("name", "").strip(), form.get("password", ""), form.get("then", "")
    missing = {
        field: says
        for field, says in (("name", "Enter your name."), ("password", "Enter your password."))
        if not form.get(field, "").strip()
    }
    if missing:
        return _form(request, hub, then=then, name=name, errors=missing, status=422)
    try:
        person = sign_in(hub, name[:NAME_LENGTH_MAX], password, form.get("code", ""))
    except Unauthenticated as err:
        return _form(request, hub, then=then, name=name, errors={"name": err.message}, status=401)
    response = RedirectResponse(safe_target(then), SEE_OTHER)
    open_session(hub, person, response, replaces=request.cookies.get(COOKIE))
    return response


@router.post("/sign-out")
def sign_out(hub: TheHub, visitor: TheVisitor, _form: CheckedForm) -> Response:
    """Ends the session."""
    response = RedirectResponse(address() + "?out=true", SEE_OTHER)
    close_session(hub, visitor, response)
    return response


def _form(
    request: Request, hub: TheHub, *, then: str, name: str = "", errors: dict[str, str] | None = None,
    status: int = 200, left: bool = False,
) -> Response:  # fmt: skip
    carrier = Response()
    token = begin_visit(hub, request, carrier)
    shown = page(
        "sign_in", request, hub, None, status=status, token=token, then=then, name=name, errors=errors or {}, left=left
    )
    for header, value in carrier.headers.items():
        if header == "set-cookie":
            shown.headers.append(header, value)
    return shown
