"""Setting up one's second factor: the code to scan, the first code it shows, and the recovery codes, shown once."""

import io
from datetime import timedelta

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from gateway.api import second_factor
from gateway.api.auth import TheHub
from gateway.console.rendering import page
from gateway.console.sessions import CheckedForm, TheVisitor, Visitor, machine_time
from gateway.domain.errors import Forbidden
from gateway.wiring import Hub

router = APIRouter()
FRESH_FOR = timedelta(minutes=15)
"""How long after signing in a second factor may be set up: a browser left open, or a stolen session, may not."""


@router.get("/second-factor")
def show_enrolment(request: Request, hub: TheHub, visitor: TheVisitor) -> Response:
    """Whether the visitor has one, and how to set one up."""
    return _show(request, hub, visitor)


@router.post("/second-factor")
def post_enrolment(request: Request, hub: TheHub, visitor: TheVisitor, form: CheckedForm) -> Response:
    """Begins with a fresh secret, or takes the first code; then every session of the person ends."""
    if not _fresh(hub, visitor):
        return _show(request, hub, visitor, status=403)
    if not form.get("code"):
        second_factor.begin(hub, visitor.person)
        return _show(request, hub, visitor)
    try:
        codes = second_factor.confirm(hub, visitor.person, form["code"])
    except Forbidden as err:
        return _show(request, hub, visitor, errors={"page": err.message}, status=422)
    return _show(request, hub, visitor, codes=codes)


def _show(
    request: Request, hub: Hub, visitor: Visitor, *, codes: list[str] | None = None,
    errors: dict[str, str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    fresh = _fresh(hub, visitor)
    waiting = second_factor.waiting(hub, visitor.person) if fresh else None
    return page(
        "second_factor", request, hub, visitor, status=status, section="", codes=codes, errors=errors or {},
        has_one=second_factor.has_one(hub, visitor.person.id), waiting=waiting, fresh=fresh,
        picture=None if waiting is None else _picture(waiting.address),
    )  # fmt: skip


def _fresh(hub: Hub, visitor: Visitor) -> bool:
    return machine_time(hub) - visitor.since <= FRESH_FOR


def _picture(address: str) -> Markup:
    out = io.BytesIO()
    segno.make(address).save(out, kind="svg", scale=5, xmldecl=False, svgns=True, title="The code to scan")
    return Markup(out.getvalue().decode())  # nosec B704 # noqa: S704 - a drawing of squares, made here
